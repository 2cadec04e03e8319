/** Series over a number instead of time: power over revolutions, price over age. */
import { fieldMatchers, FieldMatcherID, FieldType, formattedValueToString, PanelPlugin, type DataFrame, type PanelProps } from '@grafana/data';
import { SortOrder, TooltipDisplayMode, type GraphFieldConfig } from '@grafana/schema';
import type { Options } from '@grafana/schema/dist/esm/raw/composable/trend/panelcfg/x/TrendPanelCfg_types.gen';
import { commonOptionsBuilder, getFieldDisplayItems, getFieldDisplayLinks, isTooltipScrollable, KeyboardPlugin, TimeSeries, TooltipPlugin2, useTheme2 } from '@grafana/ui';
import { useMemo } from 'react';
import { graphFieldConfig } from '../parts/graph-config.ts';
import { graphFrames } from '../parts/graph-frames.ts';
import { GraphTooltip } from '../parts/graph-tooltip.tsx';
import { hoverModeOf } from '../parts/hover-mode.ts';
import { NoData } from '../parts/no-data.tsx';

const numbers = fieldMatchers.get(FieldMatcherID.byTypes).get(new Set([FieldType.number, FieldType.enum]));

/** The field along which is drawn: the one that was chosen, else the first number. */
export function xNameOf(series: readonly DataFrame[], chosen: string | undefined): string | undefined {
  return chosen || series[0]?.fields.find(({ type }) => type === FieldType.number)?.name;
}

export function TrendPanel({ data, timeRange, timeZone, width, height, options }: PanelProps<Options>) {
  const theme = useTheme2();
  const xName = xNameOf(data.series, options.xField);
  const { frames, missing } = useMemo(() => (data.series.length > 1 ? { frames: undefined, missing: 'A trend is drawn of one table; join the results with a transformation' } : graphFrames(data.series, theme, xName ?? '')), [data.series, theme, xName]);
  const fields = useMemo(() => ({ x: fieldMatchers.get(FieldMatcherID.byName).get(xName ?? ''), y: numbers }), [xName]);
  if (!frames) return <NoData data={data} text={xName === undefined ? 'There is no number field to draw along' : (missing ?? 'No data')} />;
  const { mode = TooltipDisplayMode.Single, sort = SortOrder.None, hideZeros, maxHeight, maxWidth } = options.tooltip ?? {};
  return (
    <TimeSeries frames={frames} structureRev={data.structureRev} timeRange={timeRange} timeZone={timeZone} width={width} height={height} legend={options.legend} options={options} fields={fields} preparePlotFrame={([frame]) => frame ?? null}>
      {(config, aligned) => (
        <>
          <KeyboardPlugin config={config} />
          {mode !== TooltipDisplayMode.None && (
            <TooltipPlugin2
              config={config} hoverMode={hoverModeOf(mode)} maxWidth={maxWidth} getDataLinks={(series, row) => (aligned.fields[series] ? getFieldDisplayLinks(aligned.fields[series]!, row) : [])}
              render={(_u, rows, series, isPinned, _dismiss, _selected, _sync, links) => {
                const row = rows[0] ?? rows.find((one) => one !== null && one !== undefined) ?? 0;
                const x = aligned.fields[0]!;
                return (
                  <GraphTooltip
                    label={x.config.displayName ?? x.name} header={x.display ? formattedValueToString(x.display(x.values[row])) : String(x.values[row])} isPinned={isPinned} links={links} scrollable={isTooltipScrollable({ mode, maxHeight })} maxHeight={maxHeight}
                    items={getFieldDisplayItems(aligned.fields, x, rows, series, mode, sort, ({ type }) => type === FieldType.number || type === FieldType.enum, hideZeros)}
                  />
                );
              }}
            />
          )}
        </>
      )}
    </TimeSeries>
  );
}

// biome-ignore lint/correctness/useHookAtTopLevel: a method of plugins that only sounds like a hook
export const plugin = new PanelPlugin<Options, GraphFieldConfig>(TrendPanel)
  .useFieldConfig(graphFieldConfig())
  .setPanelOptions((builder) => {
    builder.addFieldNamePicker({ path: 'xField', name: 'X field', description: 'Numbers that grow from row to row', category: ['Trend'], settings: { isClearable: true, placeholderText: 'The first number field', filter: ({ type }) => type === FieldType.number } });
    commonOptionsBuilder.addTooltipOptions(builder, false, true, { tooltip: { mode: TooltipDisplayMode.Single, sort: SortOrder.None } });
    commonOptionsBuilder.addLegendOptions(builder);
  });

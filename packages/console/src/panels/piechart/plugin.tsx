/** Parts of a whole. */
import { FieldColorModeId, FieldConfigProperty, formattedValueToString, PanelPlugin, type FieldDisplay, type GrafanaTheme2, type PanelProps } from '@grafana/data';
import { SortOrder, TooltipDisplayMode, type LegendPlacement } from '@grafana/schema';
import type { FieldConfig, Options } from '@grafana/schema/dist/esm/raw/composable/piechart/panelcfg/x/PieChartPanelCfg_types.gen';
import { css } from '@emotion/css';
import { commonOptionsBuilder, getTextColorForBackground, useStyles2, useTheme2, VizLayout, VizTooltipContainer, Portal, type VizLegendItem } from '@grafana/ui';
import { useMemo, useState } from 'react';
import { GraphTooltip } from '../parts/graph-tooltip.tsx';
import { legendOf } from '../parts/legend.tsx';
import { NoData } from '../parts/no-data.tsx';
import { addReduceOptions, isEmpty, Linked, useFieldDisplays } from '../parts/single-values.tsx';

const hiddenFrom = (value: FieldDisplay, where: 'viz' | 'legend' | 'tooltip') => (value.field.custom?.hideFrom?.[where] as boolean | undefined) === true;

export function PieChartPanel(props: PanelProps<Options>) {
  const { data, width, height, options } = props;
  const values = useFieldDisplays(props, false);
  const sorted = useMemo(() => {
    const numbers = values.filter(({ display }) => !Number.isNaN(display.numeric) && display.numeric >= 0);
    if (options.sort === SortOrder.None) return numbers;
    const sign = options.sort === SortOrder.Ascending ? 1 : -1;
    return numbers.toSorted((a, b) => sign * (a.display.numeric - b.display.numeric));
  }, [values, options.sort]);
  if (isEmpty(values)) return <NoData data={data} />;
  if (sorted.length === 0) return <NoData data={data} text="There are no numbers above zero to draw" />;
  const shown = sorted.filter((value) => !hiddenFrom(value, 'viz'));
  const total = shown.reduce((sum, { display }) => sum + display.numeric, 0);
  const legendValues: readonly string[] = options.legend?.values ?? [];
  const items = sorted.filter((value) => !hiddenFrom(value, 'legend')).map((value, i): VizLegendItem => ({
    label: value.display.title ?? '', fieldName: value.display.title, color: value.display.color, yAxis: 1, disabled: hiddenFrom(value, 'viz'), getItemKey: () => `${value.display.title}-${i}`,
    getDisplayValues: () => [
      ...(legendValues.includes('value') ? [{ numeric: value.display.numeric, text: formattedValueToString(value.display), title: 'Value' }] : []),
      ...(legendValues.includes('percent') ? [{ numeric: value.display.numeric / total, text: hiddenFrom(value, 'viz') ? '-' : percent(value.display.numeric / total), title: 'Percent' }] : []),
    ],
  }));
  const legend = options.legend?.showLegend === false ? null : legendOf(items, { ...options.legend, placement: (options.legend?.placement ?? 'bottom') as LegendPlacement, calcs: options.legend?.calcs ?? [] });
  return <VizLayout width={width} height={height} legend={legend as never}>{(w, h) => <Pie values={shown} total={total} width={w} height={h} options={options} />}</VizLayout>;
}

const percent = (part: number) => `${(part * 100).toFixed(part * 100 < 10 && part > 0 ? 1 : 0)}%`;

interface PieProps {
  readonly values: readonly FieldDisplay[];
  readonly total: number;
  readonly width: number;
  readonly height: number;
  readonly options: Options;
}

function Pie({ values, total, width, height, options }: PieProps) {
  const styles = useStyles2(stylesOf);
  const theme = useTheme2();
  const [hovered, setHovered] = useState<{ readonly at: number; readonly x: number; readonly y: number }>();
  const radius = Math.max(Math.min(width, height) / 2 - 6, 4);
  const hole = options.pieType === 'donut' ? radius * 0.66 : 0;
  const labels: readonly string[] = options.displayLabels ?? [];
  const mode = options.tooltip?.mode ?? TooltipDisplayMode.Single;
  const fontSize = options.text?.titleSize ?? Math.min(Math.max(radius / 12, 10), 16);
  let before = 0;
  return (
    <>
      <svg width={width} height={height} viewBox={`${-width / 2} ${-height / 2} ${width} ${height}`} role="img" aria-label={values.map(({ display }) => `${display.title}: ${formattedValueToString(display)}`).join(', ')}>
        {values.map((value, at) => {
          const part = total === 0 ? 1 / values.length : value.display.numeric / total;
          const [from, to] = [before, before + part];
          before = to;
          const color = value.display.color ?? theme.colors.primary.main;
          const middle = ((from + to) / 2) * 2 * Math.PI - Math.PI / 2;
          const out = (radius + hole) / 2 + (hole === 0 ? radius * 0.12 : 0);
          const text = labels.map((label) => (label === 'name' ? value.display.title : label === 'percent' ? percent(part) : formattedValueToString(value.display)));
          return (
            <Linked key={`${value.display.title}-${value.rowIndex ?? value.colIndex ?? at}`} value={value}>
              {({ openMenu }) => (
                // biome-ignore lint/a11y/noStaticElementInteractions: the legend gives the same by keyboard
                <g
                  className={styles.slice} style={{ opacity: hovered && hovered.at !== at ? 0.5 : 1 }} onClick={openMenu as never} onMouseLeave={() => setHovered(undefined)}
                  onMouseMove={(event) => setHovered({ at, x: event.clientX, y: event.clientY })}
                >
                  <path d={slice(radius, hole, from, to)} fill={color} stroke={theme.colors.background.primary} strokeWidth={values.length > 1 ? 1 : 0} />
                  {part > 0.03 && text.map((line, i) => (
                    <text key={labels[i]} x={Math.cos(middle) * out} y={Math.sin(middle) * out + (i - (text.length - 1) / 2) * fontSize * 1.1} fontSize={fontSize} textAnchor="middle" dominantBaseline="central" fill={getTextColorForBackground(color)}>{line}</text>
                  ))}
                </g>
              )}
            </Linked>
          );
        })}
      </svg>
      {hovered && mode !== TooltipDisplayMode.None && values[hovered.at] && (
        <Portal>
          <VizTooltipContainer position={{ x: hovered.x, y: hovered.y }} offset={{ x: 10, y: 10 }}>
            <GraphTooltip
              header="" isPinned={false}
              items={(mode === TooltipDisplayMode.Multi ? values.filter((value) => !hiddenFrom(value, 'tooltip')) : [values[hovered.at]!]).map((value) => ({
                label: value.display.title ?? '', value: `${formattedValueToString(value.display)} (${percent(total === 0 ? 0 : value.display.numeric / total)})`, color: value.display.color, isActive: value === values[hovered.at],
              }))}
            />
          </VizTooltipContainer>
        </Portal>
      )}
    </>
  );
}

/** A part of the ring between two radii; `from` and `to` are parts of the whole turn. */
export function slice(radius: number, hole: number, from: number, to: number): string {
  const end = to - from >= 1 ? from + 0.99999 : to;
  const at = (part: number, r: number) => `${Math.cos(part * 2 * Math.PI - Math.PI / 2) * r} ${Math.sin(part * 2 * Math.PI - Math.PI / 2) * r}`;
  const large = end - from > 0.5 ? 1 : 0;
  if (hole === 0) return `M 0 0 L ${at(from, radius)} A ${radius} ${radius} 0 ${large} 1 ${at(end, radius)} Z`;
  return `M ${at(from, radius)} A ${radius} ${radius} 0 ${large} 1 ${at(end, radius)} L ${at(end, hole)} A ${hole} ${hole} 0 ${large} 0 ${at(from, hole)} Z`;
}

const stylesOf = (_theme: GrafanaTheme2) => ({ slice: css({ transition: 'opacity 0.1s' }) });

// biome-ignore lint/correctness/useHookAtTopLevel: a method of plugins that only sounds like a hook
export const plugin = new PanelPlugin<Options, FieldConfig>(PieChartPanel)
  .useFieldConfig({
    disableStandardOptions: [FieldConfigProperty.Thresholds],
    standardOptions: { [FieldConfigProperty.Color]: { settings: { byValueSupport: false, bySeriesSupport: true, preferThresholdsMode: false, gradientSupport: true }, defaultValue: { mode: FieldColorModeId.PaletteClassic } } },
    useCustomConfig: (builder) => commonOptionsBuilder.addHideFrom(builder),
  })
  .setPanelOptions((builder) => {
    const category = ['Pie chart'];
    addReduceOptions(builder as never);
    builder
      .addRadio({ path: 'pieType' as never, name: 'Type', category, defaultValue: 'pie' as never, settings: { options: [{ value: 'pie', label: 'Pie' }, { value: 'donut', label: 'Donut' }] as never } })
      .addRadio({ path: 'sort', name: 'Slice sorting', category, defaultValue: SortOrder.Descending, settings: { options: [{ value: SortOrder.Descending, label: 'Descending' }, { value: SortOrder.Ascending, label: 'Ascending' }, { value: SortOrder.None, label: 'None' }] } })
      .addMultiSelect({ path: 'displayLabels', name: 'Labels', category, defaultValue: [], settings: { options: [{ value: 'percent', label: 'Percent' }, { value: 'name', label: 'Name' }, { value: 'value', label: 'Value' }] as never } });
    commonOptionsBuilder.addTooltipOptions(builder);
    commonOptionsBuilder.addLegendOptions(builder, false);
    builder.addMultiSelect({ path: 'legend.values', name: 'Legend values', category: ['Legend'], defaultValue: [], settings: { options: [{ value: 'percent', label: 'Percent' }, { value: 'value', label: 'Value' }] as never }, showIf: ({ legend }) => legend?.showLegend !== false });
  });

/** Samples over time, each a box. */
import { FieldColorModeId, FieldConfigProperty, PanelPlugin, type PanelProps } from '@grafana/data';
import { VisibilityMode } from '@grafana/schema';
import type { FieldConfig, Options } from '@grafana/schema/dist/esm/raw/composable/statushistory/panelcfg/x/StatusHistoryPanelCfg_types.gen';
import { commonOptionsBuilder } from '@grafana/ui';
import { useMemo } from 'react';
import { NoData } from '../parts/no-data.tsx';
import { Timeline } from '../parts/timeline.tsx';
import { sampleRows } from '../parts/timeline-rows.ts';

/** More boxes than there are pixels say nothing. */
const boxWidthMin = 2;

export function StatusHistoryPanel({ data, timeRange, timeZone, width, height, options, onChangeTimeRange }: PanelProps<Options>) {
  const { rows, step } = useMemo(() => sampleRows(data.series), [data.series]);
  if (rows.length === 0) return <NoData data={data} text={data.series.length > 0 ? 'There is no time field to draw along' : undefined} />;
  const boxes = (timeRange.to.valueOf() - timeRange.from.valueOf()) / step;
  if (boxes * boxWidthMin > width) return <NoData text={`There are too many points to draw (${Math.round(boxes)}). Ask for fewer: a shorter time range, or a longer interval.`} />;
  return <Timeline rows={rows} options={options} boxMs={step * (options.colWidth ?? 0.9)} timeRange={timeRange} timeZone={timeZone} width={width} height={height} annotations={data.annotations ?? []} onChangeTimeRange={onChangeTimeRange} />;
}

// biome-ignore lint/correctness/useHookAtTopLevel: a method of plugins that only sounds like a hook
export const plugin = new PanelPlugin<Options, FieldConfig>(StatusHistoryPanel)
  .useFieldConfig({
    standardOptions: { [FieldConfigProperty.Color]: { settings: { byValueSupport: true }, defaultValue: { mode: FieldColorModeId.Thresholds } } },
    useCustomConfig(builder) {
      const category = ['Status history'];
      builder
        .addSliderInput({ path: 'lineWidth', name: 'Line width', category, defaultValue: 1, settings: { min: 0, max: 10, step: 1 } })
        .addSliderInput({ path: 'fillOpacity', name: 'Fill opacity', category, defaultValue: 70, settings: { min: 0, max: 100, step: 1 } });
      commonOptionsBuilder.addAxisWidth(builder);
      commonOptionsBuilder.addAxisPlacement(builder, (placement) => placement === 'auto' || placement === 'hidden');
      commonOptionsBuilder.addHideFrom(builder);
    },
  })
  .setPanelOptions((builder) => {
    const category = ['Status history'];
    builder
      .addRadio({ path: 'showValue', name: 'Show values', category, defaultValue: VisibilityMode.Auto, settings: { options: [{ value: VisibilityMode.Auto, label: 'Auto' }, { value: VisibilityMode.Always, label: 'Always' }, { value: VisibilityMode.Never, label: 'Never' }] } })
      .addSliderInput({ path: 'rowHeight', name: 'Row height', category, defaultValue: 0.9, settings: { min: 0, max: 1, step: 0.01 } })
      .addSliderInput({ path: 'colWidth', name: 'Column width', category, defaultValue: 0.9, settings: { min: 0, max: 1, step: 0.01 } })
      .addNumberInput({ path: 'perPage', name: 'Page size', description: 'Rows a page; empty for all', category, defaultValue: 20, settings: { min: 1, integer: true } });
    commonOptionsBuilder.addLegendOptions(builder, false);
    commonOptionsBuilder.addTooltipOptions(builder);
  })
  .setDataSupport({ annotations: true });

/** States over time, each as long as it held. */
import { FieldColorModeId, FieldConfigProperty, PanelPlugin, type PanelProps } from '@grafana/data';
import { VisibilityMode } from '@grafana/schema';
import type { FieldConfig, Options } from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import { commonOptionsBuilder } from '@grafana/ui';
import { useMemo } from 'react';
import { NoData } from '../parts/no-data.tsx';
import { Timeline } from '../parts/timeline.tsx';
import { stateRows } from '../parts/timeline-rows.ts';

export function StateTimelinePanel({ data, timeRange, timeZone, width, height, options, onChangeTimeRange }: PanelProps<Options>) {
  const rows = useMemo(() => stateRows(data.series, { from: timeRange.from.valueOf(), to: timeRange.to.valueOf() }, options.mergeValues !== false), [data.series, timeRange, options.mergeValues]);
  if (rows.length === 0) return <NoData data={data} text={data.series.length > 0 ? 'There is no time field to draw along' : undefined} />;
  return <Timeline rows={rows} options={options} timeRange={timeRange} timeZone={timeZone} width={width} height={height} annotations={data.annotations ?? []} onChangeTimeRange={onChangeTimeRange} />;
}

// biome-ignore lint/correctness/useHookAtTopLevel: a method of plugins that only sounds like a hook
export const plugin = new PanelPlugin<Options, FieldConfig>(StateTimelinePanel)
  .useFieldConfig({
    standardOptions: { [FieldConfigProperty.Color]: { settings: { byValueSupport: true }, defaultValue: { mode: FieldColorModeId.ContinuousGrYlRd } } },
    useCustomConfig(builder) {
      const category = ['State timeline'];
      builder
        .addSliderInput({ path: 'lineWidth', name: 'Line width', category, defaultValue: 0, settings: { min: 0, max: 10, step: 1 } })
        .addSliderInput({ path: 'fillOpacity', name: 'Fill opacity', category, defaultValue: 70, settings: { min: 0, max: 100, step: 1 } });
      commonOptionsBuilder.addAxisWidth(builder);
      commonOptionsBuilder.addAxisPlacement(builder, (placement) => placement === 'auto' || placement === 'hidden');
      commonOptionsBuilder.addHideFrom(builder);
    },
  })
  .setPanelOptions((builder) => {
    const category = ['State timeline'];
    builder
      .addBooleanSwitch({ path: 'mergeValues', name: 'Merge equal consecutive values', category, defaultValue: true })
      .addRadio({ path: 'showValue', name: 'Show values', category, defaultValue: VisibilityMode.Auto, settings: { options: [{ value: VisibilityMode.Auto, label: 'Auto' }, { value: VisibilityMode.Always, label: 'Always' }, { value: VisibilityMode.Never, label: 'Never' }] } })
      .addRadio({ path: 'alignValue', name: 'Align values', category, defaultValue: 'left', settings: { options: [{ value: 'left', label: 'Left' }, { value: 'center', label: 'Center' }, { value: 'right', label: 'Right' }] } })
      .addSliderInput({ path: 'rowHeight', name: 'Row height', category, defaultValue: 0.9, settings: { min: 0, max: 1, step: 0.01 } })
      .addNumberInput({ path: 'perPage', name: 'Page size', description: 'Rows a page; empty for all', category, defaultValue: 20, settings: { min: 1, integer: true } });
    commonOptionsBuilder.addLegendOptions(builder, false);
    commonOptionsBuilder.addTooltipOptions(builder);
  })
  .setDataSupport({ annotations: true });

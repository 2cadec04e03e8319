/** Values on a dial. */
import { FieldConfigProperty, getDisplayValueAlignmentFactors, PanelPlugin, VizOrientation, type DisplayValueAlignmentFactors, type FieldDisplay, type PanelProps } from '@grafana/data';
import { BarGaugeSizing } from '@grafana/schema';
import type { Options } from '@grafana/schema/dist/esm/raw/composable/gauge/panelcfg/x/GaugePanelCfg_types.gen';
import { commonOptionsBuilder, sharedSingleStatMigrationHandler, sharedSingleStatPanelChangedHandler, VizRepeater, type VizRepeaterRenderValueProps } from '@grafana/ui';
import { NoData } from '../parts/no-data.tsx';
import { Dial } from './dial.tsx';
import { addOrientation, addReduceOptions, isEmpty, Linked, useFieldDisplays } from '../parts/single-values.tsx';

export function GaugePanel(props: PanelProps<Options>) {
  const { data, width, height, options, renderCounter } = props;
  const textMode = options.textMode ?? 'auto';
  const values = useFieldDisplays(props, false);
  if (isEmpty(values)) return <NoData data={data} />;
  const one = ({ value, width: w, height: h, count }: VizRepeaterRenderValueProps<FieldDisplay, DisplayValueAlignmentFactors>) => (
    <Linked value={value}>
      {({ openMenu, targetClassName }) => (
        // biome-ignore lint/a11y/noStaticElementInteractions lint/a11y/useKeyWithClickEvents: the menu of links is a button of its own where there is one link; several open here
        <div className={targetClassName} onClick={openMenu as never}>
          <Dial
            value={value} width={w} height={h} shape={options.shape ?? 'gauge'} barWidthFactor={options.barWidthFactor ?? 0.5} rounded={options.barShape === 'rounded'} gradient={options.effects?.gradient === true}
            segmentCount={options.segmentCount ?? 1} segmentSpacing={options.segmentSpacing ?? 0.3} thresholdsShown={options.showThresholdMarkers} labelsShown={options.showThresholdLabels} neutral={options.neutral}
            nameShown={textMode === 'value_and_name' || textMode === 'name' || (textMode === 'auto' && (count > 1 || Boolean(value.field.displayName)))} valueShown={textMode !== 'name' && textMode !== 'none'}
            valueSize={options.text?.valueSize} nameSize={options.text?.titleSize}
          />
        </div>
      )}
    </Linked>
  );
  const manual = options.sizing === BarGaugeSizing.Manual;
  return (
    <VizRepeater
      getValues={() => values} getAlignmentFactors={getDisplayValueAlignmentFactors} renderValue={one} width={width} height={height} source={data} renderCounter={renderCounter} autoGrid itemSpacing={8}
      orientation={(options.orientation ?? VizOrientation.Auto) as VizOrientation} {...(manual ? { minVizHeight: options.minVizHeight, minVizWidth: options.minVizWidth } : {})}
    />
  );
}

// biome-ignore lint/correctness/useHookAtTopLevel: a method of plugins that only sounds like a hook
export const plugin = new PanelPlugin<Options>(GaugePanel)
  .useFieldConfig({ standardOptions: { [FieldConfigProperty.Color]: { settings: { byValueSupport: true, preferThresholdsMode: true } } } })
  .setPanelOptions((builder) => {
    const category = ['Gauge'];
    addReduceOptions(builder as never);
    addOrientation(builder as never, category);
    builder
      .addRadio({ path: 'shape', name: 'Style', category, defaultValue: 'gauge', settings: { options: [{ value: 'gauge', label: 'Arc' }, { value: 'circle', label: 'Circle' }] } })
      .addSliderInput({ path: 'barWidthFactor', name: 'Bar width', category, defaultValue: 0.5, settings: { min: 0.1, max: 1, step: 0.01 } })
      .addRadio({ path: 'barShape', name: 'Bar ends', category, defaultValue: 'flat', settings: { options: [{ value: 'flat', label: 'Flat' }, { value: 'rounded', label: 'Rounded' }] } })
      .addSliderInput({ path: 'segmentCount', name: 'Segments', category, defaultValue: 1, settings: { min: 1, max: 100, step: 1 } })
      .addSliderInput({ path: 'segmentSpacing', name: 'Segment spacing', category, defaultValue: 0.3, settings: { min: 0, max: 1, step: 0.01 }, showIf: ({ segmentCount }) => segmentCount > 1 })
      .addBooleanSwitch({ path: 'showThresholdMarkers', name: 'Show thresholds', category, defaultValue: true })
      .addBooleanSwitch({ path: 'showThresholdLabels', name: 'Show labels', description: 'Render the thresholds as labels around the gauge', category, defaultValue: false })
      .addBooleanSwitch({ path: 'effects.gradient', name: 'Gradient', category, defaultValue: false })
      .addSelect({
        path: 'textMode', name: 'Text mode', category, defaultValue: 'auto',
        settings: { options: [{ value: 'auto', label: 'Auto' }, { value: 'value_and_name', label: 'Value and name' }, { value: 'value', label: 'Value' }, { value: 'name', label: 'Name' }, { value: 'none', label: 'None' }] },
      })
      .addNumberInput({ path: 'neutral', name: 'Neutral value', description: 'Where the bar starts; the minimum where empty', category, settings: { placeholder: 'auto' } })
      .addRadio({ path: 'sizing', name: 'Gauge size', category, defaultValue: BarGaugeSizing.Auto, settings: { options: [{ value: BarGaugeSizing.Auto, label: 'Auto' }, { value: BarGaugeSizing.Manual, label: 'Manual' }] } })
      .addSliderInput({ path: 'minVizWidth', name: 'Min width', category, defaultValue: 75, settings: { min: 0, max: 600, step: 1 }, showIf: ({ sizing }) => sizing === BarGaugeSizing.Manual })
      .addSliderInput({ path: 'minVizHeight', name: 'Min height', category, defaultValue: 75, settings: { min: 0, max: 600, step: 1 }, showIf: ({ sizing }) => sizing === BarGaugeSizing.Manual });
    commonOptionsBuilder.addTextSizeOptions(builder, { withTitle: true, withValue: true });
  })
  .setPanelChangeHandler(((panel: never, before: string, options: never) => sharedSingleStatPanelChangedHandler(panel, before, options)) as never)
  .setMigrationHandler(((panel: never) => sharedSingleStatMigrationHandler(panel)) as never);

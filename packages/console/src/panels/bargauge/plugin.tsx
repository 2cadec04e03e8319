/** Values as bars side by side. */
import { FieldConfigProperty, getDisplayProcessor, getDisplayValueAlignmentFactors, PanelPlugin, VizOrientation, type DisplayValueAlignmentFactors, type FieldDisplay, type PanelProps } from '@grafana/data';
import { BarGaugeDisplayMode, BarGaugeNamePlacement, BarGaugeSizing, BarGaugeValueMode } from '@grafana/schema';
import type { Options } from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import { BarGauge, commonOptionsBuilder, sharedSingleStatMigrationHandler, sharedSingleStatPanelChangedHandler, useTheme2, VizRepeater, type VizRepeaterRenderValueProps } from '@grafana/ui';
import { NoData } from '../parts/no-data.tsx';
import { addOrientation, addReduceOptions, isEmpty, Linked, useFieldDisplays } from '../parts/single-values.tsx';

export function BarGaugePanel(props: PanelProps<Options>) {
  const { data, width, height, options, renderCounter } = props;
  const theme = useTheme2();
  const values = useFieldDisplays(props, false);
  if (isEmpty(values)) return <NoData data={data} />;
  const one = ({ value, width: w, height: h, orientation, alignmentFactors, count }: VizRepeaterRenderValueProps<FieldDisplay, DisplayValueAlignmentFactors>) => (
    <Linked value={value}>
      {({ openMenu, targetClassName }) => (
        <BarGauge
          value={count === 1 && !value.field.displayName ? { ...value.display, title: '' } : value.display} width={w} height={h} orientation={orientation} field={value.field} display={displayOf(value)} text={options.text} theme={theme} itemSpacing={8}
          displayMode={options.displayMode} onClick={openMenu as never} className={targetClassName} alignmentFactors={count > 1 ? alignmentFactors : undefined} showUnfilled={options.showUnfilled} valueDisplayMode={options.valueMode}
          namePlacement={options.namePlacement}
        />
      )}
    </Linked>
  );
  const displayOf = (value: FieldDisplay) => value.view?.getFieldDisplayProcessor(value.colIndex ?? 0) ?? getDisplayProcessor({ field: { config: value.field }, theme });
  const manual = options.sizing === BarGaugeSizing.Manual;
  return (
    <VizRepeater
      getValues={() => values} getAlignmentFactors={getDisplayValueAlignmentFactors} renderValue={one} width={width} height={height} source={data} renderCounter={renderCounter}
      itemSpacing={options.displayMode === BarGaugeDisplayMode.Lcd ? 2 : 8} orientation={(options.orientation ?? VizOrientation.Auto) as VizOrientation} minVizHeight={manual ? options.minVizHeight : 10}
      minVizWidth={manual ? options.minVizWidth : 0} maxVizHeight={manual ? options.maxVizHeight : 300}
    />
  );
}

// biome-ignore lint/correctness/useHookAtTopLevel: a method of plugins that only sounds like a hook
export const plugin = new PanelPlugin<Options>(BarGaugePanel)
  .useFieldConfig({ standardOptions: { [FieldConfigProperty.Color]: { settings: { byValueSupport: true, preferThresholdsMode: true } } } })
  .setPanelOptions((builder) => {
    const category = ['Bar gauge'];
    addReduceOptions(builder as never);
    addOrientation(builder as never, category);
    builder
      .addRadio({
        path: 'displayMode', name: 'Display mode', category, defaultValue: BarGaugeDisplayMode.Gradient,
        settings: { options: [{ value: BarGaugeDisplayMode.Gradient, label: 'Gradient' }, { value: BarGaugeDisplayMode.Lcd, label: 'Retro LCD' }, { value: BarGaugeDisplayMode.Basic, label: 'Basic' }] },
      })
      .addRadio({
        path: 'valueMode', name: 'Value display', category, defaultValue: BarGaugeValueMode.Color,
        settings: { options: [{ value: BarGaugeValueMode.Color, label: 'Value color' }, { value: BarGaugeValueMode.Text, label: 'Text color' }, { value: BarGaugeValueMode.Hidden, label: 'Hidden' }] },
      })
      .addRadio({
        path: 'namePlacement', name: 'Name placement', category, defaultValue: BarGaugeNamePlacement.Auto, showIf: ({ orientation }) => orientation !== VizOrientation.Vertical,
        settings: { options: [{ value: BarGaugeNamePlacement.Auto, label: 'Auto' }, { value: BarGaugeNamePlacement.Top, label: 'Top' }, { value: BarGaugeNamePlacement.Left, label: 'Left' }, { value: BarGaugeNamePlacement.Hidden, label: 'Hidden' }] },
      })
      .addBooleanSwitch({ path: 'showUnfilled', name: 'Show unfilled area', category, defaultValue: true, showIf: ({ displayMode }) => displayMode !== BarGaugeDisplayMode.Lcd })
      .addRadio({ path: 'sizing', name: 'Bar size', category, defaultValue: BarGaugeSizing.Auto, settings: { options: [{ value: BarGaugeSizing.Auto, label: 'Auto' }, { value: BarGaugeSizing.Manual, label: 'Manual' }] } })
      .addSliderInput({ path: 'minVizWidth', name: 'Min width', category, defaultValue: 8, settings: { min: 0, max: 300, step: 1 }, showIf: ({ sizing, orientation }) => sizing === BarGaugeSizing.Manual && orientation === VizOrientation.Vertical })
      .addSliderInput({ path: 'minVizHeight', name: 'Min height', category, defaultValue: 16, settings: { min: 0, max: 300, step: 1 }, showIf: ({ sizing, orientation }) => sizing === BarGaugeSizing.Manual && orientation === VizOrientation.Horizontal })
      .addSliderInput({ path: 'maxVizHeight', name: 'Max height', category, defaultValue: 300, settings: { min: 0, max: 300, step: 1 }, showIf: ({ sizing, orientation }) => sizing === BarGaugeSizing.Manual && orientation === VizOrientation.Horizontal });
    commonOptionsBuilder.addTextSizeOptions(builder, { withTitle: true, withValue: true });
  })
  .setPanelChangeHandler(((panel: never, before: string, options: never) => sharedSingleStatPanelChangedHandler(panel, before, options)) as never)
  .setMigrationHandler(((panel: never) => sharedSingleStatMigrationHandler(panel)) as never);

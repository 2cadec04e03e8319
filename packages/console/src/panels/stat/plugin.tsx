/** Large single values, with a graph of where they came from. */
import { FieldConfigProperty, getDisplayValueAlignmentFactors, PanelPlugin, VizOrientation, type DisplayValueAlignmentFactors, type FieldDisplay, type PanelProps } from '@grafana/data';
import { BigValueColorMode, BigValueGraphMode, BigValueJustifyMode, BigValueTextMode, PercentChangeColorMode } from '@grafana/schema';
import type { Options } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import { BigValue, commonOptionsBuilder, sharedSingleStatMigrationHandler, sharedSingleStatPanelChangedHandler, useTheme2, VizRepeater, type VizRepeaterRenderValueProps } from '@grafana/ui';
import { NoData } from '../parts/no-data.tsx';
import { addOrientation, addReduceOptions, isEmpty, Linked, useFieldDisplays } from '../parts/single-values.tsx';

export function StatPanel(props: PanelProps<Options>) {
  const { data, width, height, options, renderCounter, timeRange } = props;
  const theme = useTheme2();
  const values = useFieldDisplays(props, options.graphMode !== BigValueGraphMode.None, options.showPercentChange);
  if (isEmpty(values)) return <NoData data={data} />;
  const one = ({ value, width: w, height: h, count, alignmentFactors }: VizRepeaterRenderValueProps<FieldDisplay, DisplayValueAlignmentFactors>) => (
    <Linked value={value}>
      {({ openMenu, targetClassName }) => (
        <BigValue
          value={value.display} count={count} sparkline={value.sparkline ? { ...value.sparkline, timeRange } : undefined} colorMode={options.colorMode as never} graphMode={options.graphMode as never}
          justifyMode={options.justifyMode as never} textMode={nameShown(values, options) as never} text={options.text} alignmentFactors={alignmentFactors} width={w} height={h} theme={theme} className={targetClassName}
          onClick={openMenu as never} disableWideLayout={!options.wideLayout} percentChangeColorMode={options.percentChangeColorMode} hasLinks={value.hasLinks}
        />
      )}
    </Linked>
  );
  return (
    <VizRepeater
      getValues={() => values} getAlignmentFactors={getDisplayValueAlignmentFactors} renderValue={one} width={width} height={height} source={data} itemSpacing={3} renderCounter={renderCounter} autoGrid
      orientation={(options.orientation ?? VizOrientation.Auto) as VizOrientation}
    />
  );
}

/** A value whose name was given is shown with it, even when it is alone. */
const nameShown = (values: readonly FieldDisplay[], { textMode }: Options) =>
  textMode === BigValueTextMode.Auto && values.length === 1 && values[0]!.field.displayName ? BigValueTextMode.ValueAndName : textMode;

// biome-ignore lint/correctness/useHookAtTopLevel: a method of plugins that only sounds like a hook
export const plugin = new PanelPlugin<Options>(StatPanel)
  .useFieldConfig({ standardOptions: { [FieldConfigProperty.Color]: { settings: { byValueSupport: true, preferThresholdsMode: true } } } })
  .setPanelOptions((builder) => {
    const category = ['Stat styles'];
    addReduceOptions(builder as never);
    addOrientation(builder as never, category);
    commonOptionsBuilder.addTextSizeOptions(builder, { withTitle: true, withValue: true, withPercentChange: true });
    builder
      .addSelect({
        path: 'textMode', name: 'Text mode', description: 'Whether names, values or both are shown', category, defaultValue: BigValueTextMode.Auto,
        settings: { options: [{ value: BigValueTextMode.Auto, label: 'Auto' }, { value: BigValueTextMode.Value, label: 'Value' }, { value: BigValueTextMode.ValueAndName, label: 'Value and name' }, { value: BigValueTextMode.Name, label: 'Name' }, { value: BigValueTextMode.None, label: 'None' }] },
      })
      .addRadio({ path: 'wideLayout', name: 'Wide layout', category, defaultValue: true, settings: { options: [{ value: true, label: 'On' }, { value: false, label: 'Off' }] }, showIf: ({ textMode }) => textMode === BigValueTextMode.ValueAndName })
      .addSelect({
        path: 'colorMode', name: 'Color mode', category, defaultValue: BigValueColorMode.Value,
        settings: { options: [{ value: BigValueColorMode.None, label: 'None' }, { value: BigValueColorMode.Value, label: 'Value' }, { value: BigValueColorMode.Background, label: 'Background gradient' }, { value: BigValueColorMode.BackgroundSolid, label: 'Background solid' }] },
      })
      .addRadio({ path: 'graphMode', name: 'Graph mode', category, defaultValue: BigValueGraphMode.Area, settings: { options: [{ value: BigValueGraphMode.None, label: 'None' }, { value: BigValueGraphMode.Area, label: 'Area' }] } })
      .addRadio({ path: 'justifyMode', name: 'Text alignment', category, defaultValue: BigValueJustifyMode.Auto, settings: { options: [{ value: BigValueJustifyMode.Auto, label: 'Auto' }, { value: BigValueJustifyMode.Center, label: 'Center' }] } })
      .addBooleanSwitch({ path: 'showPercentChange', name: 'Show percent change', category, defaultValue: false, showIf: ({ reduceOptions }) => !reduceOptions.values })
      .addSelect({
        path: 'percentChangeColorMode', name: 'Percent change color mode', category, defaultValue: PercentChangeColorMode.Standard, showIf: ({ showPercentChange }) => showPercentChange,
        settings: { options: [{ value: PercentChangeColorMode.Standard, label: 'Standard' }, { value: PercentChangeColorMode.Inverted, label: 'Inverted' }, { value: PercentChangeColorMode.SameAsValue, label: 'Same as value' }] },
      });
  })
  .setPanelChangeHandler(((panel: never, before: string, options: never) => sharedSingleStatPanelChangedHandler(panel, before, options)) as never)
  .setMigrationHandler(((panel: never) => sharedSingleStatMigrationHandler(panel)) as never);

/** Options of graphs that are common to several panel types, stored as the reference stores them. */
import { FieldColorModeId, FieldConfigProperty, FieldType, type Field, type FieldConfigEditorBuilder, type SetFieldConfigOptionsArgs } from '@grafana/data';
import {
  AxisColorMode, AxisPlacement, BarAlignment, GraphDrawStyle, GraphGradientMode, GraphThresholdsStyleMode, GraphTransform, LineInterpolation, ScaleDistribution, StackingMode, VisibilityMode, type GraphFieldConfig,
} from '@grafana/schema';
import { commonOptionsBuilder, graphFieldOptions } from '@grafana/ui';
import { LineStyleEditor, NullSpanEditor } from './graph-editors.tsx';

export const graphDefaults: GraphFieldConfig = {
  drawStyle: GraphDrawStyle.Line, lineInterpolation: LineInterpolation.Linear, lineWidth: 1, fillOpacity: 0, gradientMode: GraphGradientMode.None, barAlignment: BarAlignment.Center, barWidthFactor: 0.6,
  stacking: { mode: StackingMode.None, group: 'A' }, axisGridShow: true, axisCenteredZero: false, axisBorderShow: false, axisPlacement: AxisPlacement.Auto, axisColorMode: AxisColorMode.Text,
  scaleDistribution: { type: ScaleDistribution.Linear }, thresholdsStyle: { mode: GraphThresholdsStyleMode.Off }, showPoints: VisibilityMode.Auto, pointSize: 5, showValues: false, spanNulls: false, insertNulls: false,
};

const ofNumbers = (field: Field) => field.type === FieldType.number || field.type === FieldType.enum;
const ofTimeToo = (field: Field) => field.type === FieldType.time || ofNumbers(field);

const thresholdStyles = [
  { value: GraphThresholdsStyleMode.Off, label: 'Off' }, { value: GraphThresholdsStyleMode.Line, label: 'As lines' }, { value: GraphThresholdsStyleMode.Dashed, label: 'As lines (dashed)' },
  { value: GraphThresholdsStyleMode.Area, label: 'As filled regions' }, { value: GraphThresholdsStyleMode.LineAndArea, label: 'As filled regions and lines' },
  { value: GraphThresholdsStyleMode.DashedAndArea, label: 'As filled regions and lines (dashed)' },
];

export function addThresholdStyle(builder: FieldConfigEditorBuilder<GraphFieldConfig>): void {
  builder.addSelect({ path: 'thresholdsStyle.mode', name: 'Show thresholds', category: ['Thresholds'], defaultValue: GraphThresholdsStyleMode.Off, settings: { options: thresholdStyles }, shouldApply: ofNumbers });
}

export function graphFieldConfig(defaults: GraphFieldConfig = graphDefaults): SetFieldConfigOptionsArgs<GraphFieldConfig> {
  const category = ['Graph styles'];
  const isLine = ({ drawStyle }: GraphFieldConfig) => drawStyle === GraphDrawStyle.Line;
  const isBars = ({ drawStyle }: GraphFieldConfig) => drawStyle === GraphDrawStyle.Bars;
  const notPoints = ({ drawStyle }: GraphFieldConfig) => drawStyle !== GraphDrawStyle.Points;
  return {
    standardOptions: { [FieldConfigProperty.Color]: { settings: { byValueSupport: true, bySeriesSupport: true, preferThresholdsMode: false }, defaultValue: { mode: FieldColorModeId.PaletteClassic } } },
    useCustomConfig(builder) {
      builder
        .addRadio({ path: 'drawStyle', name: 'Style', category, defaultValue: defaults.drawStyle, settings: { options: graphFieldOptions.drawStyle }, shouldApply: ofNumbers })
        .addRadio({ path: 'lineInterpolation', name: 'Line interpolation', category, defaultValue: defaults.lineInterpolation, settings: { options: graphFieldOptions.lineInterpolation }, showIf: isLine, shouldApply: ofNumbers })
        .addRadio({ path: 'barAlignment', name: 'Bar alignment', category, defaultValue: defaults.barAlignment, settings: { options: graphFieldOptions.barAlignment }, showIf: isBars, shouldApply: ofNumbers })
        .addSliderInput({ path: 'barWidthFactor', name: 'Bar width factor', category, defaultValue: defaults.barWidthFactor, settings: { min: 0.1, max: 1, step: 0.1 }, showIf: isBars, shouldApply: ofNumbers })
        .addSliderInput({ path: 'lineWidth', name: 'Line width', category, defaultValue: defaults.lineWidth, settings: { min: 0, max: 10, step: 1 }, showIf: notPoints, shouldApply: ofNumbers })
        .addSliderInput({ path: 'fillOpacity', name: 'Fill opacity', category, defaultValue: defaults.fillOpacity, settings: { min: 0, max: 100, step: 1 }, showIf: notPoints, shouldApply: ofNumbers })
        .addRadio({ path: 'gradientMode', name: 'Gradient mode', category, defaultValue: defaults.gradientMode, settings: { options: graphFieldOptions.fillGradient }, showIf: notPoints, shouldApply: ofNumbers })
        .addTextInput({ path: 'fillBelowTo', name: 'Fill below to', category, hideFromDefaults: true, settings: { placeholder: 'Name of a series' }, shouldApply: ofNumbers })
        .addCustomEditor({ id: 'lineStyle', path: 'lineStyle', name: 'Line style', category, showIf: isLine, editor: LineStyleEditor, override: LineStyleEditor, process: (value) => value, shouldApply: ofNumbers, defaultValue: { fill: 'solid' } })
        .addCustomEditor({ id: 'spanNulls', path: 'spanNulls', name: 'Connect null values', category, defaultValue: defaults.spanNulls, showIf: isLine, editor: NullSpanEditor, override: NullSpanEditor, process: (value) => value, shouldApply: ofTimeToo })
        .addCustomEditor({ id: 'insertNulls', path: 'insertNulls', name: 'Disconnect values', category, defaultValue: defaults.insertNulls, showIf: isLine, editor: NullSpanEditor, override: NullSpanEditor, process: (value) => value, shouldApply: ofTimeToo })
        .addRadio({ path: 'showPoints', name: 'Show points', category, defaultValue: defaults.showPoints, settings: { options: graphFieldOptions.showPoints }, showIf: notPoints, shouldApply: ofNumbers })
        .addSliderInput({ path: 'pointSize', name: 'Point size', category, defaultValue: defaults.pointSize, settings: { min: 1, max: 40, step: 1 }, showIf: ({ showPoints, drawStyle }) => showPoints !== VisibilityMode.Never || drawStyle === GraphDrawStyle.Points, shouldApply: ofNumbers })
        .addBooleanSwitch({ path: 'showValues', name: 'Show values', category, defaultValue: defaults.showValues, shouldApply: ofNumbers });
      commonOptionsBuilder.addStackingConfig(builder, defaults.stacking, category);
      builder.addSelect({
        path: 'transform', name: 'Transform', category, hideFromDefaults: true, shouldApply: ofNumbers,
        settings: { isClearable: true, options: [{ value: GraphTransform.Constant, label: 'Constant: the first value as a straight line' }, { value: GraphTransform.NegativeY, label: 'Negative Y: values turned around' }] },
      });
      commonOptionsBuilder.addAxisConfig(builder, defaults);
      commonOptionsBuilder.addHideFrom(builder);
      addThresholdStyle(builder);
    },
  };
}

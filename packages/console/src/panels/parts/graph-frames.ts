/** Brings results into the shape that a graph over time draws: a sorted time field and number fields. */
import { FieldType, getDisplayProcessor, type DataFrame, type Field, type GrafanaTheme2 } from '@grafana/data';

export interface GraphFrames {
  readonly frames?: DataFrame[];
  /** Why there is nothing to draw. */
  readonly missing?: string;
}

const drawn = (type: FieldType) => type === FieldType.number || type === FieldType.boolean || type === FieldType.enum;

/** Switches are drawn as 0 and 1. */
function asNumbers(field: Field, theme: GrafanaTheme2): Field {
  if (field.type !== FieldType.boolean) return field;
  const config = { ...field.config, max: 1, min: 0, custom: { ...field.config.custom, axisPlacement: field.config.custom?.axisPlacement ?? 'auto' } };
  const shown: Field = { ...field, config, type: FieldType.number, values: field.values.map((value) => (value === null || value === undefined ? value : Number(value))) };
  const display = getDisplayProcessor({ field: { ...shown, config: { ...config, unit: config.unit ?? 'bool' } }, theme });
  return { ...shown, display };
}

function ascending(frame: DataFrame, at: number): DataFrame {
  const times = frame.fields[at]!.values as readonly number[];
  if (times.every((time, i) => i === 0 || times[i - 1]! <= time)) return frame;
  const order = times.map((_, i) => i).sort((a, b) => times[a]! - times[b]!);
  return { ...frame, fields: frame.fields.map((field) => ({ ...field, values: order.map((i) => field.values[i]) })) };
}

/** `x` is a field's name for graphs over something else than time. */
export function graphFrames(series: readonly DataFrame[], theme: GrafanaTheme2, x?: string): GraphFrames {
  const frames: DataFrame[] = [];
  let sawX = false;
  for (const frame of series) {
    const at = frame.fields.findIndex((field) => (x === undefined ? field.type === FieldType.time : field.name === x));
    if (at < 0) continue;
    sawX = true;
    const { fields, ...rest } = ascending(frame, at);
    const values = fields.filter((field, i) => i !== at && drawn(field.type)).map((field) => asNumbers(field, theme));
    if (values.length === 0 || frame.length === 0) continue;
    frames.push({ ...rest, fields: [fields[at]!, ...values] });
  }
  if (frames.length > 0) return { frames };
  if (series.length === 0 || series.every(({ length }) => length === 0)) return { missing: 'No data' };
  return { missing: sawX ? 'There is no number field to draw' : 'There is no time field to draw along' };
}

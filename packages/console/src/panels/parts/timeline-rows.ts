/** Rows of states over time, from results: what held from when to when. */
import { FieldColorModeId, FieldType, formattedValueToString, getFieldColorModeForField, getFieldDisplayName, sortThresholds, ThresholdsMode, type DataFrame, type Field, type GrafanaTheme2 } from '@grafana/data';

export interface Span {
  readonly from: number;
  readonly to: number;
  readonly text: string;
  readonly color: string;
  /** Of the field's values. */
  readonly index: number;
}

export interface TimelineRow {
  readonly name: string;
  readonly field: Field;
  readonly spans: readonly Span[];
}

const grey = '#808080';

/** Names a range between thresholds: numbers in it are one state. */
function rangeText(field: Field, value: number): { readonly text: string; readonly color: string } | undefined {
  const { thresholds, mappings = [] } = field.config;
  if (field.type !== FieldType.number || !thresholds || thresholds.mode !== ThresholdsMode.Absolute || mappings.length > 0 || getFieldColorModeForField(field).id !== FieldColorModeId.Thresholds) return undefined;
  const steps = sortThresholds([...thresholds.steps]);
  if (steps.length < 2) return undefined;
  const at = steps.findLastIndex((step) => value >= step.value);
  const named = (n: number) => formattedValueToString(field.display!(n));
  const text = at === 0 ? `< ${named(steps[1]!.value)}` : at === steps.length - 1 ? `${named(steps[at]!.value)}+` : `${named(steps[at]!.value)} – ${named(steps[at + 1]!.value)}`;
  return { text, color: field.display!(value).color ?? grey };
}

const isState = ({ type }: Field) => type !== FieldType.time && type !== FieldType.frame && type !== FieldType.nestedFrames;

function* stateFields(series: readonly DataFrame[]): Generator<{ readonly field: Field; readonly times: readonly number[]; readonly ends: readonly number[] | undefined; readonly name: string }> {
  for (const frame of series) {
    const [time, end] = frame.fields.filter(({ type }) => type === FieldType.time);
    if (!time) continue;
    for (const field of frame.fields) {
      if (!isState(field) || field.config.custom?.hideFrom?.viz) continue;
      yield { field, times: time.values, ends: end?.values, name: getFieldDisplayName(field, frame, [...series]) };
    }
  }
}

/** A state holds until the next sample, or the end of the range; `null` ends it, a missing value does not. */
export function stateRows(series: readonly DataFrame[], range: { readonly from: number; readonly to: number }, merge: boolean): readonly TimelineRow[] {
  const now = Math.min(range.to, Date.now());
  return Array.from(stateFields(series), ({ field, times, ends, name }): TimelineRow => {
    const spans: Span[] = [];
    const last = times.length === 0 ? range.from : times[times.length - 1]!;
    times.forEach((from, index) => {
      const value = field.values[index];
      if (value === null || value === undefined || value === '') return;
      const ended = ends?.[index];
      let next = index + 1;
      while (next < times.length && field.values[next] === undefined) next++;
      const to = ended ?? (next < times.length ? times[next]! : Math.max(now, last));
      const shown = field.display!(value);
      const { text, color } = (merge ? rangeText(field, value) : undefined) ?? { text: formattedValueToString(shown), color: shown.color ?? grey };
      const before = spans.at(-1);
      if (merge && before && before.text === text && before.color === color && before.to >= from) spans[spans.length - 1] = { ...before, to };
      else spans.push({ from, to, text, color, index });
    });
    return { name, field, spans };
  });
}

/** One box a sample, as wide as the usual distance between samples. */
export function sampleRows(series: readonly DataFrame[]): { readonly rows: readonly TimelineRow[]; readonly step: number } {
  let step = Infinity;
  const rows = Array.from(stateFields(series), ({ field, times, name }): TimelineRow => {
    times.forEach((time, i) => {
      if (i > 0 && time - times[i - 1]! > 0) step = Math.min(step, time - times[i - 1]!);
    });
    const spans = times.flatMap((from, index): Span[] => {
      const value = field.values[index];
      if (value === null || value === undefined) return [];
      const shown = field.display!(value);
      return [{ from, to: from, text: formattedValueToString(shown), color: shown.color ?? grey, index }];
    });
    return { name, field, spans };
  });
  return { rows, step: Number.isFinite(step) ? step : 60_000 };
}

export interface StateKey {
  readonly text: string;
  readonly color: string;
}

/** What colors stand for, each once; none where colors are a gradient of numbers. */
export function statesOf(rows: readonly TimelineRow[], theme: GrafanaTheme2): readonly StateKey[] {
  const keys = new Map<string, StateKey>();
  for (const { field, spans } of rows) {
    const mode = getFieldColorModeForField(field);
    if (mode.isContinuous) continue;
    if (field.type === FieldType.number && mode.id === FieldColorModeId.Thresholds && (field.config.mappings ?? []).length === 0) {
      const steps = sortThresholds([...(field.config.thresholds?.steps ?? [])]);
      steps.forEach(({ value, color }, i) => {
        const text = i === 0 ? (steps[1] ? `< ${formattedValueToString(field.display!(steps[1].value))}` : '') : `${formattedValueToString(field.display!(value))}+`;
        if (text) keys.set(text, { text, color: theme.visualization.getColorByName(color) });
      });
      continue;
    }
    for (const { text, color } of spans) {
      if (keys.size > 50) return [...keys.values()];
      if (text) keys.set(text, { text, color });
    }
  }
  return [...keys.values()];
}

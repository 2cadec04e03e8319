/** Series of a Prometheus as its own page lists them: a line of labels each, with the last value. */
import type { DataFrame, Field } from '@grafana/data';

export interface RawSeries {
  readonly text: string;
  readonly value: string;
}

const ofType = (wanted: string) => ({ type }: Field) => (type as string) === wanted;
const last = (values: ArrayLike<unknown>) => values[values.length - 1];

/** Time series by the labels of their numbers; a table of an instant query by its columns of text. */
export function rawSeries(frames: readonly DataFrame[]): readonly RawSeries[] {
  return frames.flatMap((frame) => {
    const numbers = frame.fields.filter(ofType('number'));
    const texts = frame.fields.filter(ofType('string'));
    if (texts.length > 0 && numbers.length > 0) {
      const value = numbers[0]!;
      return Array.from({ length: frame.length }, (_, row) => ({ text: seriesText(Object.fromEntries(texts.map((field) => [field.name, String(field.values[row] ?? '')]))), value: String(value.values[row] ?? '') }));
    }
    return numbers.map((field) => ({ text: field.labels ? seriesText(field.labels) : field.config.displayNameFromDS ?? field.name, value: String(last(field.values) ?? '') }));
  });
}

export function seriesText({ __name__: name = '', ...labels }: Readonly<Record<string, string>>): string {
  const inner = Object.entries(labels).filter(([, value]) => value !== '').map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(', ');
  return inner === '' ? name || '{}' : `${name}{${inner}}`;
}

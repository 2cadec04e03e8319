/** What an XY chart draws: pairs of fields, as they were chosen, or each number over the first. */
import type { DataFrame, Field, FieldType, MatcherConfig } from '@grafana/data';

export interface XySeries {
  readonly name: string;
  readonly frame: DataFrame;
  readonly x: Field;
  readonly y: Field;
  readonly size?: Field;
  readonly color?: Field;
}

export interface SeriesOptions {
  readonly name?: { readonly fixed?: string };
  readonly frame?: { readonly matcher: MatcherConfig };
  readonly x?: { readonly matcher: MatcherConfig };
  readonly y?: { readonly matcher: MatcherConfig };
  readonly size?: { readonly matcher: MatcherConfig };
  readonly color?: { readonly matcher: MatcherConfig };
}

export interface Matching {
  readonly nameOf: (field: Field, frame: DataFrame) => string;
  readonly matches: (matcher: MatcherConfig, field: Field, frame: DataFrame) => boolean;
}

const isNumber = ({ type }: Field) => type === ('number' as FieldType);
const isSeen = (field: Field) => (field.config.custom as { readonly hideFrom?: { readonly viz?: boolean } } | undefined)?.hideFrom?.viz !== true;

export function xySeries(frames: readonly DataFrame[], mapping: string, series: readonly SeriesOptions[], { nameOf, matches }: Matching): readonly XySeries[] {
  const inFrames = ({ frame }: SeriesOptions) => frames.filter((_, index) => frame?.matcher?.id !== 'byIndex' || Number(frame.matcher.options) === index);
  const found = (frame: DataFrame, wanted: { readonly matcher: MatcherConfig } | undefined) => (wanted?.matcher ? frame.fields.find((field) => matches(wanted.matcher, field, frame)) : undefined);
  if (mapping === 'manual') {
    return series.flatMap((one) => inFrames(one).flatMap((frame): XySeries[] => {
      const x = found(frame, one.x) ?? frame.fields.find(isNumber);
      const ys = one.y?.matcher ? frame.fields.filter((field) => matches(one.y!.matcher, field, frame)) : frame.fields.filter((field) => isNumber(field) && field !== x).slice(0, 1);
      const [size, color] = [found(frame, one.size), found(frame, one.color)];
      return x ? ys.filter((y) => y !== x && isSeen(y)).map((y) => ({ name: one.name?.fixed || nameOf(y, frame), frame, x, y, ...(size ? { size } : {}), ...(color ? { color } : {}) })) : [];
    }));
  }
  const [only = {}] = series;
  return inFrames(only).flatMap((frame): XySeries[] => {
    const x = found(frame, only.x) ?? frame.fields.find(isNumber);
    return x ? frame.fields.filter((field) => isNumber(field) && field !== x && isSeen(field)).map((y) => ({ name: nameOf(y, frame), frame, x, y })) : [];
  });
}

/** From the least to the greatest of all values, with some room around; wider where the fields say so. */
export function spanOf(fields: readonly Field[], room = 0.05): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const { values } of fields) {
    for (const value of values as readonly unknown[]) {
      if (typeof value !== 'number' || !Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low > high) [low, high] = [0, 1];
  const space = (high - low || Math.abs(high) || 1) * room;
  const set = (key: 'min' | 'max') => fields.map(({ config }) => config[key]).find((value) => typeof value === 'number');
  return [set('min') ?? low - space, set('max') ?? high + space];
}

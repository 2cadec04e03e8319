/** Making frames: fields without what was computed for another frame. */
import type { DataFrame, Field, FieldType, Labels, MatcherConfig } from '@grafana/data';

/** What transformations need of @grafana/data; handed in, so that they are plain functions of their values. */
export interface Tools {
  readonly nameOf: (field: Field, frame: DataFrame, frames: readonly DataFrame[]) => string;
  /** A value calculated from a field: `max`, `lastNotNull` … */
  readonly reduced: (field: Field, reducer: string) => unknown;
  /** All frames side by side by their times. */
  readonly joined: (frames: readonly DataFrame[]) => DataFrame | undefined;
  readonly matching: (matcher: MatcherConfig) => (field: Field, frame: DataFrame, frames: readonly DataFrame[]) => boolean;
  readonly typeOf: (field: Field) => FieldType | undefined;
}

export const kinds = { time: 'time' as FieldType.time, number: 'number' as FieldType.number, string: 'string' as FieldType.string, boolean: 'boolean' as FieldType.boolean, frame: 'frame' as FieldType.frame, other: 'other' as FieldType.other } as const;

export const fieldOf = (name: string, type: FieldType, values: readonly unknown[], more: Partial<Field> = {}): Field => ({ name, type, values: [...values], config: {}, ...more });

/** The field with other values; nothing that was computed from the old ones stays. */
export const withValues = (field: Field, values: readonly unknown[], labels?: Labels): Field => ({ ...field, values: [...values], state: undefined, ...(labels ? { labels } : {}) } as unknown as Field);

export const frameOf = (fields: readonly Field[], more: Partial<DataFrame> = {}): DataFrame => ({ ...more, fields: [...fields], length: fields[0]?.values.length ?? 0 });

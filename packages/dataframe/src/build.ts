import type { ElementType, Field, FieldConfig, Frame, FrameMeta, Labels, StorageOf } from './frame.ts';

/** What a value of each element type looks like to a program. `time` is milliseconds, 64-bit integers are exact, `json` is JSON text. */
export interface ValueOf {
  int8: number; int16: number; int32: number; int64: bigint; uint8: number; uint16: number; uint32: number; uint64: bigint;
  float32: number; float64: number; string: string; bool: boolean; time: number; json: string; enum: number;
}

export interface FieldOptions {
  readonly labels?: Labels;
  readonly config?: FieldConfig;
  /** Whether the type admits nulls; without it, whether any occur. */
  readonly nullable?: boolean;
}

type Column = StorageOf[ElementType];

/** Storage for `rows` values of a type, zero values throughout. */
export function allocate<T extends ElementType>(type: T, rows: number): StorageOf[T] {
  return emptyColumn(type, rows) as StorageOf[T];
}

function emptyColumn(type: ElementType, rows: number): Column {
  switch (type) {
    case 'int8': return new Int8Array(rows);
    case 'int16': return new Int16Array(rows);
    case 'int32': return new Int32Array(rows);
    case 'int64': return new BigInt64Array(rows);
    case 'uint8': case 'bool': return new Uint8Array(rows);
    case 'uint16': case 'enum': return new Uint16Array(rows);
    case 'uint32': return new Uint32Array(rows);
    case 'uint64': return new BigUint64Array(rows);
    case 'float32': return new Float32Array(rows);
    case 'float64': case 'time': return new Float64Array(rows);
    case 'string': return new Array<string>(rows).fill('');
    case 'json': return new Array<string>(rows).fill('null');
  }
}

/**
 * A field of any type. A typed array (or `string[]` given as `values`) is taken as it is, without a copy; an ordinary array may hold nulls.
 */
export function field<T extends ElementType>(
  type: T, name: string, values: StorageOf[T] | readonly (ValueOf[T] | null)[], options: FieldOptions & { readonly valid?: Uint8Array; readonly nanos?: Int32Array } = {},
): Field<T> {
  const extra = {
    ...(options.labels && { labels: options.labels }),
    ...(options.config && { config: options.config }),
    ...(options.nanos && { nanos: options.nanos }),
  };
  if (!Array.isArray(values)) {
    const valid = options.valid;
    return { name, type, nullable: options.nullable ?? valid !== undefined, values: values as StorageOf[T], ...(valid && { valid }), ...extra };
  }
  const given = values as unknown as readonly (ValueOf[T] | null)[];
  const stored = emptyColumn(type, given.length) as unknown as unknown[];
  let valid = options.valid;
  for (let i = 0; i < given.length; i++) {
    const value = given[i];
    if (value === null || value === undefined) {
      valid ??= new Uint8Array(given.length).fill(1);
      valid[i] = 0;
    } else stored[i] = type === 'bool' ? (value ? 1 : 0) : value;
  }
  return { name, type, nullable: options.nullable ?? valid !== undefined, values: stored as unknown as StorageOf[T], ...(valid && { valid }), ...extra };
}

export const floatField = (name: string, values: Float64Array | readonly (number | null)[], options?: FieldOptions & { readonly valid?: Uint8Array }) => field('float64', name, values, options);
export const int32Field = (name: string, values: Int32Array | readonly (number | null)[], options?: FieldOptions) => field('int32', name, values, options);
export const int64Field = (name: string, values: BigInt64Array | readonly (bigint | null)[], options?: FieldOptions) => field('int64', name, values, options);
export const stringField = (name: string, values: readonly (string | null)[], options?: FieldOptions) => field('string', name, values, options);
export const boolField = (name: string, values: readonly (boolean | null)[], options?: FieldOptions) => field('bool', name, values, options);
/** `values` are JSON texts. */
export const jsonField = (name: string, values: readonly (string | null)[], options?: FieldOptions) => field('json', name, values, options);
/** Milliseconds since the epoch; `nanos` adds what is finer. */
export const timeField = (name: string, values: Float64Array | readonly (number | null)[], options?: FieldOptions & { readonly valid?: Uint8Array; readonly nanos?: Int32Array }) =>
  field('time', name, values, options);
/** `values` are indexes into `texts`. */
export const enumField = (name: string, values: Uint16Array | readonly (number | null)[], texts: readonly string[], options: FieldOptions = {}) =>
  field('enum', name, values, { ...options, config: { ...options.config, type: { enum: { text: texts } } } });

export interface FrameOptions {
  readonly refId?: string;
  readonly meta?: FrameMeta;
}

export function frame(name: string, fields: readonly Field[], options: FrameOptions = {}): Frame {
  return { name, refId: options.refId ?? '', fields, ...(options.meta && { meta: options.meta }) };
}

/** Collects a column whose length is not known beforehand; `field()` ends it. */
export interface ColumnBuilder<T extends ElementType> {
  readonly length: number;
  push(value: ValueOf[T] | null): void;
  /** `time` only: milliseconds, and nanoseconds within the millisecond. */
  pushTime(ms: number, nanos: number): void;
  field(): Field<T>;
}

const firstCapacity = 64;

export function columnBuilder<T extends ElementType>(type: T, name: string, options: FieldOptions & { readonly capacity?: number } = {}): ColumnBuilder<T> {
  const isList = type === 'string' || type === 'json';
  let values: Column = isList ? [] : emptyColumn(type, options.capacity ?? firstCapacity);
  let valid: Uint8Array | undefined;
  let nanos: Int32Array | undefined;
  let length = 0;

  function grow(): void {
    const size = Math.max(firstCapacity, length * 2);
    const wider = emptyColumn(type, size) as Float64Array;
    wider.set(values as Float64Array);
    values = wider;
    if (valid) { const more = new Uint8Array(size); more.set(valid); valid = more; }
    if (nanos) { const more = new Int32Array(size); more.set(nanos); nanos = more; }
  }
  function markNull(at: number): void {
    if (!valid) valid = new Uint8Array(Math.max(values.length, at + 1)).fill(1, 0, at);
    else if (at >= valid.length) { const more = new Uint8Array(Math.max(firstCapacity, at * 2)); more.set(valid); valid = more; }
  }

  return {
    get length() { return length; },
    push(value) {
      if (!isList && length === values.length) grow();
      const at = length++;
      if (value === null || value === undefined) {
        markNull(at);
        if (isList) (values as string[]).push(type === 'json' ? 'null' : '');
        return;
      }
      if (valid) { markNull(at); valid[at] = 1; }
      if (isList) (values as string[]).push(value as string);
      else (values as unknown[])[at] = type === 'bool' ? (value ? 1 : 0) : value;
    },
    pushTime(ms, nanoseconds) {
      this.push(ms as ValueOf[T]);
      if (nanoseconds === 0) return;
      nanos ??= new Int32Array(values.length);
      nanos[length - 1] = nanoseconds;
    },
    field() {
      const stored = isList ? values : (values as Float64Array).subarray(0, length);
      return {
        name, type, nullable: options.nullable ?? valid !== undefined, values: stored as StorageOf[T],
        ...(valid && { valid: valid.subarray(0, length) }),
        ...(nanos && { nanos: nanos.subarray(0, length) }),
        ...(options.labels && { labels: options.labels }),
        ...(options.config && { config: options.config }),
      };
    },
  };
}

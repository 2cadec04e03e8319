import type { ValueOf } from './build.ts';
import type { ElementType, Field, StorageOf } from './frame.ts';

export const isNull = (field: Field, row: number): boolean => field.valid !== undefined && field.valid[row] === 0;

/** One value, null where there is none. Convenient, not fast: loops over many rows read `field.values`. */
export function valueAt<T extends ElementType>(field: Field<T>, row: number): ValueOf[T] | null {
  if (field.valid !== undefined && field.valid[row] === 0) return null;
  const value: unknown = (field.values as ArrayLike<unknown>)[row];
  return (field.type === 'bool' ? value === 1 : value) as ValueOf[T];
}

/** A number for every type that has one: numbers, bools (1 and 0), times (milliseconds); null for null, text and JSON. 64-bit integers lose what a double cannot hold. */
export function numberAt(field: Field, row: number): number | null {
  if (field.valid !== undefined && field.valid[row] === 0) return null;
  switch (field.type) {
    case 'string': case 'json': return null;
    case 'int64': case 'uint64': return Number((field.values as BigInt64Array)[row]);
    default: return (field.values as Float64Array)[row] ?? null;
  }
}

export const isNumeric = (type: ElementType): boolean => type.startsWith('int') || type.startsWith('uint') || type.startsWith('float');

/** The rows `rows` of a field, in that order. */
export function takeRows<T extends ElementType>(field: Field<T>, rows: ArrayLike<number>): Field<T> {
  const source = field.values as ArrayLike<unknown>;
  const picked = (Array.isArray(field.values) ? new Array<string>(rows.length) : new (field.values.constructor as Float64ArrayConstructor)(rows.length)) as unknown[];
  for (let i = 0; i < rows.length; i++) picked[i] = source[rows[i] as number];
  const { valid, nanos, ...rest } = field;
  const pick = <A extends Uint8Array | Int32Array>(from: A, to: A): A => { for (let i = 0; i < rows.length; i++) to[i] = from[rows[i] as number] as number; return to; };
  return {
    ...rest, values: picked as unknown as StorageOf[T],
    ...(valid && { valid: pick(valid, new Uint8Array(rows.length)) }),
    ...(nanos && { nanos: pick(nanos, new Int32Array(rows.length)) }),
  };
}

/** A field as nullable float64, the way expressions see it; shares storage where it already is one. */
export function asNullableFloat(field: Field): Field<'float64'> {
  if (field.type === 'float64') return { ...(field as Field<'float64'>), nullable: true };
  const rows = field.values.length;
  const values = new Float64Array(rows);
  for (let i = 0; i < rows; i++) values[i] = numberAt(field, i) ?? 0;
  const { nanos: _, ...rest } = field;
  return { ...rest, type: 'float64', nullable: true, values };
}

/**
 * Data frames: named, typed columns (queries-and-frames §11, §12). A column is a typed array with a validity mask where nulls
 * occur; rows exist only on paper.
 */

export type ElementType =
  | 'int8' | 'int16' | 'int32' | 'int64' | 'uint8' | 'uint16' | 'uint32' | 'uint64'
  | 'float32' | 'float64' | 'string' | 'bool' | 'time' | 'json' | 'enum';

/** Storage by element type. `time` is whole milliseconds since the epoch; what is finer is in `Field.nanos`. `bool` is 0 or 1. `json` is JSON text. */
export interface StorageOf {
  int8: Int8Array; int16: Int16Array; int32: Int32Array; int64: BigInt64Array;
  uint8: Uint8Array; uint16: Uint16Array; uint32: Uint32Array; uint64: BigUint64Array;
  float32: Float32Array; float64: Float64Array; string: string[]; bool: Uint8Array; time: Float64Array; json: string[]; enum: Uint16Array;
}

export type Labels = Readonly<Record<string, string>>;

/** `config` of a field (§11.2): what a panel shows of it. Written as it is; empty members are left out. */
export type FieldConfig = Readonly<Record<string, unknown>>;

export interface Field<T extends ElementType = ElementType> {
  readonly name: string;
  readonly type: T;
  /** Whether the type admits nulls (`*float64`), independent of whether any occur. */
  readonly nullable: boolean;
  readonly values: StorageOf[T];
  /** Present only where nulls occur: 1 = value, 0 = null, one byte a row. */
  readonly valid?: Uint8Array;
  /** `time` only: nanoseconds within the millisecond (0…999 999), where any is not 0. */
  readonly nanos?: Int32Array;
  readonly labels?: Labels;
  readonly config?: FieldConfig;
}

export type NoticeSeverity = 'info' | 'warning' | 'error';

export interface Notice {
  readonly severity: NoticeSeverity;
  readonly text: string;
  readonly link?: string;
  readonly inspect?: 'meta' | 'error' | 'data' | 'stats';
}

/** `meta` (§11.3). */
export interface FrameMeta {
  readonly type?: string;
  readonly typeVersion?: readonly [number, number];
  readonly path?: string;
  readonly pathSeparator?: string;
  readonly custom?: unknown;
  readonly stats?: readonly unknown[];
  readonly notices?: readonly Notice[];
  readonly channel?: string;
  readonly preferredVisualisationType?: string;
  readonly preferredVisualisationPluginId?: string;
  readonly executedQueryString?: string;
  readonly dataTopic?: string;
  readonly uniqueRowIdFields?: readonly number[];
}

export interface Frame {
  readonly name: string;
  readonly refId: string;
  readonly fields: readonly Field[];
  readonly meta?: FrameMeta;
}

export const rowCount = (frame: Frame): number => frame.fields[0]?.values.length ?? 0;

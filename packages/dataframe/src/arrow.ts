import {
  Binary, Bool, DataType, Field as ArrowField, Float32, Float64, Int16, Int32, Int64, Int8, RecordBatch, RecordBatchFileWriter, Schema, Struct, TimestampNanosecond,
  Uint16, Uint32, Uint64, Uint8, Utf8, makeData, tableFromIPC, type Data,
} from 'apache-arrow';
import { allocate } from './build.ts';
import { readMeta } from './json-reader.ts';
import { configJson, jsonTypes, labelsJson, metaJson } from './json-writer.ts';
import type { ElementType, Field, FieldConfig, Frame, Labels, StorageOf } from './frame.ts';

/** Frames as Arrow IPC files (queries-and-frames §12.1, plugins §19), as plugins send them. Strings are never dictionary-encoded: Go peers could not read them. */

const arrowType = (type: ElementType): DataType => {
  switch (type) {
    case 'int8': return new Int8();
    case 'int16': return new Int16();
    case 'int32': return new Int32();
    case 'int64': return new Int64();
    case 'uint8': return new Uint8();
    case 'uint16': case 'enum': return new Uint16();
    case 'uint32': return new Uint32();
    case 'uint64': return new Uint64();
    case 'float32': return new Float32();
    case 'float64': return new Float64();
    case 'string': return new Utf8();
    case 'bool': return new Bool();
    case 'time': return new TimestampNanosecond();
    case 'json': return new Binary();
  }
};

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** One bit a row, least significant first. */
function packBits(bytes: Uint8Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(bytes.length / 64) * 8);
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) (bits[i >> 3] as number) |= 1 << (i & 7);
  return bits;
}

function packStrings(values: readonly string[]): { valueOffsets: Int32Array; data: Uint8Array } {
  const valueOffsets = new Int32Array(values.length + 1);
  let size = 0;
  for (let i = 0; i < values.length; i++) {
    size += Buffer.byteLength(values[i] as string);
    valueOffsets[i + 1] = size;
  }
  const data = new Uint8Array(size);
  for (let i = 0; i < values.length; i++) utf8.encodeInto(values[i] as string, data.subarray(valueOffsets[i] as number, valueOffsets[i + 1] as number));
  return { valueOffsets, data };
}

/** Nanoseconds as two 32-bit halves, in steps that a double holds exactly: bigints would take several times as long. */
function packTimes(values: Float64Array, nanos: Int32Array | undefined): BigInt64Array {
  const packed = new BigInt64Array(values.length);
  const halves = new Int32Array(packed.buffer);
  for (let i = 0; i < values.length; i++) {
    const ms = values[i] as number;
    if (ms - ms !== 0) continue;
    const whole = Math.floor(ms);
    const upper = Math.floor(whole / 1_048_576);
    // 2^20 times this, and what is left below.
    const scaled = upper * 1e6;
    const high = Math.floor(scaled / 4096);
    const rest = (scaled - high * 4096) * 1_048_576 + (whole - upper * 1_048_576) * 1e6 + (nanos?.[i] ?? 0);
    const carry = Math.floor(rest / 4_294_967_296);
    halves[2 * i] = rest - carry * 4_294_967_296;
    halves[2 * i + 1] = high + carry;
  }
  return packed;
}

function packColumn(field: Field, rows: number): Data {
  const type = arrowType(field.type);
  const nullBitmap = field.valid && packBits(field.valid);
  const nullCount = field.valid ? field.valid.reduce((count, v) => count + (v === 0 ? 1 : 0), 0) : 0;
  const common = { length: rows, nullCount, ...(nullBitmap && { nullBitmap }) };
  switch (field.type) {
    case 'string': return makeData({ type: type as Utf8, ...common, ...packStrings(field.values as string[]) });
    case 'json': return makeData({ type: type as Binary, ...common, ...packStrings(field.values as string[]) });
    case 'bool': return makeData({ type: type as Bool, ...common, data: packBits(field.values as Uint8Array) });
    case 'time': return makeData({ type: type as TimestampNanosecond, ...common, data: packTimes(field.values as Float64Array, field.nanos) });
    default: return makeData({ type: type as Float64, ...common, data: field.values as Float64Array });
  }
}

/** An Arrow IPC file: schema, and one record batch unless there are no rows. Throws where columns differ in length. */
export function writeArrowFrame(frame: Frame, refId = ''): Uint8Array {
  const rows = frame.fields[0]?.values.length ?? 0;
  const fields = frame.fields.map((field) => {
    if (field.values.length !== rows) throw new Error(`field "${field.name}" has ${field.values.length} rows, the first one has ${rows}`);
    const metadata = new Map<string, string>();
    if (field.config) metadata.set('config', configJson(field.config));
    if (field.labels) metadata.set('labels', labelsJson(field.labels));
    metadata.set('tstype', jsonTypes[field.type]);
    return new ArrowField(field.name, arrowType(field.type), field.nullable, metadata);
  });
  const metadata = new Map<string, string>();
  if (frame.meta) metadata.set('meta', metaJson(frame.meta));
  metadata.set('name', frame.name);
  metadata.set('refId', frame.refId || refId);
  const schema = new Schema(fields, metadata);
  const writer = new RecordBatchFileWriter();
  writer.reset(undefined, schema);
  if (rows > 0) {
    const children = frame.fields.map((field) => packColumn(field, rows));
    writer.write(new RecordBatch(schema, makeData({ type: new Struct(fields), length: rows, nullCount: 0, children })));
  }
  writer.finish();
  return writer.toUint8Array(true);
}

function elementType(type: DataType, tstype: string | undefined): ElementType | undefined {
  if (DataType.isInt(type)) {
    if (type.bitWidth === 16 && !type.isSigned && tstype === 'enum') return 'enum';
    return `${type.isSigned ? '' : 'u'}int${type.bitWidth}` as ElementType;
  }
  if (DataType.isFloat(type)) return type.precision === 2 ? 'float64' : type.precision === 1 ? 'float32' : undefined;
  if (DataType.isUtf8(type) || DataType.isUtf8View(type)) return 'string';
  if (DataType.isBool(type)) return 'bool';
  if (DataType.isTimestamp(type)) return 'time';
  if (DataType.isBinary(type)) return 'json';
  return undefined;
}

const magic = 'ARROW1';

/** Reads an Arrow IPC file, all its record batches together. Throws for what is none and for types that frames do not have. */
export function readArrowFrame(bytes: Uint8Array): Frame {
  if (text.decode(bytes.subarray(0, magic.length)) !== magic) throw new Error('not an Arrow file');
  const table = tableFromIPC(bytes);
  const rows = table.numRows;
  const fields = table.schema.fields.map((arrowField, i): Field => {
    const type = elementType(arrowField.type as DataType, arrowField.metadata.get('tstype'));
    if (type === undefined) throw new Error(`unsupported conversion from arrow to frame type for arrow type ${String(arrowField.type)}`);
    const column = table.getChildAt(i);
    const chunks = (column?.data ?? []) as readonly Data[];
    const labels = parseObject(arrowField.metadata.get('labels'));
    const config = parseObject(arrowField.metadata.get('config'));
    return { name: arrowField.name, type, nullable: arrowField.nullable, ...(column && DataType.isUtf8View(column.type) ? unpackViews(column) : unpackColumn(type, chunks, rows)), ...(labels && { labels: labels as Labels }), ...(config && { config: config as FieldConfig }) };
  });
  const meta = parseObject(table.schema.metadata.get('meta'));
  return { name: table.schema.metadata.get('name') ?? '', refId: table.schema.metadata.get('refId') ?? '', fields, ...(meta && { meta: readMeta(meta) }) };
}

function parseObject(json: string | undefined): Record<string, unknown> | undefined {
  if (json === undefined || json === '' || json === 'null') return undefined;
  const value: unknown = JSON.parse(json);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}

function unpackViews(column: Iterable<string | null>): Pick<Field, 'values' | 'valid'> {
  const given = [...column];
  return { values: given.map((value) => value ?? ''), ...(given.includes(null) && { valid: Uint8Array.from(given, (value) => (value === null ? 0 : 1)) }) };
}

const bitAt = (bits: Uint8Array, i: number): number => ((bits[i >> 3] as number) >> (i & 7)) & 1;

function unpackColumn(type: ElementType, chunks: readonly Data[], rows: number): Pick<Field, 'values' | 'valid' | 'nanos'> {
  const values = allocate(type, rows);
  let valid: Uint8Array | undefined;
  let nanos: Int32Array | undefined;
  let at = 0;
  for (const chunk of chunks) {
    if (chunk.nullCount > 0) {
      valid ??= new Uint8Array(rows).fill(1);
      for (let i = 0; i < chunk.length; i++) valid[at + i] = bitAt(chunk.nullBitmap, chunk.offset + i);
    }
    switch (type) {
      case 'string': case 'json': {
        const offsets = chunk.valueOffsets as Int32Array;
        const data = chunk.values as Uint8Array;
        for (let i = 0; i < chunk.length; i++) (values as string[])[at + i] = text.decode(data.subarray(offsets[i], offsets[i + 1]));
        break;
      }
      case 'bool':
        for (let i = 0; i < chunk.length; i++) (values as Uint8Array)[at + i] = bitAt(chunk.values as Uint8Array, chunk.offset + i);
        break;
      case 'time': {
        // As two 32-bit halves: exact, and much faster than dividing bigints.
        const raw = chunk.values as BigInt64Array;
        const halves = new Int32Array(raw.buffer, raw.byteOffset, raw.length * 2);
        for (let i = 0; i < chunk.length; i++) {
          const high = halves[2 * i + 1] as number;
          const low = (halves[2 * i] as number) >>> 0;
          const rest = high * 967_296 + low;
          const whole = Math.floor(rest / 1e6);
          (values as Float64Array)[at + i] = high * 4_294 + whole;
          const nano = rest - whole * 1e6;
          if (nano !== 0) (nanos ??= new Int32Array(rows))[at + i] = nano;
        }
        break;
      }
      default: (values as Float64Array).set((chunk.values as Float64Array).subarray(0, chunk.length), at);
    }
    at += chunk.length;
  }
  if (valid && type !== 'string' && type !== 'json') {
    // What lies under a null is anybody's: zero it, so that equal frames are equal bytes.
    const zero = type === 'int64' || type === 'uint64' ? 0n : 0;
    for (let i = 0; i < rows; i++) if (valid[i] === 0) { (values as unknown as (number | bigint)[])[i] = zero; if (nanos) nanos[i] = 0; }
  }
  return { values: values as StorageOf[ElementType], ...(valid && { valid }), ...(nanos && { nanos }) };
}

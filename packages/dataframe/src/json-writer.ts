import { sortedKeys } from './labels.ts';
import type { ElementType, Field, FieldConfig, Frame, FrameMeta } from './frame.ts';

/**
 * Frames as JSON text (queries-and-frames §11). Columns are written by a writer of their type straight from storage. Columns whose
 * storage is shared by several frames of one answer (the time column of many series, usually) are written once.
 */

/** The `type` the frontend goes by. */
export const jsonTypes: Readonly<Record<ElementType, string>> = {
  int8: 'number', int16: 'number', int32: 'number', int64: 'number', uint8: 'number', uint16: 'number', uint32: 'number', uint64: 'number',
  float32: 'number', float64: 'number', string: 'string', bool: 'boolean', time: 'time', json: 'other', enum: 'enum',
};

/** `typeInfo.frame` where it is not the element type's own name. */
export const frameTypeName = (type: ElementType): string => (type === 'time' ? 'time.Time' : type === 'json' ? 'json.RawMessage' : type);

const unsafe = /[<>&\u2028\u2029]/;
const unsafeAll = /[<>&\u2028\u2029]/g;
const escapeOne = (c: string) => (c === '<' ? '\\u003c' : c === '>' ? '\\u003e' : c === '&' ? '\\u0026' : c === '\u2028' ? '\\u2028' : '\\u2029');
/** Those characters occur only inside strings, so a whole JSON text can be treated at once. */
const escapeHtml = (json: string): string => (unsafe.test(json) ? json.replace(unsafeAll, escapeOne) : json);

/** JSON of any value, escaped as the reference does. */
export const jsonText = (value: unknown): string => escapeHtml(JSON.stringify(value) ?? 'null');

/** A finite float64: exponent form below 1e-6 and from 1e21, with two digits at least. */
export function floatText(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const text = `${value}`;
  return value < 1e-6 && value > -1e-6 ? twoDigitExponent(text) : text;
}

function twoDigitExponent(text: string): string {
  const e = text.indexOf('e-');
  return e >= 0 && text.length - e === 3 ? `${text.slice(0, e)}e-0${text.slice(e + 2)}` : text;
}

/** A finite float32 in the fewest digits that give it back at its own width. */
export function float32Text(value: number): string {
  if (value === 0) return floatText(value);
  for (let digits = 1; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) !== value) continue;
    // Exactly in the middle of two: `toPrecision` takes the larger one, the reference the even one.
    const finer = /^(-?[\d.]*(\d)\.?)5(e.*)?$/.exec(value.toPrecision(digits + 1));
    if (finer && Number(finer[0]) === value && Number(finer[2]) % 2 === 0) {
      const even = Number(`${finer[1]}${finer[3] ?? ''}`);
      if (Math.fround(even) === value) return floatText(even);
    }
    return floatText(short);
  }
  return floatText(value);
}

interface ColumnText {
  /** With brackets; bytes where a source kept them, or where they are used again beside such. */
  readonly values: string | Uint8Array;
  /** JSON of the entities slot, '' for none. */
  readonly entities: string;
}

function specialRows(values: Float64Array | Float32Array, valid: Uint8Array | undefined): string {
  const nan: number[] = [];
  const inf: number[] = [];
  const negInf: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as number;
    if (v - v === 0 || (valid !== undefined && valid[i] === 0)) continue;
    (v !== v ? nan : v > 0 ? inf : negInf).push(i);
  }
  const parts: string[] = [];
  if (nan.length > 0) parts.push(`"NaN":[${nan.join(',')}]`);
  if (inf.length > 0) parts.push(`"Inf":[${inf.join(',')}]`);
  if (negInf.length > 0) parts.push(`"NegInf":[${negInf.join(',')}]`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

const jsonBytes = new WeakMap<Float64Array, Uint8Array>();

/**
 * Keeps what a source wrote for a column's values, a JSON array of finite numbers that give the same doubles back, so that it need not be
 * printed again. Neither may be changed after.
 */
export function keepJsonBytes(values: Float64Array, json: Uint8Array): void {
  jsonBytes.set(values, json);
}

const ascii = new TextDecoder('latin1');
const asText = (part: string | Uint8Array): string => (typeof part === 'string' ? part : ascii.decode(part));

/** `JSON.stringify` prints an array of doubles faster than any loop, and NaN as null; only what it prints differently takes the long way. */
function writeFloats(values: Float64Array, valid: Uint8Array | undefined): ColumnText {
  const kept = valid === undefined ? jsonBytes.get(values) : undefined;
  if (kept !== undefined) return { values: kept, entities: '' };
  const n = values.length;
  const plain = new Array<number>(n);
  let special = false;
  let tiny = false;
  for (let i = 0; i < n; i++) {
    const v = values[i] as number;
    if (valid !== undefined && valid[i] === 0) { plain[i] = Number.NaN; continue; }
    plain[i] = v;
    if (v - v !== 0) special = true;
    else if (v < 1e-6 && v > -1e-6 && (v !== 0 || Object.is(v, -0))) tiny = true;
  }
  return { values: tiny ? writeTinyFloats(plain) : JSON.stringify(plain), entities: special ? specialRows(values, valid) : '' };
}

function writeTinyFloats(plain: readonly number[]): string {
  const parts = new Array<string>(plain.length);
  for (let i = 0; i < plain.length; i++) {
    const v = plain[i] as number;
    parts[i] = v - v !== 0 ? 'null' : floatText(v);
  }
  return `[${parts.join(',')}]`;
}

function writeFloat32(values: Float32Array, valid: Uint8Array | undefined): ColumnText {
  const parts = new Array<string>(values.length);
  let special = false;
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as number;
    if (valid !== undefined && valid[i] === 0) parts[i] = 'null';
    else if (v - v !== 0) { special = true; parts[i] = 'null'; }
    else parts[i] = float32Text(v);
  }
  return { values: `[${parts.join(',')}]`, entities: special ? specialRows(values, valid) : '' };
}

/** Whole milliseconds; times far from any calendar would be printed with an exponent and take the long way. */
function writeTimes(values: Float64Array, valid: Uint8Array | undefined): string {
  const plain = new Array<number>(values.length);
  let far = false;
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as number;
    if (v >= 1e21 || v <= -1e21) far = true;
    plain[i] = valid !== undefined && valid[i] === 0 ? Number.NaN : v;
  }
  return far ? `[${plain.map((v) => (v !== v ? 'null' : BigInt(v).toString())).join(',')}]` : JSON.stringify(plain);
}

function writeIntegers(values: ArrayLike<number | bigint> & { join(separator: string): string }, valid: Uint8Array | undefined): string {
  if (valid === undefined) return `[${values.join(',')}]`;
  let out = '[';
  for (let i = 0; i < values.length; i++) out += (i > 0 ? ',' : '') + (valid[i] === 0 ? 'null' : `${values[i]}`);
  return `${out}]`;
}

function writeStrings(values: readonly string[], valid: Uint8Array | undefined): string {
  if (valid === undefined) return escapeHtml(JSON.stringify(values));
  const nullable = new Array<string | null>(values.length);
  for (let i = 0; i < values.length; i++) nullable[i] = valid[i] === 0 ? null : (values[i] as string);
  return escapeHtml(JSON.stringify(nullable));
}

function writeBools(values: Uint8Array, valid: Uint8Array | undefined): string {
  let out = '[';
  for (let i = 0; i < values.length; i++) out += (i > 0 ? ',' : '') + (valid !== undefined && valid[i] === 0 ? 'null' : values[i] === 1 ? 'true' : 'false');
  return `${out}]`;
}

function writeJson(values: readonly string[], valid: Uint8Array | undefined): string {
  let out = '[';
  for (let i = 0; i < values.length; i++) out += (i > 0 ? ',' : '') + (valid !== undefined && valid[i] === 0 ? 'null' : values[i] || 'null');
  return `${out}]`;
}

function writeColumn(field: Field): ColumnText {
  const { values, valid } = field;
  switch (field.type) {
    case 'float64': return writeFloats(values as Float64Array, valid);
    case 'float32': return writeFloat32(values as Float32Array, valid);
    case 'time': return { values: writeTimes(values as Float64Array, valid), entities: '' };
    case 'string': return { values: writeStrings(values as string[], valid), entities: '' };
    case 'bool': return { values: writeBools(values as Uint8Array, valid), entities: '' };
    case 'json': return { values: writeJson(values as string[], valid), entities: '' };
    default: return { values: writeIntegers(values as Int32Array, valid), entities: '' };
  }
}

/** Column texts of one answer by storage, for columns that frames share. */
export type WrittenColumns = Map<Field['values'], { readonly valid: Uint8Array | undefined; readonly type: ElementType; readonly text: ColumnText }>;

function columnText(field: Field, written: WrittenColumns | undefined): ColumnText {
  if (written === undefined || field.type !== 'time') return writeColumn(field);
  const known = written.get(field.values);
  if (known !== undefined && known.valid === field.valid) return known.text;
  const text = writeColumn(field);
  written.set(field.values, { valid: field.valid, type: field.type, text });
  return text;
}

const noticeInspect: Readonly<Record<string, number>> = { meta: 1, error: 2, data: 3, stats: 4 };

/** `meta` in the reference's key order; `typeVersion` always, all else only when set (§11.3). */
export function metaJson(meta: FrameMeta): string {
  const notices = meta.notices?.map((notice) => ({
    severity: notice.severity, text: notice.text,
    ...(notice.link && { link: notice.link }),
    ...(notice.inspect && { inspect: noticeInspect[notice.inspect] }),
  }));
  return jsonText({
    ...(meta.type && { type: meta.type }),
    typeVersion: meta.typeVersion ?? [0, 0],
    ...(meta.path && { path: meta.path }),
    ...(meta.pathSeparator && { pathSeparator: meta.pathSeparator }),
    ...(meta.custom !== undefined && meta.custom !== null && { custom: meta.custom }),
    ...(meta.stats && meta.stats.length > 0 && { stats: meta.stats }),
    ...(notices && notices.length > 0 && { notices }),
    ...(meta.channel && { channel: meta.channel }),
    ...(meta.preferredVisualisationType && { preferredVisualisationType: meta.preferredVisualisationType }),
    ...(meta.preferredVisualisationPluginId && { preferredVisualisationPluginId: meta.preferredVisualisationPluginId }),
    ...(meta.executedQueryString && { executedQueryString: meta.executedQueryString }),
    ...(meta.dataTopic && { dataTopic: meta.dataTopic }),
    ...(meta.uniqueRowIdFields && meta.uniqueRowIdFields.length > 0 && { uniqueRowIdFields: meta.uniqueRowIdFields }),
  });
}

/** Compat: labels are not escaped for HTML, as everything else is. */
export function labelsJson(labels: Readonly<Record<string, string>>): string {
  let out = '';
  for (const key of sortedKeys(labels)) out += `${out === '' ? '' : ','}${JSON.stringify(key)}:${JSON.stringify(labels[key])}`;
  return `{${out}}`;
}

const configKeys = [
  'displayName', 'displayNameFromDS', 'path', 'description', 'filterable', 'writeable', 'unit', 'decimals', 'min', 'max', 'interval', 'mappings', 'thresholds', 'color', 'links', 'noValue', 'type', 'custom',
];
const configOrder: ReadonlyMap<string, number> = new Map(configKeys.map((key, i) => [key, i]));

/** `config` in the reference's key order; what it does not know comes last. */
export function configJson(config: FieldConfig): string {
  const keys = Object.keys(config);
  if (keys.length < 2) return jsonText(config);
  const place = (key: string): number => configOrder.get(key) ?? configKeys.length;
  return jsonText(Object.fromEntries(keys.sort((a, b) => place(a) - place(b)).map((key) => [key, config[key]])));
}

function fieldSchema(field: Field): string {
  return '{' +
    (field.name === '' ? '' : `"name":${jsonText(field.name)},`) +
    `"type":"${jsonTypes[field.type]}","typeInfo":{"frame":"${frameTypeName(field.type)}"${field.nullable ? ',"nullable":true' : ''}}` +
    (field.labels ? `,"labels":${labelsJson(field.labels)}` : '') +
    (field.config ? `,"config":${configJson(field.config)}` : '') +
    '}';
}

/** The object under `schema`. */
export function frameSchemaJson(frame: Frame, refId: string = frame.refId): string {
  let fields = '';
  for (const field of frame.fields) fields += (fields === '' ? '' : ',') + fieldSchema(field);
  return '{' +
    (frame.name === '' ? '' : `"name":${jsonText(frame.name)},`) +
    (refId === '' ? '' : `"refId":${jsonText(refId)},`) +
    (frame.meta ? `"meta":${metaJson(frame.meta)},` : '') +
    `"fields":[${fields}]}`;
}

/** The object under `data`. Throws where columns differ in length. */
export function frameDataJson(frame: Frame, written?: WrittenColumns): string {
  let out = '';
  writeData(frame, written, (part) => (out += asText(part)));
  return out;
}

function writeData(frame: Frame, written: WrittenColumns | undefined, put: (part: string | Uint8Array) => void): void {
  const rows = frame.fields[0]?.values.length ?? 0;
  let entities: string[] | undefined;
  let nanos: string[] | undefined;
  put('{"values":[');
  for (let i = 0; i < frame.fields.length; i++) {
    const field = frame.fields[i] as Field;
    if (field.values.length !== rows) throw new Error(`frame has different field lengths, field 0 is len ${rows} but field ${i} is len ${field.values.length}`);
    const text = columnText(field, written);
    if (i > 0) put(',');
    put(text.values);
    if (text.entities !== '') (entities ??= new Array<string>(frame.fields.length).fill('null'))[i] = text.entities;
    if (field.nanos?.some((n) => n !== 0)) (nanos ??= new Array<string>(frame.fields.length).fill('null'))[i] = `[${field.nanos.join(',')}]`;
  }
  put(`]${entities ? `,"entities":[${entities.join(',')}]` : ''}${nanos ? `,"nanos":[${nanos.join(',')}]` : ''}}`);
}

/** One frame, schema and data. `refId` fills in where the frame has none. */
export const frameJson = (frame: Frame, refId = ''): string => `{"schema":${frameSchemaJson(frame, frame.refId || refId)},"data":${frameDataJson(frame)}}`;

/** The array of frames of one result. An answer of several results hands the same `written` to all: what they share is written once. */
export function framesJson(frames: readonly Frame[], refId = '', written?: WrittenColumns): string {
  let out = '';
  writeFrames(frames, refId, (part) => (out += asText(part)), written);
  return out;
}

/** The same, given away in parts: bytes are those that a source kept. */
export function writeFrames(frames: readonly Frame[], refId: string, put: (part: string | Uint8Array) => void, written: WrittenColumns | undefined = frames.length > 1 ? new Map() : undefined): void {
  put('[');
  frames.forEach((frame, i) => {
    put(`${i > 0 ? ',' : ''}{"schema":${frameSchemaJson(frame, frame.refId || refId)},"data":`);
    writeData(frame, written, put);
    put('}');
  });
  put(']');
}

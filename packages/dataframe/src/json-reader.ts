import { columnBuilder } from './build.ts';
import { byteOrder } from './labels.ts';
import type { ElementType, Field, FieldConfig, Frame, FrameMeta, Labels, Notice, NoticeSeverity } from './frame.ts';

/** Reads frame JSON (queries-and-frames §11). What is malformed throws an `Error` with a text fit for a user. */

const typesByName: Readonly<Record<string, ElementType>> = {
  int8: 'int8', int16: 'int16', int32: 'int32', int64: 'int64', int: 'int64', uint8: 'uint8', uint16: 'uint16', uint32: 'uint32', uint64: 'uint64',
  float32: 'float32', float64: 'float64', float: 'float64', double: 'float64', string: 'string', bool: 'bool', boolean: 'bool',
  'time.Time': 'time', time: 'time', enum: 'enum', 'json.RawMessage': 'json', json: 'json',
};

const typesByKind: Readonly<Record<string, ElementType>> = { number: 'float64', string: 'string', boolean: 'bool', time: 'time', enum: 'enum', other: 'json' };

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

export function readFrame(json: string): Frame {
  const parsed: unknown = JSON.parse(json);
  const frame = readFrameValue(parsed);
  const needsDigits = frame.fields.some((field) => (field.type === 'int64' || field.type === 'uint64') && hasLargeInteger(parsed));
  return needsDigits ? readFrameValue(parseExactly(json)) : frame;
}

/** From parsed JSON. Integers beyond 2^53 have lost digits there already; `readFrame` keeps them. */
export function readFrameValue(value: unknown): Frame {
  if (!isObject(value)) throw new Error('a frame is a JSON object');
  let schema: Json | undefined;
  let data: Json | undefined;
  for (const [key, member] of Object.entries(value)) {
    if (key === 'schema') schema = isObject(member) ? member : {};
    else if (key === 'data') {
      if (!Array.isArray(schema?.['fields'])) throw new Error('fields is nil, malformed key order or frame without schema');
      data = isObject(member) ? member : {};
    } else throw new Error(`unexpected field: ${key}`);
  }
  const columns = list(data?.['values']);
  const entities = list(data?.['entities']);
  const nanos = list(data?.['nanos']);
  const fields = list(schema?.['fields']).map((member, i) => readField(isObject(member) ? member : {}, list(columns[i]), entities[i], list(nanos[i]), i === 0));
  return { name: text(schema?.['name']), refId: text(schema?.['refId']), fields, ...(isObject(schema?.['meta']) && { meta: readMeta(schema['meta']) }) };
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function readField(schema: Json, column: readonly unknown[], entities: unknown, nanos: readonly unknown[], first: boolean): Field {
  const info = isObject(schema['typeInfo']) ? schema['typeInfo'] : {};
  const declared = text(info['frame']);
  const nullable = info['nullable'] === true || declared.startsWith('*');
  const kind = text(schema['type']);
  const type = declared === '' ? typesByKind[kind] : typesByName[declared.replace(/^\*/, '')];
  if (type === undefined) throw new Error(`unknown field type: ${declared || kind}`);
  const build = columnBuilder(type, text(schema['name']), {
    nullable, capacity: column.length,
    ...(isObject(schema['labels']) && { labels: readLabels(schema['labels']) }),
    ...(isObject(schema['config']) && { config: schema['config'] as FieldConfig }),
  });
  const special = readEntities(entities);
  column.forEach((cell, row) => {
    if (cell === null) {
      const restored = special?.get(row);
      build.push((restored !== undefined ? restored : nullable ? null : zeroOf(type)) as never);
    } else if (type === 'time') build.pushTime(readNumber(cell, first), Number(nanos[row] ?? 0));
    else build.push(readValue(type, cell, first) as never);
  });
  return build.field();
}

const zeroOf = (type: ElementType): unknown => (type === 'string' ? '' : type === 'json' ? 'null' : type === 'bool' ? false : type === 'int64' || type === 'uint64' ? 0n : 0);

function readEntities(slot: unknown): Map<number, number> | undefined {
  if (!isObject(slot)) return undefined;
  const special = new Map<number, number>();
  for (const [name, value] of [['NaN', Number.NaN], ['Inf', Number.POSITIVE_INFINITY], ['NegInf', Number.NEGATIVE_INFINITY]] as const) {
    for (const row of list(slot[name])) if (typeof row === 'number') special.set(row, value);
  }
  return special;
}

function readNumber(cell: unknown, textAllowed: boolean): number {
  if (typeof cell === 'number') return cell;
  if (typeof cell === 'bigint') return Number(cell);
  if (textAllowed && typeof cell === 'string' && cell.trim() !== '' && Number.isFinite(Number(cell))) return Number(cell);
  throw new Error(`expected a number, got ${typeof cell}`);
}

function readValue(type: ElementType, cell: unknown, first: boolean): unknown {
  switch (type) {
    case 'json': return JSON.stringify(cell, (_, v: unknown) => (typeof v === 'bigint' ? Number(v) : v));
    case 'string':
      if (typeof cell !== 'string') throw new Error(`expected a string, got ${typeof cell}`);
      return cell;
    case 'bool':
      if (typeof cell !== 'boolean') throw new Error(`expected a boolean, got ${typeof cell}`);
      return cell;
    case 'int64': case 'uint64':
      if (typeof cell === 'bigint') return cell;
      if (first && typeof cell === 'string' && /^-?\d{1,20}$/.test(cell)) return BigInt(cell);
      return BigInt(Math.trunc(readNumber(cell, false)));
    default: return readNumber(cell, first);
  }
}

function readLabels(value: Json): Labels {
  const labels: Record<string, string> = {};
  for (const key of Object.keys(value).sort(byteOrder)) Object.defineProperty(labels, key, { value: text(value[key]), enumerable: true, configurable: true, writable: true });
  return labels;
}

const inspectTabs = ['', 'meta', 'error', 'data', 'stats'] as const;

/** Meta as the reference's typed frames hold it: what they do not know is dropped. */
export function readMeta(value: Readonly<Record<string, unknown>>): FrameMeta {
  const version = list(value['typeVersion']);
  const notices = list(value['notices']).filter(isObject).map((notice): Notice => {
    const inspect = inspectTabs[Number(notice['inspect'])];
    return {
      severity: (['info', 'warning', 'error'].includes(text(notice['severity'])) ? notice['severity'] : 'info') as NoticeSeverity,
      text: text(notice['text']),
      ...(text(notice['link']) && { link: text(notice['link']) }),
      ...(inspect && { inspect }),
    };
  });
  const words: Record<string, string> = {};
  for (const key of ['type', 'path', 'pathSeparator', 'channel', 'preferredVisualisationType', 'preferredVisualisationPluginId', 'executedQueryString', 'dataTopic']) {
    if (text(value[key])) words[key] = text(value[key]);
  }
  const rowIds = list(value['uniqueRowIdFields']).filter((n) => Number.isInteger(n)) as number[];
  return {
    ...words,
    ...(version.length === 2 && { typeVersion: [Number(version[0]) || 0, Number(version[1]) || 0] as const }),
    ...(value['custom'] !== undefined && value['custom'] !== null && { custom: value['custom'] }),
    ...(list(value['stats']).length > 0 && { stats: list(value['stats']) }),
    ...(notices.length > 0 && { notices }),
    ...(rowIds.length > 0 && { uniqueRowIdFields: rowIds }),
  };
}

function hasLargeInteger(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value);
  if (Array.isArray(value)) return value.some(hasLargeInteger);
  return isObject(value) && Object.values(value).some(hasLargeInteger);
}

/** JSON whose large integers come out as bigint. The reviver's third argument gives the digits as written. */
function parseExactly(json: string): unknown {
  const revive = (_key: string, value: unknown, context: { source?: string }): unknown =>
    typeof value === 'number' && !Number.isSafeInteger(value) && context.source !== undefined && /^-?\d+$/.test(context.source) ? BigInt(context.source) : value;
  return JSON.parse(json, revive as (key: string, value: unknown) => unknown);
}

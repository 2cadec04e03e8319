/** Protobuf messages from a table of their fields: small enough to read, and in control of what is written when empty (plugins §18.4). */

export type FieldType =
  | 'string' | 'bytes' | 'bool' | 'int32' | 'int64' | 'enum' | 'float' | 'double'
  | { readonly message: MessageTable }
  | { readonly mapOf: 'string' | { readonly message: MessageTable } };

export interface FieldSpec {
  readonly number: number;
  readonly type: FieldType;
  readonly repeated?: boolean;
  /** Written although it is empty. */
  readonly always?: boolean;
}

export type MessageTable = Readonly<Record<string, FieldSpec>>;

type Values = Readonly<Record<string, unknown>>;

export function encodeMessage(table: MessageTable, values: Values): Buffer {
  const parts: Uint8Array[] = [];
  writeMessage(table, values, parts);
  return Buffer.concat(parts);
}

function writeMessage(table: MessageTable, values: Values, out: Uint8Array[]): void {
  for (const [name, spec] of Object.entries(table)) {
    const value = values[name];
    if (spec.repeated) {
      for (const item of (value as readonly unknown[] | undefined) ?? []) writeField(spec.number, spec.type, item, out, true);
    } else if (typeof spec.type === 'object' && 'mapOf' in spec.type) {
      for (const [key, item] of Object.entries((value as Values | undefined) ?? {})) {
        const entry: Uint8Array[] = [];
        writeField(1, 'string', key, entry, true);
        writeField(2, spec.type.mapOf, item, entry, true);
        lengthDelimited(spec.number, Buffer.concat(entry), out);
      }
    } else if (value !== undefined || spec.always) writeField(spec.number, spec.type, value, out, spec.always === true);
  }
}

function writeField(number: number, type: FieldType, value: unknown, out: Uint8Array[], evenEmpty: boolean): void {
  if (typeof type === 'object') {
    if ('message' in type) lengthDelimited(number, encodeMessage(type.message, (value ?? {}) as Values), out);
    return;
  }
  switch (type) {
    case 'string': {
      const text = String(value ?? '');
      if (text !== '' || evenEmpty) lengthDelimited(number, Buffer.from(text.toWellFormed(), 'utf8'), out);
      return;
    }
    case 'bytes': {
      const bytes = (value as Uint8Array | undefined) ?? new Uint8Array();
      if (bytes.length > 0 || evenEmpty) lengthDelimited(number, bytes, out);
      return;
    }
    case 'bool': case 'int32': case 'int64': case 'enum': {
      const whole = BigInt.asUintN(64, BigInt(typeof value === 'number' ? Math.trunc(Number.isFinite(value) ? value : 0) : Number(value ?? 0)));
      if (whole !== 0n || evenEmpty) out.push(varint(BigInt(number << 3)), varint(whole));
      return;
    }
    case 'float': case 'double': {
      const wide = type === 'double';
      const number64 = Number(value ?? 0);
      if (number64 === 0 && !evenEmpty) return;
      const bytes = Buffer.alloc(wide ? 8 : 4);
      if (wide) bytes.writeDoubleLE(number64);
      else bytes.writeFloatLE(number64);
      out.push(varint(BigInt((number << 3) | (wide ? 1 : 5))), bytes);
      return;
    }
    default: (type satisfies never);
  }
}

function lengthDelimited(number: number, bytes: Uint8Array, out: Uint8Array[]): void {
  out.push(varint(BigInt((number << 3) | 2)), varint(BigInt(bytes.length)), bytes);
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

/** Absent fields have their zero value; absent messages are undefined. Unknown fields are passed over. */
export function decodeMessage(table: MessageTable, bytes: Uint8Array): Record<string, unknown> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values: Record<string, unknown> = {};
  const byNumber = new Map<number, readonly [string, FieldSpec]>();
  for (const [name, spec] of Object.entries(table)) {
    byNumber.set(spec.number, [name, spec]);
    values[name] = spec.repeated ? [] : zero(spec.type);
  }
  let at = 0;
  while (at < buffer.length) {
    const key = readVarint(buffer, at);
    at = key.next;
    const wire = Number(key.value & 7n);
    const field = byNumber.get(Number(key.value >> 3n));
    let raw: bigint | Buffer = 0n;
    if (wire === 0) {
      const number = readVarint(buffer, at);
      raw = number.value;
      at = number.next;
    } else if (wire === 2) {
      const length = readVarint(buffer, at);
      const end = length.next + Number(length.value);
      if (end > buffer.length) throw new Error('a protobuf message is cut off');
      raw = buffer.subarray(length.next, end);
      at = end;
    } else if (wire === 1 || wire === 5) {
      const end = at + (wire === 1 ? 8 : 4);
      if (end > buffer.length) throw new Error('a protobuf message is cut off');
      raw = buffer.subarray(at, end);
      at = end;
    } else throw new Error(`a protobuf message has wire type ${wire}`);
    if (field && fits(field[1].type, wire)) put(values, field[0], field[1], raw);
  }
  return values;
}

/** A field that came in another form than its own is as good as unknown. */
function fits(type: FieldType, wire: number): boolean {
  if (typeof type === 'object' || type === 'string' || type === 'bytes') return wire === 2;
  return wire === (type === 'double' ? 1 : type === 'float' ? 5 : 0);
}

function put(values: Record<string, unknown>, name: string, { type, repeated }: FieldSpec, raw: bigint | Buffer): void {
  if (typeof type === 'object' && 'mapOf' in type) {
    const entry = decodeMessage({ key: { number: 1, type: 'string' }, value: { number: 2, type: type.mapOf } }, raw as Buffer);
    (values[name] as Map<string, unknown>).set(entry['key'] as string, entry['value'] ?? {});
    return;
  }
  const value = convert(type, raw);
  if (repeated) (values[name] as unknown[]).push(value);
  else values[name] = value;
}

function convert(type: Exclude<FieldType, { mapOf: unknown }>, raw: bigint | Buffer): unknown {
  if (typeof type === 'object') return decodeMessage(type.message, raw as Buffer);
  switch (type) {
    case 'string': return (raw as Buffer).toString('utf8');
    case 'bytes': return raw as Buffer;
    case 'bool': return raw !== 0n;
    case 'float': return (raw as Buffer).readFloatLE();
    case 'double': return (raw as Buffer).readDoubleLE();
    case 'int32': case 'int64': case 'enum': return Number(BigInt.asIntN(64, raw as bigint));
    default: return type satisfies never;
  }
}

function zero(type: FieldType): unknown {
  if (typeof type === 'object') return 'mapOf' in type ? new Map() : undefined;
  switch (type) {
    case 'string': return '';
    case 'bytes': return Buffer.alloc(0);
    case 'bool': return false;
    case 'int32': case 'int64': case 'enum': case 'float': case 'double': return 0;
    default: return type satisfies never;
  }
}

function readVarint(buffer: Buffer, at: number): { value: bigint; next: number } {
  let value = 0n;
  for (let i = 0; i < 10; i++) {
    const byte = buffer[at + i];
    if (byte === undefined) break;
    value |= BigInt(byte & 127) << BigInt(7 * i);
    if (byte < 128) return { value, next: at + i + 1 };
  }
  throw new Error('a protobuf message is cut off');
}

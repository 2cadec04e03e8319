/** The Protobuf protocol: length-prefixed messages in binary frames (live §4.2, field numbers of §4.3). */
import { bad, type Codec, type Command, type EmptyResult } from './protocol.ts';
import { binaryFrame } from './websocket-frame.ts';

const replyField = { id: 1, error: 2, push: 4, connect: 5, subscribe: 6, unsubscribe: 7, publish: 8 } as const;

export const protobufCodec: Codec = {
  name: 'protobuf',
  decode: decodeProtobuf,
  connected: (id, client, pings) => reply(id, replyField.connect, [stringField(1, client), ...(pings ? [numberField(7, 25), numberField(8, 1)] : [])]),
  subscribed: (id, { data, wasRecovering }) =>
    reply(id, replyField.subscribe, [...(data === undefined ? [] : [stringField(11, data)]), ...(wasRecovering ? [numberField(12, 1)] : [])]),
  done: (id, what: EmptyResult) => reply(id, replyField[what], []),
  failed: (id, { code, message, temporary }) => reply(id, replyField.error, [numberField(1, code), stringField(2, message), ...(temporary ? [numberField(3, 1)] : [])]),
  publication: (channel, data) => reply(0, replyField.push, [stringField(2, channel), bytesField(4, stringField(4, data))]),
  presence: (channel, what, user, client) =>
    reply(0, replyField.push, [stringField(2, channel), bytesField(what === 'join' ? 5 : 6, bytesField(1, Buffer.concat([stringField(1, user), stringField(2, client)])))]),
  ping: binaryFrame(Buffer.from([0])),
};

function reply(id: number, field: number, parts: readonly Buffer[]): Buffer {
  const body = bytesField(field, Buffer.concat(parts));
  const message = id === 0 ? body : Buffer.concat([numberField(1, id), body]);
  return binaryFrame(Buffer.concat([varint(message.length), message]));
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

const numberField = (field: number, value: number) => Buffer.concat([varint(field * 8), varint(value)]);
const bytesField = (field: number, value: Buffer) => Buffer.concat([varint(field * 8 + 2), varint(value.length), value]);
const stringField = (field: number, value: string) => bytesField(field, Buffer.from(value));

type Fields = Map<number, number | Buffer>;

function* decodeProtobuf(message: Buffer): Iterable<Command> {
  let at = 0;
  if (message.length === 0) return yield bad();
  while (at < message.length) {
    const length = readVarint(message, at);
    if (length === undefined || length.next + length.value > message.length) return yield bad();
    const fields = readFields(message.subarray(length.next, length.next + length.value));
    at = length.next + length.value;
    const command = fields ? toCommand(fields) : bad();
    yield command;
    if (command.kind === 'bad') return;
  }
}

function readVarint(buffer: Buffer, at: number): { value: number; next: number } | undefined {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = buffer[at + i];
    if (byte === undefined) return undefined;
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return { value, next: at + i + 1 };
  }
  return undefined;
}

/** Last value of each field; undefined when the bytes are no message. */
function readFields(buffer: Buffer): Fields | undefined {
  const fields: Fields = new Map();
  let at = 0;
  while (at < buffer.length) {
    const key = readVarint(buffer, at);
    if (!key) return undefined;
    at = key.next;
    const field = Math.floor(key.value / 8);
    switch (key.value % 8) {
      case 0: {
        const number = readVarint(buffer, at);
        if (!number) return undefined;
        fields.set(field, number.value);
        at = number.next;
        break;
      }
      case 1: at += 8; break;
      case 2: {
        const length = readVarint(buffer, at);
        if (!length || length.next + length.value > buffer.length) return undefined;
        fields.set(field, buffer.subarray(length.next, length.next + length.value));
        at = length.next + length.value;
        break;
      }
      case 5: at += 4; break;
      default: return undefined;
    }
  }
  return at === buffer.length ? fields : undefined;
}

function toCommand(fields: Fields): Command {
  const id = Number(fields.get(1) ?? 0);
  for (let field = 4; field <= 15; field++) {
    const value = fields.get(field);
    if (value === undefined) continue;
    const request = Buffer.isBuffer(value) ? readFields(value) : undefined;
    if (!request) return bad(id);
    if (field !== 12 && id === 0) return bad();
    switch (field) {
      case 4: return { kind: 'connect', id };
      case 5: return { kind: 'subscribe', id, channel: text(request, 1), recover: request.get(3) === 1, delta: text(request, 12), filtered: request.has(13), data: text(request, 7) };
      case 6: return { kind: 'unsubscribe', id, channel: text(request, 1) };
      case 7: return { kind: 'publish', id, channel: text(request, 1), data: text(request, 2) };
      case 11: return bad(id);
      case 12: return { kind: 'send', id };
      case 13: return { kind: 'rpc', id, method: text(request, 2) };
      default: return { kind: 'unserved', id };
    }
  }
  return id === 0 ? { kind: 'pong', id: 0 } : bad(id);
}

const text = (fields: Fields, field: number) => {
  const value = fields.get(field);
  return Buffer.isBuffer(value) ? value.toString('utf8') : '';
};

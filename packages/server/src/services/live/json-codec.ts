/** The JSON protocol: objects in text frames, one a line (live §4.2). */
import { bad, commandIdMax, type Codec, type Command, type ReplyError } from './protocol.ts';
import { textFrame } from './websocket-frame.ts';
import { isObject } from '../../util/json-value.ts';

export const jsonCodec: Codec = {
  name: 'json',
  decode: decodeJson,
  connected: (id, client, pings) => textFrame(`{"id":${id},"connect":{"client":"${client}"${pings ? ',"ping":25,"pong":true' : ''}}}`),
  subscribed(id, { data, wasRecovering }) {
    const members = [...(data === undefined ? [] : [`"data":${oneLine(data)}`]), ...(wasRecovering ? ['"was_recovering":true'] : [])];
    return textFrame(`{"id":${id},"subscribe":{${members.join(',')}}}`);
  },
  done: (id, what) => textFrame(`{"id":${id},"${what}":{}}`),
  failed: (id, error) => textFrame(`{"id":${id},"error":${errorText(error)}}`),
  publication: (channel, data) => textFrame(`{"push":{"channel":${JSON.stringify(channel)},"pub":{"data":${oneLine(data)}}}}`),
  presence: (channel, what, user, client) =>
    textFrame(`{"push":{"channel":${JSON.stringify(channel)},"${what}":{"info":{"user":"${user}","client":"${client}"}}}}`),
  ping: textFrame('{}'),
};

const errorText = ({ code, message, temporary }: ReplyError) => `{"code":${code},"message":${JSON.stringify(message)}${temporary ? ',"temporary":true' : ''}}`;

/** A newline separates objects on the wire, so data that came with some is written anew. */
const oneLine = (json: string) => (json.includes('\n') ? JSON.stringify(JSON.parse(json)) : json);

function* decodeJson(message: Buffer): Iterable<Command> {
  const text = message.toString('utf8');
  if (text === '' || text.endsWith('\n\n')) return yield bad();
  let rest = text;
  while (rest.trim() !== '') {
    const end = endOfObject(rest);
    let value: unknown;
    try {
      value = end < 0 ? undefined : JSON.parse(rest.slice(0, end));
    } catch {
      value = undefined;
    }
    if (!isObject(value)) return yield bad();
    const command = toCommand(value);
    yield command;
    if (command.kind === 'bad') return;
    // Compat: what else stands on the line is not read.
    const line = rest.indexOf('\n', end);
    rest = line < 0 ? '' : rest.slice(line + 1);
  }
}

/** Index behind the first object of `text`; -1 when it does not end or something else comes first. */
function endOfObject(text: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x22) {
      i = endOfString(text, i);
      if (i < 0) return -1;
    } else if (c === 0x7b || c === 0x5b) depth++;
    else if (c === 0x7d || c === 0x5d) {
      depth--;
      if (depth === 0) return i + 1;
    } else if (depth === 0 && c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return -1;
  }
  return -1;
}

function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x5c) i++;
    else if (c === 0x22) return i;
  }
  return -1;
}

/** In the order of the protocol's fields: the first that is there is carried out. */
const requests = ['connect', 'subscribe', 'unsubscribe', 'publish', 'presence', 'presence_stats', 'history', 'ping', 'send', 'rpc', 'refresh', 'sub_refresh'] as const;

function toCommand(value: Readonly<Record<string, unknown>>): Command {
  const id = value['id'] ?? 0;
  if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id > commandIdMax) return bad();
  let name: (typeof requests)[number] | undefined;
  for (const candidate of requests) {
    const member = value[candidate];
    if (member === undefined || member === null) continue;
    if (!isObject(member)) return bad();
    name ??= candidate;
  }
  if (name === undefined) return id === 0 ? { kind: 'pong', id: 0 } : bad(id);
  const request = value[name] as Readonly<Record<string, unknown>>;
  if (name !== 'send' && id === 0) return bad();
  switch (name) {
    case 'connect': return { kind: 'connect', id };
    case 'send': return { kind: 'send', id };
    case 'ping': return bad(id);
    case 'rpc': {
      const method = text(request['method']);
      return method === undefined ? bad(id) : { kind: 'rpc', id, method };
    }
    case 'subscribe': {
      const channel = text(request['channel']);
      const delta = text(request['delta']);
      const recover = request['recover'] ?? false;
      if (channel === undefined || delta === undefined || typeof recover !== 'boolean') return bad(id);
      return { kind: 'subscribe', id, channel, delta, recover, filtered: isObject(request['tf']), data: request['data'] === undefined ? '' : JSON.stringify(request['data']) };
    }
    case 'unsubscribe': {
      const channel = text(request['channel']);
      return channel === undefined ? bad(id) : { kind: 'unsubscribe', id, channel };
    }
    case 'publish': {
      const channel = text(request['channel']);
      return channel === undefined ? bad(id) : { kind: 'publish', id, channel, data: request['data'] === undefined ? '' : JSON.stringify(request['data']) };
    }
    case 'presence': case 'presence_stats': case 'history': case 'refresh': case 'sub_refresh': return { kind: 'unserved', id };
    default: return name satisfies never;
  }
}

const text = (value: unknown): string | undefined => (value === undefined || value === null ? '' : typeof value === 'string' ? value : undefined);

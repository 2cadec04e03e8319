/** Heads of HTTP/1.1 messages (RFC 9112): ours as text, theirs as values. */
import type { IncomingHttpHeaders } from 'node:http';

export interface Message {
  /** With the body where that is short and ASCII. */
  readonly head: string;
  readonly body: Uint8Array | undefined;
}

export interface MessageParts {
  readonly url: URL;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array | undefined;
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly those a value cannot have.
const badValue = /[\u0000-\u0008\u000a-\u001f\u007f\u0100-\uffff]/;
const badPath = /[^\u0021-\u00ff]/;
/** Longer ones are not worth a copy. */
const joinedBytesMax = 16_384;
/** Follow from what is sent and how. */
const ownHeaders = new Set(['content-length', 'connection', 'transfer-encoding', 'keep-alive', 'host']);

/** Throws TypeError where a part would break the message. */
export function messageOf({ url, path, method, headers, body }: MessageParts): Message {
  if (!token.test(method) || badPath.test(path) || !path.startsWith('/')) throw new TypeError('a request that cannot be sent');
  let head = `${method} ${path} HTTP/1.1\r\nhost: ${checked(String(headers['host'] ?? url.host), 'host')}\r\nconnection: keep-alive\r\n`;
  for (const name in headers) {
    if (ownHeaders.has(name)) continue;
    const value = headers[name]!;
    if (!token.test(name)) throw new TypeError(`invalid header name: ${JSON.stringify(name)}`);
    if (typeof value === 'string') head += `${name}: ${checked(value, name)}\r\n`;
    else for (const one of value) head += `${name}: ${checked(one, name)}\r\n`;
  }
  // ASCII, mostly a form: it goes along with the head, in one write.
  if (typeof body === 'string' && body.length <= joinedBytesMax && Buffer.byteLength(body) === body.length) return { head: `${head}content-length: ${body.length}\r\n\r\n${body}`, body: undefined };
  const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
  if (bytes) head += `content-length: ${bytes.length}\r\n`;
  else if (method === 'POST' || method === 'PUT' || method === 'PATCH') head += 'content-length: 0\r\n';
  return { head: `${head}\r\n`, body: bytes && bytes.length > 0 ? bytes : undefined };
}

function checked(value: string, name: string): string {
  if (badValue.test(value)) throw new TypeError(`invalid ${name} header`);
  return value;
}

export interface Head {
  readonly status: number;
  readonly statusText: string;
  /** Of `HTTP/1.x`. */
  readonly minor: number;
  /** Values are Latin-1; several of one name are a list. */
  readonly headers: IncomingHttpHeaders;
}

/** Without the empty line. Undefined where it is not HTTP/1. */
export function readHead(text: string): Head | undefined {
  const lines = text.split('\r\n');
  const first = /^HTTP\/1\.([01]) (\d{3})(?: (.*))?$/s.exec(lines[0]!);
  if (!first) return undefined;
  const headers = Object.create(null) as Record<string, string | string[]>;
  let name = '';
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i]!;
    const folded = line.startsWith(' ') || line.startsWith('\t');
    const colon = line.indexOf(':');
    if (folded) {
      const before = headers[name];
      if (before === undefined) return undefined;
      headers[name] = typeof before === 'string' ? `${before} ${line.trim()}` : [...before.slice(0, -1), `${before.at(-1)} ${line.trim()}`];
      continue;
    }
    if (colon <= 0) return undefined;
    name = line.slice(0, colon).toLowerCase();
    if (!token.test(name)) return undefined;
    const value = line.slice(colon + 1).trim();
    const before = headers[name];
    headers[name] = before === undefined ? value : [...[before].flat(), value];
  }
  return { status: Number(first[2]), statusText: first[3] ?? '', minor: Number(first[1]), headers };
}

/** The members of a comma-separated list, in lower case. */
export function tokensOf(value: string | readonly string[] | undefined): string[] {
  if (value === undefined) return [];
  return [value].flat().join(',').toLowerCase().split(',').map((one) => one.trim()).filter(Boolean);
}

/** Repeated lengths have to agree. Undefined where there is no telling. */
export function lengthOf(value: string | readonly string[]): number | undefined {
  const all = new Set(tokensOf(value));
  const [one] = all;
  if (all.size !== 1 || !/^\d{1,15}$/.test(one!)) return undefined;
  return Number(one);
}

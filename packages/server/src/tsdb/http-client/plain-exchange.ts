/**
 * HTTP/1.1 over plain TCP, for data sources. Each connection reads into one buffer of its own, and bodies are lent from it: nothing is allocated
 * for them. A large answer as thousands of small buffers costs more in garbage collection than everything else that is done with it.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import { LentBody, type BodySink } from '../../web/lent-body.ts';
import { lengthOf, messageOf, readHead, tokensOf, type Message } from './http-message.ts';

export interface ExchangeRequest {
  readonly url: URL;
  /** With its query. */
  readonly path: string;
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
  /** To the head of the answer. */
  readonly headersTimeoutMs: number;
  /** Between two parts of the body, 0 for no limit. */
  readonly bodyTimeoutMs: number;
  /** May be sent again when a kept connection turns out to be closed. */
  readonly repeatable: boolean;
}

export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: LentBody;
}

export interface ExchangeLimits {
  readonly dialTimeoutMs: number;
  readonly idleConnectionTimeoutMs: number;
}

export interface PlainExchange {
  /** Rejects with a network error when there is no answer. The connection is free for others when the body has been read to its end. */
  request(request: ExchangeRequest): Promise<Answer>;
  close(): void;
}

/** Large enough that a read is rare; what no answer fills is never touched, and so no memory. */
const bufferBytes = 262_144;
const headBytesMax = 131_072;
const endOfHead = Buffer.from('\r\n\r\n');
/** Idle connections kept for one address. */
const idleMax = 64;

export type ExchangeCode = 'CONNECTION_CLOSED' | 'HEADERS_TIMEOUT' | 'BODY_TIMEOUT' | 'ETIMEDOUT' | 'MALFORMED_ANSWER';

/** With a code, as network errors have one. */
export class ExchangeError extends Error {
  override readonly name = 'ExchangeError';
  readonly code: ExchangeCode;

  constructor(code: ExchangeCode, message: string) {
    super(message);
    this.code = code;
  }
}

const malformed = (what: string) => new ExchangeError('MALFORMED_ANSWER', what);

export function createPlainExchange(limits: ExchangeLimits): PlainExchange {
  const idle = new Map<string, Connection[]>();
  const open = new Set<Connection>();

  const pool: Pool = {
    limits,
    free(connection) {
      const there = idle.get(connection.address);
      if (!there) idle.set(connection.address, [connection]);
      else if (there.length < idleMax) there.push(connection);
      else connection.destroy();
    },
    gone(connection) {
      open.delete(connection);
      const there = idle.get(connection.address);
      const at = there?.indexOf(connection) ?? -1;
      if (at >= 0) there!.splice(at, 1);
      if (there?.length === 0) idle.delete(connection.address);
    },
  };

  function newConnection({ url }: ExchangeRequest): Connection {
    const connection = new Connection(url, pool);
    open.add(connection);
    return connection;
  }

  return {
    async request(request) {
      const message = messageOf(request);
      request.signal?.throwIfAborted();
      const connection = idle.get(request.url.host)?.pop() ?? newConnection(request);
      try {
        return await connection.exchange(request, message);
      } catch (error) {
        // The other side may close an idle connection just as it is used again.
        if (!request.repeatable || connection.heard || request.signal?.aborted || !connectionWasClosed(error)) throw error;
        return newConnection(request).exchange(request, message);
      }
    },
    close() {
      for (const connection of [...open]) connection.destroy();
    },
  };
}

export function connectionWasClosed(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: string };
  return code === 'CONNECTION_CLOSED' || code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
}

interface Pool {
  readonly limits: ExchangeLimits;
  free(connection: Connection): void;
  gone(connection: Connection): void;
}

/** What the parser looks for next. */
type Expectation = 'nothing' | 'head' | 'counted' | 'rest' | 'chunk size' | 'chunk' | 'chunk end' | 'trailer';

class Connection {
  readonly address: string;
  /** Whether anything came since the request was sent. */
  heard = false;
  readonly #pool: Pool;
  readonly #socket: Socket;
  readonly #buffer: Buffer = Buffer.allocUnsafeSlow(bufferBytes);
  #connected = false;
  #turn: Turn | undefined;
  /** From a request's sending until its answer is over and everything is given back. */
  #busy = false;
  #keepAlive = true;
  #expects: Expectation = 'nothing';
  /** The beginning of a line or head that one read did not hold whole. */
  #carried = '';
  /** Bytes to come of a counted body or a chunk. */
  #left = 0;
  /** What was read and not looked at yet. */
  #at = 0;
  #end = 0;
  #lent = 0;
  #parsing = false;
  #paused = false;

  constructor(url: URL, pool: Pool) {
    this.address = url.host;
    this.#pool = pool;
    this.#socket = connect({
      host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 80), noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000,
      onread: { buffer: this.#buffer, callback: (count) => this.#read(count) },
    });
    this.#socket.setTimeout(pool.limits.dialTimeoutMs);
    this.#socket.once('connect', () => {
      this.#connected = true;
      if (this.#turn) this.#socket.setTimeout(this.#turn.request.headersTimeoutMs);
    });
    this.#socket.on('timeout', () => this.#late());
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('end', () => {
      if (this.#expects === 'rest' && this.#lent === 0 && this.#at === this.#end) this.#finish();
      this.#fail(new ExchangeError('CONNECTION_CLOSED', 'other side closed'));
    });
    this.#socket.on('close', () => this.#fail(new ExchangeError('CONNECTION_CLOSED', 'other side closed')));
  }

  exchange(request: ExchangeRequest, message: Message): Promise<Answer> {
    this.#busy = true;
    this.heard = false;
    this.#expects = 'head';
    const { signal, headersTimeoutMs } = request;
    const answer = new Promise<Answer>((resolve, reject) => {
      this.#turn = new Turn(this, request, resolve, reject);
    });
    if (signal) {
      const turn = this.#turn!;
      turn.onAbort = () => this.#fail(signal.reason as Error);
      signal.addEventListener('abort', turn.onAbort, { once: true });
    }
    if (this.#connected) {
      this.#socket.ref();
      this.#socket.setTimeout(headersTimeoutMs);
    }
    if (message.body === undefined) this.#socket.write(message.head, 'latin1');
    else {
      this.#socket.cork();
      this.#socket.write(message.head, 'latin1');
      this.#socket.write(message.body);
      this.#socket.uncork();
    }
    return answer;
  }

  destroy(): void {
    this.#fail(new ExchangeError('CONNECTION_CLOSED', 'the connection was let go'));
  }

  /** Somebody takes the body of this turn. */
  wanted({ bodyTimeoutMs }: ExchangeRequest): void {
    this.#socket.setTimeout(bodyTimeoutMs);
    this.#parse();
  }

  #read(count: number): boolean {
    this.heard = true;
    this.#at = 0;
    this.#end = count;
    this.#parse();
    this.#paused = this.#lent > 0 || this.#at < this.#end;
    return !this.#paused;
  }

  /** As far as it goes; reads on once everything was looked at and given back. */
  #parse(): void {
    if (this.#parsing) return;
    this.#parsing = true;
    try {
      while (this.#at < this.#end && this.#step());
    } catch (error) {
      this.#fail(error as Error);
    }
    this.#parsing = false;
    if (this.#lent > 0 || this.#socket.destroyed) return;
    if (this.#expects === 'nothing' && this.#busy) this.#release();
    if (!this.#paused || this.#at < this.#end) return;
    this.#paused = false;
    this.#socket.resume();
  }

  /** False: wait, for more bytes or for somebody who wants the body. */
  #step(): boolean {
    if (this.#expects === 'head') return this.#head();
    // Nobody asked for what comes now.
    if (this.#expects === 'nothing') throw malformed('more than the answer');
    const sink = this.#turn?.sink;
    if (!sink) return false;
    switch (this.#expects) {
      case 'counted': case 'chunk': case 'rest': {
        const end = this.#expects === 'rest' ? this.#end : Math.min(this.#end, this.#at + this.#left);
        const part = this.#buffer.subarray(this.#at, end);
        this.#at = end;
        this.#left -= part.length;
        this.#lend(sink, part);
        if (this.#left > 0 || this.#expects === 'rest') return true;
        if (this.#expects === 'counted') this.#finish();
        else if (this.#expects === 'chunk') this.#expects = 'chunk end';
        return true;
      }
      case 'chunk size': {
        const line = this.#line();
        if (line === undefined) return false;
        const size = /^([0-9a-fA-F]{1,12})[ \t]*(?:;.*)?$/.exec(line)?.[1];
        if (size === undefined) throw malformed('malformed chunked encoding');
        this.#left = Number.parseInt(size, 16);
        this.#expects = this.#left === 0 ? 'trailer' : 'chunk';
        return true;
      }
      case 'chunk end': {
        const line = this.#line();
        if (line === undefined) return false;
        if (line !== '') throw malformed('malformed chunked encoding');
        this.#expects = 'chunk size';
        return true;
      }
      case 'trailer': {
        const line = this.#line();
        if (line === '') this.#finish();
        return line !== undefined;
      }
      default: return this.#expects satisfies never;
    }
  }

  /** The next line without its end; undefined where it is not all there yet. */
  #line(): string | undefined {
    const feed = this.#buffer.subarray(this.#at, this.#end).indexOf(10);
    const end = feed < 0 ? this.#end : this.#at + feed;
    const text = this.#carried + this.#buffer.toString('latin1', this.#at, end);
    if (text.length > headBytesMax) throw malformed('a line of the answer is too long');
    this.#at = feed < 0 ? end : end + 1;
    this.#carried = feed < 0 ? text : '';
    if (feed < 0) return undefined;
    return text.endsWith('\r') ? text.slice(0, -1) : text;
  }

  #head(): boolean {
    // Only the head becomes text; where it begins in an earlier read, what may be its rest.
    const found = this.#carried === '' ? this.#buffer.subarray(this.#at, this.#end).indexOf(endOfHead) : -1;
    const end = found < 0 ? Math.min(this.#end, this.#at + headBytesMax) : this.#at + found + endOfHead.length;
    const before = this.#carried.length;
    const text = this.#carried + this.#buffer.toString('latin1', this.#at, end);
    const stop = text.indexOf('\r\n\r\n');
    if (stop < 0) {
      if (text.length >= headBytesMax) throw malformed('the head of the answer is too long');
      this.#carried = text;
      this.#at = this.#end;
      return false;
    }
    this.#carried = '';
    this.#at += stop + 4 - before;
    const head = readHead(text.slice(0, stop));
    if (head === undefined) throw malformed('malformed head of the answer');
    if (head.status === 101) throw malformed('an upgrade that was not asked for');
    // Informational: the answer is still to come.
    if (head.status < 200) return true;
    this.#bodyFollows(head.status, head.minor, head.headers);
    // Until somebody wants the body, it is not the source that is waited for.
    this.#socket.setTimeout(0);
    const turn = this.#turn!;
    turn.answered({ status: head.status, statusText: head.statusText, headers: head.headers, body: turn });
    if (this.#expects === 'counted' && this.#left === 0) this.#finish();
    return true;
  }

  /** How the body is delimited (RFC 9112 §6.3), and whether the connection outlives it. */
  #bodyFollows(status: number, minor: number, headers: IncomingHttpHeaders): void {
    const connection = tokensOf(headers.connection);
    this.#keepAlive = minor === 1 ? !connection.includes('close') : connection.includes('keep-alive');
    const codings = tokensOf(headers['transfer-encoding']);
    if (this.#turn!.request.method === 'HEAD' || status === 204 || status === 304) {
      this.#expects = 'counted';
      this.#left = 0;
    } else if (codings.length > 0) {
      if (codings.length > 1 || codings[0] !== 'chunked') throw malformed('a transfer encoding that is not known');
      this.#expects = 'chunk size';
    } else if (headers['content-length'] !== undefined) {
      const length = lengthOf(headers['content-length']);
      if (length === undefined) throw malformed('malformed content length');
      this.#expects = 'counted';
      this.#left = length;
    } else {
      this.#expects = 'rest';
      this.#keepAlive = false;
    }
  }

  #lend(sink: BodySink, part: Buffer): void {
    this.#lent++;
    let back = false;
    sink.part(part, () => {
      if (back) return;
      back = true;
      this.#lent--;
      if (this.#lent === 0) this.#parse();
    });
  }

  #finish(): void {
    const turn = this.#turn!;
    this.#turn = undefined;
    this.#expects = 'nothing';
    turn.over();
  }

  #release(): void {
    if (!this.#keepAlive) return this.destroy();
    this.#busy = false;
    this.#socket.setTimeout(this.#pool.limits.idleConnectionTimeoutMs);
    this.#socket.unref();
    this.#pool.free(this);
  }

  #late(): void {
    if (!this.#connected) this.#fail(new ExchangeError('ETIMEDOUT', 'the connection was not made in time'));
    else if (this.#expects === 'head') this.#fail(new ExchangeError('HEADERS_TIMEOUT', 'the answer did not begin in time'));
    else if (this.#expects === 'nothing' || this.#lent === 0) this.#fail(new ExchangeError('BODY_TIMEOUT', 'the answer did not go on in time'));
    // It is the reader who takes long.
    else this.#socket.setTimeout(this.#turn?.request.bodyTimeoutMs ?? 0);
  }

  /** The end of the connection, and of what was under way on it. */
  #fail(error: Error): void {
    this.#pool.gone(this);
    this.#socket.destroy();
    const turn = this.#turn;
    this.#turn = undefined;
    this.#expects = 'nothing';
    turn?.failed(error);
  }
}

/** One request and its answer, which is lent by the connection until it is over. */
class Turn extends LentBody {
  readonly request: ExchangeRequest;
  sink: BodySink | undefined;
  onAbort: (() => void) | undefined;
  readonly #connection: Connection;
  readonly #resolve: (answer: Answer) => void;
  readonly #reject: (error: Error) => void;
  #isOver = false;
  #failure: Error | undefined;

  constructor(connection: Connection, request: ExchangeRequest, resolve: (answer: Answer) => void, reject: (error: Error) => void) {
    super();
    this.#connection = connection;
    this.request = request;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  answered(answer: Answer): void {
    this.#resolve(answer);
  }

  flow(sink: BodySink): void {
    if (this.#failure) return sink.failed(this.#failure);
    if (this.#isOver) return sink.end();
    this.sink = sink;
    this.#connection.wanted(this.request);
  }

  destroy(): void {
    this.sink = undefined;
    if (!this.#isOver) this.#connection.destroy();
  }

  over(): void {
    this.#leave();
    this.sink?.end();
  }

  failed(error: Error): void {
    this.#leave();
    this.#failure = error;
    // Of the two, one has been or is never called.
    this.#reject(error);
    this.sink?.failed(error);
  }

  #leave(): void {
    this.#isOver = true;
    if (this.onAbort) this.request.signal?.removeEventListener('abort', this.onAbort);
  }
}

/** Commands and replies of the Centrifuge protocol, version 2 (live §4), apart from how they are written on the wire. */

export interface ReplyError {
  readonly code: number;
  readonly message: string;
  readonly temporary?: boolean;
}

export const replyErrors = {
  internal: { code: 100, message: 'internal server error', temporary: true },
  permissionDenied: { code: 103, message: 'permission denied' },
  methodNotFound: { code: 104, message: 'method not found' },
  alreadySubscribed: { code: 105, message: 'already subscribed' },
  limitExceeded: { code: 106, message: 'limit exceeded' },
  badRequest: { code: 107, message: 'bad request' },
  notAvailable: { code: 108, message: 'not available' },
  expired: { code: 110, message: 'expired' },
  invalidChannel: { code: 400, message: 'invalid channel ID' },
  forbidden: { code: 403, message: 'Forbidden' },
  notFound: { code: 404, message: 'Not Found' },
  failed: { code: 500, message: 'Internal Server Error' },
} as const satisfies Record<string, ReplyError>;

/** Close codes; 35xx tell the client not to come back. */
export const closeCodes = {
  shutdown: [3001, 'shutdown'],
  expired: [3005, 'connection expired'],
  slow: [3008, 'slow'],
  noPong: [3012, 'no pong'],
  badRequest: [3501, 'bad request'],
  stale: [3502, 'stale'],
  connectionLimit: [3504, 'connection limit'],
  notAvailable: [3508, 'not available'],
} as const satisfies Record<string, readonly [number, string]>;

export type CloseReason = keyof typeof closeCodes;

/** What a client asks. `data` is JSON text (bytes, in protobuf). */
export type Command =
  | { readonly kind: 'connect'; readonly id: number }
  | { readonly kind: 'subscribe'; readonly id: number; readonly channel: string; readonly recover: boolean; readonly delta: string; readonly filtered: boolean; readonly data: string }
  | { readonly kind: 'unsubscribe'; readonly id: number; readonly channel: string }
  | { readonly kind: 'publish'; readonly id: number; readonly channel: string; readonly data: string }
  | { readonly kind: 'rpc'; readonly id: number; readonly method: string }
  | { readonly kind: 'send'; readonly id: number }
  /** presence, presence_stats, history, refresh, sub_refresh: understood and not served. */
  | { readonly kind: 'unserved'; readonly id: number }
  | { readonly kind: 'pong'; readonly id: 0 }
  /** Anything that the protocol does not know: the connection ends. */
  | { readonly kind: 'bad'; readonly id: number };

export type EmptyResult = 'unsubscribe' | 'publish';

/** How messages look on the wire. Everything that is written is a whole WebSocket frame, so that one encoding serves every subscriber. */
export interface Codec {
  readonly name: 'json' | 'protobuf';
  /** The commands of one message in order; a `bad` one ends the list. */
  decode(message: Buffer): Iterable<Command>;
  connected(id: number, client: string, pings: boolean): Buffer;
  subscribed(id: number, result: { readonly data?: string; readonly wasRecovering: boolean }): Buffer;
  done(id: number, what: EmptyResult): Buffer;
  failed(id: number, error: ReplyError): Buffer;
  publication(channel: string, data: string): Buffer;
  presence(channel: string, what: 'join' | 'leave', user: string, client: string): Buffer;
  readonly ping: Buffer;
}

export const bad = (id = 0): Command => ({ kind: 'bad', id });
export const commandIdMax = 0xffff_ffff;

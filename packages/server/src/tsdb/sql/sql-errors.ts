/** What can go wrong between a query and its frames (tsdb-backends §4.8). Texts are the driver's; who may see them is decided in one place, `sql-source.ts`. */
import type { ErrorSource } from '@belvedere/plugin-sdk';

/** A macro that is unknown, or used wrongly. */
export class InterpolationError extends Error {
  override readonly name = 'InterpolationError';
}

/** The server cannot be reached, or was lost. `brief` is what people recognize: `connect: connection refused`. */
export class UnreachableDatabase extends Error {
  override readonly name = 'UnreachableDatabase';
  readonly brief: string;
  constructor(message: string, brief: string) {
    super(message);
    this.brief = brief;
  }
}

export interface RefusalOptions {
  /** The server's own number of the error. */
  readonly number?: number;
  /** Only administrators may read the text. */
  readonly shielded?: boolean;
  /** The sign-in was refused, not a statement. */
  readonly atSignIn?: boolean;
}

/** The server answered, and said no. */
export class RefusedByDatabase extends Error {
  override readonly name = 'RefusedByDatabase';
  readonly options: RefusalOptions;
  constructor(message: string, options: RefusalOptions = {}) {
    super(message);
    this.options = options;
  }
}

/** An answer that does not fit into a frame. */
export class UnreadableRows extends Error {
  override readonly name = 'UnreadableRows';
  /** Absent: that of the engine. */
  readonly source: ErrorSource | undefined;
  constructor(message: string, source?: ErrorSource) {
    super(message);
    this.source = source;
  }
}

/** The record cannot be used. Never holds a secret. */
export class UnusableSettings extends Error {
  override readonly name = 'UnusableSettings';
}

/** A broken connection in the words that people search for. Undefined: it was something else. */
export function networkProblem(error: unknown): { readonly text: string; readonly brief: string } | undefined {
  const { code, address, port, hostname, message } = (error instanceof Error ? error : {}) as Error & { code?: string; address?: string; port?: number; hostname?: string };
  const dialled = address === undefined ? 'dial tcp' : `dial tcp ${address.includes(':') ? `[${address}]` : address}${port === undefined ? '' : `:${port}`}`;
  const of = (brief: string) => ({ text: `${dialled}: ${brief}`, brief });
  switch (code) {
    case 'ECONNREFUSED': return of('connect: connection refused');
    case 'EHOSTUNREACH': return of('connect: no route to host');
    case 'ENETUNREACH': return of('connect: network is unreachable');
    case 'ENOENT': return of('connect: no such file or directory');
    case 'ENOTFOUND': case 'EAI_AGAIN': return { text: `dial tcp: lookup ${hostname ?? ''}: no such host`, brief: 'no such host' };
    case 'ETIMEDOUT': return of('i/o timeout');
    case 'ECONNRESET': case 'EPIPE': case 'PROTOCOL_CONNECTION_LOST': return { text: 'unexpected EOF', brief: 'unexpected EOF' };
    default: return /timeout exceeded|Connection terminated|connection timeout/i.test(message ?? '') ? of('i/o timeout') : undefined;
  }
}

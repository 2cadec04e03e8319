/** Where an SQL source is: `host[:port]`, or the path of a Unix socket (tsdb-backends §4.9). */
import { UnusableSettings } from './sql-errors.ts';

export interface SqlAddress {
  readonly host: string;
  readonly port?: number;
  /** In place of host and port. */
  readonly socket?: string;
}

/** Throws UnusableSettings with the given words. IPv6 addresses stand in brackets where a port follows. */
export function sqlAddress(url: string, complaint: string): SqlAddress {
  if (url.startsWith('/')) return { host: url, socket: url };
  const parts = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d+))?$/.exec(url);
  if (parts) {
    const port = Number(parts[3] ?? 0);
    if (port > 65_535) throw new UnusableSettings(complaint);
    return { host: parts[1] ?? parts[2] ?? '', ...(port > 0 && { port }) };
  }
  // A bare IPv6 address has more than one colon.
  if (/^[0-9a-fA-F:.%]+$/.test(url) && url.indexOf(':') !== url.lastIndexOf(':')) return { host: url };
  throw new UnusableSettings(complaint);
}

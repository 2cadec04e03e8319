import type { Ini } from './ini.ts';

/** `[live]` (live §7). */
export interface LiveSettings {
  /** -1: unlimited; 0: every connection is closed after its greeting. */
  readonly connectionsMax: number;
  /** Bytes of one message from a client; -1: unlimited. */
  readonly messageBytesMax: number;
  /** Bytes waiting for one client before it is let go. */
  readonly queuedBytesMax: number;
  /** Globs over the `Origin` header. */
  readonly allowedOrigins: readonly string[];
  readonly redis: { readonly address: string; readonly password: string; readonly prefix: string } | undefined;
}

export function readLiveSettings(ini: Ini): LiveSettings {
  const live = ini.section('live');
  const connectionsMax = live.int('max_connections', 100);
  if (connectionsMax < -1) live.fail('max_connections', `unexpected value ${connectionsMax}, use -1 for no limit`);
  const messageBytesMax = live.int('message_size_limit', 65_536);
  if (messageBytesMax < -1) live.fail('message_size_limit', `unexpected value ${messageBytesMax}, use -1 for no limit`);
  const queuedBytesMax = live.int('client_queue_max_size', 4_194_304);
  if (queuedBytesMax <= 0) live.fail('client_queue_max_size', `must be above 0, not ${queuedBytesMax}`);
  const engine = live.string('ha_engine');
  if (engine !== '' && engine !== 'redis') live.fail('ha_engine', `unsupported live HA engine type: ${engine}`);
  const allowedOrigins = live.string('allowed_origins').split(',').map((o) => o.trim()).filter((o) => o !== '');
  for (const origin of allowedOrigins) {
    if (!balanced(origin)) live.fail('allowed_origins', `not a pattern: ${origin}`);
  }
  const prefix = live.string('ha_prefix');
  return {
    connectionsMax, messageBytesMax, queuedBytesMax, allowedOrigins,
    redis: engine === 'redis'
      ? { address: live.string('ha_engine_address', '127.0.0.1:6379'), password: live.string('ha_engine_password'), prefix: prefix === '' ? 'gf_live' : `${prefix}.gf_live` }
      : undefined,
  };
}

/** Brackets and braces of a glob close what they open. */
function balanced(glob: string): boolean {
  const plain = glob.replace(/\\./g, '');
  const count = (c: string) => plain.split(c).length;
  return count('[') === count(']') && count('{') === count('}') && !glob.endsWith('\\');
}

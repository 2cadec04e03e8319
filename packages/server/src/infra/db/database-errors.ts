/** What went wrong, told alike on every database. */

interface DriverError {
  readonly code?: string;
  readonly errno?: number;
  readonly errcode?: number;
  readonly message?: string;
}

/** A row with this key exists already. */
export function isUniqueViolation(error: unknown): boolean {
  const { code, errno, errcode } = (error ?? {}) as DriverError;
  // SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY
  return code === '23505' || errno === 1062 || errcode === 2067 || errcode === 1555;
}

// Of PostgreSQL: a NUL in a text, too long for its column, too large a number. Of MySQL: too long, no such characters, too large a number.
const unstorableCodes: ReadonlySet<string> = new Set(['22021', '22P05', '22001', '22003']);
const unstorableNumbers: ReadonlySet<number> = new Set([1406, 1366, 1264]);

/** A text or number that one of the databases does not keep: whoever sent it asked for something that cannot be. */
export const isUnstorableText = (error: unknown): boolean => {
  const { code = '', errno = 0 } = (error ?? {}) as DriverError;
  return unstorableCodes.has(code) || unstorableNumbers.has(errno);
};

/** More than the database takes in one statement (MySQL's `max_allowed_packet`). */
export const isTooLargeForDatabase = (error: unknown): boolean => ((error ?? {}) as DriverError).errno === 1153;

const lostConnections: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'PROTOCOL_CONNECTION_LOST']);
/** The least that MySQL can sensibly be set to take; smaller statements are not what a connection is lost for. */
const packetBytesMin = 1_048_576;

/** MySQL hangs up on a statement that is larger than it takes, before anybody can read why. */
export function ofTooLargePacket(error: unknown, values: readonly unknown[]): unknown {
  if (!lostConnections.has(((error ?? {}) as DriverError).code ?? '')) return error;
  const size = values.reduce<number>((sum, value) => sum + (typeof value === 'string' || value instanceof Uint8Array ? value.length : 0), 0);
  return size < packetBytesMin ? error : Object.assign(new Error('the statement is larger than the database takes', { cause: error }), { errno: 1153 });
}

/** The same transaction may well succeed when it is run again: busy, deadlock, serialization failure. */
export function isRetryable(error: unknown): boolean {
  const { code, errno, errcode } = (error ?? {}) as DriverError;
  return code === '40001' || code === '40P01' || errno === 1213 || errno === 1205 || (errcode !== undefined && ((errcode & 0xff) === 5 || (errcode & 0xff) === 6));
}

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

/** A text that PostgreSQL does not keep, with a NUL in it: whoever sent it asked for something that cannot be. */
export const isUnstorableText = (error: unknown): boolean => ['22021', '22P05'].includes(((error ?? {}) as DriverError).code ?? '');

/** The same transaction may well succeed when it is run again: busy, deadlock, serialization failure. */
export function isRetryable(error: unknown): boolean {
  const { code, errno, errcode } = (error ?? {}) as DriverError;
  return code === '40001' || code === '40P01' || errno === 1213 || errno === 1205 || (errcode !== undefined && ((errcode & 0xff) === 5 || (errcode & 0xff) === 6));
}

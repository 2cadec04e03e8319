import type { DatabaseName } from './database.ts';

/** The JSON string of a text column, as `JSON.stringify` would write it; the digits of escapes are capitals on MySQL. */
export const jsonQuoted = (name: DatabaseName, column: string): string => (name === 'postgres' ? `to_json(${column})::text` : `json_quote(${column})`);

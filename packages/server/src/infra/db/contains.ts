import { sql } from 'kysely';

/** For `like`, together with an escape clause that all three databases know. */
export const likePattern = (text: string) => text.toLowerCase().replace(/[\\%_!]/g, (c) => `!${c}`);

/** `column` contains the text, whatever its case. */
export const contains = (column: string, text: string) => sql<boolean>`lower(${sql.ref(column)}) like ${`%${likePattern(text)}%`} escape '!'`;

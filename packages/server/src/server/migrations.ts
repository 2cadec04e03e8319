/** Every migration, in the order in which an empty database gets them. Each domain adds its own line at the end. */
import type { Migration } from '../infra/db/database.ts';

export const migrations: readonly Migration[] = [
];

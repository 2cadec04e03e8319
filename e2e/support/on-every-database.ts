/** Suites of tests of a started server, once for every database that is there. */
import { afterAll, describe, vi } from 'vitest';
import { type Belvedere, removeFolder, startBelvedere, type StartOptions } from './belvedere.ts';
import { freshDatabase } from './fresh-database.ts';
import { describeWith, mysqlUrl, postgresUrl } from './services.ts';

/** Starts a server on a database of its own; both are gone when the suite ends. */
export type StartServer = (options?: StartOptions) => Promise<Belvedere>;

/** How long a `beforeAll` may take that starts one. */
export const startWithinMs = 180_000;

export function onEveryDatabase(suite: (start: StartServer, database: 'sqlite' | 'postgres' | 'mysql') => void): void {
  // Three servers and three databases share the machine with everything else that is tested.
  vi.setConfig({ testTimeout: 180_000 });
  describe('on SQLite', () => suite(starter(), 'sqlite'));
  describeWith('PostgreSQL', postgresUrl, 'on PostgreSQL', () => suite(starter('postgres'), 'postgres'));
  describeWith('MySQL', mysqlUrl, 'on MySQL', () => suite(starter('mysql'), 'mysql'));
}

function starter(name?: 'postgres' | 'mysql'): StartServer {
  const ends: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  });
  return async (options = {}) => {
    const database = name && (await freshDatabase(name));
    if (database) ends.push(database.drop);
    const server = await startBelvedere({ ...options, env: { GF_LOG_LEVEL: 'error', ...(database ? { GF_DATABASE_URL: database.url } : {}), ...options.env } });
    ends.push(async () => {
      await server.stop();
      removeFolder(server.dir);
    });
    return server;
  };
}

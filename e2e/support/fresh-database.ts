/** A database of its own on a running PostgreSQL or MySQL, dropped afterwards. */
import { randomBytes } from 'node:crypto';
import { mysqlUrl, postgresUrl } from './services.ts';

export async function freshDatabase(name: 'postgres' | 'mysql'): Promise<{ url: string; drop(): Promise<void> }> {
  const database = `belvedere_${randomBytes(6).toString('hex')}`;
  const url = new URL((name === 'postgres' ? postgresUrl : mysqlUrl)!);
  const run = name === 'postgres' ? postgres(url.href) : mysql(url.href);
  await run(`CREATE DATABASE ${database}`);
  url.pathname = `/${database}`;
  return { url: url.href, drop: async () => void (await run(name === 'postgres' ? `DROP DATABASE IF EXISTS ${database} WITH (FORCE)` : `DROP DATABASE IF EXISTS ${database}`)) };
}

/** One statement on a database that is there already; answers its rows. */
export const execute = (name: 'postgres' | 'mysql', url: string, statement: string): Promise<unknown> => (name === 'postgres' ? postgres(url) : mysql(url))(statement);

const postgres = (url: string) => async (statement: string) => {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return (await client.query(statement).finally(() => client.end())).rows as unknown;
};

const mysql = (url: string) => async (statement: string) => {
  const { createConnection } = await import('mysql2/promise');
  const connection = await createConnection(url);
  return (await connection.query(statement).finally(() => connection.end()))[0] as unknown;
};

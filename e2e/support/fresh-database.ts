/** A database of its own on a running PostgreSQL or MySQL, dropped afterwards. */
import { randomBytes } from 'node:crypto';
import { mysqlUrl, postgresUrl } from './services.ts';

export async function freshDatabase(name: 'postgres' | 'mysql'): Promise<{ url: string; drop(): Promise<void> }> {
  const database = `belvedere_${randomBytes(6).toString('hex')}`;
  const url = new URL((name === 'postgres' ? postgresUrl : mysqlUrl)!);
  const run = name === 'postgres' ? postgres(url.href) : mysql(url.href);
  await run(`CREATE DATABASE ${database}`);
  url.pathname = `/${database}`;
  return { url: url.href, drop: () => run(name === 'postgres' ? `DROP DATABASE IF EXISTS ${database} WITH (FORCE)` : `DROP DATABASE IF EXISTS ${database}`) };
}

const postgres = (url: string) => async (statement: string) => {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement).finally(() => client.end());
};

const mysql = (url: string) => async (statement: string) => {
  const { createConnection } = await import('mysql2/promise');
  const connection = await createConnection(url);
  await connection.query(statement).finally(() => connection.end());
};

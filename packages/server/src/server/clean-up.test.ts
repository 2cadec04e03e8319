import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openTestDatabase } from '../infra/db/test-database.ts';
import { forgetOrg, forgetPerson } from './clean-up.ts';
import { migrations } from './migrations.ts';

/** Tables that say whose they are and are cleaned by the identity services themselves. */
const cleanedByIdentity = new Set(['org_user', 'team', 'team_member', 'api_key', 'temp_user', 'quota', 'preferences', 'user_role', 'team_role', 'builtin_role', 'role', 'user']);

test('every table with an org in it is cleaned when the org goes', async () => {
  const db = await openTestDatabase(migrations);
  await forgetOrg(db, 1);
  await forgetPerson(db, 1);
  const tables = (await db.prepare<{ name: string }>("select name from sqlite_master where type = 'table'").all()).map(({ name }) => name);
  const withOrg: string[] = [];
  for (const table of tables) {
    const columns = await db.prepare<{ name: string }>(`select name from pragma_table_info('${table}')`).all();
    if (columns.some(({ name }) => name === 'org_id')) withOrg.push(table);
  }
  const source = readFileSync(new URL('./clean-up.ts', import.meta.url), 'utf8');
  expect(withOrg.filter((table) => !cleanedByIdentity.has(table) && !source.includes(`'${table}'`))).toEqual([]);
});

import { expect, test } from 'vitest';
import type { Database } from '../../infra/db/database.ts';
import { openTestDatabase } from '../../infra/db/test-database.ts';
import { tenancyMigrations } from '../tenancy/tenancy-migrations.ts';
import { identityRoom } from './identity-fixtures.ts';
import { identityMigrations } from './identity-migrations.ts';

/** The database, counting the statements that the query builder sends. */
function counting(db: Database): { db: Database; statements(): number } {
  let n = 0;
  const plugin = {
    transformQuery: <T>({ node }: { node: T }): T => {
      n++;
      return node;
    },
    transformResult: async <T>({ result }: { result: T }): Promise<T> => result,
  };
  const counted: Database = { ...db, tables: <T>() => db.tables<T>().withPlugin(plugin as never) };
  return { db: counted, statements: () => n };
}

test('lists take as many statements for thirty as for three', async () => {
  const { db, statements } = counting(await openTestDatabase([...identityMigrations, ...tenancyMigrations]));
  const { users, orgs, teams, accounts, folders, identities, person, identityOf } = identityRoom(db);
  const admin = await person('admin', { isAdmin: true });
  const page = { query: '', page: 1, perPage: 1000, sort: '' };
  const lists = {
    users: () => users.search(page),
    'org users': () => orgs.members(1, page),
    teams: () => teams.search(1, { ...page, name: '', teamIds: [], readable: undefined }),
    'team members': () => teams.members(1, 1, undefined),
    'service accounts': () => accounts.search(1, { query: '', page: 1, perPage: 1000, disabled: false, expiredTokens: false, ids: undefined }),
    'folder permissions': async () => folders.list(await identityOf(admin), 'area'),
    'permissions of everybody': () => identities.permissionsOfMembers(1),
  };
  async function grow(from: number, to: number): Promise<void> {
    for (let i = from; i < to; i++) {
      const id = await person(`person-${i}`);
      if (i === 0) await teams.create(1, { name: 'crew', email: '' });
      else await teams.create(1, { name: `team-${i}`, email: '' });
      await teams.addMember(1, 1, id, 'Member');
      await accounts.create(1, { name: `robot-${i}`, role: 'Viewer', isDisabled: false });
      await folders.grantOnCreation(1, 'area', [{ assignee: { kind: 'user', id }, level: 'View' }]);
    }
  }
  async function costs(): Promise<Record<string, number>> {
    const result: Record<string, number> = {};
    await identityOf(admin);
    for (const [name, list] of Object.entries(lists)) {
      // What the basic roles were granted is remembered.
      await list();
      const before = statements();
      await list();
      result[name] = statements() - before;
    }
    return result;
  }
  await grow(0, 3);
  const few = await costs();
  await grow(3, 30);
  expect(await costs()).toEqual(few);
  expect(Math.max(...Object.values(few))).toBeLessThan(8);
  for (const [id, permissions] of await identities.permissionsOfMembers(1)) expect(permissions.all()).toEqual((await identityOf(id, 1)).permissions.all());
}, 120_000);

test('an identity that is known costs no statement', async () => {
  const { db, statements } = counting(await openTestDatabase([...identityMigrations, ...tenancyMigrations]));
  const { person, identityOf, folders } = identityRoom(db);
  const id = await person('admin', { isAdmin: true });
  await identityOf(id);
  await folders.grantRootDefaults(1, 'area', undefined);
  const before = statements();
  for (let i = 0; i < 10; i++) await identityOf(id);
  expect(statements() - before).toBe(0);
});

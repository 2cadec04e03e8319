/** What two processes on one database do at the same time must come out as if one had gone first. */
import { expect, test } from 'vitest';
import { onEveryDatabase } from '../../infra/db/on-every-database.ts';
import { tenancyMigrations } from '../tenancy/tenancy-migrations.ts';
import { identityRoom, movableClock } from './identity-fixtures.ts';
import { identityMigrations } from './identity-migrations.ts';

/** Laying out a database takes long on a busy machine. */
const limitMs = 180_000;
const migrations = [...identityMigrations, ...tenancyMigrations];

/** How each of several attempts ended: its value, or its status and message. */
async function ends(attempts: readonly Promise<unknown>[]): Promise<unknown[]> {
  return (await Promise.allSettled(attempts)).map((end) => (end.status === 'fulfilled' ? 'done' : `${end.reason.status} ${end.reason.message}`));
}

onEveryDatabase('at the same time', (open) => {
  /** Two processes; a third looks at what came of it. */
  async function rooms() {
    const db = await open(migrations);
    const clock = movableClock();
    const both = [identityRoom(db, clock), identityRoom(db, clock)] as const;
    return { both, db, of: (i: number) => both[i % 2]!, witness: () => identityRoom(db, clock) };
  }

  test('many rights for one person who had none', async () => {
    const { both: [first], of, witness } = await rooms();
    const ann = await first.person('ann');
    const user = { kind: 'user', id: ann } as const;
    expect(await ends(Array.from({ length: 20 }, (_, i) => of(i).folders.set(1, `folder-${i}`, [{ assignee: user, level: 'View' }])))).toEqual(Array(20).fill('done'));
    const { permissions } = await witness().identityOf(ann);
    expect(Array.from({ length: 20 }, (_, i) => permissions.has('folders:read', `folders:uid:folder-${i}`))).toEqual(Array(20).fill(true));
  }, limitMs);

  test('several levels on one folder: one of them is left', async () => {
    const { both: [first], of, witness } = await rooms();
    const ann = await first.person('ann');
    const user = { kind: 'user', id: ann } as const;
    const levels = ['View', 'Edit', 'Admin', 'View', 'Edit', 'Admin', '', 'View'];
    expect(await ends(levels.map((level, i) => of(i).folders.set(1, 'one', [{ assignee: user, level }])))).toEqual(levels.map(() => 'done'));
    const left = await witness().folders.listManaged(1, 'one');
    expect(left.length).toBeLessThanOrEqual(1);
    // What each process remembers is what is stored.
    const stored = (await witness().identityOf(ann)).permissions.all();
    for (const i of [0, 1]) {
      of(i).clock.ms += 2_000;
      await of(i).epoch.check();
      expect((await of(i).identityOf(ann)).permissions.all()).toEqual(stored);
    }
  }, limitMs);

  test('joining a team twice', async () => {
    const { both: [first], of, witness } = await rooms();
    const ann = await first.person('ann');
    const { id } = await first.teams.create(1, { name: 'crew', email: '' });
    for (const end of await ends(Array.from({ length: 8 }, (_, i) => of(i).teams.addMember(1, id, ann, 'Member')))) expect(['done', '400 User is already added to this team']).toContain(end);
    expect(await witness().teams.members(1, id, undefined)).toMatchObject([{ userId: ann, permission: 0 }]);
  }, limitMs);

  test('a name is given once', async () => {
    const { both: [first], of } = await rooms();
    await first.person('ann', { role: 'Admin' });
    const once = async (attempt: (i: number) => Promise<unknown>, refusal: string) => {
      const all = await ends(Array.from({ length: 6 }, (_, i) => attempt(i)));
      expect(all.toSorted()).toEqual([...Array(5).fill(refusal), 'done'].toSorted());
    };
    await once((i) => of(i).teams.create(1, { name: 'crew', email: '' }), '409 Team name taken');
    await once((i) => of(i).users.create({ login: 'bob', password: 'bobs' }), "412 User with email '' or username 'bob' already exists");
    await once((i) => of(i).orgs.create('Second'), '409 Organization name taken');
    await once((i) => of(i).accounts.create(1, { name: 'robot', role: 'Viewer', isDisabled: false }), '400 service account already exists');
    const robot = (await first.accounts.search(1, { query: '', page: 1, perPage: 10, disabled: false, expiredTokens: false, ids: undefined })).accounts[0]!;
    await once((i) => of(i).accounts.addToken(1, robot.id, 'key', 0), '400 service account token with given name already exists in the organization');
    await once((i) => of(i).orgs.addMember(2, 1, 'Viewer'), '409 User is already member of this organization');
  }, limitMs);

  test('two administrators cannot unmake each other', async () => {
    const { both: [first], of, witness } = await rooms();
    for (let round = 0; round < 5; round++) {
      const ann = await first.person(`ann-${round}`, { isAdmin: true, role: 'Admin' });
      const bob = await first.person(`bob-${round}`, { isAdmin: true, role: 'Admin' });
      for (const earlier of (await first.users.search({ query: '', page: 1, perPage: 100, sort: '' })).users) if (earlier.isAdmin && earlier.id !== ann && earlier.id !== bob) await first.users.setAdmin(earlier.id, false);
      expect((await ends([of(0).users.setAdmin(ann, false), of(1).users.setAdmin(bob, false)])).toSorted()).toEqual(['400 cannot remove last grafana admin', 'done']);
      for (const earlier of (await first.orgs.members(1, { query: '', page: 1, perPage: 100, sort: '' })).members) if (earlier.role === 'Admin' && ![ann, bob].includes(earlier.user.id)) await first.orgs.setRole(1, earlier.user.id, 'Viewer');
      const fallen = await ends([of(0).orgs.setRole(1, ann, 'Viewer'), of(1).orgs.removeMember(1, bob)]);
      expect(fallen.filter((end) => end === 'done'), fallen.join()).toHaveLength(1);
      expect((await witness().orgs.members(1, { query: '', page: 1, perPage: 100, sort: '' })).members.filter(({ role }) => role === 'Admin')).toHaveLength(1);
    }
  }, limitMs);
});

import { expect, test } from 'vitest';
import { onEveryDatabase } from '../../../infra/db/on-every-database.ts';
import { tenancyMigrations } from '../../tenancy/tenancy-migrations.ts';
import { identityRoom } from '../identity-fixtures.ts';
import { identityMigrations } from '../identity-migrations.ts';

onEveryDatabase('teams from elsewhere', (open) => {
  test('follow what the provider says, and leave alone what was done here', async () => {
    const { teams, orgs, person, identityOf, identities } = identityRoom(await open([...identityMigrations, ...tenancyMigrations]));
    const [ann, root] = [await person('ann'), await person('root', { isAdmin: true })];
    const [crew, staff, byHand] = await Promise.all(['crew', 'staff', 'by hand'].map(async (name) => (await teams.create(1, { name, email: '' })).id));
    const second = await orgs.create('Second', root);
    const { id: away } = await teams.create(second, { name: 'away', email: '' });
    const sync = (...ids: number[]) => teams.syncExternal(ann, ids.map((teamId) => ({ teamId, orgId: teamId === away ? second : 1 })));
    const memberships = async (orgId = 1) => (await teams.ofUser(orgId, ann, undefined)).map(({ name }) => name);

    await teams.addMember(1, byHand!, ann, 'Member');
    await sync(crew!, byHand!);
    expect(await memberships()).toEqual(['by hand', 'crew']);
    expect((await identityOf(ann)).permissions.has('teams:read', `teams:id:${crew}`)).toBe(true);
    // What an administrator made of them stays.
    await teams.setLevel(1, crew!, ann, 'Admin');
    await sync(crew!, staff!);
    expect(await memberships()).toEqual(['by hand', 'crew', 'staff']);
    expect(await teams.members(1, crew!, undefined)).toMatchObject([{ userId: ann, permission: 4 }]);
    await sync();
    expect(await memberships()).toEqual(['by hand']);
    expect((await identityOf(ann)).permissions.has('teams:write', `teams:id:${crew}`)).toBe(false);

    // Teams of an organization that they are not in are none of theirs.
    await sync(away);
    expect(await memberships(second)).toEqual([]);
    await orgs.addMember(second, ann, 'Viewer');
    await sync(away, crew!);
    expect([await memberships(second), await memberships()]).toEqual([['away'], ['by hand', 'crew']]);
    await orgs.removeMember(second, ann);
    identities.forget();
    expect(await memberships(second)).toEqual([]);
  }, 180_000);
});

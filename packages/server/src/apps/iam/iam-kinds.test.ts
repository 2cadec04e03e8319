import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDatabase } from '../../infra/db/test-database.ts';
import { resourceMigrations } from '../../storage/resource-migrations.ts';
import { nobody } from '../../web/identity.ts';
import { person, startTestApi, type TestApi } from '../../apiserver/test-api.ts';
import { iamKinds } from './iam-kinds.ts';
import type { IamStore, IamTeam } from './iam-store.ts';

const blue: IamTeam = { id: 7, uid: 'blue', name: 'Blue', email: '', externalUid: '', isProvisioned: false, created: 0, updated: 0 };
const store: IamStore = {
  users: async () => [], teams: async (_orgId, uid) => (uid === undefined || uid === blue.uid ? [blue] : []), teamBindings: async () => [], named: async () => [],
};
const grants = (action: string, scope: string) => ({ permissions: { ...nobody.permissions, has: (asked: string, ...scopes: readonly string[]) => asked === action && (scopes.length === 0 || scopes.includes(scope)) } });
const all = '/apis/iam.grafana.app/v0alpha1/namespaces/default';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({
    db: await openTestDatabase(resourceMigrations), kinds: iamKinds({ store, serviceAccounts: { idOfUid: async () => undefined, tokens: async () => [] } }),
    guests: { member: person('member', 10, 'Viewer', grants('teams:read', 'teams:id:7')), stranger: person('stranger', 11, 'Viewer', grants('teams:read', 'teams:id:8')), writer: person('writer', 12, 'Admin', grants('teams:write', 'teams:uid:blue')) },
  });
});
afterAll(() => api.close());

test('a right on a team’s number opens the team of that number', async () => {
  expect((await api.call('member', 'GET', `${all}/teams/blue`)).json).toMatchObject({ kind: 'Team', spec: { title: 'Blue' } });
  for (const [who, path] of [['stranger', 'teams/blue'], ['member', 'teams/red'], ['member', 'teams']] as const) expect((await api.call(who, 'GET', `${all}/${path}`)).status, `${who} ${path}`).toBe(403);
});

test('whoever writes what cannot be written hears of bad input first', async () => {
  const put = (body: unknown) => api.call('writer', 'PUT', `${all}/teams/blue`, body);
  expect((await put('{')).json).toMatchObject({ code: 400 });
  expect((await put({})).json).toMatchObject({ code: 400, message: expect.stringContaining('name must be provided') });
  const refused = { code: 405, message: 'update is not supported on resources of kind "teams.iam.grafana.app"' };
  expect((await put({ metadata: { name: 'blue' }, spec: {} })).json).toMatchObject(refused);
  // A patch is an update, too.
  expect((await api.call('writer', 'PATCH', `${all}/teams/blue`, {})).json).toMatchObject(refused);
});

import { expect, test } from 'vitest';
import type { GroupRoute } from '../../apiserver/kind.ts';
import { Reply } from '../../web/reply.ts';
import { featureFlagRoutes } from './feature-flag-routes.ts';

const [bulk, single] = featureFlagRoutes({ toggles: { all: () => new Map([['scopeFilters', true], ['dragons', false]]) } });
const ask = async (route: GroupRoute, namespace: string, rest = '') => {
  const reply = await route.handle({ caller: { namespace }, rest } as unknown as Parameters<GroupRoute['handle']>[0]);
  return reply instanceof Reply ? ([reply.status, String(reply.body)] as const) : ([0, JSON.stringify(reply)] as const);
};
const reason = 'static provider evaluation result';

test('all flags, and one by its key', async () => {
  expect(JSON.parse((await ask(bulk!, 'default'))[1])).toEqual({
    flags: [{ key: 'scopeFilters', value: true, reason, variant: 'default' }, { key: 'dragons', value: false, reason, variant: 'default' }],
  });
  expect(JSON.parse((await ask(single!, 'default', 'dragons'))[1])).toEqual({ key: 'dragons', value: false, reason, variant: 'default' });
  expect(await ask(single!, 'default', 'unicorns')).toEqual([404, 'failed to evaluate flag\n']);
});

test('another namespace is refused', async () => {
  expect(await ask(bulk!, 'org-2')).toEqual([401, 'rejecting request with namespace mismatch\n']);
  expect(await ask(single!, 'org-2', 'dragons')).toEqual([401, 'rejecting request with namespace mismatch\n']);
});

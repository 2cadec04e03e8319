import { expect, test } from 'vitest';
import { nobody, type Identity, type Permissions } from '../../web/identity.ts';
import type { Grant } from '../identity/accesscontrol/accesscontrol.ts';
import { defineCoreActionSets } from '../identity/accesscontrol/action-sets.ts';
import { ActionSets, GrantIndex, LayeredPermissions } from '../identity/accesscontrol/permissions.ts';
import { createContentAccess, readActions, writeActions, type Placed } from './access.ts';

const sets = new ActionSets();
defineCoreActionSets(sets);

/** Counts what it is asked. */
function holder(...grants: Grant[]) {
  const permissions = new LayeredPermissions([new GrantIndex(sets, grants)]);
  const asked = { n: 0 };
  const counting: Permissions = {
    has: (action, ...scopes) => (asked.n++, permissions.has(action, ...scopes)),
    scopes: (action) => (asked.n++, permissions.scopes(action)),
    all: () => permissions.all(),
  };
  const identity: Identity = { ...nobody, kind: 'user', id: 7, orgId: 1, permissions: counting };
  return { identity, asked };
}

// Folders 0 to 99, every tenth of them inside the one before; a hundred dashboards in each.
const parents = new Map(Array.from({ length: 100 }, (_, i) => [`f${i}`, i % 10 === 9 ? `f${i - 1}` : '']));
const access = createContentAccess({
  index: {
    lineage: (_namespace, folder) => {
      const names: string[] = [];
      for (let at: string | undefined = folder; at; at = parents.get(at)) names.push(at);
      return names;
    },
  },
});
const folders: Placed[] = [...parents].map(([name, folder]) => ({ kind: 'folder', name, folder }));
const dashboards: Placed[] = Array.from({ length: 10_000 }, (_, i) => ({ kind: 'dashboard', name: `d${i}`, folder: `f${i % 100}` }));
const everything = [...folders, ...dashboards];
const half = Array.from({ length: 50 }, (_, i): Grant => ({ action: 'folders:view', scope: `folders:uid:f${i * 2}` }));

test('half of a hundred folders: ten thousand dashboards are decided on by their folders', () => {
  const viewer = holder(...half, { action: 'dashboards:view', scope: 'dashboards:uid:d1' });
  const admin = holder({ action: 'dashboards:read', scope: 'folders:*' }, { action: 'folders:read', scope: 'folders:*' });
  const seen = everything.filter(access.filter(viewer.identity, readActions));
  // The even folders, what lies in them, and what was granted by itself.
  expect(seen.filter(({ kind }) => kind === 'folder')).toHaveLength(60);
  expect(seen.filter(({ kind }) => kind === 'dashboard')).toHaveLength(6_001);
  expect(everything.filter(access.filter(admin.identity, readActions))).toHaveLength(10_100);
  // Two questions a folder (itself, and what is in it), and one for what was granted by itself.
  expect(admin.asked.n).toBe(200);
  expect(viewer.asked.n).toBeLessThanOrEqual(201);
});

test('what is shared out of closed folders costs no more', () => {
  const viewer = holder(...half, ...Array.from({ length: 30 }, (_, i): Grant => ({ action: 'dashboards:view', scope: `dashboards:uid:d${i * 2 + 1}` })));
  expect(everything.filter(access.sharedWith(viewer.identity)).map(({ name }) => name)).toEqual(
    Array.from({ length: 30 }, (_, i) => i * 2 + 1).filter((i) => i % 10 !== 9).map((i) => `d${i}`),
  );
  expect(viewer.asked.n).toBeLessThanOrEqual(301);
});

test('single dashboards, all dashboards, and other actions', () => {
  const one = access.filter(holder({ action: 'dashboards:edit', scope: 'dashboards:uid:d5' }).identity, writeActions);
  expect(dashboards.filter(one).map((entry) => entry.name)).toEqual(['d5']);
  for (const scope of ['dashboards:*', 'dashboards:uid:*', '*']) expect(dashboards.filter(access.filter(holder({ action: 'dashboards:read', scope }).identity, readActions))).toHaveLength(10_000);
  expect(dashboards.filter(access.filter(holder({ action: 'dashboards:view', scope: 'dashboards:uid:d5' }).identity, writeActions))).toEqual([]);
  // A scope that is none covers nothing.
  expect(dashboards.filter(access.filter(holder({ action: 'dashboards:read', scope: 'dashboards:uid:d*' }).identity, readActions))).toEqual([]);
});

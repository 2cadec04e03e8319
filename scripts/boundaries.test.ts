import { describe, expect, test } from 'vitest';
import { allObjections, objection } from './boundaries.ts';
import { brokenLinks } from './documents.ts';

const server = (path: string) => `packages/server/src/${path}`;

describe('boundaries', () => {
  test.each([
    ['services/content/stars/star-api.ts', 'services/content/stars/star-store.ts', null],
    ['services/content/stars/star-service.ts', 'services/content/dashboards/dashboard.ts', null],
    ['services/content/stars/star-service.ts', 'services/content/dashboards/dashboard-store.ts', 'reaches into content/dashboards'],
    ['services/content/stars/star-service.ts', 'services/identity/users/user-api.ts', 'reaches into identity/users'],
    ['storage/sql-resource-store.ts', 'services/content/stars/star.ts', 'looks up to'],
    ['infra/db/database.ts', 'setting/database-settings.ts', null],
    ['setting/server-settings.ts', 'infra/clock.ts', 'looks up to'],
    ['server/graph.ts', 'services/content/stars/star-api.ts', null],
    ['services/content/stars/star.test.ts', 'services/identity/users/user-store.ts', null],
    ['cellar/wine.ts', 'util/slug.ts', 'no layer is named for cellar'],
  ])('%s imports %s: %s', (from, to, wanted) => {
    const said = objection({ from: server(from), to: server(to) });
    if (wanted === null) expect(said).toBeNull();
    else expect(said).toContain(wanted);
  });

  test('the small packages stand alone', () => {
    expect(objection({ from: 'packages/dataframe/src/frame.ts', to: server('util/slug.ts') })).toContain('stands alone');
    expect(objection({ from: 'packages/plugin-sdk/src/index.ts', to: 'packages/dataframe/src/index.ts' })).toBeNull();
  });

  test('nothing in the tree objects', () => {
    expect(allObjections()).toEqual([]);
  });
});

test('the documents link to files that are there', () => {
  expect(brokenLinks()).toEqual([]);
});

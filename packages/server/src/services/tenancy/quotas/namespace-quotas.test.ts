import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { silentLogger } from '../../../infra/log/log.ts';
import { createNamespaceQuotas } from './namespace-quotas.ts';

let folder = '';
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const dashboards = { group: 'dashboard.grafana.app', resource: 'dashboards' };
const folders = { group: 'folder.grafana.app', resource: 'folders' };

function house(text: string, counts: Record<string, number>) {
  folder = mkdtempSync(join(tmpdir(), 'quotas-'));
  const path = join(folder, 'overrides.yaml');
  writeFileSync(path, text);
  const clock = { ms: 0, now: () => clock.ms };
  const quotas = createNamespaceQuotas({
    settings: { enforced: true, overridesPath: path, reloadMs: 30_000, supportInfo: 'Ask us.' }, clock, log: silentLogger, count: async ({ resource }, namespace) => counts[`${namespace}/${resource}`] ?? 0,
  })!;
  return { quotas, clock, rewrite: (next: string) => writeFileSync(path, next) };
}

test('a namespace holds as much as the file says, and a thousand of what it does not name', async () => {
  const { quotas } = house('overrides:\n  default:\n    quotas:\n      dashboard.grafana.app/dashboards: {limit: 2}\n  "12":\n    quotas: {folder.grafana.app/folders: {limit: 0}}\n', {
    'default/dashboards': 2, 'org-2/dashboards': 999, 'org-3/dashboards': 1_000,
  });
  await expect(quotas.demand(dashboards, 'default')).rejects.toMatchObject({ status: 403, message: 'Limit reached for resource dashboards: 2/2 Ask us.' });
  await quotas.demand(folders, 'default');
  await quotas.demand(dashboards, 'org-2');
  await expect(quotas.demand(dashboards, 'org-3')).rejects.toMatchObject({ message: 'Limit reached for resource dashboards: 1000/1000 Ask us.' });
  await expect(quotas.demand(folders, 'stacks-12')).rejects.toMatchObject({ status: 403 });
});

test('the file is read again; a broken one changes nothing', async () => {
  const { quotas, clock, rewrite } = house('overrides: {default: {quotas: {dashboard.grafana.app/dashboards: {limit: 1}}}}', { 'default/dashboards': 1 });
  await expect(quotas.demand(dashboards, 'default')).rejects.toMatchObject({ status: 403 });
  rewrite('{');
  clock.ms = 30_000;
  await expect(quotas.demand(dashboards, 'default')).rejects.toMatchObject({ status: 403 });
  rewrite('overrides: {default: {quotas: {dashboard.grafana.app/dashboards: {limit: 2}}}}');
  clock.ms = 60_000;
  await quotas.demand(dashboards, 'default');
});

test('without a file there are none; what is not enforced is only told', async () => {
  const settings = { enforced: true, overridesPath: '', reloadMs: 1, supportInfo: '' };
  const deps = { clock: { now: () => 0 }, log: silentLogger, count: async () => 0 };
  expect(createNamespaceQuotas({ ...deps, settings })).toBeUndefined();
  const told = createNamespaceQuotas({ ...deps, settings: { ...settings, enforced: false, overridesPath: 'limits.yaml' } })!;
  await told.demand(dashboards, 'default');
  expect(await told.usage(dashboards, 'default')).toEqual({ usage: expect.any(Number), limit: 1_000 });
});

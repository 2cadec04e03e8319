import { expect, test } from 'vitest';
import { onEveryDatabase } from '../../../infra/db/on-every-database.ts';
import { silentLogger } from '../../../infra/log/log.ts';
import { secretsMigrations } from '../../../infra/secrets/secrets.ts';
import { createSecrets } from '../../../infra/secrets/secrets-service.ts';
import { dataSourceMigrations } from '../records/data-source-migrations.ts';
import { createDataSourceService } from '../records/data-source-service.ts';
import type { CorrelationWrite } from './correlation.ts';
import { correlationMigrations } from './correlation-migrations.ts';
import { createCorrelationService } from './correlation-service.ts';

const aLink = (more: Partial<CorrelationWrite> = {}): CorrelationWrite => ({
  sourceUID: 'a', targetUID: 'b', label: 'l', description: 'd', type: 'query', provisioned: false, config: { field: 'f', target: { expr: 'up' } }, ...more,
});

onEveryDatabase('correlations', (open) => {
  async function house() {
    const db = await open([...secretsMigrations, ...dataSourceMigrations, ...correlationMigrations]);
    const clock = { now: () => 1_700_000_000_000, sleep: async () => {} };
    const dataSources = createDataSourceService({ db, clock, log: silentLogger, listLimit: 100, secrets: createSecrets({ db, clock, secretKey: 'k' }), catalog: { find: () => undefined } });
    const make = (uid: string) => dataSources.create(1, {
      uid, name: uid, type: 't', access: 'proxy', url: '', user: '', database: '', basicAuth: false, basicAuthUser: '', withCredentials: false, isDefault: false, jsonData: '{}', secureJsonData: {}, apiVersion: '',
    });
    for (const uid of ['a', 'b', 'c']) await make(uid);
    return { dataSources, make, correlations: createCorrelationService({ db, clock, dataSources }) };
  }
  const all = { sourceUids: [], limit: 100, page: 1 };

  test('a link whose target is gone is hidden, but counts and can be changed', async () => {
    const { dataSources, make, correlations } = await house();
    const { uid } = await correlations.create(1, aLink());
    await correlations.create(1, aLink({ type: 'external', targetUID: null }));
    await dataSources.delete(await dataSources.get(1, { uid: 'b' }));
    expect(await correlations.list(1, all)).toMatchObject({ correlations: [{ type: 'external' }], totalCount: 2 });
    await expect(correlations.get(1, 'a', uid)).rejects.toMatchObject({ status: 404 });
    expect((await correlations.update(1, 'a', uid, { label: 'new' })).label).toBe('new');
    await make('b');
    expect((await correlations.get(1, 'a', uid)).label).toBe('new');
  });

  test('links go with their source', async () => {
    const { dataSources, correlations } = await house();
    await correlations.create(1, aLink());
    await correlations.create(1, aLink({ sourceUID: 'c' }));
    await dataSources.delete(await dataSources.get(1, { uid: 'a' }));
    expect((await correlations.list(1, all)).correlations.map(({ sourceUID }) => sourceUID)).toEqual(['c']);
  });

  test('a change replaces what it says and keeps the rest', async () => {
    const { correlations } = await house();
    const { uid } = await correlations.create(1, aLink({ config: { field: 'f', target: {}, transformations: [{ type: 'logfmt' }] } }));
    expect((await correlations.update(1, 'a', uid, { config: { field: 'g' } })).config).toEqual({ field: 'g', target: {}, transformations: [{ type: 'logfmt' }] });
  });

  test('provisioned ones are for files only', async () => {
    const { correlations } = await house();
    const { uid } = await correlations.create(1, aLink({ provisioned: true }));
    await expect(correlations.update(1, 'a', uid, { label: 'x' })).rejects.toMatchObject({ status: 403 });
    await expect(correlations.delete(1, 'a', uid)).rejects.toMatchObject({ status: 403 });
    await expect(correlations.create(1, aLink({ targetUID: 'nowhere' }))).rejects.toMatchObject({ status: 404 });
  });
});

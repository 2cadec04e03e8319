import { expect, test } from 'vitest';
import { silentLogger } from '../../../infra/log/log.ts';
import { openTestDatabase } from '../../../infra/db/test-database.ts';
import { secretsMigrations } from '../../../infra/secrets/secrets.ts';
import { createSecrets } from '../../../infra/secrets/secrets-service.ts';
import { createInterpolation } from '../../operations/provisioning/interpolation.ts';
import { parseProvisioning } from '../../operations/provisioning/provisioning-files.ts';
import { correlationMigrations } from '../correlations/correlation-migrations.ts';
import { createCorrelationService } from '../correlations/correlation-service.ts';
import { dataSourceMigrations } from '../records/data-source-migrations.ts';
import { createDataSourceService } from '../records/data-source-service.ts';
import { readDataSourceProvisioning, uidOfName } from './data-source-files.ts';
import { createDataSourceProvisioner } from './data-source-provisioner.ts';

async function house() {
  const db = await openTestDatabase([...secretsMigrations, ...dataSourceMigrations, ...correlationMigrations]);
  const clock = { now: () => 1_700_000_000_000, sleep: async () => {} };
  const dataSources = createDataSourceService({ db, clock, log: silentLogger, listLimit: 100, secrets: createSecrets({ db, clock, secretKey: 'k' }), catalog: { find: () => undefined } });
  const correlations = createCorrelationService({ db, clock, dataSources });
  const provision = async (...texts: string[]) => {
    const files = await Promise.all(texts.map(async (text, i) => ({ path: `file${i}.yaml`, content: await parseProvisioning(text, `file${i}.yaml`) })));
    await createDataSourceProvisioner({
      dataSources, correlations, log: silentLogger, orgExists: async (id) => id === 1, files: { values: createInterpolation({ N: '5', WORD: 'lantern' }), read: async () => files },
    }).provision();
  };
  return { dataSources, correlations, provision, names: async () => (await dataSources.list(1)).map(({ name }) => name) };
}

test('values come from the environment and are typed in jsonData', async () => {
  const { dataSources, provision } = await house();
  await provision('apiVersion: 1\ndatasources:\n  - { name: X, type: loki, url: "http://$WORD:$N", access: sideways, jsonData: { b: $N, a: "$$N", c: { deep: "is $WORD" } }, secureJsonData: { s: $WORD }, editable: true }');
  const made = await dataSources.get(1, { name: 'X' });
  expect(made).toMatchObject({ uid: uidOfName('X'), url: 'http://lantern:5', access: 'proxy', readOnly: false, secretKeys: ['s'], jsonData: '{"a":"$N","b":5,"c":{"deep":"is lantern"}}' });
  expect(uidOfName('gdev-testdata')).toBe('PD8C576611E62080A');
});

test('the old format is read as it stands', async () => {
  const { dataSources, provision } = await house();
  await provision('org_id: 1\ndatasources:\n  - { name: Old, type: graphite, url: "http://$WORD", basic_auth: true, json_data: { v: "1.1" } }');
  expect(await dataSources.get(1, { name: 'Old' })).toMatchObject({ url: 'http://$WORD', basicAuth: true, readOnly: true, jsonData: '{"v":"1.1"}' });
});

test('correlations may lead to sources of later files, and go with the file', async () => {
  const { correlations, provision } = await house();
  const link = 'correlations: [{ targetUID: later, label: l, description: d, config: { field: f, target: {} } }]';
  const later = 'apiVersion: 1\ndatasources: [{ name: Later, uid: later, type: t }]';
  await provision(`apiVersion: 1\ndatasources: [{ name: First, uid: first, type: t, ${link} }]`, later);
  expect(await correlations.ofSource(1, 'first')).toMatchObject([{ targetUID: 'later', provisioned: true, type: 'query' }]);
  await provision('apiVersion: 1\ndatasources: [{ name: First, type: t }]', later);
  expect(await correlations.ofSource(1, 'first')).toEqual([]);
});

test('pruning removes only what a pruning file made and nobody mentions', async () => {
  const { dataSources, provision, names } = await house();
  await provision('apiVersion: 1\nprune: true\ndatasources: [{ name: A, type: t }, { name: B, type: t, editable: true }]', 'apiVersion: 1\ndatasources: [{ name: C, type: t }]');
  const b = await dataSources.get(1, { name: 'B' });
  await dataSources.update(b, { ...b, secureJsonData: {}, readOnly: false, prunable: false }, { version: 0, secrets: 'merge' });
  await provision();
  expect(await names()).toEqual(['B', 'C']);
});

test('a newer stored version is left alone', async () => {
  const { dataSources, provision } = await house();
  const file = (url: string) => `apiVersion: 1\ndatasources: [{ name: A, type: t, version: 3, url: "${url}" }]`;
  await provision(file('http://one'));
  const made = await dataSources.get(1, { name: 'A' });
  await dataSources.update(made, { ...made, secureJsonData: {}, url: 'http://own' }, { version: 9, secrets: 'merge' });
  await provision(file('http://two'));
  expect((await dataSources.get(1, { name: 'A' })).url).toBe('http://own');
});

test.each([
  ['two defaults', 'datasources: [{ name: A, type: t, isDefault: true }, { name: B, type: t, isDefault: true }]', 'Only one datasource per organization'],
  ['an unknown org', 'datasources: [{ name: A, type: t, orgId: 9 }]', 'organization 9'],
  ['no name', 'datasources: [{ type: t }]', 'no name'],
  ['no list', 'datasources: nothing', 'datasources is not a list'],
  ['a bad uid', 'datasources: [{ name: A, uid: "a b", type: t }]', 'Invalid datasource UID'],
  ['a correlation to nowhere', 'datasources: [{ name: A, type: t, correlations: [{ targetUID: x, label: l, description: d }] }]', 'Data source not found'],
  ['a correlation without a label', 'datasources: [{ name: A, type: t, correlations: [{ targetUID: x, description: d }] }]', 'label is not text'],
  ['transformations at the root', 'datasources: [{ name: A, type: t, correlations: [{ label: l, description: d, transformations: [] }] }]', 'transformations must be nested under config'],
])('%s is refused', async (_, text, message) => {
  const { provision } = await house();
  await expect(provision(`apiVersion: 1\n${text}`)).rejects.toThrow(message);
});

test('another uid for a known name is refused', async () => {
  const { provision } = await house();
  await provision('apiVersion: 1\ndatasources: [{ name: A, uid: one, type: t }]');
  await expect(provision('apiVersion: 1\ndatasources: [{ name: A, uid: two, type: t }]')).rejects.toThrow('Datasource provisioning error: file0.yaml: data source A: data source not found');
});

test('a deletion reads its org and name', () => {
  const file = readDataSourceProvisioning({ path: 'x', content: { apiVersion: 1, deleteDatasources: [{ name: '$WORD' }] } }, createInterpolation({ WORD: 'w' }));
  expect(file.deletions).toEqual([{ orgId: 1, name: 'w' }]);
});

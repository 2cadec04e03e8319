import { expect, test } from 'vitest';
import { forOthers, type ExportAbout } from './export.ts';

const source = (uid: string, name: string, builtIn = false) => ({ uid, name, type: 'prometheus', pluginName: 'Prometheus', builtIn, version: '1.0.0' });
const about: ExportAbout = { version: '12.4.0', sourceOf: (uid) => ({ p1: source('p1', 'Prod 1'), p2: source('p2', 'prod-1'), grafana: source('grafana', '-- Grafana --', true) })[uid], panelName: (type) => type.toUpperCase(), elements: { lib: { name: 'L', model: { datasource: { uid: 'p1' } } } } };

test('sources become inputs, each once, wherever they are used', () => {
  const exported = forOthers({
    id: 7, title: 'A', panels: [{ id: 1, type: 'stat', datasource: { type: 'prometheus', uid: 'p1' }, targets: [{ refId: 'A', datasource: { uid: 'p1' } }, { refId: 'B', datasource: { uid: 'p2' } }] }, { id: 2, type: 'row', panels: [{ id: 3, type: 'text', datasource: { uid: '$source' } }] }],
    annotations: { list: [{ datasource: { uid: 'grafana' } }, { datasource: 'p1' }] },
  }, about);
  expect(exported['__inputs']).toEqual([
    { name: 'DS_PROD_1', label: 'Prod 1', description: '', type: 'datasource', pluginId: 'prometheus', pluginName: 'Prometheus' }, { name: 'DS_PROD_1_2', label: 'prod-1', description: '', type: 'datasource', pluginId: 'prometheus', pluginName: 'Prometheus' },
  ]);
  expect(exported['id']).toBeNull();
  expect(exported['panels']).toEqual([
    { id: 1, type: 'stat', datasource: { type: 'prometheus', uid: '${DS_PROD_1}' }, targets: [{ refId: 'A', datasource: { type: 'prometheus', uid: '${DS_PROD_1}' } }, { refId: 'B', datasource: { type: 'prometheus', uid: '${DS_PROD_1_2}' } }] },
    { id: 2, type: 'row', panels: [{ id: 3, type: 'text', datasource: { uid: '$source' } }] },
  ]);
  expect(exported['annotations']).toEqual({ list: [{ datasource: { uid: 'grafana' } }, { datasource: { type: 'prometheus', uid: '${DS_PROD_1}' } }] });
  expect((exported['__requires'] as { id: string }[]).map(({ id }) => id)).toEqual(['grafana', 'prometheus', 'stat', 'text']);
  expect(exported['__elements']).toEqual({ lib: { name: 'L', model: { datasource: { type: 'prometheus', uid: '${DS_PROD_1}' } } } });
});

test('constants become inputs, values that were found here are left out', () => {
  const exported = forOthers({ title: 'A', panels: [], templating: { list: [{ type: 'constant', name: 'region', query: 'eu' }, { type: 'query', name: 'job', current: { value: 'x' }, options: [1] }, { type: 'custom', name: 'c', current: { value: 'y' } }] } }, { ...about, elements: {} });
  expect(exported['__inputs']).toEqual([{ name: 'VAR_REGION', type: 'constant', label: 'region', value: 'eu', description: '' }]);
  expect((exported['templating'] as { list: object[] }).list).toMatchObject([{ query: '${VAR_REGION}', current: { value: '${VAR_REGION}' } }, { current: {}, options: [] }, { current: { value: 'y' } }]);
});

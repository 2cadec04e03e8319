/** The acceptance scenarios of apiserver-and-storage §10 that need a whole server, under their numbers, on every database. The others are beside the code: kinds alone in `apiserver`, dashboards and folders in `apps/dashboard`. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Answer, basic, type Belvedere, removeFolder, startBelvedere } from './support/belvedere.ts';
import { undescribed } from './support/described.ts';
import { freshDatabase } from './support/fresh-database.ts';
import { describeWith, mysqlUrl, postgresUrl } from './support/services.ts';

vi.setConfig({ testTimeout: 120_000 });

const at = (group: string, version: string, rest: string, namespace = 'default') => `/apis/${group}.grafana.app/${version}/namespaces/${namespace}/${rest}`;
const none = { auth: '' };
const editor = { auth: basic('eddy', 'eddy-pass-word-7Q') };
const viewer = { auth: basic('vera', 'vera-pass-word-7Q') };
const names = ({ body }: Answer): string[] => body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
const b64 = (text: string) => Buffer.from(text).toString('base64url');

function acceptance(database: () => Promise<{ url: string; drop(): Promise<void> } | undefined>): void {
  let server: Belvedere;
  let drop: (() => Promise<void>) | undefined;
  const uids = { admin: '', eddy: '' };
  const call: Belvedere['call'] = (...asked) => server.call(...asked);

  beforeAll(async () => {
    const fresh = await database();
    drop = fresh?.drop;
    server = await startBelvedere({ env: { GF_FEATURE_TOGGLES_ENABLE: 'kubernetesAlertingRules,kubernetesAlertingHistorian', ...(fresh ? { GF_DATABASE_URL: fresh.url } : {}) } });
    uids.admin = (await call('GET', '/api/user')).body.uid;
    for (const [login, role] of [['eddy', 'Editor'], ['vera', 'Viewer']] as const) {
      const { id, uid } = (await call('POST', '/api/admin/users', { login, password: `${login}-pass-word-7Q` })).body;
      await call('PATCH', `/api/org/users/${id}`, { role });
      if (login === 'eddy') uids.eddy = uid;
    }
  }, 300_000);
  afterAll(async () => {
    await server?.stop();
    if (server) removeFolder(server.dir);
    await drop?.();
  }, 60_000);

  test('1–2: who may come in, and what there is', async () => {
    expect((await call('GET', '/apis', undefined, none)).status).toBe(401);
    expect((await call('GET', '/openapi/v3', undefined, none)).status).toBe(302);
    expect((await call('GET', '/healthz', undefined, none)).body).toBe('Ok');
    expect((await call('GET', '/livez')).body).toBe('ok');
    expect((await call('GET', '/api')).status).toBe(404);
    const { kind, groups } = (await call('GET', '/apis')).body;
    const served = groups.map(({ name }: { name: string }) => name.replace('.grafana.app', ''));
    expect(kind).toBe('APIGroupList');
    expect(served).toEqual(expect.arrayContaining(['dashboard', 'folder', 'playlist', 'iam', 'preferences', 'collections', 'userstorage', 'features', 'notifications.alerting', 'plugins', 'example']));
    for (const absent of ['secret', 'scope', 'shorturl']) expect(served).not.toContain(absent);
  });

  test('3–5: versions, verbs and the version', async () => {
    const { body } = await call('GET', '/apis', undefined, { headers: { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' } });
    const { versions } = body.items.find(({ metadata }: { metadata: { name: string } }) => metadata.name === 'playlist.grafana.app');
    expect(versions.map(({ version }: { version: string }) => version)).toEqual(['v1', 'v0alpha1']);
    expect(versions[0].resources[0]).toMatchObject({ resource: 'playlists', verbs: expect.arrayContaining(['watch']), subresources: [{ subresource: 'status', verbs: ['get', 'patch', 'update'] }] });
    expect(versions[0].resources[0].verbs).toHaveLength(8);
    const { resources } = (await call('GET', '/apis/folder.grafana.app/v1beta1')).body;
    expect(resources.map(({ name, verbs }: { name: string; verbs: string[] }) => [name, verbs.join()])).toEqual([
      ['folders', 'create,delete,deletecollection,get,list,patch,update'], ['folders/access', 'get'], ['folders/children', 'get'], ['folders/counts', 'get'], ['folders/parents', 'get'],
    ]);
    expect((await call('GET', '/version')).body).toMatchObject({ major: '1', minor: '35', gitVersion: expect.stringMatching(/^1\.35\.0\+grafana-v/) });
  });

  test('the fields of both versions of the second generation are told, and every reference leads somewhere', async () => {
    for (const version of ['v2alpha1', 'v2beta1']) {
      const { body } = await call('GET', `/openapi/v3/apis/dashboard.grafana.app/${version}`);
      const { schemas } = body.components;
      const references = [...JSON.stringify(body).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name!);
      expect(references.filter((name) => !Object.hasOwn(schemas, name))).toEqual([]);
      const own = (name: string) => schemas[`com.github.grafana.grafana.dashboard.${version}.${name}`];
      expect(own('Dashboard').properties.spec.$ref).toMatch(/DashboardSpec$/);
      expect(own('DashboardSpec').required).toEqual(expect.arrayContaining(['title', 'elements', 'layout', 'variables']));
      expect(own('DashboardPanelSpec').properties.vizConfig.$ref).toMatch(/DashboardVizConfigKind$/);
    }
  });

  test('22: a dashboard of the second generation on the classic routes', async () => {
    const spec = {
      title: 'Modern', tags: ['new'], links: [], annotations: [], variables: [], cursorSync: 'Off', preload: false, elements: {}, layout: { kind: 'GridLayout', spec: { items: [] } },
      timeSettings: { from: 'now-1h', to: 'now', autoRefresh: '', autoRefreshIntervals: [], hideTimepicker: false, fiscalYearStartMonth: 0 },
    };
    expect((await call('POST', at('dashboard', 'v2beta1', 'dashboards'), { metadata: { name: 'modern' }, spec })).status).toBe(201);
    expect((await call('GET', '/api/dashboards/uid/modern')).body).toMatchObject({ dashboard: { title: 'Modern', tags: ['new'] } });
    for (const version of ['v0alpha1', 'v1beta1']) expect((await call('GET', at('dashboard', version, 'dashboards/modern'))).body.spec.title).toBe('Modern');
  });

  test('25: search', async () => {
    await call('POST', at('folder', 'v1beta1', 'folders'), { metadata: { name: 'place' }, spec: { title: 'Place' } });
    await call('POST', at('dashboard', 'v1beta1', 'dashboards'), { metadata: { name: 'tagged' }, spec: { title: 'Tagged', tags: ['a'] } });
    const search = async (query: string) => (await call('GET', at('dashboard', 'v0alpha1', `search?${query}`))).body;
    expect(await search('query=*&type=folder')).toMatchObject({ totalHits: 1, hits: [{ resource: 'folders', name: 'place' }] });
    expect((await search('query=*')).hits.map(({ resource }: { resource: string }) => resource)[0]).toBe('folders');
    expect((await search('tag=a')).hits.map(({ name }: { name: string }) => name)).toEqual(['tagged']);
    expect((await search('tags=a')).totalHits).toBeGreaterThan(1);
  });

  test('whom folders belong to, and how many things have a value', async () => {
    const owner = { apiVersion: 'iam.grafana.app/v0alpha1', kind: 'Team', name: 'blue', uid: 'u-blue' };
    expect((await call('POST', at('folder', 'v1beta1', 'folders'), { metadata: { name: 'owned', ownerReferences: [owner] }, spec: { title: 'Owned' } })).status).toBe(201);
    const managed = { metadata: { name: 'kept', annotations: { 'grafana.app/folder': 'owned', 'grafana.app/managedBy': 'terraform', 'grafana.app/managerId': 'infra' } }, spec: { title: 'Kept' } };
    expect((await call('POST', at('dashboard', 'v1beta1', 'dashboards'), managed)).status).toBe(201);
    const find = async (query: string) => (await call('GET', at('dashboard', 'v0alpha1', `search?${query}`))).body;
    expect((await find('type=folder&ownerReference=iam.grafana.app/Team/blue')).hits).toMatchObject([{ name: 'owned', ownerReferences: ['iam.grafana.app/Team/blue'] }]);
    expect((await find('ownerReference=iam.grafana.app/Team/red')).totalHits).toBe(0);
    const { facets } = await find('name=owned&name=kept&facet=folder&facet=manager.kind&facet=ownerReferences&facet=colour');
    expect(facets).toEqual({
      folder: { field: 'folder', total: 2, terms: [{ count: 1 }, { term: 'owned', count: 1 }] }, 'manager.kind': { field: 'manager.kind', total: 1, missing: 1, terms: [{ term: 'terraform', count: 1 }] },
      ownerReferences: { field: 'ownerReferences', total: 1, missing: 1, terms: [{ term: 'iam.grafana.app/Team/blue', count: 1 }] }, colour: { field: 'colour', missing: 2 },
    });
  });

  test('26: feature flags', async () => {
    const flags = at('features', 'v0alpha1', 'ofrep/v1/evaluate/flags');
    const all = (await call('POST', flags, {}, none)).body.flags;
    expect(all.length).toBeGreaterThan(10);
    expect((await call('POST', `${flags}/${all[0].key}`, {}, none)).body).toEqual(all[0]);
    expect((await call('POST', `${flags}/kubernetesAlertingRules`, {})).body).toMatchObject({ value: true, reason: 'static provider evaluation result', variant: 'default' });
    expect((await call('POST', `${flags}/never-heard-of`, {})).status).toBeGreaterThanOrEqual(400);
  });

  test('27: a place for each person', async () => {
    const all = at('userstorage', 'v0alpha1', 'user-storage');
    const name = `svc:${uids.eddy}`;
    expect((await call('GET', `${all}/${name}`, undefined, editor)).status).toBe(404);
    expect((await call('POST', `${all}/`, { metadata: { name }, spec: { data: { a: '1' } } }, editor)).status).toBe(201);
    const patched = await call('PATCH', `${all}/${name}`, { spec: { data: { b: '2' } } }, { ...editor, headers: { 'content-type': 'application/merge-patch+json' } });
    expect(patched.body.spec.data).toEqual({ a: '1', b: '2' });
    expect((await call('GET', `${all}/svc:${uids.admin}`, undefined, editor)).status).toBe(403);
    expect((await call('POST', all, { metadata: { name: `svc:${uids.admin}` }, spec: { data: {} } }, editor)).status).toBe(422);
    expect((await call('GET', all, undefined, editor)).status).toBe(403);
    expect((await call('GET', all)).status).toBe(200);
  });

  test('28: names to show', async () => {
    const { body } = await call('GET', at('iam', 'v0alpha1', `display?key=user:${uids.admin}&key=0&key=bogus:1`));
    expect(body.display).toHaveLength(2);
    expect(body.display.map(({ displayName }: { displayName: string }) => displayName)).toContain('System admin');
    expect(body.invalidKeys).toEqual(['bogus:1']);
  });

  test('29–30: contact points and the routing tree', async () => {
    const receivers = at('notifications.alerting', 'v0alpha1', 'receivers');
    const [standard] = (await call('GET', receivers)).body.items;
    expect(standard.metadata.annotations['grafana.com/provenance']).toBe('none');
    const integrations = [{ type: 'webhook', version: 'v1', disableResolveMessage: false, settings: { url: 'http://127.0.0.1:1/x', password: 'hush-hush' } }];
    const spec = { title: 'Hook', integrations };
    expect((await call('POST', receivers, { metadata: { name: 'x' }, spec })).status).toBe(400);
    const made = await call('POST', receivers, { metadata: {}, spec });
    expect([made.status, JSON.stringify(made.body).includes('hush-hush'), made.body.spec.integrations[0].secureFields]).toEqual([201, false, { password: true }]);
    expect((await call('PUT', `${receivers}/${b64('Hook')}`, { metadata: { name: b64('Hook'), resourceVersion: 'wrong' }, spec })).status).toBe(409);
    expect(names(await call('GET', `${receivers}?fieldSelector=spec.title%3DHook`))).toEqual([b64('Hook')]);
    const trees = at('notifications.alerting', 'v0alpha1', 'routingtrees/user-defined');
    const tree = (await call('GET', trees)).body;
    const changed = await call('PUT', trees, { ...tree, spec: { ...tree.spec, defaults: { ...tree.spec.defaults, receiver: 'Hook' } } });
    expect(changed.body.spec.defaults.receiver).toBe('Hook');
    expect((await call('DELETE', trees)).status).toBe(200);
    expect((await call('GET', trees)).body.spec.defaults.receiver).toBe(tree.spec.defaults.receiver);
  });

  test('alert rules, one by one', async () => {
    const all = at('rules.alerting', 'v0alpha1', 'alertrules');
    const expressions = { A: { datasourceUID: '__expr__', model: { type: 'math', expression: '1 > 0', refId: 'A' }, relativeTimeRange: { from: '10m', to: '0s' }, source: true } };
    const rule = (spec: object = {}, metadata: object = {}) => ({
      metadata: { name: 'always', annotations: { 'grafana.app/folder': 'place' }, ...metadata }, spec: { title: 'Always', trigger: { interval: '1m' }, expressions, for: '1m', noDataState: 'Ok', execErrState: '', ...spec },
    });
    expect((await call('POST', all, rule({}, { annotations: {} }))).body).toMatchObject({ code: 403, message: expect.stringContaining('folder is required') });
    expect((await call('POST', all, rule({ noDataState: 'Perhaps' }))).body).toMatchObject({ code: 400, message: 'invalid alert rule: unknown NoData state option Perhaps' });
    expect((await call('POST', all, rule({ expressions: { A: { ...expressions.A, source: false } } }))).body.message).toBe('invalid alert rule: exactly one expression is the source');
    expect((await call('POST', all, rule(), viewer)).status).toBe(403);
    const made = await call('POST', all, rule());
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    expect((await call('GET', `${all}/always`)).body.spec).toMatchObject({ title: 'Always', for: '1m0s', trigger: { interval: '1m' }, noDataState: 'Ok', execErrState: 'Error', expressions: { A: { source: true } } });
    expect((await call('GET', '/api/v1/provisioning/alert-rules/always')).body).toMatchObject({ noDataState: 'OK', execErrState: 'Error', folderUID: 'place', for: '1m' });
    expect((await call('PATCH', `${all}/always`, { spec: { paused: true } }, { headers: { 'content-type': 'application/merge-patch+json' } })).body.spec.paused).toBe(true);
    expect((await call('PUT', `${all}/always`, rule({}, { resourceVersion: '1' }))).body).toMatchObject({ code: 409, reason: 'Conflict' });
    expect((await call('PUT', `${all}/always`, rule({}, { labels: { 'grafana.com/group': 'g', 'grafana.com/group-index': '0' } }))).status).toBe(400);
    expect(names(await call('GET', `${all}?fieldSelector=spec.title%3DAlways`))).toEqual(['always']);
    expect((await call('GET', at('rules.alerting', 'v0alpha1', 'recordingrules/always'))).status).toBe(404);
    expect((await call('DELETE', all)).status).toBe(405);
    const history = '?ruleUID=always&from=1&to=2000000000';
    const frame = await call('GET', at('historian.alerting', 'v0alpha1', `alertstate/history${history}`));
    expect([frame.status, frame.body]).toEqual([200, (await call('GET', `/api/v1/rules/history${history}`)).body]);
    expect((await call('DELETE', `${all}/always`)).body).toMatchObject({ kind: 'AlertRule', metadata: { name: 'always' } });
    expect((await call('GET', `${all}/always`)).status).toBe(404);
  });

  test('a folder comes back from the trash with what was in it', async () => {
    await call('POST', '/api/folders', { uid: 'attic', title: 'Attic' });
    await call('POST', '/api/folders', { uid: 'chest', title: 'Chest', parentUid: 'attic' });
    await call('POST', '/api/dashboards/db', { dashboard: { uid: 'letter', title: 'Letter' }, folderUid: 'chest' });
    expect((await call('DELETE', '/api/folders/attic')).status).toBe(200);
    expect((await call('POST', at('folder', 'v1beta1', 'folders/attic/restore'))).status).toBe(201);
    expect((await call('GET', '/api/dashboards/uid/letter')).body.meta.folderUid).toBe('chest');
  });
}

/** Compat: the reference says of lists of relational kinds that every item repeats what it is, and of the second generation's choices that they are structs; neither is so. */
const knownlyWrong = (group: string, odd: string) => /^\.items\[\]\.(kind|apiVersion): required$/.test(odd) || (/^dashboard\..*\/v2/.test(group) && /\.(elements\.\*|layout)\.(kind|spec): not told$|legacyOptions/.test(odd));

const toggles = 'kubernetesAlertingRules,kubernetesAlertingHistorian,kubernetesShortURLs,kubernetesCorrelations,kubernetesAnnotations,kubernetesLogsDrilldown,grafanaAdvisor,queryServiceWithConnections';

function described(): void {
  let server: Belvedere;
  beforeAll(async () => {
    server = await startBelvedere({ env: { GF_FEATURE_TOGGLES_ENABLE: toggles } });
  }, 300_000);
  afterAll(async () => {
    await server?.stop();
    if (server) removeFolder(server.dir);
  }, 60_000);

  test('answers are what the documents say of them, and tables have the columns of their kinds', async () => {
    const { call } = server;
    const { uid } = (await call('GET', '/api/user')).body;
    const meta = { labels: { a: 'b' }, ownerReferences: [{ apiVersion: 'v1', kind: 'K', name: 'n', uid: 'u', controller: true, blockOwnerDeletion: true }] };
    const made: [string, string, unknown][] = [
      ['POST', '/api/teams', { name: 'Blue', email: 'b@example.com' }], ['POST', '/api/serviceaccounts', { name: 'robot', role: 'Editor' }],
      ['PUT', '/api/user/preferences', { theme: 'dark', timezone: 'utc', navbar: { bookmarkUrls: ['/a'] }, queryHistory: { homeTab: 'query' } }],
      ['POST', '/api/datasources', { uid: 'one', name: 'one', type: 'loki', access: 'proxy', url: 'http://x', jsonData: { a: 1 }, secureJsonData: { p: 's' } }],
      ['POST', '/api/datasources', { uid: 'two', name: 'two', type: 'prometheus', access: 'proxy', url: 'http://x' }],
      ['POST', at('folder', 'v1beta1', 'folders'), { metadata: { name: 'f', ...meta, finalizers: ['example.com/hold'] }, spec: { title: 'F', description: 'd' } }],
      ['POST', at('dashboard', 'v1beta1', 'dashboards'), { metadata: { name: 'd', annotations: { 'grafana.app/folder': 'f' }, ...meta }, spec: { title: 'D', panels: [{ type: 'timeseries', id: 1, title: 'x' }] } }],
      ['POST', '/api/snapshots', { dashboard: { uid: 'd', title: 'D', panels: [] }, name: 'S' }], ['PUT', at('collections', 'v1alpha1', `stars/user-${uid}/update/dashboard.grafana.app/Dashboard/d`), undefined],
      ['POST', at('userstorage', 'v0alpha1', 'user-storage'), { metadata: { name: `s:${uid}` }, spec: { data: { a: 'b' } } }],
      ['POST', at('playlist', 'v1', 'playlists'), { metadata: { name: 'p' }, spec: { title: 'P', interval: '1m', items: [{ type: 'dashboard_by_uid', value: 'd' }] } }],
      ['POST', at('shorturl', 'v1beta1', 'shorturls'), { metadata: { name: 'su' }, spec: { path: 'd/d' } }],
      ['POST', at('correlations', 'v0alpha1', 'correlations'), { metadata: { name: 'c' }, spec: { type: 'query', label: 'l', description: 'd', source: { group: 'loki', name: 'one' }, target: { group: 'prometheus', name: 'two' }, config: { field: 'm', target: { expr: 'up' }, transformations: [{ type: 'regex', expression: 'x=(\\w+)', field: 'a', mapValue: 'b' }] } } }],
      ['POST', at('rules.alerting', 'v0alpha1', 'alertrules'), { metadata: { name: 'r', annotations: { 'grafana.app/folder': 'f' } }, spec: {
        title: 'R', trigger: { interval: '1m' }, labels: { team: 'blue' }, annotations: { summary: 'Up' }, for: '1m', keepFiringFor: '2m', noDataState: 'NoData', execErrState: 'Error', panelRef: { dashboardUID: 'd', panelID: 1 },
        expressions: { A: { queryType: '', relativeTimeRange: { from: '10m', to: '0s' }, datasourceUID: '__expr__', model: { type: 'math', expression: '1 > 0', refId: 'A' }, source: true } },
      } }],
      ['POST', at('annotation', 'v0alpha1', 'annotations'), { metadata: { generateName: 'a-' }, spec: { text: 'x', time: 1_700_000_000_000, timeEnd: 1_700_000_001_000, tags: ['t'] } }],
      ['POST', at('logsdrilldown', 'v1alpha1', 'logsdrilldowns'), { metadata: { name: 'l' }, spec: {} }], ['POST', at('advisor', 'v0alpha1', 'checks'), { metadata: { generateName: 'ch-' }, spec: {} }],
      ['POST', at('notifications.alerting', 'v0alpha1', 'receivers'), { metadata: {}, spec: { title: 'Hook', integrations: [{ type: 'webhook', version: 'v1', settings: { url: 'http://x', password: 'p' } }] } }],
      ['POST', at('notifications.alerting', 'v0alpha1', 'timeintervals'), { metadata: {}, spec: { name: 'n', time_intervals: [{ times: [{ start_time: '22:00', end_time: '24:00' }], weekdays: ['monday'], days_of_month: ['1'], months: ['1'], years: ['2030'], location: 'UTC' }] } }],
      ['POST', at('notifications.alerting', 'v0alpha1', 'templategroups'), { metadata: {}, spec: { title: 't', content: '{{ define "a" }}{{ end }}', kind: 'grafana' } }],
    ];
    for (const [method, path, body] of made) expect((await call(method, path, body)).status, `${method} ${path}`).toBeLessThan(300);
    const table = async (path: string) => (await call('GET', path, undefined, { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } })).body;
    const columns = async (path: string) => (await table(path)).columnDefinitions.map(({ name }: { name: string }) => name);
    expect(await columns(at('shorturl', 'v1beta1', 'shorturls'))).toEqual(['Name', 'Path', 'Last Seen At']);
    expect(await columns(at('correlations', 'v0alpha1', 'correlations'))).toEqual(['Name', 'Source', 'Target', 'Description']);
    expect(await columns(at('loki.datasource', 'v0alpha1', 'datasources'))).toEqual(['Name', 'Title', 'Created At']);
    const odd: string[] = [];
    const looked = new Set<string>();
    for (const { versions } of (await call('GET', '/apis')).body.groups) {
      for (const { groupVersion } of versions) {
        const { paths, components } = (await call('GET', `/openapi/v3/apis/${groupVersion}`)).body;
        const { resources } = (await call('GET', `/apis/${groupVersion}`)).body;
        const compare = async (path: string, name?: string) => {
          const { status, body } = await call('GET', path.replace('{namespace}', 'default').replace('{name}', name ?? ''));
          if (status !== 200) return undefined;
          for (const each of undescribed(components.schemas, paths[path].get.responses[200].content['application/json'].schema, body)) if (!knownlyWrong(groupVersion, each)) odd.push(`${path}${each}`);
          return body;
        };
        for (const { name, namespaced, verbs } of resources) {
          if (name.includes('/') || !namespaced || !verbs.includes('list')) continue;
          const all = `/apis/${groupVersion}/namespaces/{namespace}/${name}`;
          const item = (await compare(all))?.items?.[0];
          if (!item) continue;
          looked.add(name);
          if (verbs.includes('get')) await compare(`${all}/{name}`, item.metadata.name);
        }
      }
    }
    expect(odd).toEqual([]);
    expect([...looked].sort()).toEqual([
      'alertrules', 'annotations', 'checks', 'correlations', 'dashboards', 'datasources', 'folders', 'logsdrilldowns', 'playlists', 'preferences', 'receivers', 'routingtrees', 'serviceaccounts', 'shorturls', 'snapshots', 'stars',
      'teambindings', 'teams', 'templategroups', 'timeintervals', 'user-storage', 'users',
    ]);
  });
}

describe('the documents', described);
describe('on SQLite', () => acceptance(async () => undefined));
describeWith('PostgreSQL', postgresUrl, 'on PostgreSQL', () => acceptance(() => freshDatabase('postgres')));
describeWith('MySQL', mysqlUrl, 'on MySQL', () => acceptance(() => freshDatabase('mysql')));

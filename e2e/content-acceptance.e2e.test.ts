/** The acceptance scenarios of the chapter on dashboards and content, one test each under its number, from outside and on every database that is there. */
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, basic, type Belvedere, removeFolder, temporaryFolder } from './support/belvedere.ts';
import { eventually } from './support/eventually.ts';
import { onEveryDatabase, startWithinMs } from './support/on-every-database.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const none = { auth: '' };
const viewer = { auth: basic('viewer', 'viewer') };
const editor = { auth: basic('editor', 'editor') };
const dashboards = (version: string) => `/apis/dashboard.grafana.app/${version}/namespaces/default/dashboards`;
const folders = '/apis/folder.grafana.app/v1beta1/namespaces/default/folders';
const outcome = ({ status, body }: Answer) => [status, body.messageId ?? body.message ?? body];
/** A page at most of what is written down may take this long to be followed. */
const followed = { withinMs: 90_000, everyMs: 500 };

onEveryDatabase((start) => {
  let server: Belvedere;
  const files = temporaryFolder('dashboards');
  const put = (path: string, dashboard: unknown) => {
    mkdirSync(dirname(join(files, path)), { recursive: true });
    writeFileSync(join(files, path), JSON.stringify(dashboard));
  };
  const call = (method: string, path: string, body?: unknown, init?: Parameters<Belvedere['call']>[3]) => server.call(method, path, body, init);
  const get = (path: string, init?: Parameters<Belvedere['call']>[3]) => call('GET', path, undefined, init);
  const save = (dashboard: object, more: object = {}, init?: Parameters<Belvedere['call']>[3]) => call('POST', '/api/dashboards/db', { dashboard, ...more }, init);
  const folder = (body: object) => call('POST', '/api/folders', body);

  beforeAll(async () => {
    put('tree/a/b/x.json', { uid: 'filed', title: 'Filed' });
    put('kept/k.json', { uid: 'kept', title: 'Kept' });
    put('open/o.json', { uid: 'open', title: 'Open' });
    const provider = (provider: string, more: string) => `  - name: ${provider}\n    options: {path: ${join(files, provider)}, foldersFromFilesStructure: ${provider === 'tree'}}\n${more}`;
    server = await start({
      provisioning: { 'dashboards/files.yaml': `apiVersion: 1\nproviders:\n${provider('tree', '')}${provider('kept', '    disableDeletion: true\n')}${provider('open', '    allowUiUpdates: true\n')}` },
    });
    for (const login of ['viewer', 'editor']) await call('POST', '/api/admin/users', { login, password: login });
    const { body } = await get('/api/users/lookup?loginOrEmail=editor');
    await call('PATCH', `/api/org/users/${body.id}`, { role: 'Editor' });
    await call('POST', '/api/datasources', { name: 'Prom', uid: 'prom', type: 'prometheus', access: 'proxy', url: 'http://127.0.0.1:1', isDefault: true });
    await call('POST', '/api/datasources', { name: 'TestData', uid: 'td', type: 'grafana-testdata-datasource', access: 'proxy' });
  }, startWithinMs);
  afterAll(() => removeFolder(files));

  test('1, 2 a title is enough, and may be there twice', async () => {
    const first = await save({ title: 'A' });
    expect(first).toMatchObject({ status: 200, body: { status: 'success', version: 1, slug: 'a', folderUid: '', url: `/d/${first.body.uid}/a`, uid: expect.stringMatching(uuid) } });
    const second = await save({ title: 'A' });
    expect(second.status).toBe(200);
    expect(second.body.uid).not.toBe(first.body.uid);
  });

  test('3, 4 a version is demanded unless it is written over; what is read is what was written', async () => {
    const b = { uid: 'x1', title: 'B', version: 0 };
    expect((await save(b)).status).toBe(200);
    expect(await save(b)).toMatchObject({ status: 412, body: { status: 'version-mismatch' } });
    expect((await save(b, { overwrite: true })).body.version).toBe(1);
    expect((await save({ ...b, title: 'B part two' }, { overwrite: true })).body.version).toBe(2);
    const { body } = await get('/api/dashboards/uid/x1');
    expect(body.dashboard).toEqual({ id: expect.any(Number), uid: 'x1', version: 2, title: 'B part two' });
    expect(body.meta).toMatchObject({ folderTitle: 'General', created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/), expires: '0001-01-01T00:00:00Z' });
  });

  test('5 the browser reads it brought up to date, others as it was written', async () => {
    const { status, body } = await get(`${dashboards('v1beta1')}/x1/dto`);
    expect([status, body.kind, body.spec.schemaVersion, body.access.canSave]).toEqual([200, 'DashboardWithAccessInfo', 42, true]);
    expect(body.spec.annotations.list[0]).toMatchObject({ builtIn: 1, name: 'Annotations & Alerts' });
    expect(Object.keys((await get('/api/dashboards/uid/x1')).body.dashboard).sort()).toEqual(['id', 'title', 'uid', 'version']);
    expect((await get(`${dashboards('v0alpha1')}/x1`)).body.spec).toEqual({ title: 'B part two' });
  });

  test('6 what cannot be saved', async () => {
    expect(await save({ title: '   ' })).toMatchObject({ status: 400, body: { status: 'empty-name', message: 'Dashboard title cannot be empty' } });
    expect(outcome(await save({ title: 'x', uid: 'a/b' }))).toEqual([400, 'uid contains illegal characters']);
    expect(outcome(await save({ title: 'x', uid: 'u'.repeat(41) }))).toEqual([400, 'uid too long, max 40 characters']);
    expect(outcome(await save({ title: 'x' }, { folderUid: 'nowhere' }))).toEqual([400, 'folder not found']);
  });

  test('7 the browser writes over whatever is there; a stale version is a conflict', async () => {
    const before = (await get(`${dashboards('v1beta1')}/x1`)).body;
    const put = (metadata: object) => call('PUT', `${dashboards('v1beta1')}/x1?fieldValidation=Ignore`, { metadata: { name: 'x1', ...metadata }, spec: { ...before.spec, title: 'B three' } });
    const first = await put({});
    expect([first.status, first.body.metadata.generation]).toEqual([200, before.metadata.generation + 1]);
    expect((await put({})).body.metadata.generation).toBe(before.metadata.generation + 2);
    expect(await put({ resourceVersion: before.metadata.resourceVersion })).toMatchObject({ status: 409, body: { reason: 'Conflict' } });
  });

  test('8 its maker administers what he makes with the usual rights', async () => {
    const made = await call('POST', `${dashboards('v1beta1')}?fieldValidation=Ignore`, { metadata: { generateName: 'adm', annotations: { 'grafana.app/grant-permissions': 'default' } }, spec: { title: 'Made' } }, editor);
    expect([made.status, made.body.metadata.name]).toEqual([201, expect.stringMatching(/^adm./)]);
    const uid = made.body.metadata.name as string;
    expect((await get(`${dashboards('v1beta1')}/${uid}`)).body.metadata.annotations).not.toHaveProperty('grafana.app/grant-permissions');
    const rights = (await get(`/api/access-control/dashboards/${uid}`)).body as { userLogin?: string; builtInRole?: string; permission: string; isManaged: boolean }[];
    expect(rights.filter(({ isManaged }) => isManaged).map(({ userLogin, builtInRole, permission }) => [userLogin ?? builtInRole, permission]).sort()).toEqual([['Editor', 'Edit'], ['Viewer', 'View'], ['editor', 'Admin']]);
  });

  test('9 every write is in the history, newest first', async () => {
    await save({ uid: 'x1', title: 'B four' }, { overwrite: true, message: 'the fourth' });
    const history = await get(`${dashboards('v1beta1')}?labelSelector=grafana.app/get-history=true&fieldSelector=metadata.name=x1`);
    const generations = (history.body.items as { metadata: { generation: number } }[]).map(({ metadata }) => metadata.generation);
    expect(generations).toEqual(generations.toSorted((a, b) => b - a));
    expect(generations.at(-1)).toBe(1);
    expect(history.body.items[0].metadata.annotations['grafana.app/message']).toBe('the fourth');
    expect((await get(`${dashboards('v1beta1')}?labelSelector=grafana.app/get-history=true`)).status).toBe(400);
  });

  test('11 a refresh that is too quick is slowed down, or refused', async () => {
    await save({ uid: 'quick', title: 'Quick', refresh: '1s' });
    expect((await get('/api/dashboards/uid/quick')).body.dashboard.refresh).toBe('5s');
    expect(outcome(await call('POST', dashboards('v0alpha1'), { metadata: { name: 'quicker' }, spec: { title: 'Q', refresh: '1s' } }))).toEqual([400, expect.stringMatching(/refresh interval/i)]);
  });

  test('12–15 folders: made once, nested to five levels, moved but not below themselves, renamed with their version', async () => {
    expect(await folder({ uid: 'f1', title: 'F' })).toMatchObject({ status: 200, body: { url: '/dashboards/f/f1/f', version: 1 } });
    expect(outcome(await folder({ uid: 'f1', title: 'F' }))).toEqual([412, 'the folder has been changed by someone else']);
    for (const [uid, parentUid] of [['l2', 'f1'], ['l3', 'l2'], ['l4', 'l3'], ['l5', 'l4']]) expect((await folder({ uid, title: uid, parentUid })).status).toBe(200);
    const deep = await folder({ uid: 'l6', title: 'l6', parentUid: 'l5' });
    expect(deep.status).toBeGreaterThanOrEqual(400);
    expect(deep.body.message).toContain('max depth is 4');
    await call('DELETE', '/api/folders/l2');
    await folder({ uid: 'f2', title: 'F two' });
    expect(await call('POST', '/api/folders/f2/move', { parentUID: 'f1' })).toMatchObject({ status: 200, body: { parentUid: 'f1' } });
    expect((await call('POST', '/api/folders/f1/move', { parentUid: 'f2' })).body.message).toContain('circular reference');
    expect((await call('PUT', '/api/folders/f1', { title: 'G', version: 99 })).status).toBe(412);
    expect((await call('PUT', '/api/folders/f1', { title: 'G', version: 99, overwrite: true })).status).toBe(200);
  });

  test('16 a folder is counted, is not empty for one face, and goes with everything through the other', async () => {
    await save({ uid: 'in-f1', title: 'In' }, { folderUid: 'f1' });
    expect((await get('/api/folders/f1/counts')).body).toEqual({ dashboard: 1, folder: 1, alertrule: 0, librarypanel: 0 });
    expect(outcome(await call('DELETE', `${folders}/f1`))).toEqual([400, expect.stringContaining('folder is not empty')]);
    expect(await call('DELETE', '/api/folders/f1')).toMatchObject({ status: 200, body: { message: 'Folder deleted' } });
    expect([(await get('/api/folders/f2')).status, (await get('/api/dashboards/uid/in-f1')).status]).toEqual([404, 404]);
  });

  test('17 alert rules keep a folder, unless they go with it', async () => {
    await folder({ uid: 'ruled', title: 'Ruled' });
    const rule = {
      title: 'R', ruleGroup: 'g', folderUID: 'ruled', condition: 'A', for: '1m', noDataState: 'OK', execErrState: 'OK',
      data: [{ refId: 'A', datasourceUid: '__expr__', relativeTimeRange: { from: 600, to: 0 }, model: { refId: 'A', type: 'math', expression: '1 == 1' } }],
    };
    expect((await call('POST', '/api/v1/provisioning/alert-rules', rule)).status).toBe(201);
    expect(outcome(await call('DELETE', '/api/folders/ruled'))).toEqual([400, 'folder.not-empty']);
    expect((await call('DELETE', '/api/folders/ruled?forceDeleteRules=true')).status).toBe(200);
  });

  test('18 what lies in a folder one cannot see is shared with one', async () => {
    await folder({ uid: 'shut', title: 'Shut' });
    await call('POST', '/api/folders/shut/permissions', { items: [] });
    await folder({ uid: 'ajar', title: 'Ajar', parentUid: 'shut' });
    await call('POST', '/api/folders/ajar/permissions', { items: [{ role: 'Viewer', permission: 1 }] });
    const first = async (init?: typeof viewer) => (await get('/api/folders?page=1&limit=50', init)).body[0]?.uid;
    expect(await first(viewer)).toBe('sharedwithme');
    expect((await get('/api/folders?parentUid=sharedwithme', viewer)).body).toMatchObject([{ uid: 'ajar' }]);
    expect(await first()).not.toBe('sharedwithme');
  });

  test('19, 20 search finds what was just saved, and knows its limits', async () => {
    await save({ uid: 'needle', title: 'A Sharp Needle' });
    const { body } = await get('/api/search?type=dash-db&folderUIDs=general&query=sHARP%20nee');
    expect(body).toMatchObject([{ uid: 'needle', tags: [], uri: 'db/a-sharp-needle' }]);
    expect((await get('/api/search?limit=5001')).status).toBe(422);
    expect((await get('/api/search?dashboardIds=1&dashboardUIDs=x1')).status).toBe(400);
    expect((await get('/api/search?deleted=true', viewer)).status).toBe(401);
    const all = (await get('/api/search')).body as { type: string; title: string }[];
    const folded = ({ title }: { title: string }) => title.toLowerCase();
    const [ofFolders, ofDashboards] = ['dash-folder', 'dash-db'].map((type) => all.filter((hit) => hit.type === type));
    expect(all).toEqual([...ofFolders!, ...ofDashboards!]);
    for (const hits of [ofFolders!, ofDashboards!]) expect(hits.map(folded)).toEqual(hits.map(folded).toSorted());
    const backwards = ((await get('/api/search?sort=alpha-desc')).body as { title: string }[]).map(folded);
    expect(backwards).toEqual(backwards.toSorted().toReversed());
  });

  test('21 stars', async () => {
    await call('POST', '/api/user/stars/dashboard/uid/x1');
    expect((await get('/api/user/stars')).body).toEqual(['x1']);
    expect((await get('/api/search?starred=true')).body).toMatchObject([{ uid: 'x1', isStarred: true }]);
    await call('DELETE', '/api/user/stars/dashboard/uid/x1');
    expect((await get('/api/user/stars')).body).toEqual([]);
  });

  test('22 a library panel stays while a dashboard shows it', async () => {
    await folder({ uid: 'panels', title: 'Panels' });
    const element = { uid: 'lib', name: 'Shared', kind: 1, model: { type: 'text' }, folderUid: 'panels' };
    expect((await call('POST', '/api/library-elements', element)).status).toBe(200);
    await save({ uid: 'shows', title: 'Shows', panels: [{ id: 1, libraryPanel: { uid: 'lib', name: 'Shared' } }] });
    expect((await get('/api/library-elements/lib/connections/')).body.result).toMatchObject([{ connectionUid: 'shows' }]);
    expect((await call('PATCH', '/api/library-elements/lib', { kind: 1, version: 9, name: 'x' })).status).toBe(412);
    expect((await call('POST', '/api/library-elements', element)).status).toBe(400);
    expect(outcome(await call('DELETE', '/api/library-elements/lib'))).toEqual([403, 'the library element has connections']);
  });

  test('23, 24 annotations', async () => {
    const made = await call('POST', '/api/annotations', { dashboardUID: 'x1', panelId: 2, time: 1_700_000_002_000, timeEnd: 1_700_000_001_000, text: 't', tags: ['a:b', 'a:b'] });
    const { id } = made.body;
    const found = async (query: string) => (await get(`/api/annotations?${query}`)).body;
    expect(await found('from=1700000001500&to=1700000009000')).toMatchObject([{ id, time: 1_700_000_001_000, timeEnd: 1_700_000_002_000, tags: ['a:b'] }]);
    expect(await found('tags=a:b&tags=zz')).toEqual([]);
    expect(await found('tags=a:b&tags=zz&matchAny=true')).toMatchObject([{ id }]);
    await call('PATCH', `/api/annotations/${id}`, { text: 'u' });
    expect((await get(`/api/annotations/${id}`)).body).toMatchObject({ text: 'u', tags: ['a:b'] });
    expect((await get('/api/annotations/tags?tag=a')).body.result.tags).toEqual([{ tag: 'a:b', count: 1 }]);
    expect(outcome(await call('POST', '/api/annotations', { text: '' }))).toEqual([400, 'Failed to save annotation']);
    const graphite = await call('POST', '/api/annotations/graphite', { what: 'deploy', when: 1_700_000_000, tags: 'a b' });
    expect((await get(`/api/annotations/${graphite.body.id}`)).body).toMatchObject({ tags: ['a', 'b'], time: 1_700_000_000_000, text: 'deploy' });
  });

  test('25 a snapshot is for whoever has its key, until it is deleted by its other key', async () => {
    const { body } = await call('POST', '/api/snapshots', { dashboard: { uid: 'x1', title: 'S' } });
    for (const key of [body.key, body.deleteKey]) expect(key).toMatch(/^[A-Za-z0-9]{32}$/);
    for (const url of [body.url, body.deleteUrl]) expect(url).toMatch(/^http:\/\//);
    expect((await get(`/api/snapshots/${body.key}`, none)).status).toBe(200);
    expect((await get(`/api/snapshots-delete/${body.deleteKey}`)).status).toBe(200);
    expect(outcome(await get(`/api/snapshots/${body.key}`))).toEqual([404, 'dashboardsnapshots.not-found']);
  });

  test('26 a dashboard shared with everybody', async () => {
    await save({ uid: 'public', title: 'Public', panels: [{ id: 1, type: 'timeseries', targets: [{ refId: 'A', expr: 'up', rawSql: 'select 1', datasource: { uid: 'prom' } }] }] });
    const own = '/api/dashboards/uid/public/public-dashboards';
    expect(outcome(await get(own))).toEqual([404, 'publicdashboards.notFound']);
    const { body: shared } = await call('POST', own, { isEnabled: true });
    expect(shared.accessToken).toMatch(/^[0-9a-f]{32}$/);
    const seen = await get(`/api/public/dashboards/${shared.accessToken}`, none);
    expect(seen.body).toMatchObject({ meta: { canSave: false }, dashboard: { timepicker: { hidden: true } } });
    expect(seen.body.dashboard.panels[0].targets[0]).not.toHaveProperty('expr');
    expect(seen.body.dashboard.panels[0].targets[0]).not.toHaveProperty('rawSql');
    await call('PATCH', `${own}/${shared.uid}`, { isEnabled: false });
    expect(outcome(await get(`/api/public/dashboards/${shared.accessToken}`, none))).toEqual([403, 'publicdashboards.notEnabled']);
    expect(await call('DELETE', `${own}/${shared.uid}`)).toMatchObject({ status: 200, body: '' });
  });

  test('27 preferences lead home', async () => {
    expect(outcome(await call('PUT', '/api/user/preferences', { theme: 'nope' }))).toEqual([400, 'Invalid theme']);
    await call('PUT', '/api/user/preferences', { homeDashboardUID: 'x1' });
    expect((await get('/api/dashboards/home')).body.redirectUri).toMatch(/^\/d\/x1\//);
    await call('PATCH', '/api/user/preferences', { theme: 'light' });
    expect((await get('/api/user/preferences')).body).toEqual({ homeDashboardUID: 'x1', theme: 'light' });
    expect((await get('/api/user/preferences', viewer)).body).toEqual({});
  });

  test('28 short links', async () => {
    const { body } = await call('POST', '/api/short-urls', { path: 'd/x1?from=now-1h' });
    expect(body.url).toMatch(new RegExp(`/goto/${body.uid}\\?orgId=1$`));
    const there = await get(`/goto/${body.uid}?orgId=1`);
    expect([there.status, new URL(there.headers.get('location')!, server.base).pathname]).toEqual([302, '/d/x1']);
    expect(outcome(await call('POST', '/api/short-urls', { path: '/d/x1' }))).toEqual([400, 'shorturl.absolute-path']);
    expect((await get('/goto/unknownuid')).status).toBe(308);
    // What can be no uid is an address of the frontend's.
    expect((await get('/goto/a%20b')).status).toBe(200);
  });

  test('29 a query is remembered for whoever asked it', async () => {
    const { body: { result } } = await call('POST', '/api/query-history', { dataSourceUid: 'prom', queries: [{ expr: 'up' }] });
    expect(result.datasourceUid).toBe('prom');
    await call('POST', `/api/query-history/star/${result.uid}`);
    expect((await get('/api/query-history?onlyStarred=true')).body.result.totalCount).toBe(1);
    expect((await get('/api/query-history', editor)).body.result.totalCount).toBe(0);
  });

  test('30 correlations', async () => {
    const path = '/api/datasources/uid/prom/correlations';
    const correlation = { targetUID: 'td', label: 'L', config: { field: 'f', target: {} } };
    expect((await call('POST', path, correlation)).status).toBe(400);
    const made = await call('POST', path, { ...correlation, type: 'query' });
    expect(outcome(made)).toEqual([200, 'Correlation created']);
    expect(outcome(await call('PATCH', `${path}/${made.body.result.uid}`, {}))).toEqual([400, 'At least one of label, description or config is required']);
  });

  test('31 one playlist on two faces', async () => {
    const path = '/apis/playlist.grafana.app/v1/namespaces/default/playlists';
    expect((await call('POST', path, { metadata: { name: 'evening' }, spec: { title: 'Evening', interval: '5m', items: [] } })).status).toBe(201);
    expect((await get('/api/playlists')).body).toMatchObject([{ uid: 'evening', name: 'Evening' }]);
    expect((await call('POST', path, { metadata: { name: 'mine' }, spec: { title: 'M', interval: '5m', items: [] } }, viewer)).status).toBe(403);
    expect((await call('DELETE', '/api/playlists/evening')).body).toBe('');
  });

  test('32 an import asks for what it needs', async () => {
    const dashboard = { title: 'Imported', __inputs: [{ name: 'DS_X', type: 'datasource', pluginId: 'prometheus' }], panels: [{ id: 1, datasource: { uid: '${DS_X}' }, title: 'of ${DS_X}' }] };
    expect(outcome(await call('POST', '/api/dashboards/import', { dashboard }))).toEqual([400, 'dashboard import failed: missing dashboard input variable DS_X']);
    const { body } = await call('POST', '/api/dashboards/import', { dashboard, inputs: [{ name: 'DS_X', type: 'datasource', pluginId: 'prometheus', value: 'prom' }] });
    expect(body.importedUri).toBe('db/imported');
    const stored = (await get(`/api/dashboards/uid/${body.uid}`)).body.dashboard;
    expect(stored.panels).toEqual([{ id: 1, datasource: { uid: 'prom' }, title: 'of prom' }]);
    expect(stored).not.toHaveProperty('__inputs');
  });

  test('33 dashboards from files follow them', { timeout: 300_000 }, async () => {
    const read = async (uid: string) => get(`/api/dashboards/uid/${uid}`);
    expect((await read('filed')).body.meta).toMatchObject({ provisioned: true, provisionedExternalId: 'a/b/x.json', folderTitle: 'b', version: 1 });
    expect((await get('/api/search?type=dash-folder&query=b')).body).toMatchObject([{ title: 'b' }]);
    expect(outcome(await save({ uid: 'filed', title: 'Other' }, { overwrite: true }))).toEqual([400, 'Cannot save provisioned dashboard']);
    expect(outcome(await call('DELETE', '/api/dashboards/uid/filed'))).toEqual([400, 'provisioned dashboard cannot be deleted']);
    // Touched, and another one changed: when the change has come, the touch has been looked at.
    utimesSync(join(files, 'tree/a/b/x.json'), new Date(), new Date());
    put('tree/a/b/y.json', { uid: 'filed-too', title: 'Filed too' });
    await eventually('a new file is a dashboard', async () => (await read('filed-too')).status === 200, followed);
    expect((await read('filed')).body.meta.version).toBe(1);
    put('tree/a/b/x.json', { uid: 'filed', title: 'Filed again' });
    await eventually('a changed file changes its dashboard', async () => (await read('filed')).body.dashboard.title === 'Filed again', followed);
    expect((await read('filed')).body.meta.version).toBe(2);
    rmSync(join(files, 'tree/a/b/x.json'));
    rmSync(join(files, 'kept/k.json'));
    await eventually('a removed file takes its dashboard with it', async () => (await read('filed')).status === 404, followed);
    await eventually('or leaves it to itself', async () => (await read('kept')).body.meta?.provisionedExternalId === '', followed);
    expect((await save({ uid: 'kept', title: 'Kept by us' }, { overwrite: true })).status).toBe(200);
  });

  test('34 what the browser may change stays changed until the file changes', async () => {
    const spec = async () => (await get(`${dashboards('v0alpha1')}/open`)).body;
    const reload = () => call('POST', '/api/admin/provisioning/dashboards/reload');
    expect((await get('/api/dashboards/uid/open')).body.meta.provisioned).toBe(false);
    const object = await spec();
    expect((await call('PUT', `${dashboards('v0alpha1')}/open`, { ...object, spec: { title: 'Changed here' } })).status).toBe(200);
    expect(await reload()).toMatchObject({ status: 200, body: { message: 'Dashboards config reloaded' } });
    expect((await spec()).spec.title).toBe('Changed here');
    expect((await save({ uid: 'open', title: 'Changed the old way' }, { overwrite: true })).status).toBe(200);
    await reload();
    expect((await spec()).spec.title).toBe('Open');
  });

  test('35 tabs are rows for those who know no tabs', async () => {
    const panel = { kind: 'Panel', spec: { id: 1, title: 'P', description: '', links: [], data: { kind: 'QueryGroup', spec: { queries: [], transformations: [], queryOptions: {} } }, vizConfig: { kind: 'VizConfig', group: 'text', version: '', spec: { options: {}, fieldConfig: { defaults: {}, overrides: [] } } } } };
    const grid = { kind: 'GridLayout', spec: { items: [{ kind: 'GridLayoutItem', spec: { x: 0, y: 0, width: 12, height: 8, element: { kind: 'ElementReference', name: 'panel-1' } } }] } };
    const spec = {
      title: 'Tabs', annotations: [], cursorSync: 'Off', elements: { 'panel-1': panel }, links: [], preload: false, tags: [], variables: [],
      layout: { kind: 'TabsLayout', spec: { tabs: [{ kind: 'TabsLayoutTab', spec: { title: 'First', layout: grid } }] } },
      timeSettings: { from: 'now-6h', to: 'now', timezone: 'browser', autoRefresh: '', autoRefreshIntervals: [], fiscalYearStartMonth: 0, hideTimepicker: false },
    };
    const made = await call('POST', dashboards('v2beta1'), { metadata: { name: 'tabs' }, spec });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    const old = (await get(`${dashboards('v1beta1')}/tabs`)).body;
    expect(old.spec.panels).toMatchObject([{ type: 'row', title: 'First', collapsed: false }, { id: 1, type: 'text' }]);
    expect(old.status.conversion).toMatchObject({ failed: false, storedVersion: 'v2beta1' });
    expect((await get(`${dashboards('v2beta1')}/tabs`)).body.spec.layout).toEqual(spec.layout);
  });

  test('36 a very old dashboard is brought up to date as it is read', async () => {
    await save({ uid: 'old', title: 'Old', schemaVersion: 14, rows: [{ height: '250px', panels: [{ id: 1, type: 'graph', span: 12, datasource: 'Prom', targets: [{ refId: 'A', expr: 'up' }] }, { id: 2, type: 'text', span: 12, datasource: 'Unknown' }] }] });
    const [graph, text] = (await get(`${dashboards('v1beta1')}/old`)).body.spec.panels;
    expect(graph).toMatchObject({ type: 'timeseries', autoMigrateFrom: 'graph', gridPos: { w: 24 }, datasource: { uid: 'prom', type: 'prometheus' } });
    expect(text.datasource).toMatchObject({ uid: 'Unknown' });
  });

  test('37 what was deleted can be had back', async () => {
    await save({ uid: 'gone', title: 'Gone' });
    await call('DELETE', '/api/dashboards/uid/gone');
    const trash = async (init?: typeof viewer) => (await get(`${dashboards('v0alpha1')}?labelSelector=grafana.app/get-trash=true`, init)).body.items as { metadata: Record<string, unknown>; spec: object }[];
    const found = (await trash()).find(({ metadata }) => metadata['name'] === 'gone')!;
    expect((await trash(viewer)).some(({ metadata }) => metadata['name'] === 'gone')).toBe(false);
    expect((await call('POST', dashboards('v0alpha1'), { metadata: { ...found.metadata, resourceVersion: '' }, spec: found.spec })).status).toBe(201);
    expect((await get('/api/dashboards/uid/gone')).body.dashboard.title).toBe('Gone');
  });

  test('what Terraform asks for: made, read back without a difference, changed, given rights, and taken away', async () => {
    const { body: team } = await call('POST', '/api/teams', { name: 'Terraform' });
    // A uid that looks like a number is tried as one first.
    expect((await folder({ title: 'Ground', uid: '4711' })).status).toBe(200);
    expect((await get('/api/folders/id/4711')).status).toBe(404);
    expect((await call('PUT', '/api/folders/4711', { overwrite: true, title: 'Made ground' })).body).toMatchObject({ uid: '4711', title: 'Made ground', version: 2 });
    const model = { title: 'Planned', schemaVersion: 36, panels: [{ type: 'text', title: 'x', gridPos: { h: 1, w: 1, x: 0, y: 0 } }], tags: ['t'] };
    const { body: made } = await save(model, { folderUid: '4711', message: 'applied', overwrite: false });
    const read = async (uid: string) => {
      const { body } = await get(`/api/dashboards/uid/${uid}`);
      const { id, uid: _, version, ...rest } = body.dashboard;
      return { id, version, rest, folder: body.meta.folderUid };
    };
    expect(await read(made.uid)).toEqual({ id: made.id, version: 1, rest: model, folder: '4711' });
    const changed = { ...model, title: 'Planned again' };
    expect((await save({ ...changed, id: made.id, uid: made.uid }, { folderUid: '4711', overwrite: true })).body).toMatchObject({ uid: made.uid, version: 2 });
    expect(await read(made.uid)).toMatchObject({ rest: changed });

    for (const [resource, uid] of [['folders', '4711'], ['dashboards', made.uid]] as const) {
      const rights = `/api/access-control/${resource}/${uid}`;
      expect((await call('POST', rights, { permissions: [{ teamId: team.teamId, permission: 'Edit' }, { builtInRole: 'Viewer', permission: 'View' }] })).status).toBe(200);
      const own = ((await get(rights)).body as { isInherited: boolean; teamId?: number; builtInRole?: string; permission: string }[]).filter((one) => !one.isInherited);
      expect(own).toEqual(expect.arrayContaining([expect.objectContaining({ teamId: team.teamId, permission: 'Edit' }), expect.objectContaining({ builtInRole: 'Viewer', permission: 'View' })]));
      expect((await call('POST', `${rights}/teams/${team.teamId}`, { permission: '' })).status).toBe(200);
    }

    const shared = `/api/dashboards/uid/${made.uid}/public-dashboards`;
    const { body: sharing } = await call('POST', shared, { uid: '', accessToken: '', isEnabled: true, share: 'public' });
    // What is false is left out, and stays as it was.
    expect((await call('PATCH', `${shared}/${sharing.uid}`, { uid: sharing.uid, accessToken: sharing.accessToken, timeSelectionEnabled: true, share: 'public' })).body)
      .toMatchObject({ uid: sharing.uid, accessToken: sharing.accessToken, isEnabled: true, timeSelectionEnabled: true });
    expect((await get(shared)).body).toMatchObject({ uid: sharing.uid, timeSelectionEnabled: true });

    const { body: panel } = await call('POST', '/api/library-elements', { name: 'Part', kind: 1, folderUid: '4711', model: { type: 'text', title: 'p' } });
    expect((await call('PATCH', `/api/library-elements/${panel.result.uid}`, { uid: panel.result.uid, name: 'Part two', kind: 1, folderUid: '4711', model: { type: 'text', title: 'q' }, version: 1 })).body)
      .toMatchObject({ result: { name: 'Part two', version: 2, folderUid: '4711', model: { type: 'text', title: 'q', description: '' } } });
    expect((await get(`/api/library-elements/${panel.result.uid}/connections/`)).body).toEqual({ result: [] });

    const { body: list } = await call('POST', '/api/playlists', { name: 'Round', interval: '5m', items: [{ order: 1, type: 'dashboard_by_uid', value: made.uid }] });
    expect((await call('PUT', `/api/playlists/${list.uid}`, { name: 'Round', interval: '6m', items: [] })).body).toMatchObject({ interval: '6m' });
    expect((await get(`/api/playlists/${list.uid}/items`)).body).toEqual([]);

    const { body: note } = await call('POST', '/api/annotations', { dashboardUID: made.uid, panelId: 0, text: 'n', tags: ['a'], time: 1_700_000_000_000, timeEnd: 1_700_000_001_000 });
    expect((await call('PUT', `/api/annotations/${note.id}`, { text: 'm', tags: ['b'], time: 1_700_000_000_000, timeEnd: 1_700_000_001_000 })).status).toBe(200);
    expect((await get(`/api/annotations/${note.id}`)).body).toMatchObject({ text: 'm', tags: ['b'], dashboardUID: made.uid, time: 1_700_000_000_000, timeEnd: 1_700_000_001_000 });

    // What is destroyed is asked for again, and has to be missing.
    for (const [path, gone = path] of [
      [`/api/annotations/${note.id}`], [`/api/playlists/${list.uid}`], [`/api/library-elements/${panel.result.uid}`], [`${shared}/${sharing.uid}`, shared], [`/api/dashboards/uid/${made.uid}`],
      ['/api/folders/4711?forceDeleteRules=true', '/api/folders/4711'],
    ] as const) {
      expect((await call('DELETE', path)).status, path).toBe(200);
      expect((await get(gone)).status, gone).toBe(404);
    }
  });

  test('38 routes that are no more', async () => {
    for (const [method, path] of [['POST', '/api/dashboards/calculate-diff'], ['POST', '/api/dashboards/validate'], ['GET', '/api/dashboards/id/1/versions'], ['POST', '/api/user/stars/dashboard/1']] as const) {
      expect((await call(method, path, method === 'POST' ? {} : undefined)).status, path).toBe(404);
    }
  });

  test('39 somebody without rights', async () => {
    await save({ uid: 'secret', title: 'Secret' }, { folderUid: 'shut' });
    expect(await get('/api/dashboards/uid/secret', viewer)).toMatchObject({ status: 403, body: { title: 'Access denied' } });
    expect(await get('/api/dashboards/uid/never-there', viewer)).toMatchObject({ status: 404, body: { message: 'Dashboard not found' } });
  });
});

/** Every address of the console, with something on each page: no complaint, nothing inaccessible, nobody offered what is refused. */
import { expect, test } from 'vitest';
import { seriousFindings, walkThrough } from './accessibility.ts';
import { type ConsoleUnderTest, describeConsole } from './support.ts';

const datasource = { uid: 'testdata', type: 'grafana-testdata-datasource' };
const panel = { id: 1, type: 'timeseries', title: 'Walk', gridPos: { x: 0, y: 0, w: 24, h: 8 }, datasource, targets: [{ refId: 'A', scenarioId: 'random_walk', datasource }] };
/** The colours that values have is for whoever makes a dashboard to choose. */
const plain = { fieldConfig: { defaults: { color: { mode: 'fixed', fixedColor: 'text' } }, overrides: [] } };
const data = [
  { refId: 'A', relativeTimeRange: { from: 600, to: 0 }, datasourceUid: 'testdata', model: { refId: 'A', scenarioId: 'random_walk' } },
  { refId: 'B', datasourceUid: '__expr__', model: { refId: 'B', type: 'reduce', expression: 'A', reducer: 'last' } },
  { refId: 'C', datasourceUid: '__expr__', model: { refId: 'C', type: 'threshold', expression: 'B', conditions: [{ evaluator: { type: 'gt', params: [-1000] } }] } },
];
const receivers = '/apis/notifications.alerting.grafana.app/v0alpha1/namespaces/default';
const ids = { rule: '', account: 0, team: 0, viewer: 0 };

async function prepare(console: ConsoleUnderTest): Promise<void> {
  const post = async (path: string, body: object) => {
    const { status, body: answer } = await console.call('POST', path, body);
    if (status >= 300) expect.fail(`${path} answered ${status}: ${JSON.stringify(answer)}`);
    return answer;
  };
  ids.viewer = (await post('/api/admin/users', { login: 'vera', password: 'vera-secret', name: 'Vera' })).id;
  const editor = await post('/api/admin/users', { login: 'edgar', password: 'edgar-secret', name: 'Edgar' });
  expect((await console.call('PATCH', `/api/org/users/${editor.id}`, { role: 'Editor' })).status).toBe(200);
  ids.team = (await post('/api/teams', { name: 'Platform' })).teamId;
  ids.account = (await post('/api/serviceaccounts', { name: 'ci', role: 'Viewer' })).id;
  await post(`/api/serviceaccounts/${ids.account}/tokens`, { name: 'first' });
  await post('/api/org/invites', { loginOrEmail: 'ines@example.org', role: 'Editor', sendEmail: false });
  await post('/api/folders', { uid: 'garden', title: 'Garden' });
  for (const uid of ['shown', 'gone']) await post('/api/dashboards/db', { dashboard: { uid, title: `Dashboard ${uid}`, tags: ['wall'], schemaVersion: 42, panels: [panel] } });
  await post('/api/dashboards/db', { dashboard: {
    uid: 'board', title: 'Board', schemaVersion: 42, links: [{ type: 'link', title: 'Manual', url: '/' }], annotations: { list: [{ name: 'Events', enable: true, iconColor: 'red', datasource, target: { refId: 'Anno', scenarioId: 'annotations', lines: 3 } }] },
    templating: { list: [{ type: 'custom', name: 'place', query: 'north,south', multi: true, includeAll: true, current: { text: ['north'], value: ['north'] } }, { type: 'custom', name: 'quiet', query: 'a,b', hide: 1, current: { text: 'a', value: 'a' } }, { type: 'textbox', name: 'word', query: '' }] },
    panels: [{ ...panel, gridPos: { x: 0, y: 0, w: 12, h: 8 } }, { ...panel, id: 2, type: 'table', title: 'Trees', gridPos: { x: 12, y: 0, w: 12, h: 8 }, targets: [{ refId: 'A', datasource, scenarioId: 'csv_content', csvContent: 'tree,height\nbirch,20\noak,30' }] },
      { id: 3, type: 'row', title: 'Garden of $place', gridPos: { x: 0, y: 8, w: 24, h: 1 }, panels: [] }, { ...panel, id: 4, type: 'stat', ...plain, gridPos: { x: 0, y: 9, w: 8, h: 5 } }, { ...panel, id: 5, type: 'gauge', ...plain, gridPos: { x: 8, y: 9, w: 8, h: 5 } }, { ...panel, id: 6, type: 'bargauge', ...plain, gridPos: { x: 16, y: 9, w: 8, h: 5 } }],
  } });
  expect((await console.call('DELETE', '/api/dashboards/uid/gone')).status).toBe(200);
  await post('/api/dashboards/uid/shown/public-dashboards', { isEnabled: true, share: 'public' });
  await post('/api/snapshots', { dashboard: { uid: 'shown', title: 'Kept', schemaVersion: 42, panels: [] }, name: 'Kept', expires: 3600 });
  await post('/api/playlists', { uid: 'wall', name: 'Wall', interval: '1m', items: [{ type: 'dashboard_by_tag', value: 'wall' }, { type: 'dashboard_by_uid', value: 'shown' }] });
  await post('/api/library-elements', { uid: 'shared', name: 'Shared graph', kind: 1, model: { type: 'timeseries', title: 'Shared', description: 'For all', targets: [] } });
  await post('/api/datasources', { uid: 'prom', name: 'Prom', type: 'prometheus', access: 'proxy', url: 'http://127.0.0.1:9', jsonData: {} });
  await post('/api/datasources/uid/testdata/correlations', { targetUID: 'prom', label: 'Metric', type: 'query', config: { field: 'A-series', target: { expr: 'up' } } });
  const { created } = await post('/api/ruler/grafana/api/v1/rules/garden', { name: 'minutely', interval: '10s', rules: [
    { for: '0s', labels: { team: 'garden' }, annotations: { summary: 'It is warm' }, grafana_alert: { title: 'Too warm', condition: 'C', no_data_state: 'NoData', exec_err_state: 'Error', data } },
    { grafana_alert: { title: 'Recorded', record: { metric: 'walk:last', from: 'B', target_datasource_uid: 'prom' }, data: data.slice(0, 2) } },
  ] });
  ids.rule = created[0];
  await post(`${receivers}/receivers`, { metadata: {}, spec: { title: 'Hook', integrations: [{ type: 'webhook', version: 'v1', settings: { url: 'grafana://noop' } }] } });
  await post(`${receivers}/timeintervals`, { metadata: {}, spec: { name: 'Nights', time_intervals: [{ times: [{ start_time: '22:00', end_time: '24:00' }] }] } });
  await post(`${receivers}/templategroups`, { metadata: {}, spec: { title: 'Texts', content: '{{ define "greeting" }}Hello{{ end }}', kind: 'grafana' } });
  await post('/api/alertmanager/grafana/api/v2/silences', { matchers: [{ name: 'team', value: 'garden', isRegex: false, isEqual: true }], startsAt: new Date().toISOString(), endsAt: new Date(Date.now() + 3_600_000).toISOString(), comment: 'Summer', createdBy: 'admin' });
}

/** Run in the browser: names are given when the page has time. */
const isNamed = "!document.querySelector('[role=heading]:not([aria-level]), [data-testid^=\"data-testid VizLegend series\"] > button[aria-label], .cm-content:not([tabindex])')";

type Pages = readonly (readonly [path: string, heading: string])[];

const contentPages: Pages = [
  ['/', 'Home'], ['/dashboards', 'Dashboards'], ['/dashboards/f/garden', 'Garden'], ['/dashboard/import', 'Import a dashboard'], ['/dashboard/snapshots', 'Snapshots'], ['/dashboard/public', 'Public dashboards'], ['/dashboard/recently-deleted', 'Recently deleted'],
  ['/library-panels', 'Library panels'], ['/playlists', 'Playlists'], ['/playlists/new', 'New playlist'], ['/playlists/edit/wall', 'Wall'], ['/bookmarks', 'Bookmarks'], ['/explore', 'Explore'], ['/apps', 'Apps'],
];
const alertingPages = (): Pages => [
  ['/alerting', 'Alerting'], ['/alerting/list', 'Alert rules'], ['/alerting/list?view=state', 'Alert rules'], [`/alerting/grafana/${ids.rule}/view`, 'Too warm'], [`/alerting/${ids.rule}/edit`, 'Edit alert rule'], ['/alerting/new', 'New alert rule'], ['/alerting/new/recording', 'New recording rule'],
  ['/alerting/grafana/namespaces/garden/groups/minutely/view', 'minutely'], ['/alerting/grafana/namespaces/garden/groups/minutely/edit', 'minutely'], ['/alerting/notifications', 'Contact points'], ['/alerting/notifications/receivers/new', 'New contact point'],
  ['/alerting/notifications/receivers/Hook/edit', 'Hook'], ['/alerting/notifications/templates', 'Templates'], ['/alerting/notifications/templates/new', 'New template'], ['/alerting/notifications/templates/Texts/edit', 'Texts'], ['/alerting/routes', 'Notification policies'],
  ['/alerting/time-intervals', 'Time intervals'], ['/alerting/routes/mute-timing/new', 'New time interval'], ['/alerting/routes/mute-timing/edit?muteName=Nights', 'Nights'], ['/alerting/silences', 'Silences'], ['/alerting/silence/new', 'New silence'], ['/alerting/groups', 'Alert groups'],
  ['/alerting/recently-deleted', 'Recently deleted'], ['/alerting/admin', 'Alerting settings'],
];
const adminPages = (): Pages => [
  ['/connections', 'Connections'], ['/connections/datasources', 'Data sources'], ['/connections/datasources/new', 'Add data source'], ['/connections/add-new-connection', 'Add data source'], ['/connections/datasources/edit/prom', 'Prom'], ['/datasources/correlations', 'Correlations'],
  ['/plugins', 'Plugins'], ['/plugins/prometheus', 'Prometheus'], ['/admin', 'Administration'], ['/admin/general', 'General'], ['/admin/plugins', 'Plugins and data'], ['/admin/access', 'Users and access'], ['/admin/users', 'Users'], ['/admin/users/create', 'New user'],
  [`/admin/users/edit/${ids.viewer}`, 'Vera'], ['/admin/access/permissions', 'Users'], ['/admin/orgs', 'Organizations'], ['/admin/orgs/edit/1', 'Main Org.'], ['/org', 'Default preferences'], ['/org/new', 'New organization'], ['/org/users', 'Users'], ['/org/users/invite', 'Invite'],
  ['/org/teams', 'Teams'], ['/org/teams/new', 'New team'], [`/org/teams/edit/${ids.team}`, 'Platform'], ['/org/serviceaccounts', 'Service accounts'], ['/org/serviceaccounts/create', 'New service account'], [`/org/serviceaccounts/${ids.account}`, 'ci'], ['/admin/settings', 'Settings'],
  ['/admin/stats', 'Statistics'], ['/admin/upgrading', 'Statistics'], ['/admin/authentication', 'Authentication'], ['/admin/authentication/github', 'GitHub'], ['/admin/authentication/ldap', 'LDAP'], ['/support-bundles', 'Support bundles'], ['/profile', 'Profile'],
  ['/profile/password', 'Change password'], ['/profile/notifications', 'Notification history'],
];
/** What asks for more than a viewer holds is not in this list: the server leads such an address home. */
const viewerPages = (): Pages => [...contentPages.filter(([path]) => !/import|explore/.test(path)), ...alertingPages(), ['/profile', 'Profile'], ['/profile/password', 'Change password']];

/** The server answers these with 404 and the page, as the reference does (frontend-contract §6.1). */
const withoutRoute = /404 \(Not Found\) \(.*\/(dashboard\/public|dashboard\/recently-deleted|bookmarks|apps|admin\/(general|plugins|access|upgrading)|profile\/notifications)\)/;

describeConsole('every page of the console', { sample: true, prepare }, (console) => {
  test('opens without a complaint, from outside and by links', async () => {
    console.expected(withoutRoute);
    const page = await console.visit();
    const [outside, inside] = [contentPages.slice(0, 5), contentPages.slice(5)];
    await walkThrough(page, outside);
    await walkThrough(page, [...inside, ...alertingPages(), ...adminPages()], { within: true, looked: (at) => (at % 3 === 1 ? 'all' : 'all but contrast') });
    expect(console.errors()).toEqual([]);
  });

  test('is as good in the light theme', async () => {
    const page = await console.visit(undefined, { theme: 'light' });
    await page.goto('/');
    await page.locator('body.theme-light').waitFor({ state: 'attached' });
    // Colours come from the theme's tokens: every third page shows all that there are.
    await walkThrough(page, [...contentPages, ...alertingPages(), ...adminPages()].filter((_, at) => at % 3 === 0), { within: true, looked: 'contrast' });
    expect(console.errors()).toEqual([]);
  });

  test.each(['dark', 'light'] as const)('dashboards, their editor and their settings are as good (%s)', async (theme) => {
    const page = await console.visit(undefined, { theme });
    const wantsNothing = async (what: string) => {
      await page.waitForFunction(isNamed);
      expect([what, await seriousFindings(page)]).toEqual([what, []]);
    };
    await page.goto('/d/board');
    await page.getByRole('button', { name: 'A-series', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Garden of north' }).waitFor();
    await page.getByRole('row').filter({ hasText: 'birch' }).waitFor();
    await wantsNothing('board');
    await page.evaluate("history.pushState({}, '', '/d/board?editPanel=1'); dispatchEvent(new PopStateEvent('popstate', { state: {} }))");
    await page.getByRole('button', { name: 'Add query' }).waitFor();
    await page.getByRole('button', { name: 'Graph styles' }).click();
    await wantsNothing('editor');
    for (const [view, text] of [['settings', 'Description'], ['variables', 'Add variable'], ['annotations', 'Add annotation'], ['links', 'Add link'], ['versions', 'Latest']] as const) {
      await page.evaluate(`history.pushState({}, '', '/d/board?editview=${view}'); dispatchEvent(new PopStateEvent('popstate', { state: {} }))`);
      await page.getByText(text, { exact: true }).first().waitFor();
      await wantsNothing(view);
    }
    await page.evaluate("history.pushState({}, '', '/d/board?editview=json'); dispatchEvent(new PopStateEvent('popstate', { state: {} }))");
    await page.getByRole('textbox', { name: 'JSON model' }).waitFor();
    await wantsNothing('json');
    expect(console.errors()).toEqual([]);
  });

  test('offers a viewer on a small screen nothing that is refused', async () => {
    const page = await console.visit({ user: 'vera', password: 'vera-secret' }, { width: 400 });
    await page.goto('/');
    await walkThrough(page, viewerPages(), { within: true, looked: 'all but contrast' });
    expect(console.errors()).toEqual([]);
    for (const path of ['/alerting/new', `/alerting/${ids.rule}/edit`, '/alerting/notifications/receivers/new', '/alerting/routes/mute-timing/new', '/alerting/silence/new', '/alerting/admin']) {
      await page.goto(path);
      await page.getByText(/^You may not /).waitFor();
    }
    await page.goto('/connections/datasources');
    await page.getByText('You may not open /connections/datasources').waitFor();
    expect(console.errors()).toEqual([]);
  });

  test('gives an editor every form of what editors make, and a word about the rest', async () => {
    const page = await console.visit({ user: 'edgar', password: 'edgar-secret' }, { theme: 'light' });
    await page.goto('/');
    const forms = [...contentPages, ...alertingPages()].filter(([path]) => /\/(new|edit|import|routes|explore)\b|library-panels/.test(path));
    await walkThrough(page, forms, { within: true, looked: 'nothing' });
    expect(await page.getByText(/^You may not /).count()).toBe(0);
    for (const path of ['/connections/datasources', '/admin/users', '/org/teams']) {
      await page.goto(path);
      await page.getByText(`You may not open ${path}`).waitFor();
    }
    expect(console.errors()).toEqual([]);
  });

  test('leads older addresses to the page that took their place', async () => {
    const page = await console.visit();
    for (const [from, to] of [['/import/dashboard', '/dashboard/import'], ['/connections/your-connections/datasources/edit/prom', '/connections/datasources/edit/prom'], ['/dashboards/f/garden/garden/alerting', '/alerting/list?folder=garden'], ['/plugins/prometheus/edit', '/plugins/prometheus']] as const) {
      await page.goto(from);
      await page.waitForURL(`**${to}`);
    }
    expect(console.errors()).toEqual([]);
  });
});

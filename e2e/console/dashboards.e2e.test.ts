/** Dashboards in the console: found, looked at, edited, saved, saved over by another, restored. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { chromiumBinary, describeWith } from '../support/services.ts';
import { type ConsoleUnderTest, startConsole } from './support.ts';

describeWith('Chromium', chromiumBinary, 'dashboards of the console', () => {
  let console: ConsoleUnderTest;
  beforeAll(async () => {
    console = await startConsole();
  }, 600_000);
  afterAll(() => console?.end());

  test('a dashboard is found, drawn, and follows the range and the variables of its address', async () => {
    const page = await console.visit();
    page.setDefaultTimeout(60_000);
    const request = page.context().request;
    const panels = [{ id: 1, type: 'text', title: 'Words', options: { mode: 'markdown', content: 'Chosen: **$city**' }, gridPos: { x: 0, y: 0, w: 12, h: 8 } }];
    const templating = { list: [{ type: 'custom', name: 'city', query: 'Bergen,Oslo', current: { text: 'Bergen', value: 'Bergen' }, options: [] }] };
    expect((await request.post('/api/dashboards/db', { data: { dashboard: { uid: 'found', title: 'Eight lighthouses', schemaVersion: 42, panels, templating } } })).status()).toBe(200);
    await eventually('the search knows the dashboard', async () => ((await (await request.get('/api/search?query=lighthouses')).json()) as unknown[]).length > 0);
    await page.goto('/dashboards?query=lighthouses');
    await page.getByRole('link', { name: 'Eight lighthouses' }).click();
    await page.getByRole('heading', { name: 'Eight lighthouses' }).waitFor();
    await page.getByText('Bergen').first().waitFor();
    await page.goto('/d/found?from=now-15m&to=now&var-city=Oslo');
    await page.getByText('Last 15 minutes').waitFor();
    await page.getByText('Chosen: Oslo').waitFor();
    await page.goto('/d/found?editPanel=1&var-city=Oslo');
    await page.getByText('Chosen: Oslo').waitFor();
    await page.getByRole('combobox', { name: 'city' }).click();
    await page.getByRole('option', { name: 'Bergen' }).click();
    await page.getByText('Chosen: Bergen').waitFor();
    expect(console.errors()).toEqual([]);
  }, 240_000);

  test('what is edited is saved with a message; a save of somebody else meanwhile is not lost', async () => {
    const page = await console.visit();
    page.setDefaultTimeout(60_000);
    const request = page.context().request;
    const json = (title: string, version: number) => ({ overwrite: false, dashboard: { uid: 'edited', title, version, schemaVersion: 42, panels: [{ id: 1, type: 'text', title: 'Words', options: { mode: 'markdown', content: '**bold**' }, gridPos: { x: 0, y: 0, w: 12, h: 8 } }] } });
    expect((await request.post('/api/dashboards/db', { data: json('Edited', 0) })).status()).toBe(200);
    await page.goto('/d/edited?editPanel=1');
    await page.getByLabel('Title').fill('Other words');
    await page.getByRole('button', { name: 'Apply', exact: true }).click();
    await page.getByText('Other words').first().waitFor();
    expect((await request.post('/api/dashboards/db', { data: json('Edited by another', 1) })).status()).toBe(200);
    console.expected(/412 \(Precondition Failed\)/);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByLabel('Message').fill('other words');
    await page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Somebody else has saved this dashboard meanwhile').waitFor();
    await page.getByRole('button', { name: 'Save and overwrite' }).click();
    await page.getByText('Dashboard saved').waitFor();
    await page.goto('/d/edited?editview=versions');
    await page.getByText('other words').waitFor();
    await page.getByRole('row').filter({ hasText: /^1/ }).getByRole('button', { name: 'Restore' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Restore' }).click();
    await page.getByText('Version 1 restored').waitFor();
    const restored = (await (await request.get('/api/dashboards/uid/edited')).json()) as { dashboard: { panels: { title: string }[] } };
    expect(restored.dashboard.panels[0]?.title).toBe('Words');
    expect(console.errors()).toEqual([]);
  }, 240_000);

  test('a note is written at a moment of a graph, changed, and taken away', async () => {
    const page = await console.visit();
    const source = { type: 'grafana-testdata-datasource', uid: 'td' };
    await page.context().request.post('/api/datasources', { data: { name: 'Made up', uid: 'td', type: source.type, access: 'proxy' } });
    const panels = [{ id: 1, type: 'timeseries', title: 'Walk', gridPos: { x: 0, y: 0, w: 24, h: 10 }, datasource: source, targets: [{ refId: 'A', datasource: source, scenarioId: 'random_walk' }], options: { tooltip: { mode: 'multi' } } }];
    const annotations = { list: [{ builtIn: 1, type: 'dashboard', name: 'Notes', enable: true, iconColor: 'red', datasource: { type: 'grafana', uid: '-- Grafana --' } }] };
    expect((await page.context().request.post('/api/dashboards/db', { data: { dashboard: { uid: 'noted', title: 'Noted', schemaVersion: 42, time: { from: 'now-1h', to: 'now' }, panels, annotations } } })).status()).toBe(200);
    await page.goto('/d/noted');
    const graph = page.locator('.u-over');
    await graph.hover();
    await page.getByText(/^\d{4}-\d\d-\d\d \d\d:/).first().waitFor();
    await graph.click({ modifiers: ['Control'] });
    await page.getByRole('textbox', { name: 'Description' }).fill('Deployed');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Annotation: Deployed', exact: true }).hover();
    await page.getByRole('button', { name: 'Edit' }).last().click();
    await page.getByRole('textbox', { name: 'Description' }).fill('Deployed twice');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Annotation: Deployed twice' }).hover();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('button', { name: 'Annotation: Deployed twice' }).waitFor({ state: 'detached' });
    expect(console.errors()).toEqual([]);
  }, 240_000);

  test('a tab with a variable is there for each chosen value, and a failure is told in words', async () => {
    const page = await console.visit();
    const element = (id: number, title: string, group: string, options: object) => ({ kind: 'Panel', spec: { id, title, description: '', links: [], data: { kind: 'QueryGroup', spec: { queries: [], transformations: [], queryOptions: {} } }, vizConfig: { kind: 'VizConfig', group, version: '', spec: { options, fieldConfig: { defaults: {}, overrides: [] } } } } });
    const tab = (title: string, name: string, more = {}) => ({ kind: 'TabsLayoutTab', spec: { title, layout: { kind: 'GridLayout', spec: { items: [{ kind: 'GridLayoutItem', spec: { x: 0, y: 0, width: 12, height: 8, element: { kind: 'ElementReference', name } } }] } }, ...more } });
    const failing = element(2, 'Failing', 'stat', {});
    Object.assign(failing.spec.data.spec, { queries: [{ kind: 'PanelQuery', spec: { refId: 'A', hidden: false, query: { kind: 'DataQuery', group: 'grafana-testdata-datasource', version: 'v0', datasource: { name: 'td' }, spec: { scenarioId: 'server_error_500' } } } }] });
    const variable = { kind: 'CustomVariable', spec: { name: 'host', query: 'web-1,web-2,db-1', current: { text: ['web-1', 'web-2'], value: ['web-1', 'web-2'] }, options: [], multi: true, includeAll: true, hide: 'dontHide', skipUrlSync: false, allowCustomValue: true } };
    const made = await page.context().request.post('/apis/dashboard.grafana.app/v2beta1/namespaces/default/dashboards', { data: { metadata: { name: 'tabbed' }, spec: {
      title: 'Tabbed', cursorSync: 'Off', editable: true, liveNow: false, preload: false, tags: [], links: [], annotations: [], variables: [variable], timeSettings: { timezone: 'browser', from: 'now-1h', to: 'now', autoRefresh: '', autoRefreshIntervals: ['5s'], hideTimepicker: false, fiscalYearStartMonth: 0 },
      elements: { 'panel-1': element(1, 'Of $host', 'text', { mode: 'markdown', content: 'This is $host' }), 'panel-2': failing }, layout: { kind: 'TabsLayout', spec: { tabs: [tab('Tab of $host', 'panel-1', { repeat: { mode: 'variable', value: 'host' } }), tab('Last', 'panel-2')] } },
    } } });
    expect(made.status()).toBe(201);
    await page.goto('/d/tabbed');
    await page.getByText('This is web-1').waitFor();
    await page.getByRole('tab', { name: 'Tab of web-2' }).click();
    await page.getByText('This is web-2').waitFor();
    expect(new URL(page.url()).searchParams.get('dtab')).toBe('tab-of-web-2');
    await page.goto('/d/tabbed?viewPanel=panel-1-tab-1');
    await page.getByText('This is web-2').waitFor();
    await page.goto('/d/tabbed?dtab=tab-of-db-1&var-host=db-1&var-host=web-1');
    await page.getByText('This is db-1').waitFor();
    console.expected(/500 \(Internal Server Error\)/);
    await page.getByRole('tab', { name: 'Last' }).click();
    await page.getByRole('button', { name: 'Panel status' }).click();
    await page.waitForURL(/inspect=2&inspectTab=query/);
    await page.getByText('The query failed').first().waitFor();
    expect(console.errors()).toEqual([]);
  }, 240_000);
});

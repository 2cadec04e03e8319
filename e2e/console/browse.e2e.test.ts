/** Folders and dashboards in the console: found, made, put in order, given to others; below a sub-path too. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { chromiumBinary, describeWith } from '../support/services.ts';
import { type ConsoleUnderTest, startConsole } from './support.ts';

const text = { id: 1, type: 'text', title: 'Words', options: { mode: 'markdown', content: '**bold**' }, gridPos: { x: 0, y: 0, w: 12, h: 8 } };
const viewer = { user: 'vera', password: 'vera-secret-1' };

describeWith('Chromium', chromiumBinary, 'folders and dashboards of the console', () => {
  let console: ConsoleUnderTest;
  const make = async (uid: string, title: string, folderUid: string, tags: readonly string[]) =>
    expect((await console.call('POST', '/api/dashboards/db', { overwrite: true, folderUid, dashboard: { uid, title, tags, schemaVersion: 42, panels: [text] } })).status).toBe(200);
  const folder = async (uid: string, title: string, parentUid?: string) => expect((await console.call('POST', '/api/folders', { uid, title, parentUid })).status).toBe(200);
  const visit = async (...of: Parameters<ConsoleUnderTest['visit']>): Promise<Page> => {
    const page = await console.visit(...of);
    page.setDefaultTimeout(60_000);
    return page;
  };

  beforeAll(async () => {
    console = await startConsole({ sample: true, env: { GF_PUBLIC_DASHBOARDS_ENABLED: 'true' } });
    await folder('harbour', 'Harbour');
    await folder('pier', 'Pier', 'harbour');
    await make('cranes', 'Cranes', 'harbour', ['steel', 'tall']);
    await make('tugs', 'Tugs', 'pier', ['steel']);
    await make('loose', 'Loose ends', '', ['rope']);
    expect((await console.call('POST', '/api/admin/users', { login: viewer.user, password: viewer.password, name: 'Vera' })).status).toBe(200);
    await eventually('the search knows the dashboards', async () => (await console.call('GET', '/api/search?tag=steel')).body.length === 2);
  }, 600_000);
  afterAll(() => console?.end());

  test('home leads to a dashboard in one click', async () => {
    const page = await visit();
    await page.goto('/');
    await page.getByRole('link', { name: 'Cranes' }).click();
    await page.getByRole('heading', { name: 'Cranes' }).waitFor();
    expect(console.errors()).toEqual([]);
  }, 120_000);

  test('a search by words, by tags, by stars', async () => {
    const page = await visit();
    await page.goto('/dashboards');
    await page.getByRole('link', { name: 'Harbour' }).waitFor();
    await page.getByRole('textbox', { name: 'Search' }).fill('tug');
    await page.getByRole('row', { name: /Tugs/ }).getByRole('link', { name: 'Pier' }).waitFor();
    await page.goto('/dashboards?tag=steel');
    await page.getByRole('link', { name: 'Cranes' }).waitFor();
    expect(await page.getByRole('link', { name: 'Loose ends' }).count()).toBe(0);
    expect((await page.context().request.post('/api/user/stars/dashboard/uid/loose')).status()).toBe(200);
    await page.goto('/dashboards?starred');
    await page.getByRole('link', { name: 'Loose ends' }).waitFor();
    expect(await page.getByRole('link', { name: 'Cranes' }).count()).toBe(0);
    expect(console.errors()).toEqual([]);
  }, 120_000);

  test('a folder is made, renamed, filled, moved, and deleted with what is inside', async () => {
    const page = await visit();
    await make('nets', 'Nets', '', []);
    await page.goto('/dashboards');
    await page.getByRole('button', { name: 'New' }).click();
    await page.getByRole('menuitem', { name: 'New folder' }).click();
    await page.getByLabel('Name of the folder').fill('Shed');
    await page.getByRole('button', { name: 'Save' }).click();
    // The list is read anew, and forgets what was chosen before.
    await page.getByRole('link', { name: 'Shed' }).waitFor();
    await page.getByRole('checkbox', { name: 'Choose Nets' }).check({ force: true });
    await page.getByRole('button', { name: 'Move 1' }).click();
    await page.getByRole('dialog').getByRole('combobox', { name: 'Folder' }).click();
    await page.getByRole('option', { name: 'Shed' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Move' }).click();
    await page.getByText('"Nets" moved').waitFor();
    await page.getByRole('link', { name: 'Shed' }).click();
    await page.getByRole('link', { name: 'Nets' }).waitFor();
    await page.getByRole('button', { name: 'Folder actions' }).click();
    await page.getByRole('menuitem', { name: 'Rename' }).click();
    await page.getByLabel('Name of the folder').fill('Boathouse');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'Boathouse' }).waitFor();
    await page.getByRole('button', { name: 'Folder actions' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByText('With what is inside: 1 dashboard.').waitFor();
    await page.getByRole('dialog').getByRole('textbox').fill('Delete');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'Dashboards' }).waitFor();
    expect((await console.call('GET', '/api/dashboards/uid/nets')).status).toBe(404);
    expect(console.errors()).toEqual([]);
  }, 240_000);

  test('an import asks for what the dashboard asks for', async () => {
    const page = await visit();
    await page.goto('/dashboard/import?folderUid=harbour');
    await page.getByLabel('Or paste JSON').fill('{"panels": []}');
    await page.getByText('This cannot be imported').waitFor();
    await page.getByLabel('Or paste JSON').fill(JSON.stringify({ title: 'Of a source that is not here', panels: [], __inputs: [{ name: 'DS', label: 'Shop', type: 'datasource', pluginId: 'mysql' }] }));
    await page.getByText('A data source is still to be chosen: Shop').waitFor();
    expect(await page.getByRole('button', { name: 'Import', exact: true }).isDisabled()).toBe(true);
    await page.getByLabel('Or paste JSON').fill(JSON.stringify({
      title: 'Brought along', uid: 'brought', schemaVersion: 42, __inputs: [{ name: 'DS', label: 'Numbers', type: 'datasource', pluginId: 'grafana-testdata-datasource' }, { name: 'WORD', label: 'Word', type: 'constant', value: 'anchor' }],
      panels: [{ ...text, datasource: { type: 'grafana-testdata-datasource', uid: '$' + '{DS}' }, options: { mode: 'markdown', content: 'Word: $' + '{VAR_WORD}' } }],
    }));
    await page.getByLabel('Title').fill('Brought from afar');
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByRole('heading', { name: 'Brought from afar' }).waitFor();
    const { dashboard, meta } = (await console.call('GET', '/api/dashboards/uid/brought')).body;
    expect([dashboard.panels[0].datasource.uid, meta.folderUid]).toEqual(['testdata', 'harbour']);
    expect(console.errors()).toEqual([]);
  }, 120_000);

  test('a folder and a dashboard are given to somebody', async () => {
    const page = await visit();
    await page.goto('/dashboards/f/harbour');
    await page.getByRole('button', { name: 'Folder actions' }).click();
    await page.getByRole('menuitem', { name: 'Permissions' }).click();
    await page.getByRole('button', { name: 'Add a permission' }).waitFor();
    await page.getByRole('dialog').getByRole('cell', { name: 'Viewer' }).first().waitFor();
    await page.goto('/d/cranes?editview=permissions');
    await page.getByRole('button', { name: 'Add a permission' }).waitFor();
    await page.getByRole('cell', { name: 'A folder above' }).first().waitFor();
    expect(console.errors()).toEqual([]);
  }, 120_000);

  test('a viewer sees everything and nothing that is refused', async () => {
    const page = await visit(viewer);
    await page.goto('/dashboards/f/harbour');
    await page.getByRole('link', { name: 'Cranes' }).waitFor();
    for (const name of ['New', 'Folder actions']) expect(await page.getByRole('button', { name, exact: true }).count()).toBe(0);
    expect(await page.getByRole('checkbox', { name: /^Choose/ }).count()).toBe(0);
    for (const path of ['/dashboard/new', '/dashboard/import']) {
      await page.goto(path);
      await page.getByText('You may not make dashboards').waitFor();
    }
    expect(console.errors()).toEqual([]);
  }, 120_000);

  test('a snapshot, a public dashboard and a single panel need nothing else', async () => {
    const snapshot = await console.call('POST', '/api/snapshots', { name: 'That moment', dashboard: { uid: 'cranes', title: 'That moment', schemaVersion: 42, panels: [text] } });
    expect(snapshot.status).toBe(200);
    const page = await visit();
    await page.goto('/dashboard/snapshots');
    await page.getByRole('link', { name: 'That moment' }).click();
    await page.getByText('bold').waitFor();
    await page.goto('/d-solo/cranes?panelId=1');
    await page.getByText('bold').waitFor();
    const made = await console.call('POST', '/api/dashboards/uid/cranes/public-dashboards', { isEnabled: true });
    expect(made.status).toBe(200);
    const anonymous = await visit(null);
    await anonymous.goto(`/public-dashboards/${made.body.accessToken}`);
    await anonymous.getByRole('heading', { name: 'Cranes' }).waitFor();
    await anonymous.getByText('bold').waitFor();
    await anonymous.goto(`/dashboard/snapshot/${snapshot.body.key}`);
    await anonymous.getByText('bold').waitFor();
    expect(console.errors()).toEqual([]);
  }, 240_000);
});

describeWith('Chromium', chromiumBinary, 'the console below a sub-path', () => {
  let console: ConsoleUnderTest;
  beforeAll(async () => {
    console = await startConsole({ env: { GF_SERVER_ROOT_URL: '%(protocol)s://localhost:%(http_port)s/deep/sub/', GF_SERVER_SERVE_FROM_SUB_PATH: 'true' } });
  }, 600_000);
  afterAll(() => console?.end());

  test('links, going back and loading anew stay below it', async () => {
    const page = await console.visit(null);
    page.setDefaultTimeout(60_000);
    expect((await page.context().request.post('/deep/sub/login', { data: { user: 'admin', password: 'admin' } })).status()).toBe(200);
    expect((await console.call('POST', '/deep/sub/api/folders', { uid: 'harbour', title: 'Harbour' })).status).toBe(200);
    await page.goto('/deep/sub/dashboards');
    await page.getByRole('link', { name: 'Harbour' }).click();
    await page.getByRole('heading', { name: 'Harbour' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/deep/sub/dashboards/f/harbour/harbour');
    await page.reload();
    await page.getByRole('heading', { name: 'Harbour' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Dashboards' }).waitFor();
    expect(await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Explore' }).getAttribute('href')).toBe('/deep/sub/explore');
    expect(console.errors()).toEqual([]);
  }, 240_000);
});

/** A dashboard is changed in every way that the console offers, and kept. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromiumBinary, describeWith } from '../support/services.ts';
import { type ConsoleUnderTest, startConsole } from './support.ts';

interface Stored {
  readonly dashboard: {
    readonly panels: readonly { readonly id: number; readonly type: string; readonly title?: string; readonly repeat?: string }[];
    readonly templating: { readonly list: readonly { readonly name: string; readonly type: string; readonly query?: unknown }[] };
    readonly annotations: { readonly list: readonly { readonly name: string }[] };
    readonly links: readonly { readonly title: string; readonly url?: string }[];
    readonly title: string;
  };
}

describeWith('Chromium', chromiumBinary, 'editing a dashboard', () => {
  let console: ConsoleUnderTest;
  beforeAll(async () => {
    console = await startConsole();
  }, 600_000);
  afterAll(() => console?.end());

  const text = (id: number, title: string, y: number) => ({ id, type: 'text', title, gridPos: { x: 0, y, w: 12, h: 5 }, options: { mode: 'markdown', content: `Text of ${title}` } });
  async function opened(uid: string, more: object = {}, query = ''): Promise<Page> {
    const page = await console.visit();
    page.setDefaultTimeout(90_000);
    const made = await page.request.post('/api/dashboards/db', { data: { overwrite: true, dashboard: { uid, title: `The ${uid}`, schemaVersion: 42, panels: [text(1, 'First', 0), text(2, 'Second', 5)], ...more } } });
    expect(made.status()).toBe(200);
    await page.goto(`/d/${uid}${query}`);
    return page;
  }
  /** One after the other within the second that they have, however slow the machine is. */
  const pressed = (page: Page, ...keys: readonly string[]) => page.evaluate(`for (const key of ${JSON.stringify(keys)}) document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))`);
  const stored = async (page: Page, uid: string) => ((await (await page.request.get(`/api/dashboards/uid/${uid}`)).json()) as Stored).dashboard;
  async function save(page: Page, message = ''): Promise<void> {
    await page.getByRole('button', { name: 'Save', exact: true }).first().click();
    const dialog = page.getByRole('dialog');
    if (message) await dialog.getByLabel('Message').fill(message);
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Dashboard saved').first().waitFor();
  }

  test('variables, annotations and links are made with forms', async () => {
    const page = await opened('forms', {}, '?editview=variables');
    await page.getByRole('button', { name: 'Add variable' }).click();
    await page.getByRole('combobox', { name: 'Type' }).click();
    await page.getByRole('option', { name: /^Custom/ }).click();
    await page.getByLabel(/^Values/).fill('north, south');
    await page.getByLabel(/^Name/).fill('not a name');
    await page.getByText('letters, digits and underscores only').waitFor();
    await page.getByLabel(/^Name/).fill('pole');
    await page.getByLabel(/^Label/).fill('Pole');
    await page.getByText('south', { exact: true }).waitFor();
    await page.getByRole('tab', { name: 'Annotations' }).click();
    await page.getByRole('button', { name: 'Add annotation' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Deployments');
    await page.getByLabel('At most').fill('7');
    await page.getByRole('tab', { name: 'Links' }).click();
    await page.getByRole('button', { name: 'Add link' }).click();
    await page.getByLabel('Title', { exact: true }).fill('Runbook');
    await page.getByLabel('Address').fill('javascript:alert(1)');
    await page.getByText('Such an address is not opened').waitFor();
    await page.getByLabel('Address').fill('https://example.com/${pole}');
    await page.getByLabel('Tooltip').click();
    await save(page, 'forms');
    const { templating, annotations, links } = await stored(page, 'forms');
    expect(templating.list).toMatchObject([{ name: 'pole', type: 'custom', query: 'north, south' }]);
    expect(annotations.list.at(-1)).toMatchObject({ name: 'Deployments', target: { limit: 7 } });
    expect(links).toMatchObject([{ title: 'Runbook', url: 'https://example.com/${pole}' }]);
    expect(console.errors()).toEqual([]);
  }, 300_000);

  test('the JSON model is checked before it is used; versions are compared and restored', async () => {
    const page = await opened('model', {}, '?editview=json');
    const editor = page.getByRole('textbox', { name: 'JSON model' });
    await editor.click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText('{"title": "Half", "panels": [{"id": 1}]}');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByText('panels[0].type: a text is needed').waitFor();
    await editor.click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText(JSON.stringify({ uid: 'model', title: 'The other model', schemaVersion: 42, panels: [text(1, 'Only', 0)] }));
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByText('Save the dashboard to keep it').waitFor();
    await save(page, 'another model');
    expect((await stored(page, 'model')).title).toBe('The other model');
    await page.goto('/d/model?editview=versions');
    await page.getByRole('button', { name: 'Compare', exact: true }).click();
    await page.getByText('+ ', { exact: false }).filter({ hasText: 'The other model' }).first().waitFor();
    await page.getByRole('button', { name: 'Restore' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Restore' }).click();
    await page.getByText('Version 1 restored').waitFor();
    expect((await stored(page, 'model')).title).toBe('The model');
    expect(console.errors()).toEqual([]);
  }, 300_000);

  test('rows are added, named and removed; leaving asks before changes are lost', async () => {
    const page = await opened('rows');
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Row' }).click();
    await page.getByRole('button', { name: 'Edit the row New row' }).click();
    await page.getByRole('dialog').getByLabel('Title').fill('Details');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByText('Details').first().waitFor();
    await page.getByRole('navigation', { name: 'Breadcrumbs' }).getByRole('link', { name: 'Dashboards' }).click();
    await page.getByRole('button', { name: 'Stay here' }).click();
    await page.getByRole('heading', { name: 'The rows' }).waitFor();
    await save(page);
    expect((await stored(page, 'rows')).panels.map(({ type, title }) => [type, title])).toEqual([['text', 'First'], ['text', 'Second'], ['row', 'Details']]);
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await page.getByRole('button', { name: 'Edit the row Details' }).click();
    await page.getByRole('button', { name: 'Remove the row' }).click();
    await page.getByRole('navigation', { name: 'Breadcrumbs' }).getByRole('link', { name: 'Dashboards' }).click();
    await page.getByRole('button', { name: 'Discard changes' }).click();
    await page.getByRole('heading', { name: 'Dashboards', exact: true }).waitFor();
    expect((await stored(page, 'rows')).panels).toHaveLength(3);
    expect(console.errors()).toEqual([]);
  }, 300_000);

  test('tabs are added, and the dashboard is kept with them', async () => {
    const page = await opened('tabs');
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Tab' }).click();
    await page.getByRole('tab', { name: 'Tab 2', selected: true }).waitFor();
    await page.getByRole('button', { name: 'Edit the tab Tab 2' }).click();
    await page.getByRole('dialog').getByLabel('Title').fill('Second page');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByRole('tab', { name: 'Second page' }).waitFor();
    await save(page);
    await page.goto('/d/tabs');
    await page.getByRole('tab', { name: 'Second page' }).waitFor();
    await page.getByText('Text of Second').waitFor();
    expect(console.errors()).toEqual([]);
  }, 300_000);

  test('keys: a panel is duplicated, viewed, and asked for by its link', async () => {
    const page = await opened('keys');
    await page.getByText('Text of Second').waitFor();
    await page.getByRole('heading', { name: 'Second' }).hover();
    await pressed(page, 'p', 'd');
    await page.getByText('Text of Second').nth(1).waitFor();
    await pressed(page, '?');
    await page.getByText('On dashboards').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('On dashboards').waitFor({ state: 'detached' });
    await page.getByRole('heading', { name: 'First' }).hover();
    await pressed(page, 'v');
    await page.waitForURL(/viewPanel=panel-1/);
    await pressed(page, 'Escape');
    await page.waitForURL((url) => !url.searchParams.has('viewPanel'));
    await page.getByRole('heading', { name: 'First' }).hover();
    await pressed(page, 'p', 's');
    await page.getByRole('dialog').getByText('Lock the time range').waitFor();
    const link = new URL(await page.getByRole('textbox', { name: 'Link' }).inputValue());
    expect([link.pathname, link.searchParams.get('viewPanel'), Number(link.searchParams.get('to')) > 1e12]).toEqual(['/d/keys', 'panel-1', true]);
    expect(console.errors()).toEqual([]);
  }, 300_000);

  test('what a panel shows is looked into, and taken along as a file', async () => {
    const source = { type: 'grafana-testdata-datasource', uid: 'td' };
    const table = { id: 3, type: 'table', title: 'Hosts', gridPos: { x: 12, y: 0, w: 12, h: 8 }, datasource: source, targets: [{ refId: 'A', datasource: source, scenarioId: 'csv_content', csvContent: 'name,load\nweb,20\ndb,60' }] };
    expect((await console.call('POST', '/api/datasources', { name: 'Made up', uid: 'td', type: 'grafana-testdata-datasource', access: 'proxy' })).status).toBe(200);
    const page = await opened('inspected', { panels: [table] }, '?inspect=3&inspectTab=data');
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download CSV' }).click()]);
    expect(readFileSync(await file.path(), 'utf8').split('\r\n')).toEqual(['"name","load"', 'web,20', 'db,60']);
    await page.getByRole('tab', { name: 'Query' }).click();
    await page.getByText('"scenarioId": "csv_content"').waitFor();
    await page.getByRole('tab', { name: 'JSON' }).click();
    await page.getByRole('textbox', { name: 'JSON of the panel' }).waitFor();
    expect(console.errors()).toEqual([]);
  }, 300_000);

  test('a viewer looks, and is offered nothing that would be refused', async () => {
    const admin = await opened('viewed');
    const made = await admin.request.post('/api/admin/users', { data: { login: 'vera', name: 'Vera', email: 'vera@example.com', password: 'viewer-pass-1' } });
    expect(made.status()).toBe(200);
    const page = await console.visit({ user: 'vera', password: 'viewer-pass-1' });
    page.setDefaultTimeout(90_000);
    await page.goto('/d/viewed');
    await page.getByText('Text of First').waitFor();
    for (const name of ['Edit', 'Save', 'Add']) expect(await page.getByRole('button', { name, exact: true }).count(), name).toBe(0);
    await page.getByRole('heading', { name: 'First' }).hover();
    await page.getByRole('button', { name: 'Menu for panel First' }).click();
    await page.getByRole('menuitem', { name: 'View' }).waitFor();
    expect(await page.getByRole('menuitem', { name: 'Remove' }).count()).toBe(0);
    expect(console.errors()).toEqual([]);
  }, 300_000);
});

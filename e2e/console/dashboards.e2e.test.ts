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
});

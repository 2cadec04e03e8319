/** Dashboards in the console: found, looked at, edited, saved, saved over by another, restored. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromiumBinary, describeWith } from '../support/services.ts';
import { type ConsoleUnderTest, startConsole } from './support.ts';

describeWith('Chromium', chromiumBinary, 'dashboards of the console', () => {
  let console: ConsoleUnderTest;
  beforeAll(async () => {
    console = await startConsole({ sample: true });
  }, 600_000);
  afterAll(() => console?.end());

  test('a dashboard is found, drawn, and follows the range of its address', async () => {
    const page = await console.visit();
    await page.goto('/dashboards?query=eight');
    await page.getByRole('link', { name: 'Sample: eight panels' }).click();
    await page.getByRole('heading', { name: 'Sample: eight panels' }).waitFor();
    await page.locator('.u-over').first().waitFor();
    await page.getByText('checkout').first().waitFor();
    await page.goto('/d/sample?from=now-15m&to=now');
    await page.getByText('Last 15 minutes').waitFor();
    expect(console.errors()).toEqual([]);
  }, 120_000);

  test('what is edited is saved with a message; a save of somebody else meanwhile is not lost', async () => {
    const page = await console.visit();
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
  }, 120_000);
});

/** The frame around every page. */
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { describeConsole } from './support.ts';

describeConsole('the console', { sample: true }, (console) => {
  test('leads from page to page by its navigation, which the server decides', async () => {
    const page = await console.visit();
    await page.goto('/dashboards');
    const navigation = page.getByRole('navigation', { name: 'Main' });
    await navigation.getByRole('link', { name: 'Dashboards', exact: true }).click();
    await page.getByRole('heading', { name: 'Dashboards' }).waitFor();
    expect(await page.title()).toBe('Dashboards - Belvedere');
    await page.getByRole('button', { name: 'Hide navigation' }).click();
    expect(await navigation.count()).toBe(0);
    expect(console.errors()).toEqual([]);
  });

  test('leads from a fresh server to the sample dashboard and its eight live panels', async () => {
    const { body } = await console.call('GET', '/api/search?tag=sample&type=dash-db');
    const { body: stored } = await console.call('GET', `/api/dashboards/uid/${body[0].uid}`);
    const titles: string[] = stored.dashboard.panels.map((panel: { title: string }) => panel.title);
    expect(titles).toHaveLength(8);
    const page = await console.visit();
    await page.goto('/');
    await page.getByRole('link', { name: body[0].title }).first().click();
    for (const title of titles) await page.getByRole('heading', { name: title }).first().waitFor();
    await eventually('the graphs are drawn', async () => (await page.locator('canvas').count()) >= 2);
    expect(await page.getByText('No data').count()).toBe(0);
    await console.screenshot(page, 'dashboard');
    expect(console.errors()).toEqual([]);
  });

  test('says so where there is nothing', async () => {
    console.expected(/404 \(Not Found\)/);
    const page = await console.visit();
    await page.goto('/no/such/page');
    await page.getByRole('heading', { name: 'Page not found' }).waitFor();
    expect(console.errors()).toEqual([]);
  });
});

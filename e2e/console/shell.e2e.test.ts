/** The frame around every page. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromiumBinary, describeWith } from '../support/services.ts';
import { type ConsoleUnderTest, startConsole } from './support.ts';

describeWith('Chromium', chromiumBinary, 'the console', () => {
  let console: ConsoleUnderTest;
  beforeAll(async () => {
    console = await startConsole({ sample: true });
  }, 600_000);
  afterAll(() => console?.end());

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

  test('says so where there is nothing', async () => {
    console.expected(/404 \(Not Found\)/);
    const page = await console.visit();
    await page.goto('/no/such/page');
    await page.getByRole('heading', { name: 'Page not found' }).waitFor();
    expect(console.errors()).toEqual([]);
  });
});

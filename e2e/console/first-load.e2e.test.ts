/** What a browser fetches the first time that somebody comes: less than 1.5 MB compressed, in few requests. */
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromiumBinary, describeWith } from '../support/services.ts';
import { type ConsoleUnderTest, startConsole } from './support.ts';

const bytesMax = 1_500_000;
const scriptsMax = 70;

describeWith('Chromium', chromiumBinary, 'the first load of the console', () => {
  let console: ConsoleUnderTest;
  beforeAll(async () => {
    console = await startConsole({ sample: true });
  }, 600_000);
  afterAll(() => console?.end());

  test.each([
    { path: '/login', signedIn: false, shown: (page: Page) => page.getByRole('button', { name: 'Sign in' }) }, { path: '/dashboards', signedIn: true, shown: (page: Page) => page.getByLabel('Search', { exact: true }) },
    { path: '/d/first-load', signedIn: true, shown: (page: Page) => page.getByText('The last of them') },
  ])('$path', async ({ path, signedIn, shown }) => {
    const page = await console.visit(signedIn ? undefined : null);
    page.setDefaultTimeout(90_000);
    const panels = ['timeseries', 'stat', 'table', 'gauge', 'bargauge', 'piechart'].map((type, i) => ({ id: i + 1, type, title: `A ${type}`, gridPos: { x: (i % 3) * 8, y: Math.floor(i / 3) * 6, w: 8, h: 6 }, targets: [{ refId: 'A', scenarioId: 'random_walk' }] }));
    if (signedIn) await page.request.post('/api/dashboards/db', { data: { overwrite: true, dashboard: { uid: 'first-load', title: 'First load', schemaVersion: 42, panels: [...panels, { id: 9, type: 'text', gridPos: { x: 0, y: 12, w: 24, h: 3 }, options: { content: 'The last of them' } }] } } });
    const fetched: Promise<{ readonly url: string; readonly bytes: number }>[] = [];
    page.on('response', (response) => {
      const url = new URL(response.url()).pathname;
      if (!/^\/apis?\//.test(url)) fetched.push(response.body().then((body) => ({ url, bytes: gzipSync(body).length }), () => ({ url, bytes: 0 })));
    });
    await page.goto(path);
    await shown(page).first().waitFor();
    await page.waitForLoadState('networkidle');
    const files = await Promise.all(fetched);
    const largest = files.toSorted((a, b) => b.bytes - a.bytes).slice(0, 5).map(({ url, bytes }) => `${url} ${bytes}`).join(', ');
    expect(files.reduce((sum, { bytes }) => sum + bytes, 0), largest).toBeLessThan(bytesMax);
    expect(files.filter(({ url }) => url.endsWith('.js')).length).toBeLessThan(scriptsMax);
    expect(files.filter(({ url }) => url.endsWith('.js')).length).toBeGreaterThan(0);
  }, 240_000);
});

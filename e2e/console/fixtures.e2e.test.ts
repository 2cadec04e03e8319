/** Dashboards as Grafana exports them, of many years: imported, they show their data and nothing complains. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromiumBinary, describeWith } from '../support/services.ts';
import { type FakePrometheus, startFakePrometheus } from './fake-prometheus.ts';
import { type ConsoleUnderTest, startConsole } from './support.ts';

const folder = join(import.meta.dirname, 'fixtures');
const json = (name: string) => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));

/** Panels that stand below a folded row, or on a tab that is not shown, are not counted. */
const fixtures = [
  { name: 'schema-16', uid: 'fixture-16', texts: ['Old text', '1.11', '$6.50', 'Host web-1', 'Load of web-2', 'Restarts', 'Last *'], without: ['$__auto_interval', 'commonmark'] },
  { name: 'schema-27', uid: 'fixture-27', texts: ['low', 'busy', 'Boiler', 'Last 30 minutes', 'Job', 'web-1:9100', 'Server b', 'made up', 'Sum'], without: ['Data layers'] },
  { name: 'schema-36', uid: 'fixture-36', texts: ['web-2', 'slow', '< 50', '20%', 'on', 'Bergen', 'This console cannot draw this type of panel', 'service:0'], without: ['No data'] },
  { name: 'schema-41', uid: 'fixture-41', texts: ['people', 'alpha', 'Linear regression', 'Zone', 'Not transformed: spatial', 'Operation 0', 'Fixture of schema 16', 'roof', 'Trend #A'], without: ['No data'] },
  { name: 'v2', uid: 'fixture-v2', texts: ['Walks', 'Of web-1', 'Of web-2', 'detailed true', 'Rows'], without: ['No data'] },
] as const;

describeWith('Chromium', chromiumBinary, 'dashboards that Grafana exported', () => {
  let console: ConsoleUnderTest;
  let prometheus: FakePrometheus;
  beforeAll(async () => {
    prometheus = await startFakePrometheus();
    console = await startConsole({ sample: true });
    const made = await console.call('POST', '/api/datasources', { name: 'Prometheus', uid: 'prom', type: 'prometheus', url: prometheus.base, access: 'proxy' });
    expect(made.status).toBe(200);
  }, 600_000);
  afterAll(async () => {
    await console?.end();
    await prometheus?.stop();
  });

  /** Pasted into the page as people do it; the sources that it asks for are found by themselves. */
  async function imported(page: Page, name: string): Promise<void> {
    await page.goto('/dashboard/import');
    await page.getByLabel('Or paste JSON').fill(JSON.stringify(json(name)));
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.waitForURL(/\/d\/fixture-/);
  }

  const shown = (page: Page, text: string) => page.getByText(text).first().waitFor();

  test.each(fixtures)('$name', async ({ name, uid, texts, without }) => {
    const page = await console.visit(undefined, { height: 2600 });
    page.setDefaultTimeout(90_000);
    await imported(page, name);
    expect(new URL(page.url()).pathname).toContain(uid);
    for (const text of texts) await shown(page, text);
    await page.waitForLoadState('networkidle');
    for (const text of without) expect(await page.getByText(text).count(), text).toBe(0);
    expect(await page.getByText('An unexpected error').count()).toBe(0);
    await console.screenshot(page, `fixture-${name}`);
    expect(console.errors()).toEqual([]);
  }, 300_000);

  test('rows that were folded open, tabs and the light theme show the rest', async () => {
    const page = await console.visit(undefined, { height: 2600, theme: 'light' });
    page.setDefaultTimeout(90_000);
    await page.goto('/d/fixture-36');
    await page.getByText('Folded').click();
    await shown(page, 'Percent change');
    await page.goto('/d/fixture-v2?dtab=rows');
    await shown(page, 'Row of web-2');
    await page.goto('/d/fixture-v2?dtab=auto-grid');
    await shown(page, 'Auto too');
    await console.screenshot(page, 'fixture-v2-light');
    expect(console.errors()).toEqual([]);
    expect(prometheus.asked.some((expr) => expr.includes('http_requests_total{job=~'))).toBe(true);
  }, 300_000);
});

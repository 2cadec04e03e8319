/** Every panel type that the console draws, over made-up data, in both themes. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromiumBinary, describeWith } from '../support/services.ts';
import { type ConsoleUnderTest, startConsole } from './support.ts';

const queries: Readonly<Record<string, object>> = {
  logs: { scenarioId: 'logs', lines: 20 }, table: { scenarioId: 'random_walk_table' }, barchart: { scenarioId: 'csv_content', csvContent: 'host,cpu,mem\nweb-1,12,40\nweb-2,30,20\ndb-1,55,61' },
  'state-timeline': { scenarioId: 'csv_metric_values', stringInput: '1,1,2,2,3,1,90,95,2' }, 'status-history': { scenarioId: 'csv_metric_values', stringInput: '1,20,90,30,5,0,85,50' },
};
const options: Readonly<Record<string, object>> = { heatmap: { calculate: true }, text: { mode: 'markdown', content: '# Written\n\n<svg onload="document.title=\'hacked\'"></svg>' }, dashlist: { showSearch: true, showStarred: false } };
const types = ['timeseries', 'stat', 'gauge', 'bargauge', 'barchart', 'piechart', 'table', 'text', 'state-timeline', 'status-history', 'heatmap', 'histogram', 'logs', 'dashlist'];

const datasource = { uid: 'testdata', type: 'grafana-testdata-datasource' };

describeWith('Chromium', chromiumBinary, 'panels of the console', () => {
  let console: ConsoleUnderTest;
  beforeAll(async () => {
    console = await startConsole({ sample: true });
  }, 600_000);
  afterAll(() => console?.end());

  test.each(['dark', 'light'] as const)('are drawn without a complaint (%s)', async (theme) => {
    const page = await console.visit(undefined, { theme, height: 1900 });
    page.setDefaultTimeout(60_000);
    const panels = types.map((type, i) => ({
      id: i + 1, type, title: `A ${type}`, gridPos: { x: (i % 3) * 8, y: Math.floor(i / 3) * 7, w: 8, h: 7 }, datasource, targets: [{ refId: 'A', scenarioId: 'random_walk', seriesCount: 3, ...queries[type] }], options: options[type] ?? {},
      fieldConfig: { defaults: {}, overrides: [] },
    }));
    const saved = await page.request.post('/api/dashboards/db', { data: { overwrite: true, dashboard: { uid: 'every-panel', title: 'Every panel', schemaVersion: 41, time: { from: 'now-1h', to: 'now' }, panels } } });
    expect(saved.status()).toBe(200);
    await page.goto('/d/every-panel/every-panel');
    await page.getByRole('heading', { name: 'Written' }).waitFor();
    await page.getByRole('region', { name: 'Log lines' }).waitFor();
    await page.locator('.uplot').nth(5).waitFor();
    await page.getByRole('link', { name: 'Every panel' }).first().waitFor();
    expect(await page.getByText('This console cannot draw').count()).toBe(0);
    expect(await page.title()).not.toBe('hacked');
    await console.screenshot(page, `panels-${theme}`);
    expect(console.errors()).toEqual([]);
  }, 180_000);
});

/** Explore: from a source to a graph, and what stays of it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { prometheusBinary, startPrometheus } from '../support/services.ts';
import { describeConsole } from './support.ts';

describeConsole('Explore', { sample: true }, (console) => {
  test('runs a query, keeps it in the address and in the history', async () => {
    const page = await console.visit();
    await page.goto('/explore');
    await page.getByRole('region', { name: 'Query A' }).getByRole('spinbutton', { name: 'Series count' }).fill('3');
    await page.getByRole('button', { name: 'Run query' }).click();
    const graph = page.getByRole('region', { name: 'Graph' });
    await graph.locator('.uplot').waitFor();
    await graph.getByText('A-series2').waitFor();
    const panes = JSON.parse(new URL(page.url()).searchParams.get('panes')!) as Record<string, { readonly queries: readonly unknown[] }>;
    expect(Object.values(panes)).toMatchObject([{ datasource: 'testdata', queries: [{ refId: 'A', seriesCount: 3 }], range: { from: 'now-1h', to: 'now' } }]);
    await page.getByRole('button', { name: 'Query history' }).click();
    await page.getByRole('dialog').getByText('random_walk').first().waitFor();
    await console.screenshot(page, 'explore');
    expect(console.errors()).toEqual([]);
  });

  test('an address that somebody sent shows its result, as logs where they are logs', async () => {
    const page = await console.visit();
    await page.goto(`/explore?left=${encodeURIComponent(JSON.stringify({ datasource: 'testdata', queries: [{ refId: 'A', scenarioId: 'logs', lines: 5 }], range: { from: 'now-5m', to: 'now' } }))}`);
    await page.getByRole('region', { name: 'Log lines' }).waitFor();
    expect(console.errors()).toEqual([]);
  });
});

describeConsole('Explore of a Prometheus', { sample: true, needs: ['Prometheus', prometheusBinary] }, (console) => {
  let prometheus: Awaited<ReturnType<typeof startPrometheus>>;
  beforeAll(async () => {
    prometheus = await startPrometheus(new URL(console.base).host);
  });
  afterAll(() => prometheus?.stop());

  test('completes names of metrics and draws what was asked', async () => {
    const page = await console.visit();
    const created = await page.request.post('/api/datasources', { data: { uid: 'prom', name: 'Prometheus', type: 'prometheus', access: 'proxy', url: prometheus.base, jsonData: {} } });
    expect(created.status()).toBe(200);
    const scraped = async () => ((await (await page.request.get('/api/datasources/uid/prom/resources/api/v1/label/__name__/values')).json()) as { readonly data?: readonly string[] }).data?.includes('up') ?? false;
    await expect.poll(scraped, { timeout: 120_000 }).toBe(true);
    const panes = { a: { datasource: 'prom', queries: [], range: { from: 'now-5m', to: 'now' } } };
    await page.goto(`/explore?schemaVersion=1&panes=${encodeURIComponent(JSON.stringify(panes))}`);
    const editor = page.getByRole('textbox', { name: 'PromQL query' });
    await editor.click();
    await page.keyboard.type('scrape_dur');
    await page.getByRole('option', { name: /scrape_duration_seconds/ }).first().waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.type('{');
    await page.getByRole('option', { name: 'instance' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Shift+Enter');
    await page.getByRole('region', { name: 'Graph' }).locator('.uplot').waitFor();
    await console.screenshot(page, 'explore-prometheus');
    expect(new URL(page.url()).searchParams.get('panes')).toContain('scrape_duration_seconds');
    expect(console.errors()).toEqual([]);
  });
});

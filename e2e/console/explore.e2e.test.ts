/** Explore: from a source to a graph, and what stays of it. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { postgresUrl, prometheusBinary, startPrometheus } from '../support/services.ts';
import { startFakePrometheus } from './fake-prometheus.ts';
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
    expect([200, 409], 'made, or there since the attempt before').toContain(created.status());
    const scraped = async () => ((await (await page.request.get('/api/datasources/uid/prom/resources/api/v1/label/__name__/values')).json()) as { readonly data?: readonly string[] }).data?.includes('up') ?? false;
    await expect.poll(scraped, { timeout: 120_000 }).toBe(true);
    const panes = { a: { datasource: 'prom', queries: [], range: { from: 'now-5m', to: 'now' } } };
    await page.goto(`/explore?schemaVersion=1&panes=${encodeURIComponent(JSON.stringify(panes))}`);
    const editor = page.getByRole('textbox', { name: 'PromQL query' });
    await editor.click();
    await page.keyboard.type('scrape_dur');
    // A key would be overheard in the first moments of the list.
    await page.getByRole('option', { name: /scrape_duration_seconds/ }).first().click();
    await page.keyboard.type('{');
    await page.getByRole('option', { name: 'instance' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Shift+Enter');
    await page.getByRole('region', { name: 'Graph' }).locator('.uplot').waitFor();
    expect(new URL(page.url()).searchParams.get('panes')).toContain('scrape_duration_seconds');
    expect(console.errors()).toEqual([]);
  });

  test('draws an hour of one that has been there for long', async () => {
    const past = await startFakePrometheus();
    await console.call('POST', '/api/datasources', { uid: 'web', name: 'Prometheus of the web', type: 'prometheus', access: 'proxy', url: past.base, jsonData: {} });
    const page = await console.visit();
    const panes = { a: { datasource: 'web', queries: [{ refId: 'A', expr: 'sum by (code) (rate(http_requests_total{job="web"}[5m]))' }], range: { from: 'now-1h', to: 'now' } } };
    await page.goto(`/explore?schemaVersion=1&panes=${encodeURIComponent(JSON.stringify(panes))}`);
    const graph = page.getByRole('region', { name: 'Graph' });
    await graph.getByText('500').first().waitFor();
    await graph.locator('.uplot').waitFor();
    await console.screenshot(page, 'explore-prometheus');
    await past.stop();
    expect(console.errors()).toEqual([]);
  });
});

describeConsole('Explore of a Loki', {}, (console) => {
  let loki: Server;
  beforeAll(() => {
    const line = (seconds: number, text: string) => [`${BigInt(Date.now() - seconds * 1000) * 1_000_000n}`, text];
    loki = createServer((request, response) => {
      const { pathname } = new URL(request.url!, 'http://loki');
      const data = pathname.endsWith('/labels') ? ['app', 'pod'] : pathname.endsWith('/values') ? ['bank', 'shop']
        : { resultType: 'streams', result: [{ stream: { app: 'shop' }, values: [line(10, 'a basket was filled'), line(20, 'a basket was taken')] }] };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ status: 'success', data }));
    }).listen(0, '127.0.0.1');
  });
  afterAll(() => loki?.close());

  test('completes labels and their values, and shows the lines', async () => {
    const page = await console.visit();
    const created = await page.request.post('/api/datasources', { data: { uid: 'loki', name: 'Loki', type: 'loki', access: 'proxy', url: `http://127.0.0.1:${(loki.address() as AddressInfo).port}` } });
    expect(created.status()).toBe(200);
    const panes = { a: { datasource: 'loki', queries: [], range: { from: 'now-5m', to: 'now' } } };
    await page.goto(`/explore?schemaVersion=1&panes=${encodeURIComponent(JSON.stringify(panes))}`);
    await page.getByRole('textbox', { name: 'LogQL query' }).click();
    await page.keyboard.type('{a');
    await page.getByRole('option', { name: 'app' }).click();
    await page.keyboard.type('s');
    await page.getByRole('option', { name: 'shop' }).click();
    await page.keyboard.press('Shift+Enter');
    await page.getByRole('region', { name: 'Log lines' }).getByText('a basket was filled').waitFor();
    expect(new URL(page.url()).searchParams.get('panes')).toContain('app=');
    expect(console.errors()).toEqual([]);
  });
});

describeConsole('Explore of a PostgreSQL', { needs: ['PostgreSQL', postgresUrl] }, (console) => {
  test('is connected by its form, and asked in SQL', async () => {
    const { host, pathname, username, password } = new URL(postgresUrl!);
    const page = await console.visit();
    await page.goto('/connections/datasources/new');
    await page.getByRole('textbox', { name: 'Search types of data sources' }).fill('postgres');
    await page.getByRole('button', { name: /PostgreSQL/ }).click();
    await page.getByLabel('Host').fill(host);
    await page.getByLabel('Database name').fill(pathname.slice(1));
    await page.getByLabel('Username').fill(username);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('combobox', { name: 'TLS mode' }).click();
    await page.getByRole('option', { name: 'disable' }).click();
    await page.getByRole('button', { name: 'Save & test' }).click();
    await page.getByText('Database Connection OK').waitFor();
    const uid = new URL(page.url()).pathname.split('/').at(-1)!;
    await page.goto(`/explore?schemaVersion=1&panes=${encodeURIComponent(JSON.stringify({ a: { datasource: uid, queries: [], range: { from: 'now-5m', to: 'now' } } }))}`);
    await page.getByRole('textbox', { name: 'SQL query' }).click();
    await page.keyboard.type("select 'kettle' as thing, 42 as degrees");
    await page.keyboard.press('Shift+Enter');
    const table = page.getByRole('region', { name: 'Table' });
    await table.getByText('kettle').waitFor();
    await table.getByText('42').waitFor();
    expect(console.errors()).toEqual([]);
  });
});

/** A dashboard of twenty panels in a browser: from the address to the moment that every panel is drawn and the page has time for whoever looks at it. */
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';
import { call, removeFolder, startServer } from './server-under-test.ts';
import { printTable, type Row } from './table.ts';

const laterVisits = 7;
const budgetSeconds = 1.5;
const waitingMs = 120_000;
const types = ['timeseries', 'stat', 'gauge', 'timeseries', 'table'];
const panelCount = 20;

interface Visit {
  /** Since the page was asked for. */
  readonly firstDrawnMs: number;
  readonly interactiveMs: number;
  readonly taskMs: number;
  readonly requests: number;
}

export async function benchConsole(): Promise<void> {
  const binary = process.env['BELVEDERE_TEST_CHROMIUM'] || '/usr/bin/chromium';
  if (!existsSync(binary)) {
    console.log('\nconsole: not measured, there is no Chromium; BELVEDERE_TEST_CHROMIUM names one');
    return;
  }
  const server = await startServer();
  const datasource = { uid: 'testdata', type: 'grafana-testdata-datasource' };
  await call(server.base, 'POST', '/api/datasources', { name: 'TestData', uid: datasource.uid, type: datasource.type, access: 'proxy' });
  const panels = Array.from({ length: panelCount }, (_, i) => ({
    id: i + 1, type: types[i % types.length], title: `Panel ${i + 1}`, gridPos: { x: (i % 4) * 6, y: Math.floor(i / 4) * 5, w: 6, h: 5 }, datasource, targets: [{ refId: 'A', scenarioId: 'random_walk', datasource }],
  }));
  await call(server.base, 'POST', '/api/dashboards/db', { dashboard: { uid: 'twenty', title: 'Twenty panels', schemaVersion: 42, time: { from: 'now-1h', to: 'now' }, panels } });
  // A browser that keeps what it has loaded and compiled, as people's do.
  const profile = mkdtempSync(join(tmpdir(), 'belvedere-browser-'));
  // As high as the dashboard: what is not looked at is not drawn.
  const context = await chromium.launchPersistentContext(profile, { executablePath: binary, args: ['--no-sandbox', '--disable-dev-shm-usage'], viewport: { width: 1600, height: 1300 }, baseURL: server.base });
  await context.request.post('/login', { data: { user: 'admin', password: 'admin' } });
  const empty = await visitEmpty(context);
  const first = await visit(context);
  const later: Visit[] = [];
  for (let i = 0; i < laterVisits; i++) later.push(await visit(context));
  await context.close();
  await server.stop();
  removeFolder(server.dir);
  removeFolder(profile);
  const middle = later.toSorted((a, b) => a.interactiveMs - b.interactiveMs)[Math.floor(later.length / 2)]!;
  const row = (name: string, { firstDrawnMs, interactiveMs, taskMs, requests }: Visit): Row => ({
    name, value: interactiveMs / 1000, unit: 's', budget: budgetSeconds, beside: `first panel ${(firstDrawnMs / 1000).toFixed(2)} s, main thread busy ${(taskMs / 1000).toFixed(2)} s, ${requests} requests`,
  });
  printTable('Console, a dashboard of twenty panels', [
    { name: 'an empty page of the same server, the floor', value: empty / 1000, unit: 's' }, row('interactive, first visit of a browser', first), row(`interactive, later visits (median of ${laterVisits})`, middle),
    { name: 'interactive, quickest of them', value: Math.min(...later.map(({ interactiveMs }) => interactiveMs)) / 1000, unit: 's' },
  ]);
}

async function visitEmpty(context: BrowserContext): Promise<number> {
  const page = await context.newPage();
  await page.goto('/robots.txt');
  const took = await page.evaluate('performance.now()');
  await page.close();
  return took as number;
}

async function visit(context: BrowserContext): Promise<Visit> {
  const page = await context.newPage();
  const metrics = await context.newCDPSession(page);
  await metrics.send('Performance.enable');
  let requests = 0;
  page.on('request', () => requests++);
  await page.goto('/d/twenty/twenty-panels', { waitUntil: 'commit' });
  const { firstDrawnMs, interactiveMs } = (await page.evaluate(`(${watch})(${panelCount}, ${waitingMs})`)) as Pick<Visit, 'firstDrawnMs' | 'interactiveMs'>;
  const taskSeconds = (await metrics.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
  await page.close();
  return { firstDrawnMs, interactiveMs, taskMs: taskSeconds * 1000, requests };
}

/** Runs in the page: looks with every frame until all panels show something, then waits for the browser to have nothing to do. */
const watch = `async (count, waitingMs) => {
  const drawn = () => [...document.querySelectorAll('[data-viz-panel-key]')].filter((panel) => panel.querySelector('[data-testid="data-testid panel content"] :is(canvas, svg, [role="grid"])')).length;
  let firstDrawnMs;
  for (;;) {
    const now = drawn();
    if (now > 0) firstDrawnMs ??= performance.now();
    if (now >= count) break;
    if (performance.now() > waitingMs) throw new Error('only ' + now + ' panels were drawn');
    await new Promise(requestAnimationFrame);
  }
  await new Promise((done) => requestIdleCallback(done, { timeout: waitingMs }));
  return { firstDrawnMs, interactiveMs: performance.now() };
}`;

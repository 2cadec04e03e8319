/** The main routes, each beside its budget: CPU-seconds of the server for 1,000 requests, 32 connections. */
import { anAnnotation, fillAnnotations, rangeOf } from './annotations.ts';
import { aDashboard } from './dashboards.ts';
import { bareNodeFloor, floorOfBudgets, withTheirFloor } from './floor.ts';
import { load, type Request } from './load.ts';
import { adminBasic, call, removeFolder, startServer } from './server-under-test.ts';
import { startStubPrometheus } from './stub-prometheus.ts';
import { printTable, type Row } from './table.ts';

export async function benchHttp(only?: string): Promise<void> {
  const stub = await startStubPrometheus();
  const server = await startServer();
  const { base, pid } = server;
  const rows: Row[] = [];
  let floor = floorOfBudgets;
  const measure = async (name: string, budget: number, request: (n: number) => Request, options?: { count?: number }) => {
    if (only && !name.includes(only)) return;
    try {
      const { cpuPerThousand, perSecond, p99Ms, refused } = await load(base, pid, request, options);
      rows.push({ name, value: cpuPerThousand, unit: 'CPU-s/1,000', budget, beside: `${withTheirFloor(cpuPerThousand, floor)}; ${Math.round(perSecond)}/s, p99 ${p99Ms.toFixed(1)} ms${refused ? `, ${refused} REFUSED` : ''}` });
    } catch (error) {
      rows.push({ name, value: Number.NaN, unit: '', budget, beside: String(error) });
    }
  };
  try {
    // What the machine is like while the rest is measured.
    floor = await bareNodeFloor();
    rows.push({ name: 'bare node:http, the floor', value: floor, unit: 'CPU-s/1,000' });
    await call(base, 'POST', '/api/datasources', { name: 'TestData', uid: 'td', type: 'grafana-testdata-datasource', access: 'proxy' });
    await call(base, 'POST', '/api/datasources', { name: 'Prometheus', uid: 'prom', type: 'prometheus', access: 'proxy', url: stub.url });
    for (let i = 0; i < 100; i++) await call(base, 'POST', '/api/dashboards/db', { dashboard: aDashboard(i, `bench-${i}`), folderUid: '' });
    const account = await call(base, 'POST', '/api/serviceaccounts', { name: 'bench', role: 'Admin' });
    const { key } = await call(base, 'POST', `/api/serviceaccounts/${account.id}/tokens`, { name: 'bench' });
    const login = await fetch(`${base}/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ user: 'admin', password: 'admin' }) });
    const cookie = login.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
    const token = { authorization: `Bearer ${key}` };
    const session = { cookie };
    const jsonHeaders = { ...token, 'content-type': 'application/json' };

    await measure('health', 0.02, () => ({ path: '/api/health' }), { count: 20_000 });
    await measure('org, cookie', 0.06, () => ({ path: '/api/org', headers: session }), { count: 15_000 });
    await measure('org, basic', 0.06, () => ({ path: '/api/org', headers: adminBasic }), { count: 15_000 });
    await measure('org, token', 0.06, () => ({ path: '/api/org', headers: token }), { count: 15_000 });
    await measure('dashboard by uid', 0.12, (n) => ({ path: `/api/dashboards/uid/bench-${n % 100}`, headers: token }));
    await measure('dashboard dto', 0.15, (n) => ({ path: `/apis/dashboard.grafana.app/v1beta1/namespaces/default/dashboards/bench-${n % 100}/dto`, headers: token }));
    await measure('search', 0.15, (n) => ({ path: `/api/search?query=service%20${n % 100}&limit=50`, headers: token }));
    await measure('index page', 0.4, () => ({ path: '/', headers: session }), { count: 1_000 });
    await measure('frontend settings', 0.2, () => ({ path: '/api/frontend/settings', headers: token }), { count: 1_000 });
    const testData = (count: number, scenario: object): Request => ({
      method: 'POST', path: '/api/ds/query', headers: jsonHeaders,
      body: JSON.stringify({ from: '1700000000000', to: '1700003600000', queries: Array.from({ length: count }, (_, i) => ({ refId: `Q${i}`, datasource: { uid: 'td' }, intervalMs: 3600, maxDataPoints: 1000, ...scenario })) }),
    });
    await measure('query TestData 1 × 1,000', 0.4, () => testData(1, { scenarioId: 'random_walk' }), { count: 1_000 });
    await measure('query TestData 20 × 1,000', 3, () => testData(20, { scenarioId: 'random_walk' }), { count: 200 });
    await measure('query TestData csv', 0.6, () => testData(1, { scenarioId: 'csv_content', csvContent: `t,v\n${Array.from({ length: 200 }, (_, i) => `${i},${i * 2}`).join('\n')}` }), { count: 500 });
    const prometheus = (expr: string): Request => ({
      method: 'POST', path: '/api/ds/query', headers: jsonHeaders,
      body: JSON.stringify({ from: '1700000000000', to: '1700015000000', queries: [{ refId: 'A', datasource: { uid: 'prom' }, expr, range: true, intervalMs: 15_000, maxDataPoints: 1000 }] }),
    });
    await measure('query Prometheus 10 × 1,000', 2.4, () => prometheus('bench_10_1000'), { count: 500 });
    await measure('query Prometheus 1,000 × 300', 60, () => prometheus('bench_1000_300'), { count: 40 });
    const proxied = (expr: string): Request => ({ path: `/api/datasources/proxy/uid/prom/api/v1/query_range?query=${expr}`, headers: token });
    await measure('proxy 10 × 1,000', 0.35, () => proxied('bench_10_1000'), { count: 1_000 });
    await measure('proxy 1,000 × 300', 2.5, () => proxied('bench_1000_300'), { count: 100 });
    await measure('dashboard write', 0.6, (n) => ({ method: 'POST', path: '/api/dashboards/db', headers: jsonHeaders, body: JSON.stringify({ dashboard: aDashboard(1000 + n), folderUid: '' }) }), { count: 1_000 });
    const now = Date.now();
    await measure('annotation POST', 0.15, (n) => ({ method: 'POST', path: '/api/annotations', headers: jsonHeaders, body: JSON.stringify(anAnnotation(n, now)) }), { count: 2_000 });
    if (!only || 'annotations GET'.includes(only)) fillAnnotations(server.dir, now);
    await measure('annotations GET, 300 of 100,000', 0.6, (n) => rangeOf(n, now, token), { count: 1_000 });
  } finally {
    printTable('HTTP', rows);
    await server.stop();
    await stub.stop();
    removeFolder(server.dir);
  }
}

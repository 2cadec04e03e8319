/** A Prometheus that knows two metrics, `up` and `http_requests_total`, whatever it is asked: as much as a dashboard needs to show data. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakePrometheus {
  readonly base: string;
  /** Expressions that were asked, in order. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

const jobs = ['api', 'web'];
const series = (expr: string): readonly Readonly<Record<string, string>>[] =>
  expr.includes('http_requests') ? ['200', '404', '500'].map((code): Readonly<Record<string, string>> => (expr.includes('by') ? { code } : { __name__: 'http_requests_total', code, job: 'web' })) : jobs.map((job) => ({ __name__: 'up', job, instance: `${job}-1:9100` }));
const valueAt = (seconds: number, which: number) => String(20 + which * 15 + 10 * Math.sin(seconds / 300 + which));
const secondsIn = (text: string | null) => (text === null ? Date.now() / 1_000 : Number.isNaN(Number(text)) ? Date.parse(text) / 1_000 : Number(text));
const stepIn = (text: string | null) => (text === null ? 15 : /^[\d.]+$/.test(text) ? Number(text) : Number.parseFloat(text) * ({ s: 1, m: 60, h: 3_600 }[text.at(-1)!] ?? 1));

function answer(path: string, params: URLSearchParams, asked: string[]): unknown {
  const expr = params.get('query') ?? '';
  if (path === '/api/v1/query_range') {
    asked.push(expr);
    const [start, end, step] = [secondsIn(params.get('start')), secondsIn(params.get('end')), Math.max(1, stepIn(params.get('step')))];
    const times = Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, index) => start + index * step);
    return { resultType: 'matrix', result: series(expr).map((metric, which) => ({ metric, values: times.map((time) => [time, valueAt(time, which)]) })) };
  }
  if (path === '/api/v1/query') {
    asked.push(expr);
    const time = secondsIn(params.get('time'));
    return { resultType: 'vector', result: series(expr).map((metric, which) => ({ metric, value: [time, valueAt(time, which)] })) };
  }
  if (path === '/api/v1/labels') return ['__name__', 'code', 'instance', 'job'];
  if (path === '/api/v1/label/__name__/values') return ['http_requests_total', 'up'];
  if (path === '/api/v1/label/job/values') return jobs;
  if (/^\/api\/v1\/label\/\w+\/values$/.test(path)) return ['200', '404', '500'];
  if (path === '/api/v1/series') return series('up');
  if (path === '/api/v1/metadata') return { up: [{ type: 'gauge', help: 'Whether the last scrape went well', unit: '' }], http_requests_total: [{ type: 'counter', help: 'Requests so far', unit: '' }] };
  if (path === '/api/v1/status/buildinfo') return { version: '2.53.0', features: {} };
  if (path === '/api/v1/rules') return { groups: [] };
  return path === '/api/v1/query_exemplars' ? [] : {};
}

export async function startFakePrometheus(): Promise<FakePrometheus> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://prometheus');
      const params = new URLSearchParams([...url.searchParams, ...new URLSearchParams(Buffer.concat(parts).toString())]);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ status: 'success', data: answer(url.pathname, params, asked) }));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, stop: () => new Promise((done) => { server.close(() => done()); server.closeAllConnections(); }) };
}

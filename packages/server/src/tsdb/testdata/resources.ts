import { setTimeout as wait } from 'node:timers/promises';
import { frameJson } from '@belvedere/dataframe';
import { PluginPanic, type BackendPlugin, type CallResourceRequest, type CallResourceResponse } from '@belvedere/plugin-sdk';
import { parseGoDuration } from '../../util/interval.ts';
import type { Random } from './random-walk.ts';
import { scenarios } from './scenarios.ts';
import { parseChannelPath, type Simulations } from './simulation.ts';

/** Resource calls of the test data source (queries-and-frames §15). */

interface ResourceDeps { readonly simulations: Simulations; readonly random: Random; now(): number }

const greeting = 'Hello world from test datasource!';
const bytes = (text: string) => new TextEncoder().encode(text);
const answer = (status: number, type: string, body: string): CallResourceResponse => ({ status, headers: { 'Content-Type': [type] }, body: bytes(body) });
const asJson = (value: unknown, status = 200) => answer(status, 'application/json', JSON.stringify(value));
const asText = (text: string, status = 200) => answer(status, 'text/plain; charset=utf-8', text);

const linesMax = 10_000;

export function testDataResources(deps: ResourceDeps): NonNullable<BackendPlugin['callResource']> {
  const list = [...scenarios.values()].map(({ id, name, description = '', stringInput = '' }) => ({ description, id, name, stringInput }));

  return async (request) => {
    const path = request.path.replace(/^\/+|\/+$/g, '');
    if (path === 'scenarios') return asJson(list);
    if (path === 'test' || path === 'test/json') return asJson(echo(request));
    if (path === 'stream') return stream(request, deps);
    if (path === 'boom') throw new PluginPanic('Test Data Panic!');
    if (path === 'sims') return answer(200, 'application/json', `[${deps.simulations.list().map(simJson).join(',')}]`);
    if (path.startsWith('sim/')) return simulation(request, path, deps);
    return asText(greeting);
  };
}

const simJson = ({ config, ...about }: ReturnType<Simulations['list']>[number]): string => `${JSON.stringify(about).slice(0, -1)},"config":${frameJson(config)}}`;

/** Compat: the shape of Go's URL; the frontend's test page shows it. The query string is kept as it was sent. */
function echo({ path, url, method, headers, body }: CallResourceRequest) {
  let parsed: unknown = null;
  try { parsed = JSON.parse(new TextDecoder().decode(body)); } catch { /* What is no JSON is echoed as null. */ }
  const at = url.indexOf('?');
  return {
    message: greeting,
    request: {
      // Compat: only objects are echoed.
      body: typeof parsed === 'object' && !Array.isArray(parsed) ? parsed : null, headers, method,
      url: { Scheme: '', Opaque: '', User: null, Host: '', Path: `/${path}`, Fragment: '', RawQuery: at < 0 ? '' : url.slice(at + 1), RawPath: '', RawFragment: '', ForceQuery: false, OmitHost: false },
    },
  };
}

function stream(request: CallResourceRequest, { random, now }: ResourceDeps): CallResourceResponse {
  const at = request.url.indexOf('?');
  const params = new URLSearchParams(at < 0 ? '' : request.url.slice(at));
  const integer = (name: string, fallback: number) => { const text = params.get(name) ?? ''; return /^\d{1,9}$/.test(text) ? Number(text) : fallback; };
  const count = Math.min(integer('count', 10), linesMax);
  const start = integer('start', 1);
  const flushPercent = integer('flush', 100);
  const speedMs = Math.max(0, parseGoDuration(params.get('speed') ?? '') ?? 10);
  const influx = params.get('format') === 'influx';
  async function* lines() {
    let pending = '';
    for (let i = 0; i < count && !request.signal.aborted; i++) {
      const value = random() * 100;
      pending += influx ? `stream value=${value},line=${start + i}i ${now() * 1e6}\n` : `${JSON.stringify({ line: start + i, time: now(), value })}\n`;
      if (random() * 100 < flushPercent) { yield bytes(pending); pending = ''; }
      if (speedMs > 0) await wait(speedMs, undefined, { signal: request.signal }).catch(() => undefined);
    }
    if (pending !== '') yield bytes(pending);
  }
  return { status: 200, headers: { 'Content-Type': ['text/plain; charset=utf-8'] }, body: lines() };
}

function simulation(request: CallResourceRequest, path: string, deps: ResourceDeps): CallResourceResponse {
  const key = parseChannelPath(path);
  if (!key) return asText('invalid simulation path\n', 400);
  try {
    const sim = deps.simulations.of(key);
    if (request.method === 'POST') sim.configure(JSON.parse(new TextDecoder().decode(request.body) || '{}'));
    const state = `"config":${frameJson(sim.config())},"value":${frameJson(sim.at(Float64Array.of(deps.now())))}`;
    return answer(200, 'application/json', `{"key":${JSON.stringify({ type: key.type, tick: key.tickHz, ...(key.uid !== '' && { uid: key.uid }) })},${state}}`);
  } catch (error) {
    if (error instanceof SyntaxError) return asText('the configuration is not JSON\n', 400);
    return asText(`${(error as Error).message}\n`, 404);
  }
}

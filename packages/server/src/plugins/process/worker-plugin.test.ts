import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import type { BackendPlugin, PluginContext } from '@belvedere/plugin-sdk';
import { systemClock } from '../../infra/clock.ts';
import { silentLogger } from '../../infra/log/log.ts';
import { startWorkerPlugin } from './worker-plugin.ts';

const source = `
import type { BackendPlugin } from '@belvedere/plugin-sdk';

export default function createBackend(): BackendPlugin {
  return {
    async queryData({ queries }) {
      const frames = [{ name: 'f', refId: '', fields: [{ name: 'v', type: 'float64', nullable: true, values: Float64Array.of(1, 2), valid: Uint8Array.of(1, 0) }] }];
      return { responses: new Map(queries.map((q) => [q.refId, { frames, status: 200 }])) } as never;
    },
    async checkHealth() {
      return { status: 'OK', message: process.env.GF_PLUGIN_COLOUR ?? '' };
    },
    async callResource({ path }) {
      if (path === 'exit') process.exit(1);
      if (path === 'fail') throw new Error('no luck');
      if (path === 'whole') return { status: 200, headers: {}, body: Buffer.from('whole') };
      return { status: 201, headers: { 'x-a': ['1'] }, body: (async function* () { yield Buffer.from('one'); yield Buffer.from('two'); })() };
    },
    async runStream({ signal }, sender) {
      for (let n = 0; !signal.aborted; n++) {
        await sender.send(Buffer.from(JSON.stringify({ n })));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}
`;

const cleanUp: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

async function start(text = source) {
  const folder = mkdtempSync(join(tmpdir(), 'ts-plugin-'));
  cleanUp.push(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'backend.ts'), text);
  const state: { backend: BackendPlugin | undefined; ups: number; changed: (() => void)[] } = { backend: undefined, ups: 0, changed: [] };
  const plugin = await startWorkerPlugin({
    module: pathToFileURL(join(folder, 'backend.ts')).href, environment: () => ({ GF_PLUGIN_COLOUR: 'blue' }), clock: systemClock, log: silentLogger,
    up(backend) {
      state.backend = backend;
      state.ups++;
      for (const wake of state.changed.splice(0)) wake();
    },
    down() {
      state.backend = undefined;
    },
  });
  cleanUp.push(() => plugin.stop());
  return state;
}

const { signal } = new AbortController();
const pluginContext: PluginContext = { orgId: 1, pluginId: 'p', pluginVersion: '', apiVersion: '', namespace: 'default', grafanaConfig: {}, userAgent: '' };
const resource = (path: string) => ({ pluginContext, path, method: 'GET', url: path, headers: {}, body: new Uint8Array(), signal });

test('a TypeScript plugin answers queries, health and resources', async () => {
  const state = await start();
  const { responses } = await state.backend!.queryData!({
    pluginContext, headers: {}, signal, queries: [{ refId: 'A', queryType: '', maxDataPoints: 1, intervalMs: 1, timeRange: { from: 0, to: 1 }, json: {} }],
  });
  expect(responses.get('A')?.frames?.[0]?.fields[0]).toEqual({ name: 'v', type: 'float64', nullable: true, values: Float64Array.of(1, 2), valid: Uint8Array.of(1, 0) });
  expect(await state.backend!.checkHealth!({ pluginContext, headers: {}, signal })).toEqual({ status: 'OK', message: 'blue' });
  const whole = await state.backend!.callResource!(resource('whole'));
  expect(Buffer.from(whole.body as Uint8Array).toString()).toBe('whole');
  const streamed = await state.backend!.callResource!(resource('parts'));
  const parts: string[] = [];
  for await (const part of streamed.body as AsyncIterable<Uint8Array>) parts.push(Buffer.from(part).toString());
  expect([streamed.status, streamed.headers, parts]).toEqual([201, { 'x-a': ['1'] }, ['one', 'two']]);
  await expect(state.backend!.callResource!(resource('fail'))).rejects.toThrow('no luck');
  expect(state.backend!.publishStream).toBeUndefined();
});

test('its streams end with their signal', async () => {
  const state = await start();
  const abort = new AbortController();
  const seen: string[] = [];
  const run = state.backend!.runStream!({ pluginContext, path: '', data: new Uint8Array(), headers: {}, signal: abort.signal }, {
    send(json) {
      seen.push(Buffer.from(json).toString());
      if (seen.length === 2) abort.abort(new Error('enough'));
    },
  });
  await expect(run).rejects.toThrow('enough');
  expect(seen).toEqual(['{"n":0}', '{"n":1}']);
});

test('it is started again when it ends', async () => {
  const state = await start();
  await expect(state.backend!.callResource!(resource('exit'))).rejects.toThrow('ended');
  while (state.ups < 2) await new Promise<void>((resolve) => state.changed.push(resolve));
  expect((await state.backend!.checkHealth!({ pluginContext, headers: {}, signal })).status).toBe('OK');
});

test('one that cannot be loaded does not start', async () => {
  await expect(start('export const nothing = 1;')).rejects.toThrow();
});

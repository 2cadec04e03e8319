/** Runs in a worker: loads a TypeScript back end and answers the calls that come. */
import { parentPort, workerData } from 'node:worker_threads';
import { format } from 'node:util';
import type { BackendPlugin, CallResourceResponse } from '@belvedere/plugin-sdk';
import type { CallName, FromWorker, ToWorker } from './worker-messages.ts';

const port = parentPort!;
const send = (message: FromWorker) => port.postMessage(message);

// A plugin's console is its log.
for (const [method, level] of [['debug', 'debug'], ['log', 'info'], ['info', 'info'], ['warn', 'warn'], ['error', 'error']] as const) {
  console[method] = (...args: unknown[]) => send({ kind: 'log', level, message: format(...args) });
}

const names: readonly CallName[] = ['queryData', 'checkHealth', 'callResource', 'collectMetrics', 'subscribeStream', 'publishStream', 'runStream'];
const { module } = workerData as { module: string };
const loaded = (await import(module)) as { default?: BackendPlugin | (() => BackendPlugin | Promise<BackendPlugin>) };
const plugin = typeof loaded.default === 'function' ? await loaded.default() : loaded.default;
if (!plugin) throw new Error('the module has no default export: a BackendPlugin, or a function that makes one');

const running = new Map<number, AbortController>();

port.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'call': return void answer(message.id, message.name, message.request);
    case 'cancel': return running.get(message.id)?.abort(new Error('canceled'));
    case 'dispose': return void Promise.resolve(plugin.dispose?.()).finally(() => process.exit(0));
    default: return message satisfies never;
  }
});

async function answer(id: number, name: CallName, request: unknown): Promise<void> {
  const abort = new AbortController();
  running.set(id, abort);
  try {
    send({ kind: 'done', id, result: await call(id, name, { ...(request as object), signal: abort.signal }) });
  } catch (error) {
    send({ kind: 'failed', id, message: error instanceof Error ? error.message : String(error) });
  } finally {
    running.delete(id);
  }
}

async function call(id: number, name: CallName, request: unknown): Promise<unknown> {
  const sendPart = (bytes: Uint8Array) => send({ kind: 'part', id, bytes });
  if (name === 'runStream') return plugin!.runStream!(request as never, { send: sendPart });
  if (name === 'collectMetrics') return plugin!.collectMetrics!();
  if (name !== 'callResource') return plugin![name]!(request as never);
  const response: CallResourceResponse = await plugin!.callResource!(request as never);
  if (response.body instanceof Uint8Array) return response;
  send({ kind: 'part', id, bytes: Buffer.from(JSON.stringify({ status: response.status, headers: response.headers })) });
  for await (const part of response.body) sendPart(part);
  return undefined;
}

send({ kind: 'ready', offers: names.filter((name) => typeof plugin[name] === 'function') });

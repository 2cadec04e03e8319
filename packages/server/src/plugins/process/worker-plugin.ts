/** A TypeScript back end in a worker thread, looked after like a process: started again when it ends, until it is told to stop. */
import { Worker } from 'node:worker_threads';
import type { BackendPlugin, CallResourceResponse, StreamSender } from '@belvedere/plugin-sdk';
import type { Clock } from '../../infra/clock.ts';
import type { Logger } from '../../infra/log/log.ts';
import type { CallName, FromWorker, ToWorker } from './worker-messages.ts';

export interface WorkerPluginDeps {
  /** URL of the module whose default export is the back end. */
  readonly module: string;
  readonly environment: () => Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly up: (backend: BackendPlugin) => void;
  readonly down: () => void;
}

const readyWithinMs = 60_000;
const restartAfterMs = 1_000;
const exitWithinMs = 2_000;

export async function startWorkerPlugin(deps: WorkerPluginDeps): Promise<{ stop(): Promise<void> }> {
  const stopping = new AbortController();
  let running = await startOnce(deps);
  deps.up(running.backend);
  const watched = (async () => {
    while (!stopping.signal.aborted) {
      await running.ended;
      deps.down();
      if (stopping.signal.aborted) return;
      deps.log.warn('Plugin worker ended, starting it again');
      for (;;) {
        await deps.clock.sleep(restartAfterMs, stopping.signal).catch(() => {});
        if (stopping.signal.aborted) return;
        try {
          running = await startOnce(deps);
          break;
        } catch (error) {
          deps.log.error('Could not start a plugin again', { error });
        }
      }
      deps.up(running.backend);
    }
  })();
  return {
    async stop() {
      stopping.abort(new Error('stopping'));
      deps.down();
      running.worker.postMessage({ kind: 'dispose' } satisfies ToWorker);
      const timer = setTimeout(() => void running.worker.terminate(), exitWithinMs);
      await running.ended;
      clearTimeout(timer);
      await watched;
    },
  };
}

interface Running {
  readonly worker: Worker;
  readonly backend: BackendPlugin;
  readonly ended: Promise<void>;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly part: (bytes: Uint8Array) => void;
}

async function startOnce({ module, environment, log }: WorkerPluginDeps): Promise<Running> {
  const worker = new Worker(new URL('worker-main.ts', import.meta.url), { workerData: { module }, env: { ...environment() }, stdout: true, stderr: true });
  worker.stdout.resume();
  worker.stderr.on('data', (chunk: Buffer) => log.debug(chunk.toString('utf8').trimEnd()));
  const pending = new Map<number, Pending>();
  const ended = new Promise<void>((resolve) => worker.once('exit', () => {
    for (const { reject } of pending.values()) reject(new Error('the plugin ended'));
    pending.clear();
    resolve();
  }));
  const offers = await new Promise<readonly CallName[]>((resolve, reject) => {
    const timer = setTimeout(() => {
      void worker.terminate();
      reject(new Error('the plugin was not ready in time'));
    }, readyWithinMs);
    worker.once('error', (cause) => reject(new Error('the plugin cannot be loaded', { cause })));
    worker.once('exit', () => reject(new Error('the plugin ended before it was ready')));
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') {
        clearTimeout(timer);
        resolve(message.offers);
      } else receive(message, pending, log);
    });
  });
  // An error that nobody catches ends the worker; its end is what we act on.
  worker.on('error', (error) => log.error('Plugin worker failed', { error }));
  return { worker, backend: workerBackend(worker, pending, offers), ended };
}

function receive(message: Exclude<FromWorker, { kind: 'ready' }>, pending: Map<number, Pending>, log: Logger): void {
  if (message.kind === 'log') return log[message.level](message.message);
  const call = pending.get(message.id);
  if (!call) return;
  if (message.kind === 'part') return call.part(message.bytes);
  pending.delete(message.id);
  if (message.kind === 'done') call.resolve(message.result);
  else call.reject(new Error(message.message));
}

function workerBackend(worker: Worker, pending: Map<number, Pending>, offers: readonly CallName[]): BackendPlugin {
  let lastId = 0;
  function call<T>(name: CallName, request: { readonly signal?: AbortSignal } | undefined, part: (bytes: Uint8Array) => void = () => {}): Promise<T> {
    const id = ++lastId;
    const { signal, ...sent } = request ?? {};
    return new Promise<T>((resolve, reject) => {
      const cancel = () => {
        worker.postMessage({ kind: 'cancel', id } satisfies ToWorker);
        if (pending.delete(id)) reject(signal!.reason as Error);
      };
      const settled = <A>(settle: (value: A) => void) => (value: A) => {
        signal?.removeEventListener('abort', cancel);
        settle(value);
      };
      pending.set(id, { resolve: settled(resolve as (result: unknown) => void), reject: settled(reject), part });
      worker.postMessage({ kind: 'call', id, name, request: sent } satisfies ToWorker);
      if (signal?.aborted) cancel();
      else signal?.addEventListener('abort', cancel, { once: true });
    });
  }

  const all: Required<Omit<BackendPlugin, 'dispose'>> = {
    queryData: (request) => call('queryData', request),
    checkHealth: (request) => call('checkHealth', request),
    collectMetrics: () => call('collectMetrics', undefined),
    subscribeStream: (request) => call('subscribeStream', request),
    publishStream: (request) => call('publishStream', request),
    runStream: (request, sender: StreamSender) => call('runStream', request, (bytes) => void sender.send(bytes)),
    callResource: (request) => {
      const parts = createParts();
      let head: ((response: CallResourceResponse) => void) | undefined;
      return new Promise<CallResourceResponse>((resolve, reject) => {
        head = resolve;
        call<CallResourceResponse | undefined>('callResource', request, (bytes) => {
          if (!head) return parts.push(bytes);
          // The first part of a streamed answer is its head.
          const { status, headers } = JSON.parse(Buffer.from(bytes).toString('utf8')) as CallResourceResponse;
          head({ status, headers, body: parts.read() });
          head = undefined;
        }).then((whole) => {
          if (whole) resolve(whole);
          else parts.end();
        }, (error: Error) => {
          if (head) reject(error);
          else parts.end(error);
        });
      });
    },
  };
  return Object.fromEntries(offers.map((name) => [name, all[name]])) as BackendPlugin;
}

/** Parts as they come, for one reader. */
function createParts() {
  const waiting: Uint8Array[] = [];
  let over = false;
  let failure: Error | undefined;
  let wake = () => {};
  return {
    push(bytes: Uint8Array) {
      waiting.push(bytes);
      wake();
    },
    end(error?: Error) {
      over = true;
      failure = error;
      wake();
    },
    async *read(): AsyncIterable<Uint8Array> {
      for (;;) {
        const next = waiting.shift();
        if (next) {
          yield next;
          continue;
        }
        if (failure) throw failure;
        if (over) return;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

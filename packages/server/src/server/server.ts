/**
 * `createServer(settings)`: the composition root from outside. Embed Belvedere with it, or start it as `main.ts` does.
 */
import { chmodSync, chownSync, rmSync } from 'node:fs';
import type { Logger } from '../infra/log/log.ts';
import type { HttpServer } from '../web/http-server.ts';
import { runServices, type RunningServices } from '../registry/run-services.ts';
import type { Settings } from '../setting/settings.ts';
import { buildGraph, type Extensions, type Graph } from './graph.ts';
import { Teardown } from './teardown.ts';

export type { Extensions } from './graph.ts';

export interface BelvedereServer {
  /** Builds everything, starts the background services and opens the listener: the first healthy answer means "usable". */
  start(): Promise<{ address: string }>;
  /** Rejects when a background service fails. */
  readonly failed: Promise<never>;
  /** Stops accepting, finishes what is under way, stops services and parts in reverse order. */
  stop(): Promise<void>;
  /** The object graph, once started: for embedding and for tests. */
  readonly graph: Graph;
}

export interface ServerOptions {
  readonly settings: Settings;
  readonly log: Logger;
  readonly extensions?: Extensions;
}

export function createServer({ settings, log, extensions }: ServerOptions): BelvedereServer {
  const teardown = new Teardown(log);
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {});
  let graph: Graph | undefined;
  let running: RunningServices | undefined;
  let stopping: Promise<void> | undefined;

  const stop = async () => {
    // The listener first: a request under way still finds its services.
    await teardown.run();
  };

  return {
    failed: failure.promise,
    get graph() {
      if (!graph) throw new Error('the server has not been started');
      return graph;
    },
    async start() {
      try {
        graph = await buildGraph({ settings, log, teardown, ...(extensions ? { extensions } : {}) });
        running = runServices(graph.backgroundServices, log);
        running.failed.catch(failure.reject);
        const services = running;
        teardown.add('background services', () => services.stop());
        await graph.provision();
        const address = await listen(graph.http, settings);
        teardown.add('http server', () => graph!.http.close());
        running.answering();
        log.info('HTTP Server Listen', { address, protocol: settings.server.protocol, subUrl: settings.server.subUrl, socket: settings.server.protocol === 'socket' ? settings.server.socket : '' });
        return { address };
      } catch (error) {
        await stop();
        throw error;
      }
    },
    stop: () => (stopping ??= stop()),
  };
}

async function listen(http: HttpServer, { server }: Settings): Promise<string> {
  if (server.protocol !== 'socket') return http.listen({ host: server.address === '' ? '0.0.0.0' : server.address, port: server.port });
  rmSync(server.socket, { force: true });
  const address = await http.listen({ path: server.socket });
  chmodSync(server.socket, server.socketMode);
  if (server.socketGid >= 0) chownSync(server.socket, -1, server.socketGid);
  return address;
}

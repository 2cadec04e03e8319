/** A live server on a real port, with the world around it played by the test. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { Registry } from 'prom-client';
import { WebSocket } from 'ws';
import { systemClock, type Clock } from '../../infra/clock.ts';
import { silentLogger } from '../../infra/log/log.ts';
import type { LiveSettings } from '../../setting/live-settings.ts';
import type { ResourceEvent } from '../../storage/resource-store.ts';
import { nobody, type Identity } from '../../web/identity.ts';
import { createLive, type Live } from './live-service.ts';
import { parseLineFormat } from './line-frames.ts';
import type { StreamTarget } from './live.ts';

export const admin: Identity = { ...nobody, kind: 'user', id: 1, uid: 'admin-uid', orgId: 1, orgRole: 'Admin' };
export const otherOrg: Identity = { ...admin, id: 7, orgId: 2 };

export interface LiveWorld {
  readonly live: Live;
  readonly metrics: Registry;
  readonly url: string;
  readonly sent: (event: ResourceEvent) => void;
  /** Who the next sockets belong to. */
  identity: Identity;
  readonly readable: Set<string>;
  readonly writable: Set<string>;
  readonly targets: Map<string, StreamTarget>;
  close(): Promise<void>;
}

export async function startLive(settings: Partial<LiveSettings> = {}, clock: Clock = systemClock): Promise<LiveWorld> {
  const listeners = new Set<(event: ResourceEvent) => void>();
  const world = { identity: admin, readable: new Set<string>(), writable: new Set<string>(), targets: new Map<string, StreamTarget>() };
  const metrics = new Registry();
  const live = createLive({
    settings: { connectionsMax: -1, messageBytesMax: 65_536, queuedBytesMax: 4_194_304, allowedOrigins: [], redis: undefined, ...settings },
    rootUrl: 'http://grafana.example.com/', clock, log: silentLogger, metrics,
    namespaceOf: (orgId) => (orgId === 1 ? 'default' : `org-${orgId}`),
    dashboards: { canRead: (_, uid) => world.readable.has(uid), canWrite: (_, uid) => world.writable.has(uid) },
    targets: { find: async (scope, name) => world.targets.get(`${scope}/${name}`) },
    resources: {
      onEvent(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    random: () => 0,
  });
  const server: Server = createServer((_, response) => response.writeHead(404).end());
  server.on('upgrade', (req, socket: Duplex, head) => {
    const url = new URL(req.url ?? '/', 'http://localhost');
    const request = { req, socket, head, identity: world.identity, search: url.searchParams };
    if (url.pathname.startsWith('/push/')) live.handlePushUpgrade(request, url.pathname.slice(6), parseLineFormat(url.searchParams.get('gf_live_frame_format')));
    else live.handleUpgrade(request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(world, {
    live, metrics,
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent: (event: ResourceEvent) => {
      for (const listener of listeners) listener(event);
    },
    async close() {
      await live.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

export interface TestClient {
  readonly socket: WebSocket;
  send(command: unknown): void;
  /** The next message that is neither taken nor a ping. */
  next(): Promise<Record<string, unknown>>;
  readonly closed: Promise<{ code: number; reason: string }>;
}

/** A client that speaks raw JSON and answers no pings. */
export async function dial(url: string, { greet = true, protocols = [] as string[], headers = {} } = {}): Promise<TestClient> {
  const socket = new WebSocket(url, protocols, { headers });
  const inbox: Record<string, unknown>[] = [];
  let wake: (() => void) | undefined;
  socket.on('message', (data) => {
    for (const line of String(data).split('\n')) if (line !== '{}') inbox.push(JSON.parse(line));
    wake?.();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => socket.once('close', (code, reason) => resolve({ code, reason: String(reason) })));
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  const client: TestClient = {
    socket, closed,
    send: (command) => socket.send(typeof command === 'string' ? command : JSON.stringify(command)),
    async next() {
      while (inbox.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return inbox.shift()!;
    },
  };
  if (greet) {
    client.send({ id: 1, connect: { name: 'js' } });
    await client.next();
  }
  return client;
}

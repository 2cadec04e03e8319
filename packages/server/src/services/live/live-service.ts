/** The live server: sockets in, publications out (live §1, §4, §6). */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Registry } from 'prom-client';
import type { WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../../infra/clock.ts';
import type { Logger } from '../../infra/log/log.ts';
import type { LiveSettings } from '../../setting/live-settings.ts';
import type { ResourceEvent, ResourceStore } from '../../storage/resource-store.ts';
import type { Identity } from '../../web/identity.ts';
import { createDashboardHandler, createManagedHandler, createPluginHandler, createWatchHandler } from './channel-handlers.ts';
import { isNamespace, parseAddress, splitPrefix } from './channel.ts';
import { Connection, type Channels, type ConnectionDeps } from './connection.ts';
import { createHub } from './hub.ts';
import { jsonCodec } from './json-codec.ts';
import { framesOf, type LineFormat } from './line-frames.ts';
import { parseLineProtocol } from './line-protocol.ts';
import { UnacceptableMessage, type ChannelHandler, type ChannelRequest, type DashboardAccess, type LiveService, type ManagedChannel, type PublishOutcome, type ResourceWatches, type StreamTargets } from './live.ts';
import { liveMetrics, newLiveCounts } from './live-metrics.ts';
import { createManagedStreams, pushedText } from './managed-streams.ts';
import { createOriginRule } from './origin.ts';
import { protobufCodec } from './protobuf-codec.ts';
import { replyErrors } from './protocol.ts';
import { connectRelay, type ChannelMessage, type Relay } from './redis-relay.ts';
import { createRunStreams } from './run-streams.ts';

export interface LiveDeps {
  readonly settings: LiveSettings;
  readonly rootUrl: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Registry;
  readonly namespaceOf: (orgId: number) => string;
  readonly dashboards: DashboardAccess;
  readonly targets: StreamTargets;
  readonly resources: Pick<ResourceStore, 'onEvent'>;
  /** Where Git Sync is on. */
  readonly watches?: ResourceWatches;
  readonly random?: () => number;
}

export interface Live extends LiveService {
  /** Takes over an upgrade request that was authenticated. */
  handleUpgrade(request: UpgradeRequest): void;
  /** Takes over a socket whose messages are line protocol; the role was checked. */
  handlePushUpgrade(request: UpgradeRequest, streamId: string | undefined, format: LineFormat | undefined): void;
  /** Rejects with LineProtocolError; publishes nothing then. */
  push(identity: Identity, streamId: string, body: string, format: LineFormat): Promise<void>;
  /** Tells those who have a dashboard open that it was saved, where the resource store has nothing to tell. */
  dashboardSaved(dashboard: { readonly namespace: string; readonly name: string; readonly resourceVersion: number }): void;
  publishAs(identity: Identity, channel: string, data: string): Promise<PublishOutcome | 'invalid' | 'unknown' | 'unacceptable'>;
  list(identity: Identity): Promise<ManagedChannel[]>;
  readonly connections: number;
  /** Resolves once the other processes hear of this one, or it is known that they will not. */
  readonly joined: Promise<void>;
  /** Tells everybody to come back later. */
  stop(): Promise<void>;
}

export interface UpgradeRequest {
  readonly req: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly identity: Identity;
  readonly search: URLSearchParams;
}

const subprotocols = ['centrifuge-json', 'centrifuge-protobuf'] as const;
const pushMessageBytesMax = 1_048_576;
const pushPingEveryMs = 25_000;

export function createLive(deps: LiveDeps): Live {
  const { settings, clock, log, namespaceOf } = deps;
  const hub = createHub();
  const managed = createManagedStreams(clock);
  const origin = createOriginRule(deps.rootUrl, settings.allowedOrigins);
  const runStreams = createRunStreams({ clock, log, subscribers: hub.count, publish });
  const connections = new Set<Connection>();
  /** Those that have said hello: only they count towards the limit. */
  const greeted = new Set<Connection>();
  const pushers = new Set<WebSocket>();
  const counts = newLiveCounts();
  liveMetrics({
    registry: deps.metrics, counts, clients: () => greeted.size, users: () => new Set([...greeted].map((one) => one.user)).size,
    subscriptions: hub.subscriptionCount, channels: hub.channelCount,
  });
  /** Nobody until Redis answers; the start does not wait for it. */
  let relay: Relay | undefined;
  const relayed = settings.redis && connectRelay({ redis: settings.redis, log, listener: { heard: tellHere, list: managed.list } }).then((made) => (relay = made));

  const dashboard = createDashboardHandler(deps.dashboards);
  const stream = createManagedHandler(async (org, channel) => {
    const shared = await relay?.recall(org, channel).catch(() => undefined);
    return shared ? pushedText(shared, false) : managed.last(org, channel);
  });
  const ds = createPluginHandler('ds', deps.targets, runStreams);
  const plugin = createPluginHandler('plugin', deps.targets, runStreams);
  const watch = deps.watches && createWatchHandler({ watches: deps.watches, publish, subscribers: hub.count, log });

  function handlerOf(scope: string, namespace: string): ChannelHandler | undefined {
    switch (scope) {
      case 'grafana': return namespace === 'dashboard' ? dashboard : undefined;
      case 'stream': return stream;
      case 'ds': return ds;
      case 'plugin': return plugin;
      case 'watch': return watch;
      default: return undefined;
    }
  }

  /** From a name on the wire to its handler and what the handler is asked, or the error. */
  function locate(identity: Identity, channel: string, data: string) {
    const parts = splitPrefix(channel);
    if (!parts || !isNamespace(parts.prefix)) return replyErrors.internal;
    if (parts.prefix !== namespaceOf(identity.orgId)) return replyErrors.permissionDenied;
    const address = parseAddress(parts.rest);
    // A trailing slash makes an empty dashboard uid, which is refused and not malformed.
    if (!address) return parts.rest === 'grafana/dashboard/uid/' ? replyErrors.forbidden : replyErrors.invalidChannel;
    const handler = handlerOf(address.scope, address.namespace);
    if (!handler) return replyErrors.internal;
    const request: ChannelRequest = { identity, orgNamespace: parts.prefix, channel, namespace: address.namespace, path: address.path, data };
    return { handler, request };
  }

  const channels: Channels = {
    async subscribe(identity, channel, data) {
      const found = locate(identity, channel, data);
      return 'code' in found ? found : found.handler.subscribe(found.request);
    },
    async publish(identity, channel, data) {
      const found = locate(identity, channel, data);
      return 'code' in found ? found : found.handler.publish(found.request);
    },
    announce,
  };

  /** What the caller named is not there, or it is there and failed. */
  async function missingOrFailed(scope: 'ds' | 'plugin', name: string, identity: Identity): Promise<'not-found' | 'failed'> {
    return (await deps.targets.find(scope, name, identity).catch(() => undefined)) ? 'failed' : 'not-found';
  }

  /** To this process's subscribers. */
  function tellHere(channel: string, message: ChannelMessage): void {
    if (message.kind === 'publication') counts.publications++;
    try {
      hub.broadcast(channel, (codec) => (message.kind === 'publication' ? codec.publication(channel, message.json) : codec.presence(channel, message.kind, message.user, message.client)));
    } catch (error) {
      log.warn('A publication is no JSON', { channel, error });
    }
  }

  /** To the subscribers of every process. */
  function announce(channel: string, message: ChannelMessage): void {
    tellHere(channel, message);
    relay?.announce(channel, message);
  }

  /** A plugin's streams run in each process that has subscribers, and dashboards are heard of from the store: neither is relayed. */
  function publish(channel: string, json: string): void {
    tellHere(channel, { kind: 'publication', json });
  }

  const stopListening = deps.resources.onEvent((event: ResourceEvent) => {
    const { group, resource, namespace, name } = event.object;
    if (group !== 'dashboard.grafana.app' || resource !== 'dashboards' || event.type === 'ADDED') return;
    publish(dashboardChannel(namespace, name), event.type === 'DELETED' ? JSON.stringify({ uid: name, action: 'deleted' }) : savedMessage(name, event.resourceVersion));
  });

  async function push(identity: Identity, streamId: string, body: string, format: LineFormat): Promise<void> {
    const org = namespaceOf(identity.orgId);
    // The clock counts milliseconds; what is finer keeps the order of lines without a time.
    const now = BigInt(clock.now()) * 1_000_000n + BigInt(Math.floor((performance.now() % 1) * 1e6));
    const shared: Promise<void>[] = [];
    for (const frame of framesOf(parseLineProtocol(body), format, now)) {
      const channel = `stream/${streamId}/${frame.name}`;
      const alone = managed.push(org, channel, frame);
      const tell = (json: string) => announce(`${org}/${channel}`, { kind: 'publication', json });
      // Redis answers in the order asked, which keeps frames in order.
      if (relay) shared.push(relay.remember(org, channel, frame).then((before) => pushedText(frame, before === frame.schema), () => alone).then(tell));
      else tell(alone);
    }
    if (shared.length > 0) await Promise.all(shared);
  }

  // Loaded with the first socket: the start does not wait for it.
  let socketServers: Promise<{ clients: WebSocketServer; pushers: WebSocketServer }> | undefined;
  const servers = () => (socketServers ??= import('ws').then(({ WebSocketServer, WebSocket }) => {
    /** Says why, as the reference does, when a client forgets to mask its frames. */
    class LiveSocket extends WebSocket {
      override close(code?: number, reason?: string | Buffer): void {
        super.close(code, code === 1002 && reason === undefined ? 'bad MASK' : reason);
      }
    }
    const base = { noServer: true, perMessageDeflate: false, clientTracking: false, WebSocket: LiveSocket } as const;
    return {
      clients: new WebSocketServer({
        ...base, maxPayload: Math.max(settings.messageBytesMax, 0),
        handleProtocols: (offered) => [...offered].find((name) => (subprotocols as readonly string[]).includes(name)) ?? false,
      }),
      pushers: new WebSocketServer({ ...base, maxPayload: pushMessageBytesMax, handleProtocols: () => false }),
    };
  }));

  function accept({ req, socket, head }: UpgradeRequest, which: 'clients' | 'pushers', use: (webSocket: WebSocket) => void): void {
    if (!isHandshake(req)) return answer(socket, 400, 'Bad Request');
    if (!origin.allows(req.headers.origin, req.headers.host)) return answer(socket, 403, 'Forbidden');
    void servers().then((all) => all[which].handleUpgrade(req, socket, head, use)).catch((error: unknown) => {
      log.error('Cannot open a live socket', { error });
      socket.destroy();
    });
  }

  const shared: ConnectionDeps = {
    hub, channels, log, counts, queuedBytesMax: settings.queuedBytesMax, random: deps.random ?? Math.random,
    now: () => clock.now(),
    expired: (user) => {
      for (const connection of [...connections]) if (connection.user === user) connection.close('expired');
    },
    greeted: (one) => {
      greeted.add(one);
      return settings.connectionsMax < 0 || greeted.size <= settings.connectionsMax;
    },
    ended: (one) => {
      greeted.delete(one);
      connections.delete(one);
    },
  };

  return {
    publish, push,
    dashboardSaved: ({ namespace, name, resourceVersion }) => announce(dashboardChannel(namespace, name), { kind: 'publication', json: savedMessage(name, resourceVersion) }),
    subscriberCount: hub.count,
    joined: Promise.resolve(relayed).then(() => {}),
    dataSourceChanged: runStreams.dataSourceChanged,
    get connections() {
      return greeted.size;
    },
    handleUpgrade(request) {
      // Nothing that lives as long as the connection may hold on to the request.
      const { identity, socket, search } = request;
      const nativePings = search.get('cf_ws_frame_ping_pong') === 'true';
      const asksProtobuf = search.get('format') === 'protobuf' || search.get('cf_protocol') === 'protobuf';
      accept(request, 'clients', (webSocket) => {
        const codec = asksProtobuf || webSocket.protocol === 'centrifuge-protobuf' ? protobufCodec : jsonCodec;
        connections.add(new Connection(shared, { webSocket, socket, codec, identity, nativePings }));
      });
    },
    handlePushUpgrade(request, streamId, format) {
      accept(request, 'pushers', (webSocket) => {
        pushers.add(webSocket);
        let alive = true;
        const timer = setInterval(() => {
          if (!alive) return webSocket.terminate();
          alive = false;
          webSocket.ping();
        }, pushPingEveryMs);
        webSocket.on('pong', () => {
          alive = true;
        });
        webSocket.on('error', () => {});
        webSocket.on('close', () => {
          clearInterval(timer);
          pushers.delete(webSocket);
        });
        webSocket.on('message', (message) => {
          // Compat: the pipeline behind the other address was never built; its first message ends the connection.
          if (streamId === undefined) return webSocket.terminate();
          if (format === undefined) return;
          push(request.identity, streamId, (message as Buffer).toString('utf8'), format).catch((error: unknown) => log.debug('Skipped a pushed message', { streamId, error }));
        });
      });
    },
    async publishAs(identity, channel, data) {
      const address = parseAddress(channel);
      if (!address) return 'invalid';
      const handler = handlerOf(address.scope, address.namespace);
      if (!handler) return 'unknown';
      const orgNamespace = namespaceOf(identity.orgId);
      const full = `${orgNamespace}/${channel}`;
      let outcome: PublishOutcome;
      try {
        outcome = await handler.publish({ identity, orgNamespace, channel: full, namespace: address.namespace, path: address.path, data });
      } catch (error) {
        if (error instanceof UnacceptableMessage || error instanceof SyntaxError) return 'unacceptable';
        log.debug('Publishing failed', { channel: full, error });
        return { status: address.scope === 'ds' || address.scope === 'plugin' ? await missingOrFailed(address.scope, address.namespace, identity) : 'failed' };
      }
      // Compat: what came is published, not what the handler made of it; dashboards rely on their `timestamp`.
      if (outcome.status === 'ok' && outcome.data !== undefined) announce(full, { kind: 'publication', json: data });
      return outcome;
    },
    async list(identity) {
      const org = namespaceOf(identity.orgId);
      const pushed = new Map<string, ManagedChannel>();
      for (const one of [...managed.list(org), ...((await relay?.listElsewhere(org).catch(() => [])) ?? [])]) {
        const known = pushed.get(one.channel);
        pushed.set(one.channel, known ? { ...known, minute_rate: known.minute_rate + one.minute_rate } : one);
      }
      return [...builtInChannels, ...pushed.values()].sort((a, b) => Buffer.compare(Buffer.from(a.channel), Buffer.from(b.channel)));
    },
    async stop() {
      stopListening();
      watch?.stop();
      for (const connection of [...connections]) connection.close('shutdown');
      for (const webSocket of pushers) webSocket.terminate();
      await runStreams.stop();
      await relayed;
      relay?.close();
    },
  };
}

const dashboardChannel = (namespace: string, uid: string): string => `${namespace}/grafana/dashboard/uid/${uid}`;
const savedMessage = (uid: string, version: number): string => JSON.stringify({ uid, action: 'saved', rv: String(version) });

/** TestData's channels are always offered (§2.4). */
const testDataSchema = JSON.stringify({
  schema: {
    name: 'testdata',
    fields: [
      { name: 'Time', type: 'time', typeInfo: { frame: 'time.Time' } },
      ...['Value', 'Min', 'Max'].map((name) => ({ name, type: 'number', typeInfo: { frame: 'float64' } })),
    ],
  },
});
const builtInChannels: readonly ManagedChannel[] = [['random-2s-stream', 30], ['random-flakey-stream', 150], ['random-labeled-stream', 250], ['random-20Hz-stream', 1200]]
  .map(([path, rate]) => ({ channel: `plugin/testdata/${path}`, minute_rate: Number(rate), data: testDataSchema }));

function isHandshake({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket' && headers['sec-websocket-version'] === '13' &&
    /^[+/0-9A-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? '');
}

function answer(socket: Duplex, status: number, reason: string): void {
  const body = `${reason}\n`;
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
}

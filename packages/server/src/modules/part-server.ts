/** A process that runs parts of the server (apiserver-and-storage §9.1): storage or search over gRPC, and `/metrics` over HTTP. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { Registry } from 'prom-client';
import { createCallerIdentity } from '../apiserver/storage-server/storage-caller.ts';
import { storageServices } from '../apiserver/storage-server/storage-server.ts';
import { createValueStore } from '../apiserver/storage-server/value-store.ts';
import { systemClock } from '../infra/clock.ts';
import { migrate } from '../infra/db/migrator.ts';
import type { Database } from '../infra/db/database.ts';
import { openDatabase } from '../infra/db/open-database.ts';
import { createGrpcServer, type GrpcServer } from '../infra/grpc/grpc-server.ts';
import type { ServedService } from '../infra/grpc/grpc-service.ts';
import { healthService } from '../infra/grpc/health-service.ts';
import { reflectionService } from '../infra/grpc/reflection-service.ts';
import type { Logger } from '../infra/log/log.ts';
import { createServerMetrics } from '../infra/metrics/server-metrics.ts';
import type { BackgroundService } from '../registry/background-service.ts';
import { runServices, type RunningServices } from '../registry/run-services.ts';
import { contentDatabase, contentStoreOn } from '../server/content-store.ts';
import { migrations } from '../server/migrations.ts';
import { Teardown } from '../server/teardown.ts';
import { tlsFiles } from '../server/tls-files.ts';
import { readGrpcSettings } from '../setting/grpc-settings.ts';
import { SettingError } from '../setting/ini.ts';
import { createNamespaceQuotas } from '../services/tenancy/quotas/namespace-quotas.ts';
import type { Settings } from '../setting/settings.ts';
import { dashboardType } from '../storage/search/content-entry.ts';
import type { ResourceStore } from '../storage/resource-store.ts';
import { createContentIndex } from '../storage/search/content-index.ts';
import { sameSecret } from '../util/same-secret.ts';
import { createRingPages, type Pages } from './ring-pages.ts';
import { createMembership, createSearchRing, type Membership, type SearchRing } from './search-ring.ts';
import type { PartTarget } from './targets.ts';

export interface PartServer {
  /** Where the HTTP server listens, and the gRPC server if there is one. */
  start(): Promise<{ readonly address: string; readonly grpcAddress?: string }>;
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

export interface PartServerOptions {
  readonly settings: Settings;
  readonly log: Logger;
  readonly parts: ReadonlySet<PartTarget>;
}

/** They know the search servers. */
const ringParts: readonly PartTarget[] = ['search-server-distributor', 'search-server-ring', 'memberlistkv'];

/** What a search server has of the storage server. */
const searched: ReadonlySet<string> = new Set(['ResourceIndex', 'ManagedObjectIndex', 'Diagnostics']);

export function createPartServer({ settings, log, parts }: PartServerOptions): PartServer {
  const teardown = new Teardown(log);
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {});
  let stopping: Promise<void> | undefined;
  const clock = systemClock;
  const backgroundServices: BackgroundService[] = [];
  const sharding = settings.ini.section('unified_storage');

  return {
    failed: failure.promise,
    async start() {
      try {
        const metrics = new Registry();
        createServerMetrics({ registry: metrics, ini: settings.ini, toggles: settings.toggles });
        const stores = parts.has('storage-server') || parts.has('search-server');
        const distributes = parts.has('search-server-distributor');
        if (stores && distributes) throw new SettingError('configuration: [] target', 'search-server-distributor asks search servers, and is a process of its own');
        const db = stores || ringParts.some((part) => parts.has(part)) ? await open() : undefined;
        const ring = db && createSearchRing({ db, clock, replicationFactor: Math.max(1, sharding.int('search_ring_replication_factor', 1)) });
        const grpc = stores ? await buildStorage(db!) : distributes ? await buildDistributor(ring!) : undefined;
        const grpcAddress = await grpc?.listen();
        if (grpcAddress !== undefined) log.info('gRPC Server Listen', { address: grpcAddress, parts: [...parts].join(',') });
        const membership = parts.has('search-server') && sharding.bool('enable_sharding') ? join(db!, grpcAddress!) : undefined;
        const running: RunningServices = runServices(membership ? [...backgroundServices, membership] : backgroundServices, log);
        running.failed.catch(failure.reject);
        teardown.add('background services', () => running.stop());
        const frontend = parts.has('frontend-server') ? (await import('./frontend-server.ts')).createFrontendServer(settings, log.child('frontend-server')) : undefined;
        const address = await listen(metrics, { inner: ring && (membership || !stores) ? createRingPages({ ring, membership, now: () => clock.now() }) : undefined, frontend });
        log.info('HTTP Server Listen', { address });
        return { address, ...(grpcAddress === undefined ? {} : { grpcAddress }) };
      } catch (error) {
        await teardown.run();
        throw error;
      }
    },
    stop: () => (stopping ??= teardown.run()),
  };

  async function open(): Promise<Database> {
    const db = await openDatabase(settings.database, { dataPath: settings.paths.data });
    teardown.add('database', () => db.close());
    if (!settings.database.skipMigrations) await migrate(db, migrations, { locking: settings.database.migrationLocking, lockTimeoutSeconds: settings.database.lockingAttemptTimeoutSeconds });
    return db;
  }

  function serve(services: readonly ServedService[], isHealthy: () => Promise<boolean>): GrpcServer {
    const health = healthService({ isHealthy, sleep: (ms, signal) => clock.sleep(ms, signal) });
    const grpc = createGrpcServer({ settings: readGrpcSettings(settings.ini), log: log.child('grpc-server'), services: [health, ...services, reflectionService([health, ...services])] });
    teardown.add('grpc server', () => grpc.close());
    return grpc;
  }

  async function buildDistributor(ring: SearchRing): Promise<GrpcServer> {
    const distributor = (await import('./search-distributor.ts')).createSearchDistributor({ ring });
    teardown.add('search distributor', () => distributor.close());
    return serve(distributor.services, async () => (await ring.members()).length > 0);
  }

  /** Under a name that is the same after a restart. */
  function join(db: Database, listening: string): Membership {
    const advertised = sharding.string('memberlist_advertise_addr') || hostname();
    const port = listening.slice(listening.lastIndexOf(':') + 1);
    const address = /^(0\.0\.0\.0|\[::\]|):\d+$/.test(listening) || (sharding.string('memberlist_advertise_addr') !== '' && !listening.startsWith('unix:')) ? `${advertised}:${port}` : listening;
    const membership = createMembership({ db, clock, log: log.child('search-ring'), name: sharding.string('instance_id') || `${hostname()}:${port}`, address });
    teardown.add('search ring', () => membership.leave());
    return membership;
  }

  async function buildStorage(db: Database): Promise<GrpcServer> {
    const { place } = settings.unifiedStorage;
    // A storage server that asks another one would say less than that one does.
    if (place.kind === 'server') throw new SettingError('configuration: [grafana-apiserver] storage_type', 'is unified or file in a storage server, not unified-grpc');
    const contentDb = await contentDatabase(place, db, teardown);
    const quotas = createNamespaceQuotas({ settings: settings.quota.namespaces, clock, log: log.child('quota'), count: (type, namespace) => store.count(type, namespace) });
    const store: ResourceStore = contentStoreOn(contentDb, {
      settings: settings.unifiedStorage, clock, log, backgroundServices, ...(quotas && { checkQuota: quotas.demand }), versionsToKeep: ({ group }) => (group === dashboardType.group ? settings.content.versionsToKeep : undefined),
    });
    const index = createContentIndex({ store });
    teardown.add('content index', () => index.close());
    const auth = settings.ini.section('grpc_server_authentication');
    const identify = createCallerIdentity({ signingKeysUrl: auth.string('signing_keys_url'), audiences: auth.list('allowed_audiences') });
    const all = storageServices({
      db: contentDb, store, index, values: createValueStore(contentDb, clock), clock, identify, log: log.child('storage-server'), pageBytesMax: settings.unifiedStorage.pageBytesMax, quotaOf: quotas?.usage,
    });
    const services = parts.has('storage-server') ? all : all.filter(({ service }) => searched.has(service));
    return serve(services, () => contentDb.ping().then(() => true));
  }

  async function listen(metrics: Registry, { inner, frontend }: { readonly inner?: Pages | undefined; readonly frontend?: Pages | undefined }): Promise<string> {
    const { server, ini } = settings;
    const section = ini.section('metrics');
    const [enabled, username, password] = [section.bool('enabled', true), section.string('basic_auth_username'), section.string('basic_auth_password')];
    const wanted = username !== '' && password !== '' ? `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` : '';
    const answer = async (req: IncomingMessage, res: ServerResponse) => {
      const path = req.url?.split('?')[0] ?? '';
      // What is for browsers is for everybody.
      if (await frontend?.(path, req, res)) return res;
      const known = (enabled && path === '/metrics' && (req.method === 'GET' || req.method === 'HEAD')) || (inner !== undefined && path !== '/metrics');
      if (known && wanted !== '' && !sameSecret(req.headers.authorization ?? '', wanted)) return res.writeHead(401, { 'www-authenticate': 'Basic realm="Grafana"' }).end();
      if (path !== '/metrics' && (await inner?.(path, req, res))) return res;
      if (!known || path !== '/metrics') return res.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('404 page not found\n');
      return res.writeHead(200, { 'content-type': metrics.contentType }).end(await metrics.metrics());
    };
    const tls = await tlsFiles(settings);
    const handle = (req: IncomingMessage, res: ServerResponse) => void answer(req, res).catch((error: unknown) => {
      log.error('The metrics could not be told', { error });
      res.destroy();
    });
    const http = tls ? createTlsServer(tls, handle) : createServer(handle);
    await new Promise<void>((done, fail) => {
      http.once('error', fail);
      http.listen(server.port, server.address === '' ? '0.0.0.0' : server.address, done);
    });
    teardown.add('http server', () => new Promise<void>((done) => {
      http.closeAllConnections();
      http.close(() => done());
    }));
    return `${tls ? 'https' : 'http'}://${server.address || '127.0.0.1'}:${(http.address() as AddressInfo).port}`;
  }
}

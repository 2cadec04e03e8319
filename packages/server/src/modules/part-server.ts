/** A process that runs parts of the server (apiserver-and-storage §9.1): storage or search over gRPC, and `/metrics` over HTTP. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Registry } from 'prom-client';
import { createCallerIdentity } from '../apiserver/storage-server/storage-caller.ts';
import { storageServices } from '../apiserver/storage-server/storage-server.ts';
import { createValueStore } from '../apiserver/storage-server/value-store.ts';
import { systemClock } from '../infra/clock.ts';
import { migrate } from '../infra/db/migrator.ts';
import { openDatabase } from '../infra/db/open-database.ts';
import { createGrpcServer } from '../infra/grpc/grpc-server.ts';
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
import type { Settings } from '../setting/settings.ts';
import { dashboardType } from '../storage/search/content-entry.ts';
import { createContentIndex } from '../storage/search/content-index.ts';
import { sameSecret } from '../util/same-secret.ts';
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

/** What a search server has of the storage server. */
const searched: ReadonlySet<string> = new Set(['ResourceIndex', 'ManagedObjectIndex', 'Diagnostics']);

export function createPartServer({ settings, log, parts }: PartServerOptions): PartServer {
  const teardown = new Teardown(log);
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {});
  let stopping: Promise<void> | undefined;

  return {
    failed: failure.promise,
    async start() {
      try {
        const metrics = new Registry();
        createServerMetrics({ registry: metrics, ini: settings.ini, toggles: settings.toggles });
        const grpc = parts.has('storage-server') || parts.has('search-server') ? await buildStorage() : undefined;
        const grpcAddress = await grpc?.listen();
        if (grpcAddress !== undefined) log.info('gRPC Server Listen', { address: grpcAddress, parts: [...parts].join(',') });
        const address = await listen(metrics);
        log.info('HTTP Server Listen', { address });
        return { address, ...(grpcAddress === undefined ? {} : { grpcAddress }) };
      } catch (error) {
        await teardown.run();
        throw error;
      }
    },
    stop: () => (stopping ??= teardown.run()),
  };

  async function buildStorage() {
    const db = await openDatabase(settings.database, { dataPath: settings.paths.data });
    teardown.add('database', () => db.close());
    if (!settings.database.skipMigrations) await migrate(db, migrations, { locking: settings.database.migrationLocking, lockTimeoutSeconds: settings.database.lockingAttemptTimeoutSeconds });
    const clock = systemClock;
    const { place } = settings.unifiedStorage;
    // A storage server that asks another one would say less than that one does.
    if (place.kind === 'server') throw new SettingError('configuration: [grafana-apiserver] storage_type', 'is unified or file in a storage server, not unified-grpc');
    const contentDb = await contentDatabase(place, db, teardown);
    const backgroundServices: BackgroundService[] = [];
    const store = contentStoreOn(contentDb, { settings: settings.unifiedStorage, clock, log, backgroundServices, versionsToKeep: ({ group }) => (group === dashboardType.group ? settings.content.versionsToKeep : undefined) });
    const index = createContentIndex({ store });
    teardown.add('content index', () => index.close());
    const running: RunningServices = runServices(backgroundServices, log);
    running.failed.catch(failure.reject);
    teardown.add('background services', () => running.stop());
    const auth = settings.ini.section('grpc_server_authentication');
    const identify = createCallerIdentity({ signingKeysUrl: auth.string('signing_keys_url'), audiences: auth.list('allowed_audiences') });
    const all = storageServices({ db: contentDb, store, index, values: createValueStore(contentDb, clock), clock, identify, log: log.child('storage-server'), pageBytesMax: settings.unifiedStorage.pageBytesMax });
    const services = parts.has('storage-server') ? all : all.filter(({ service }) => searched.has(service));
    const health = healthService({ isHealthy: () => contentDb.ping().then(() => true), sleep: (ms, signal) => clock.sleep(ms, signal) });
    const grpc = createGrpcServer({ settings: readGrpcSettings(settings.ini), log: log.child('grpc-server'), services: [health, ...services, reflectionService([health, ...services])] });
    teardown.add('grpc server', () => grpc.close());
    return grpc;
  }

  async function listen(metrics: Registry): Promise<string> {
    const { server, ini } = settings;
    const section = ini.section('metrics');
    const [enabled, username, password] = [section.bool('enabled', true), section.string('basic_auth_username'), section.string('basic_auth_password')];
    const wanted = username !== '' && password !== '' ? `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` : '';
    const answer = async (req: IncomingMessage, res: ServerResponse) => {
      if (!enabled || (req.method !== 'GET' && req.method !== 'HEAD') || req.url?.split('?')[0] !== '/metrics') return res.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('404 page not found\n');
      if (wanted !== '' && !sameSecret(req.headers.authorization ?? '', wanted)) return res.writeHead(401, { 'www-authenticate': 'Basic realm="Grafana"' }).end();
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

/** `[unified_storage]` and its sections for each kind (apiserver-and-storage §7). Content is in one store, and always was: modes of writing twice are checked, and mean nothing. */
import { join } from 'node:path';
import { Secret } from '../util/secret.ts';
import type { Ini } from './ini.ts';

/** Where content is kept. */
export type ContentPlace =
  /** In the server's own database. */
  | { readonly kind: 'database' }
  /** In a SQLite file of its own. */
  | { readonly kind: 'file'; readonly directory: string }
  /** By a storage server. */
  | ({ readonly kind: 'server' } & RemoteStorageSettings);

export interface RemoteStorageSettings {
  /** `host:port`, or any name that gRPC resolves. */
  readonly address: string;
  /** 0: no pings. */
  readonly keepaliveMs: number;
  /** Where access tokens come from; absent: plain headers are believed. */
  readonly exchange?: TokenExchangeSettings;
}

export interface TokenExchangeSettings {
  readonly url: string;
  readonly token: Secret;
  /** What tokens are for; '' for the namespace of each call. */
  readonly namespace: string;
}

export interface UnifiedStorageSettings {
  readonly place: ContentPlace;
  /** A page of a list ends once its specs are this long. */
  readonly pageBytesMax: number;
  /** Calls take turns by namespace; absent: they come as they come. */
  readonly turns?: { readonly workers: number; readonly waitingMax: number };
  readonly trash: {
    readonly emptied: boolean;
    readonly intervalMs: number;
    /** Objects erased in one go. */
    readonly batchSize: number;
    readonly maxAgeMs: number;
    readonly dashboardsMaxAgeMs: number;
  };
}

/** Specs of one page of a list, bytes. */
export const pageBytesDefault = 2 * 1_048_576;
const dayMs = 86_400_000;
const dashboards = 'unified_storage.dashboards.dashboard.grafana.app';
const folders = 'unified_storage.folders.folder.grafana.app';
const storageTypes = ['unified', 'unified-grpc', 'file', 'etcd', 'legacy'] as const;

/** A relative `storage_path` begins at home; without one content lies below the data. */
export function readUnifiedStorageSettings(ini: Ini, home: { readonly dataPath: string; readonly absolute: (path: string) => string }): UnifiedStorageSettings {
  checkModes(ini);
  const storage = ini.section('unified_storage');
  const positive = (key: string, otherwise: number) => {
    const value = storage.int(key, otherwise);
    return value > 0 ? value : storage.fail(key, 'is more than 0');
  };
  const pageBytes = storage.int('max_page_size_bytes', 0);
  if (pageBytes < 0) storage.fail('max_page_size_bytes', 'is not negative; 0 is the default');
  return {
    place: readPlace(ini, home), ...(storage.bool('qos_enabled') && { turns: { workers: positive('qos_num_worker', 16), waitingMax: positive('qos_max_size_per_tenant', 1_000) } }), pageBytesMax: pageBytes === 0 ? pageBytesDefault : pageBytes,
    trash: {
      emptied: storage.bool('garbage_collection_enabled'), intervalMs: Math.max(1_000, storage.duration('garbage_collection_interval', 900_000)), batchSize: positive('garbage_collection_batch_size', 100),
      maxAgeMs: storage.duration('garbage_collection_max_age', dayMs), dashboardsMaxAgeMs: storage.duration('dashboards_garbage_collection_max_age', 365 * dayMs),
    },
  };
}

function readPlace(ini: Ini, { dataPath, absolute }: { readonly dataPath: string; readonly absolute: (path: string) => string }): ContentPlace {
  const api = ini.section('grafana-apiserver');
  const type = api.oneOf('storage_type', storageTypes, 'unified');
  switch (type) {
    case 'unified': case 'legacy': return { kind: 'database' };
    case 'file': {
      const path = api.string('storage_path');
      return { kind: 'file', directory: path === '' ? join(dataPath, 'grafana-apiserver') : absolute(path) };
    }
    case 'unified-grpc': {
      const client = ini.section('grpc_client_authentication');
      const [url, token, namespace] = [client.string('token_exchange_url'), client.string('token'), client.string('token_namespace')];
      if ((url === '') !== (token === '')) client.fail(url === '' ? 'token_exchange_url' : 'token', `is required with ${url === '' ? 'token' : 'token_exchange_url'}`);
      if (url !== '' && !URL.canParse(url)) client.fail('token_exchange_url', 'is a URL');
      return {
        kind: 'server', address: api.string('address', 'localhost:10000'), keepaliveMs: Math.max(0, api.duration('grpc_client_keepalive_time', 0)),
        // Without the number of a stack the default names nothing.
        ...(url === '' ? {} : { exchange: { url, token: new Secret(token), namespace: namespace === 'stacks-' ? '' : namespace } }),
      };
    }
    case 'etcd': return api.fail('storage_type', 'is unified, file or unified-grpc: content is not kept in etcd');
    default: return type satisfies never;
  }
}

/** What the reference does not start with is no setting here either: somebody meant something by it. */
function checkModes(ini: Ini): void {
  for (const name of ini.sections().filter((section) => section.startsWith('unified_storage.'))) {
    const section = ini.section(name);
    const mode = section.int('dualWriterMode', 0);
    if (mode < 0 || mode > 5) section.fail('dualWriterMode', `is a mode from 0 to 5, not ${mode}`);
    section.bool('enableMigration');
    if (section.int('autoMigrationThreshold', 10) < 0) section.fail('autoMigrationThreshold', 'is not negative');
  }
  const migrates = (name: string) => ini.section(name).bool('enableMigration');
  if (migrates(dashboards) === migrates(folders)) return;
  const [section, other] = migrates(dashboards) ? [dashboards, folders] : [folders, dashboards];
  ini.section(section).fail('enableMigration', `folders and dashboards are migrated together: set it in [${other}] too`);
}

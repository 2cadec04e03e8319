import { expect, test } from 'vitest';
import { loadIni } from './ini.ts';
import { readUnifiedStorageSettings } from './unified-storage-settings.ts';

const read = (text: string, env: Record<string, string> = {}) =>
  readUnifiedStorageSettings(loadIni({ defaults: { text: '[unified_storage]\nindex_path =\n[grafana-apiserver]\n', file: 'defaults.ini' }, custom: { text, file: 'custom.ini' }, env }), { dataPath: '/var/data', absolute: (path) => `/srv/${path}` });
const boards = 'unified_storage.dashboards.dashboard.grafana.app';
const folders = 'unified_storage.folders.folder.grafana.app';

test('nothing said: pages of two mebibytes, and a trash that is kept', () => {
  expect(read('')).toEqual({ place: { kind: 'database' }, pageBytesMax: 2_097_152, trash: { emptied: false, intervalMs: 900_000, batchSize: 100, maxAgeMs: 86_400_000, dashboardsMaxAgeMs: 365 * 86_400_000 } });
});

test('what is said holds', () => {
  expect(read('[unified_storage]\nmax_page_size_bytes = 1000\ngarbage_collection_enabled = true\ngarbage_collection_interval = 1h\ngarbage_collection_max_age = 2h\n')).toMatchObject({
    pageBytesMax: 1_000, trash: { emptied: true, intervalMs: 3_600_000, maxAgeMs: 7_200_000 },
  });
  expect(read('[unified_storage]\nqos_enabled = true\nqos_num_worker = 3\n').turns).toEqual({ workers: 3, waitingMax: 1_000 });
  for (const mode of [0, 1, 2, 3, 4, 5]) expect(() => read(`[${boards}]\ndualWriterMode = ${mode}\n`)).not.toThrow();
  expect(() => read(`[${boards}]\nenableMigration = true\n[${folders}]\nenableMigration = true\n`)).not.toThrow();
});

test('content is kept in the database, in a file, or by a storage server', () => {
  const place = (text: string) => read(`[grafana-apiserver]\n${text}`).place;
  expect(place('storage_type = file\n')).toEqual({ kind: 'file', directory: '/var/data/grafana-apiserver' });
  expect(place('storage_type = file\nstorage_path = content\n')).toEqual({ kind: 'file', directory: '/srv/content' });
  expect(place('storage_type = unified-grpc\n')).toEqual({ kind: 'server', address: 'localhost:10000', keepaliveMs: 0 });
  expect(place('storage_type = unified-grpc\naddress = store:1\ngrpc_client_keepalive_time = 5s\n[grpc_client_authentication]\ntoken = t\ntoken_exchange_url = https://x/y\ntoken_namespace = stacks-\n'))
    .toMatchObject({ address: 'store:1', keepaliveMs: 5_000, exchange: { url: 'https://x/y', namespace: '' } });
});

test.each([
  [`[${boards}]\nenableMigration = true\n`, 'folders and dashboards are migrated together'],
  [`[${folders}]\nenableMigration = true\n`, `set it in [${boards}] too`],
  [`[${boards}]\ndualWriterMode = 6\n`, 'is a mode from 0 to 5, not 6'],
  [`[${boards}]\ndualWriterMode = all\n`, 'not a whole number'],
  [`[${boards}]\nenableMigration = perhaps\n`, 'not a boolean'],
  [`[${boards}]\nautoMigrationThreshold = -1\n`, 'is not negative'],
  ['[grafana-apiserver]\nstorage_type = floppy\n', 'is one of unified, unified-grpc, file, etcd, legacy'],
  ['[grafana-apiserver]\nstorage_type = etcd\n', 'is unified, file or unified-grpc'],
  ['[grafana-apiserver]\nstorage_type = unified-grpc\n[grpc_client_authentication]\ntoken = t\n', 'is required with token'],
  ['[grafana-apiserver]\nstorage_type = unified-grpc\n[grpc_client_authentication]\ntoken = t\ntoken_exchange_url = nowhere\n', 'is a URL'],
  ['[unified_storage]\nmax_page_size_bytes = -1\n', 'is not negative'],
])('%j is no start', (text, message) => expect(() => read(text)).toThrow(message));

test('a kind is named by a variable as well', () => {
  expect(() => read('', { GF_UNIFIED_STORAGE_DASHBOARDS_DASHBOARD_GRAFANA_APP_ENABLEMIGRATION: 'true' })).toThrow('folders and dashboards are migrated together');
  expect(() => read('', { GF_UNIFIED_STORAGE_PLAYLISTS_PLAYLIST_GRAFANA_APP_DUALWRITERMODE: '9' })).toThrow('is a mode from 0 to 5, not 9');
});

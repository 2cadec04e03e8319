/** `[unified_storage]` and its sections for each kind (apiserver-and-storage §7). Content is in one store, and always was: modes of writing twice are checked, and mean nothing. */
import type { Ini } from './ini.ts';

export interface UnifiedStorageSettings {
  /** A page of a list ends once its specs are this long. */
  readonly pageBytesMax: number;
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
/** Where else the reference could keep content; whoever asks for it must not find it in the database. */
const elsewhere: readonly string[] = ['unified-grpc', 'file', 'etcd'];

export function readUnifiedStorageSettings(ini: Ini): UnifiedStorageSettings {
  checkModes(ini);
  const storage = ini.section('unified_storage');
  const positive = (key: string, otherwise: number) => {
    const value = storage.int(key, otherwise);
    return value > 0 ? value : storage.fail(key, 'is more than 0');
  };
  return {
    pageBytesMax: positive('max_page_size_bytes', pageBytesDefault),
    trash: {
      emptied: storage.bool('garbage_collection_enabled'), intervalMs: Math.max(1_000, storage.duration('garbage_collection_interval', 900_000)), batchSize: positive('garbage_collection_batch_size', 100),
      maxAgeMs: storage.duration('garbage_collection_max_age', dayMs), dashboardsMaxAgeMs: storage.duration('dashboards_garbage_collection_max_age', 365 * dayMs),
    },
  };
}

/** What the reference does not start with is no setting here either: somebody meant something by it. */
function checkModes(ini: Ini): void {
  const api = ini.section('grafana-apiserver');
  const type = api.oneOf('storage_type', storageTypes, 'unified');
  if (elsewhere.includes(type)) api.fail('storage_type', `is unified: content is kept in the server's own database, not by ${type}`);
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

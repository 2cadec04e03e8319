import type { DataSourceInstanceSettings } from '@belvedere/plugin-sdk';
import type { Clock } from '../../../infra/clock.ts';
import { isUniqueViolation } from '../../../infra/db/database-errors.ts';
import type { Database } from '../../../infra/db/database.ts';
import type { Logger } from '../../../infra/log/log.ts';
import type { Secrets } from '../../../infra/secrets/secrets.ts';
import type { PluginCatalog } from '../../../plugins/client/plugin-client.ts';
import { badRequest } from '../../../web/errors.ts';
import { objectionToUid, shortUid } from '../../../util/short-uid.ts';
import {
  dataSourceErrors, type DataSource, type DataSourceEvent, type DataSourceRef, type DataSourceService, type DataSourceWrite, type ResolvedDataSource,
} from './data-source.ts';
import { createDataSourceStore, type DataSourceStore, type StoredDataSource } from './data-source-store.ts';

export interface DataSourceDeps {
  readonly db: Database;
  readonly secrets: Secrets;
  readonly catalog: PluginCatalog;
  readonly clock: Clock;
  readonly log: Logger;
  /** `[datasources] datasource_limit` */
  readonly listLimit: number;
  /** Hears of every look-up by the numeric id, which clients should no longer use. */
  readonly onFindById?: () => void;
  /** Grants of a new data source, and their end (queries-and-frames §2.2, §2.4). */
  readonly grants?: { onCreated(orgId: number, uid: string): Promise<void>; onDeleted(orgId: number, uid: string): Promise<void> };
}

/** A change by another process shows after this long. */
const cacheMs = 5000;
const cachedMax = 10_000;
const nameBytesMax = 190;
const urlBytesMax = 255;
/** What the columns hold. */
const textLengthMax = 255;
const apiVersionLengthMax = 20;
const uidAttempts = 3;
const updateAttempts = 5;

export function createDataSourceService({ db, secrets, catalog, clock, log, listLimit, grants, onFindById }: DataSourceDeps): DataSourceService {
  const store = createDataSourceStore(db);
  const resolved = new Map<string, { readonly at: number; readonly value: ResolvedDataSource | undefined }>();
  /** Decrypting takes milliseconds: it is done once for each change of a record. */
  const decrypted = new Map<number, { readonly encrypted: string; readonly secrets: Readonly<Record<string, string>> }>();
  const listeners = new Set<(event: DataSourceEvent) => void | Promise<void>>();

  async function tell(event: DataSourceEvent): Promise<void> {
    resolved.clear();
    for (const listener of listeners) {
      try {
        await listener(event);
      } catch (error) {
        log.error('A listener to data source changes failed', { error, uid: event.dataSource.uid });
      }
    }
  }

  async function decrypt(id: number, encrypted: string): Promise<Readonly<Record<string, string>>> {
    if (encrypted === '') return {};
    const known = decrypted.get(id);
    if (known?.encrypted === encrypted) return known.secrets;
    const value = JSON.parse(await secrets.decryptText(encrypted)) as Record<string, string>;
    if (decrypted.size >= cachedMax) decrypted.clear();
    decrypted.set(id, { encrypted, secrets: value });
    return value;
  }

  const encrypt = (values: Readonly<Record<string, string>>) => (Object.keys(values).length === 0 ? Promise.resolve('') : secrets.encryptText(JSON.stringify(values)));

  const filled = (values: Readonly<Record<string, string>>) => Object.keys(values).filter((key) => values[key] !== '').sort();

  async function chooseName(orgId: number, type: string): Promise<string> {
    const taken = new Set((await store.names(orgId)).map((name) => name.toLowerCase()));
    if (!taken.has(type.toLowerCase())) return type;
    for (let n = 1; ; n++) if (!taken.has(`${type}-${n}`.toLowerCase())) return `${type}-${n}`;
  }

  async function chooseUid(orgId: number): Promise<string> {
    for (let attempt = 0; attempt < uidAttempts; attempt++) {
      const uid = shortUid(clock.now());
      if (!(await store.find(orgId, { uid }))) return uid;
    }
    throw new Error('no free uid was found for a data source');
  }

  function toSettings(dataSource: DataSource, secretValues: Readonly<Record<string, string>>): DataSourceInstanceSettings {
    const jsonData: unknown = JSON.parse(dataSource.jsonData);
    return {
      id: dataSource.id, uid: dataSource.uid, type: catalog.find(dataSource.type)?.id ?? dataSource.type, name: dataSource.name, url: dataSource.url,
      user: dataSource.user, database: dataSource.database, basicAuthEnabled: dataSource.basicAuth, basicAuthUser: dataSource.basicAuthUser,
      jsonData: typeof jsonData === 'object' && jsonData !== null && !Array.isArray(jsonData) ? (jsonData as Record<string, unknown>) : {},
      decryptedSecureJsonData: secretValues, updated: dataSource.updated, apiVersion: dataSource.apiVersion,
    };
  }

  const service: DataSourceService = {
    async list(orgId) {
      const all = await store.list(orgId, listLimit);
      const keyed = all.map((dataSource) => ({ key: dataSource.name.toLowerCase(), dataSource }));
      return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.dataSource.id - b.dataSource.id)).map(({ dataSource }) => dataSource);
    },
    async find(orgId, ref) {
      if ('id' in ref) onFindById?.();
      return (await store.find(orgId, ref))?.dataSource;
    },
    async get(orgId, ref) {
      const found = await service.find(orgId, ref);
      if (!found) throw dataSourceErrors.notFound();
      return found;
    },
    prunable: () => store.prunable(),
    count: (orgId) => store.count(orgId),

    async create(orgId, write) {
      checkWrite(write);
      const encrypted = await encrypt(write.secureJsonData);
      const dataSource = await db.transaction(async (tx) => {
        const inside = createDataSourceStore(tx);
        const name = write.name === '' ? await chooseName(orgId, write.type) : write.name;
        const uid = write.uid === '' ? await chooseUid(orgId) : write.uid;
        if (await inside.find(orgId, { name })) throw dataSourceErrors.nameTaken();
        if (await inside.find(orgId, { uid })) throw dataSourceErrors.uidTaken();
        const isDefault = write.isDefault || (await inside.count(orgId)) === 0;
        const now = clock.now();
        const row = { ...fieldsOf(write), orgId, name, uid, isDefault, version: 1, secretKeys: filled(write.secureJsonData), created: now, updated: now };
        const id = await inside.insert(row, encrypted);
        if (isDefault) await inside.clearDefault(orgId, id);
        return { ...row, id };
      }).catch((error: unknown) => {
        throw isUniqueViolation(error) ? dataSourceErrors.nameTaken({ cause: error }) : error;
      });
      await grants?.onCreated(orgId, dataSource.uid);
      await tell({ kind: 'created', dataSource });
      return dataSource;
    },

    async update(current, write, { version, secrets: how }) {
      checkWrite(write);
      if (write.uid !== '' && write.uid !== current.uid) throw dataSourceErrors.uidChanges();
      for (let attempt = 1; ; attempt++) {
        // Encrypting may make a data key, which is a write of its own: it is done before the transaction, which then sees whether the
        // secrets are still those that were merged.
        const before = (await store.find(current.orgId, { id: current.id }))?.encryptedSecrets;
        if (before === undefined) throw dataSourceErrors.notFound();
        const secretValues = how === 'replace' ? write.secureJsonData : { ...(await decrypt(current.id, before)), ...write.secureJsonData };
        const changesSecrets = how === 'replace' || Object.keys(write.secureJsonData).length > 0;
        const encrypted = changesSecrets ? await encrypt(secretValues) : undefined;
        const dataSource = await db.transaction((tx) => updateIn(createDataSourceStore(tx), current, write, version, { before, encrypted, keys: filled(secretValues), now: clock.now() }))
          .catch((error: unknown) => {
            throw isUniqueViolation(error) ? nameTakenByUpdate() : error;
          });
        if (dataSource) {
          await tell({ kind: 'updated', dataSource });
          return dataSource;
        }
        if (attempt >= updateAttempts) throw dataSourceErrors.changedMeanwhile();
      }
    },

    async delete(dataSource, { silent = false } = {}) {
      await store.delete(dataSource.id);
      decrypted.delete(dataSource.id);
      await grants?.onDeleted(dataSource.orgId, dataSource.uid);
      if (silent) resolved.clear();
      else await tell({ kind: 'deleted', dataSource });
    },

    async resolve(orgId, ref, { fresh = false } = {}) {
      const key = 'uid' in ref ? `${orgId}/${ref.uid}` : `${orgId}#${ref.id}`;
      const cached = resolved.get(key);
      if (cached && !fresh && clock.now() - cached.at < cacheMs) return cached.value;
      const stored = await store.find(orgId, ref);
      const value = stored && (await resolvedFrom(stored, cached?.value));
      if (resolved.size >= cachedMax) resolved.clear();
      resolved.set(key, { at: clock.now(), value });
      return value;
    },

    async secretsOf(dataSource) {
      const stored = await store.find(dataSource.orgId, { id: dataSource.id });
      return stored ? decrypt(dataSource.id, stored.encryptedSecrets) : {};
    },

    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };

  /** The same objects as long as nothing changed: whoever keeps something beside them (clients, parsed settings) finds it again. */
  async function resolvedFrom(stored: StoredDataSource, before: ResolvedDataSource | undefined): Promise<ResolvedDataSource> {
    const { dataSource } = stored;
    if (before && before.record.id === dataSource.id && before.record.updated === dataSource.updated && before.record.isDefault === dataSource.isDefault) return before;
    return { record: dataSource, settings: toSettings(dataSource, await decrypt(dataSource.id, stored.encryptedSecrets)) };
  }

  return service;
}

/** Undefined: somebody else changed the secrets meanwhile. */
async function updateIn(
  inside: DataSourceStore, current: DataSource, write: DataSourceWrite, version: number,
  secrets: { readonly before: string; readonly encrypted: string | undefined; readonly keys: readonly string[]; readonly now: number },
): Promise<DataSource | undefined> {
  const stored = await inside.find(current.orgId, { id: current.id });
  if (!stored) throw dataSourceErrors.notFound();
  if (stored.encryptedSecrets !== secrets.before) return undefined;
  const namesake = write.name === stored.dataSource.name ? undefined : await inside.find(current.orgId, { name: write.name });
  if (namesake && namesake.dataSource.id !== current.id) throw nameTakenByUpdate();
  const changed: DataSource = {
    ...stored.dataSource, ...fieldsOf(write), uid: stored.dataSource.uid,
    // Compat: clients that leave these out do not mean to clear them.
    url: write.url === '' ? stored.dataSource.url : write.url,
    basicAuthUser: write.basicAuthUser === '' ? stored.dataSource.basicAuthUser : write.basicAuthUser,
    version: version + 1, secretKeys: secrets.keys, updated: Math.max(secrets.now, stored.dataSource.updated + 1),
  };
  if (!(await inside.update(changed, secrets.encrypted, version === 0 ? undefined : version))) throw dataSourceErrors.changedMeanwhile();
  if (changed.isDefault) await inside.clearDefault(current.orgId, current.id);
  return changed;
}

const nameTakenByUpdate = () => dataSourceErrors.nameTaken({ message: 'Failed to update datasource: data source with the same name already exists' });

function checkWrite(write: DataSourceWrite): void {
  if (objectionToUid(write.uid) !== undefined) throw dataSourceErrors.invalidUid();
  if (Buffer.byteLength(write.name) > nameBytesMax) throw dataSourceErrors.invalidName();
  if (Buffer.byteLength(write.url) > urlBytesMax) throw dataSourceErrors.invalidUrl();
  for (const text of [write.type, write.access, write.user, write.database, write.basicAuthUser]) if (text.length > textLengthMax) throw badRequest();
  if (write.apiVersion.length > apiVersionLengthMax) throw badRequest();
  for (const text of [write.name, write.type, write.access, write.url, write.user, write.database, write.basicAuthUser, write.apiVersion]) if (text.includes('\0')) throw badRequest();
}

function fieldsOf({ secureJsonData: _, readOnly = false, prunable = false, ...write }: DataSourceWrite) {
  return { ...write, readOnly, prunable };
}

/** For scopes that name a data source by id or name (queries-and-frames §2): what does not exist grants nothing, and says nothing. */
export async function uidScope(service: Pick<DataSourceService, 'find'>, orgId: number, ref: DataSourceRef): Promise<readonly string[]> {
  const found = await service.find(orgId, ref);
  return found ? [`datasources:uid:${found.uid}`] : [];
}

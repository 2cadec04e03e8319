import type { Kysely } from 'kysely';
import type { Database } from '../../../infra/db/database.ts';
import type { DataSource, DataSourceRef } from './data-source.ts';

interface DataSourceRow {
  id: number;
  org_id: number;
  uid: string;
  name: string;
  version: number;
  type: string;
  access: string;
  url: string;
  user: string;
  database: string;
  basic_auth: boolean;
  basic_auth_user: string;
  with_credentials: boolean;
  is_default: boolean;
  json_data: string;
  secure_json_data: string;
  secure_json_keys: string;
  read_only: boolean;
  is_prunable: boolean;
  api_version: string;
  created: number;
  updated: number;
}
interface Tables {
  data_source: DataSourceRow;
}

/** A record with its secrets as they are stored. */
export interface StoredDataSource {
  readonly dataSource: DataSource;
  readonly encryptedSecrets: string;
}

export interface DataSourceStore {
  list(orgId: number, limit: number): Promise<DataSource[]>;
  find(orgId: number, ref: DataSourceRef): Promise<StoredDataSource | undefined>;
  prunable(): Promise<DataSource[]>;
  names(orgId: number): Promise<string[]>;
  count(orgId?: number): Promise<number>;
  insert(dataSource: Omit<DataSource, 'id'>, encryptedSecrets: string): Promise<number>;
  /** False if the stored version is greater than `versionMax`; -1 checks nothing. */
  update(dataSource: DataSource, encryptedSecrets: string | undefined, versionMax: number | undefined): Promise<boolean>;
  delete(id: number): Promise<void>;
  clearDefault(orgId: number, exceptId: number): Promise<void>;
}

export function createDataSourceStore(db: Database): DataSourceStore {
  const tables = (): Kysely<Tables> => db.tables<Tables>();
  return {
    async list(orgId, limit) {
      const rows = await tables().selectFrom('data_source').selectAll().where('org_id', '=', orgId).limit(limit).execute();
      return rows.map(fromRow);
    },
    async find(orgId, ref) {
      if (!isPossible(ref)) return undefined;
      let query = tables().selectFrom('data_source').selectAll().where('org_id', '=', orgId);
      if ('uid' in ref) query = query.where('uid', '=', ref.uid);
      else if ('id' in ref) query = query.where('id', '=', ref.id);
      else query = query.where('name', '=', ref.name);
      const row = await query.executeTakeFirst();
      return row && { dataSource: fromRow(row), encryptedSecrets: row.secure_json_data };
    },
    async prunable() {
      return (await tables().selectFrom('data_source').selectAll().where('is_prunable', '=', true).execute()).map(fromRow);
    },
    async names(orgId) {
      return (await tables().selectFrom('data_source').select('name').where('org_id', '=', orgId).execute()).map(({ name }) => name);
    },
    async count(orgId) {
      let query = tables().selectFrom('data_source').select((e) => e.fn.countAll().as('n'));
      if (orgId !== undefined) query = query.where('org_id', '=', orgId);
      return Number((await query.executeTakeFirstOrThrow()).n);
    },
    insert: (dataSource, encryptedSecrets) => db.insertReturningId('data_source', { ...toRow(dataSource), secure_json_data: encryptedSecrets }),
    async update(dataSource, encryptedSecrets, versionMax) {
      let query = tables().updateTable('data_source')
        .set({ ...toRow(dataSource), ...(encryptedSecrets === undefined ? {} : { secure_json_data: encryptedSecrets }) })
        .where('id', '=', dataSource.id).where('org_id', '=', dataSource.orgId);
      if (versionMax !== undefined) query = query.where('version', '<=', versionMax);
      return (await query.executeTakeFirst()).numUpdatedRows > 0n;
    },
    async delete(id) {
      await tables().deleteFrom('data_source').where('id', '=', id).execute();
    },
    async clearDefault(orgId, exceptId) {
      await tables().updateTable('data_source').set({ is_default: false }).where('org_id', '=', orgId).where('id', '!=', exceptId).where('is_default', '=', true).execute();
    },
  };
}

/** What no row can have is not asked of the database: some of them refuse the question. */
const isPossible = (ref: DataSourceRef): boolean => ('id' in ref ? Number.isSafeInteger(ref.id) : !('uid' in ref ? ref.uid : ref.name).includes('\0'));

function fromRow(row: DataSourceRow): DataSource {
  return {
    id: Number(row.id), uid: row.uid, orgId: Number(row.org_id), name: row.name, type: row.type, access: row.access, url: row.url, user: row.user,
    database: row.database, basicAuth: Boolean(row.basic_auth), basicAuthUser: row.basic_auth_user, withCredentials: Boolean(row.with_credentials),
    isDefault: Boolean(row.is_default), jsonData: row.json_data, secretKeys: JSON.parse(row.secure_json_keys) as string[], version: row.version,
    readOnly: Boolean(row.read_only), prunable: Boolean(row.is_prunable), apiVersion: row.api_version, created: Number(row.created), updated: Number(row.updated),
  };
}

function toRow(dataSource: Omit<DataSource, 'id'>): Omit<DataSourceRow, 'id' | 'secure_json_data'> {
  return {
    org_id: dataSource.orgId, uid: dataSource.uid, name: dataSource.name, version: dataSource.version, type: dataSource.type, access: dataSource.access,
    url: dataSource.url, user: dataSource.user, database: dataSource.database, basic_auth: dataSource.basicAuth, basic_auth_user: dataSource.basicAuthUser,
    with_credentials: dataSource.withCredentials, is_default: dataSource.isDefault, json_data: dataSource.jsonData,
    secure_json_keys: JSON.stringify(dataSource.secretKeys), read_only: dataSource.readOnly, is_prunable: dataSource.prunable,
    api_version: dataSource.apiVersion, created: dataSource.created, updated: dataSource.updated,
  };
}

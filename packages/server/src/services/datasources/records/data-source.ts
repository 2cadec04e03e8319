/**
 * Data source records (queries-and-frames §1 to §3): where data come from, how they are reached, and the secrets for it. Strictly per
 * organization.
 */
import type { DataSourceInstanceSettings } from '@belvedere/plugin-sdk';
import { defineErrors } from '../../../web/errors.ts';

export interface DataSource {
  readonly id: number;
  readonly uid: string;
  readonly orgId: number;
  readonly name: string;
  /** As it was given; may be an alias of a plugin's id. */
  readonly type: string;
  /** `proxy` or `direct`; other words are stored as given. */
  readonly access: string;
  readonly url: string;
  readonly user: string;
  readonly database: string;
  readonly basicAuth: boolean;
  readonly basicAuthUser: string;
  readonly withCredentials: boolean;
  readonly isDefault: boolean;
  /** JSON text, keys sorted, numbers as they were written. */
  readonly jsonData: string;
  /** Keys of the secrets that are not empty, sorted. */
  readonly secretKeys: readonly string[];
  readonly version: number;
  readonly readOnly: boolean;
  /** Made by a provisioning file with `prune: true`. */
  readonly prunable: boolean;
  readonly apiVersion: string;
  /** Milliseconds since the epoch; `updated` grows with every change. */
  readonly created: number;
  readonly updated: number;
}

/** What a writer says. */
export interface DataSourceWrite {
  readonly uid: string;
  readonly name: string;
  readonly type: string;
  readonly access: string;
  readonly url: string;
  readonly user: string;
  readonly database: string;
  readonly basicAuth: boolean;
  readonly basicAuthUser: string;
  readonly withCredentials: boolean;
  readonly isDefault: boolean;
  /** JSON text. */
  readonly jsonData: string;
  readonly secureJsonData: Readonly<Record<string, string>>;
  readonly apiVersion: string;
  readonly readOnly?: boolean;
  readonly prunable?: boolean;
}

export type DataSourceRef = { readonly uid: string } | { readonly id: number } | { readonly name: string };

export interface UpdateOptions {
  /** 0: no check, and the stored version becomes 1. Otherwise the stored version must not be greater. */
  readonly version: number;
  /** Secrets that are not mentioned: kept (API) or forgotten (provisioning). */
  readonly secrets: 'merge' | 'replace';
}

export type DataSourceEvent = { readonly kind: 'created' | 'updated' | 'deleted'; readonly dataSource: DataSource };

export interface DataSourceService {
  /** Sorted by lower-cased name; at most `[datasources] datasource_limit`. */
  list(orgId: number): Promise<readonly DataSource[]>;
  /** Straight from the database. */
  find(orgId: number, ref: DataSourceRef): Promise<DataSource | undefined>;
  /** Throws `notFound`. */
  get(orgId: number, ref: DataSourceRef): Promise<DataSource>;
  /** All organizations' prunable ones: for provisioning. */
  prunable(): Promise<readonly DataSource[]>;
  create(orgId: number, write: DataSourceWrite): Promise<DataSource>;
  update(current: DataSource, write: DataSourceWrite, options: UpdateOptions): Promise<DataSource>;
  /** `silent`: nobody is told; for a provisioned source that is made again at once. */
  delete(dataSource: DataSource, options?: { readonly silent?: boolean }): Promise<void>;
  /**
   * For queries, proxy, health and resources: remembered for five seconds, or until this process changes it. `fresh` asks the database
   * (`X-Grafana-NoCache: true`). Undefined when there is none.
   */
  resolve(orgId: number, ref: { readonly uid: string } | { readonly id: number }, options?: { readonly fresh?: boolean }): Promise<ResolvedDataSource | undefined>;
  /** Decrypted; never answered to anybody. */
  secretsOf(dataSource: DataSource): Promise<Readonly<Record<string, string>>>;
  /** Called after commit. Returns the unsubscriber. */
  onEvent(listener: (event: DataSourceEvent) => void | Promise<void>): () => void;
  /** Number of data sources of one organization, or of all (quotas). */
  count(orgId?: number): Promise<number>;
}

/** A record and what a plugin gets of it. */
export interface ResolvedDataSource {
  readonly record: DataSource;
  /** `type` is the canonical plugin id. */
  readonly settings: DataSourceInstanceSettings;
}

export const dataSourceErrors = defineErrors('data source', {
  notFound: [404, 'Data source not found'],
  nameTaken: [409, 'data source with the same name already exists'],
  uidTaken: [409, 'data source with the same uid already exists'],
  changedMeanwhile: [409, 'Datasource has already been updated by someone else. Please reload and try again'],
  invalidUid: [400, 'Invalid datasource UID.', 'datasource.uidInvalid'],
  invalidName: [400, 'Invalid datasource name.', 'datasource.nameInvalid'],
  invalidUrl: [400, 'Invalid datasource url.', 'datasource.urlInvalid'],
  urlDoesNotParse: [400, 'Validation error, invalid URL'],
  idInvalid: [400, 'id is invalid'],
  idMissing: [400, 'Datasource id is missing'],
  idNotValid: [400, 'Missing valid datasource id'],
  updateReadOnly: [403, 'Cannot update read-only data source'],
  deleteReadOnly: [403, 'Cannot delete read-only data source'],
  uidChanges: [400, 'Failed to update datasource'],
  headerOfAuthProxy: [400, 'Failed to add datasource'],
  teamHeaders: [403, 'Cannot create datasource with team HTTP headers, need to use updateDatasourceLBACRules API'],
});

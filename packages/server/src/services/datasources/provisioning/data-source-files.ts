/** Data sources as YAML files describe them (queries-and-frames §4): versions 0 and 1, values from the environment, checks. Pure. */
import { createHash } from 'node:crypto';
import type { Interpolation } from '../../operations/provisioning/interpolation.ts';
import { ProvisioningError, type ProvisioningFile } from '../../operations/provisioning/provisioning.ts';
import type { CorrelationWrite, Transformation } from '../correlations/correlation.ts';
import type { DataSourceWrite } from '../records/data-source.ts';

export interface DataSourceFile {
  readonly path: string;
  readonly prune: boolean;
  readonly deletions: readonly { readonly orgId: number; readonly name: string }[];
  readonly dataSources: readonly FileDataSource[];
}

export interface FileDataSource {
  readonly orgId: number;
  readonly version: number;
  readonly write: DataSourceWrite;
  readonly correlations: readonly Omit<CorrelationWrite, 'sourceUID' | 'provisioned'>[];
  /** The access word that the file says, where `proxy` was put in its place. */
  readonly replacedAccess?: string;
}

type Mapping = Readonly<Record<string, unknown>>;

/** The uid of a source whose file names none. */
export const uidOfName = (name: string): string => `P${createHash('sha256').update(name).digest('hex').slice(0, 16).toUpperCase()}`;

/** Throws ProvisioningError. */
export function readDataSourceProvisioning({ path, content }: ProvisioningFile, values: Interpolation): DataSourceFile {
  const version = content['apiVersion'];
  if (version !== undefined && version !== null && typeof version !== 'number') throw new ProvisioningError(path, 'apiVersion is not a number');
  return typeof version === 'number' && version > 0 ? readVersion1(path, content, values) : readVersion0(path, content);
}

function readVersion1(path: string, content: Mapping, values: Interpolation): DataSourceFile {
  const read = reader(path, values);
  const deletions = read.list(content, 'deleteDatasources').map((entry) => ({ orgId: read.int(entry, 'orgId') || 1, name: read.text(entry, 'name') }));
  const dataSources = read.list(content, 'datasources').map((item): FileDataSource => {
    const name = read.text(item, 'name');
    if (name === '') throw new ProvisioningError(path, 'a data source has no name');
    return {
      orgId: read.int(item, 'orgId') || 1, version: read.int(item, 'version'), ...accessOf(read.text(item, 'access'), (access) => ({
        uid: read.text(item, 'uid'), name, type: read.text(item, 'type'), access, url: read.text(item, 'url'), user: read.text(item, 'user'), database: read.text(item, 'database'),
        basicAuth: read.bool(item, 'basicAuth'), basicAuthUser: read.text(item, 'basicAuthUser'), withCredentials: read.bool(item, 'withCredentials'),
        isDefault: read.bool(item, 'isDefault'), jsonData: jsonText(values.retyped(item['jsonData'] ?? {})), secureJsonData: textMap(path, values.deep(item['secureJsonData'] ?? {})),
        apiVersion: '', readOnly: !read.bool(item, 'editable'), prunable: read.bool(content, 'prune'),
      })),
      correlations: read.list(item, 'correlations').map((entry) => readCorrelation(path, name, values.retyped(entry) as Mapping)),
    };
  });
  return { path, prune: read.bool(content, 'prune'), deletions, dataSources };
}

/** Snake case, nothing expanded, no uid. */
function readVersion0(path: string, content: Mapping): DataSourceFile {
  const read = reader(path);
  const deletions = read.list(content, 'delete_datasources').map((entry) => ({ orgId: read.int(entry, 'org_id') || 1, name: read.text(entry, 'name') }));
  const dataSources = read.list(content, 'datasources').map((item): FileDataSource => {
    const name = read.text(item, 'name');
    if (name === '') throw new ProvisioningError(path, 'a data source has no name');
    return {
      orgId: read.int(item, 'org_id') || 1, version: read.int(item, 'version'), correlations: [], ...accessOf(read.text(item, 'access'), (access) => ({
        uid: '', name, type: read.text(item, 'type'), access, url: read.text(item, 'url'), user: read.text(item, 'user'), database: read.text(item, 'database'),
        basicAuth: read.bool(item, 'basic_auth'), basicAuthUser: read.text(item, 'basic_auth_user'), withCredentials: read.bool(item, 'with_credentials'),
        isDefault: read.bool(item, 'is_default'), jsonData: jsonText(item['json_data'] ?? {}), secureJsonData: textMap(path, item['secure_json_data'] ?? {}),
        apiVersion: '', readOnly: !read.bool(item, 'editable'), prunable: false,
      })),
    };
  });
  return { path, prune: false, deletions, dataSources };
}

function accessOf(word: string, write: (access: string) => DataSourceWrite): Pick<FileDataSource, 'write' | 'replacedAccess'> {
  const known = word === 'proxy' || word === 'direct';
  return { write: write(known ? word : 'proxy'), ...(!known && word !== '' && { replacedAccess: word }) };
}

function reader(path: string, values?: Interpolation) {
  const wrong = (key: string, wanted: string) => new ProvisioningError(path, `${key} is not ${wanted}`);
  const expanded = (item: Mapping, key: string) => {
    const value = item[key];
    return typeof value === 'string' && values ? values.text(value) : value;
  };
  return {
    text(item: Mapping, key: string): string {
      const value = expanded(item, key);
      if (value === undefined || value === null) return '';
      if (typeof value === 'object') throw wrong(key, 'text');
      return String(value);
    },
    bool(item: Mapping, key: string): boolean {
      const value = expanded(item, key);
      if (value === undefined || value === null || value === '' || value === false) return false;
      if (value === true) return true;
      if (typeof value === 'string' && ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true;
      if (typeof value === 'string' && ['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value)) return false;
      throw wrong(key, 'true or false');
    },
    int(item: Mapping, key: string): number {
      const value = expanded(item, key);
      if (value === undefined || value === null || value === '') return 0;
      const number = typeof value === 'string' ? Number(value) : value;
      if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw wrong(key, 'a whole number');
      return number;
    },
    list(item: Mapping, key: string): Mapping[] {
      const value = item[key];
      if (value === undefined || value === null) return [];
      if (!Array.isArray(value)) throw wrong(key, 'a list');
      return value.map((entry: unknown) => {
        if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) throw wrong(`an entry of ${key}`, 'a mapping');
        return entry as Mapping;
      });
    },
  };
}

/** Keys sorted, as records are stored. */
function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member) ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1))) : member);
}

function textMap(path: string, value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ProvisioningError(path, 'secureJsonData is not a mapping');
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, member === null ? '' : String(member)]));
}

function readCorrelation(path: string, name: string, entry: Mapping): Omit<CorrelationWrite, 'sourceUID' | 'provisioned'> {
  const refuse = (reason: string) => new ProvisioningError(path, `correlation of ${name}: ${reason}`);
  const { targetUID, label, description, type, config } = entry;
  if (entry['transformations'] !== undefined) throw refuse('transformations must be nested under config');
  if (typeof label !== 'string') throw refuse('label is not text');
  if (typeof description !== 'string') throw refuse('description is not text');
  const { field, target, transformations, type: configType } = (typeof config === 'object' && config !== null ? config : {}) as Mapping;
  if (configType !== undefined && configType !== '' && configType !== 'query') throw refuse('config.type is deprecated; please move type to be sibling of config');
  return {
    targetUID: typeof targetUID === 'string' ? targetUID : null, label, description, type: type === 'external' ? 'external' : 'query',
    config: {
      field: typeof field === 'string' ? field : '', target: typeof target === 'object' && target !== null ? (target as Record<string, unknown>) : {},
      ...(Array.isArray(transformations) && transformations.length > 0 && { transformations: transformations as Transformation[] }),
    },
  };
}

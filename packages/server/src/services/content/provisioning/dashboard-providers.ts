/** Providers of dashboards as YAML files describe them (dashboards-and-content §18.1). Pure. */
import type { Interpolation } from '../../operations/provisioning/interpolation.ts';
import { ProvisioningError, type ProvisioningFile } from '../../operations/provisioning/provisioning.ts';

export interface DashboardProvider {
  readonly name: string;
  readonly orgId: number;
  /** Title of a folder at the root; '' for the root itself. */
  readonly folder: string;
  readonly folderUid: string;
  readonly disableDeletion: boolean;
  readonly updateIntervalSeconds: number;
  readonly allowUiUpdates: boolean;
  readonly path: string;
  readonly foldersFromFilesStructure: boolean;
}

type Mapping = Readonly<Record<string, unknown>>;

const updateIntervalDefaultSeconds = 10;

/** Throws ProvisioningError: a start with a wrong configuration is no start. */
export function readProviders(files: readonly ProvisioningFile[], values: Interpolation): DashboardProvider[] {
  return files.flatMap(({ path, content }) => {
    const old = content[''];
    const isOld = Array.isArray(old);
    const list = isOld ? old : content['providers'];
    if (list === undefined || list === null) return [];
    if (!Array.isArray(list)) throw new ProvisioningError(path, 'providers is not a list');
    const providers = list.map((item: unknown) => readProvider(path, isOld ? item : values.retyped(item)));
    const twice = providers.find(({ name }, i) => providers.findIndex((other) => other.name === name) !== i);
    if (twice) throw new ProvisioningError(path, `provider ${JSON.stringify(twice.name)} is described twice`);
    return providers;
  });
}

function readProvider(file: string, item: unknown): DashboardProvider {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) throw new ProvisioningError(file, 'a provider is not a mapping');
  const given = item as Mapping;
  const options = typeof given['options'] === 'object' && given['options'] !== null ? (given['options'] as Mapping) : {};
  const text = (value: unknown) => (value === undefined || value === null ? '' : String(value));
  const flag = (value: unknown) => value === true || value === 'true';
  const provider: DashboardProvider = {
    name: text(given['name']), orgId: whole(given['orgId'] ?? given['org_id']) || 1, folder: text(given['folder']), folderUid: text(given['folderUid']),
    disableDeletion: flag(given['disableDeletion']), updateIntervalSeconds: whole(given['updateIntervalSeconds']) || updateIntervalDefaultSeconds,
    allowUiUpdates: flag(given['allowUiUpdates']), path: text(options['path']) || text(options['folder']), foldersFromFilesStructure: flag(options['foldersFromFilesStructure']),
  };
  const wrong = objection(provider, text(given['type']) || 'file');
  if (wrong) throw new ProvisioningError(file, wrong);
  return provider;
}

function objection({ name, path, folder, folderUid, foldersFromFilesStructure }: DashboardProvider, type: string): string | undefined {
  if (name === '') return 'a provider has no name';
  if (type !== 'file') return `provider ${JSON.stringify(name)}: type ${JSON.stringify(type)} is not supported`;
  if (path === '') return `provider ${JSON.stringify(name)}: failed to load dashboards, path param is not a string`;
  if (folderUid === 'general') return `provider ${JSON.stringify(name)}: folder uid 'general' is reserved`;
  if (foldersFromFilesStructure && folder !== '' && folderUid !== '') return `provider ${JSON.stringify(name)}: 'folder' and 'folderUID' should be empty using 'foldersFromFilesStructure' option`;
  return undefined;
}

const whole = (value: unknown): number => {
  const number = Number(value ?? 0);
  return Number.isSafeInteger(number) && number > 0 ? number : 0;
};

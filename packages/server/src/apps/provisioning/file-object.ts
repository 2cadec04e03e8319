/** What a file says: an object of a kind that repositories may hold, or a dashboard in the classic form; and how an object becomes a file. */
import { createHash } from 'node:crypto';
import { StatusError, type StatusError as Refusal } from '../../apiserver/status.ts';
import { dashboardType, folderType } from '../../storage/search/content-entry.ts';
import { isObject, objectOf, textOf, type JsonObject } from '../../util/json-value.ts';
import { slugify } from '../../util/slug.ts';
import { baseName, holdsObject } from './safe-path.ts';

export interface FileObject {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly resource: string;
  /** The file is no object but the model of one. */
  readonly classic?: 'dashboard';
  readonly name: string;
  /** Of one that is to be named when it is made. */
  readonly generateName: string;
  readonly title: string;
  readonly metadata: JsonObject;
  readonly spec: unknown;
}

export const supportedKinds = [
  { ...dashboardType, kind: 'Dashboard' },
  { ...folderType, kind: 'Folder' },
] as const;

export const kindOf = (group: string, kind: string) => supportedKinds.find((known) => known.group === group && (known.kind === kind || known.resource === kind));

const refused = (message: string, cause?: unknown): Refusal => new StatusError(400, 'BadRequest', message, undefined, cause);
const aliasesMax = 100;

/** Throws a 400 for what is no object, or one of a kind that repositories do not hold. */
export async function objectInFile(path: string, data: Buffer): Promise<FileObject> {
  if (!holdsObject(path)) throw refused('unable to read file as a resource: only .json, .yaml and .yml files hold objects');
  const value = await parsed(path, data);
  if (!isObject(value)) throw refused('unable to read file as a resource');
  const apiVersion = textOf(value['apiVersion']);
  if (apiVersion === '' && textOf(value['kind']) === '') return classic(value);
  const [group = '', version = ''] = apiVersion.split('/');
  const known = kindOf(group, textOf(value['kind']));
  if (!known || version === '') throw refused(`resource type is not supported: ${apiVersion} ${textOf(value['kind'])}`.trim());
  const metadata = objectOf(value['metadata']);
  return {
    group, version, kind: known.kind, resource: known.resource, name: textOf(metadata['name']), generateName: textOf(metadata['generateName']),
    title: textOf(objectOf(value['spec'])['title']), metadata, spec: value['spec'],
  };
}

/** As dashboards were before they were objects: known by what only they have. */
function classic(value: JsonObject): FileObject {
  const dashboard = isObject(value['dashboard']) && !('panels' in value) ? value['dashboard'] : value;
  if (!Array.isArray(dashboard['panels']) && typeof dashboard['schemaVersion'] !== 'number') throw refused('unable to read file as a resource');
  const { uid, id: _, version: __, ...spec } = dashboard;
  return {
    group: dashboardType.group, version: 'v0alpha1', kind: 'Dashboard', resource: dashboardType.resource, classic: 'dashboard', name: textOf(uid), generateName: '',
    title: textOf(spec['title']), metadata: {}, spec,
  };
}

async function parsed(path: string, data: Buffer): Promise<unknown> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(data);
  } catch (cause) {
    throw refused('unable to read file as a resource: it is not UTF-8 text', cause);
  }
  try {
    if (/\.json$/i.test(path)) return JSON.parse(text);
    const { parse } = await import('yaml');
    return parse(text, { maxAliasCount: aliasesMax, schema: 'core' });
  } catch (cause) {
    throw refused('unable to read file as a resource: it is not well-formed', cause);
  }
}

/** What the server says of an object, and no file has to. */
const serverAnnotations = /^grafana\.app\/(createdBy|updatedBy|updatedTimestamp|folder|managedBy|managerId|managerAllowsEdits|managerSuspended|source\w+|message|saved-from-ui|grant-permissions|blob)$/;

/** The file of an object: members in order of names, what the server adds left out. */
export async function fileOf(path: string, object: { readonly apiVersion: string; readonly kind: string; readonly metadata: JsonObject; readonly spec: unknown }): Promise<Buffer> {
  const { metadata } = object;
  const annotations = Object.fromEntries(Object.entries(objectOf(metadata['annotations'])).filter(([name]) => !serverAnnotations.test(name)));
  const ownLabels = Object.fromEntries(Object.entries(objectOf(metadata['labels'])).filter(([name]) => name !== 'grafana.app/deprecatedInternalID'));
  const kept = {
    name: metadata['name'], ...(metadata['generateName'] && !metadata['name'] ? { generateName: metadata['generateName'] } : {}),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}), ...(Object.keys(ownLabels).length > 0 ? { labels: ownLabels } : {}),
  };
  const value = sorted({ apiVersion: object.apiVersion, kind: object.kind, metadata: kept, spec: object.spec });
  if (/\.ya?ml$/i.test(path)) {
    const { stringify } = await import('yaml');
    return Buffer.from(stringify(value));
  }
  return Buffer.from(JSON.stringify(value, null, 2));
}

export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}

const nameLengthMax = 40;

/**
 * The name of the folder that stands for a directory: always the same, and no other repository's. Compat: a directory at the top has the name that the
 * reference gives it, so that links and permissions stay when a repository comes along.
 */
export function folderNameOf(repository: string, directory: string): string {
  if (directory === '') return repository;
  const path = directory.replace(/\/$/, '');
  const hash = createHash('sha256').update(`${repository}/${path}${baseName(path)}`).digest('base64url').toLowerCase();
  const slug = slugify(baseName(path)).replace(/[^a-z0-9_-]/g, '').slice(0, 20);
  return `${slug === '' ? '' : `${slug}-`}${hash}`.slice(0, nameLengthMax);
}

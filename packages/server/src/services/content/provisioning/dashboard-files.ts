/** Dashboard files below a directory, and what is in them (dashboards-and-content §18.2). */
import { createHash } from 'node:crypto';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { jsonMembers, memberText, withMembers } from '../../../util/json-text.ts';
import { isObject, objectOf, textOf } from '../../../util/json-value.ts';

export interface DashboardFile {
  readonly path: string;
  /** Base name of the directory that it lies in; '' directly below the provider's path. */
  readonly folder: string;
}

export interface DashboardContent {
  /** MD5 of the bytes, hex. */
  readonly checksum: string;
  /** Modification time, milliseconds. */
  readonly modified: number;
  readonly uid: string;
  readonly title: string;
  /** Classic form; for a file in the shape of a resource its spec, with the name as uid. */
  readonly text: string;
  /** `v0alpha1` unless the file says otherwise. */
  readonly apiVersion: string;
  readonly namespace: string;
  /** The folder that a resource says it is in; '' for none. */
  readonly folder: string;
}

/**
 * Directories that begin with a dot are passed over, and everything that does not end in `.json`. Symbolic links are followed (a mounted
 * Kubernetes config map is made of them), in circles too: once.
 */
export async function dashboardFiles(root: string): Promise<DashboardFile[]> {
  const found: DashboardFile[] = [];
  const walk = async (directory: string, above: readonly string[]): Promise<void> => {
    for (const entry of (await readdir(directory, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(directory, entry.name);
      const what = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry;
      if (what?.isDirectory() && !entry.name.startsWith('.')) {
        const place = await realpath(path);
        if (!above.includes(place)) await walk(path, [...above, place]);
      } else if (what?.isFile() && entry.name.endsWith('.json')) found.push({ path, folder: directory === root ? '' : basename(dirname(path)) });
    }
  };
  await walk(root, [await realpath(root)]);
  return found;
}

export async function checksumOf(path: string): Promise<{ bytes: Buffer; checksum: string }> {
  const bytes = await readFile(path);
  return { bytes, checksum: createHash('md5').update(bytes).digest('hex') };
}

/** Throws when the file holds no dashboard. */
export async function readDashboard(path: string, bytes: Buffer, checksum: string): Promise<DashboardContent> {
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  const parsed: unknown = JSON.parse(text);
  if (!isObject(parsed)) throw new Error('is not a JSON object');
  const { mtimeMs } = await stat(path);
  const about = { checksum, modified: Math.trunc(mtimeMs) };
  const { apiVersion, kind, metadata, spec } = parsed;
  if (typeof apiVersion === 'string' && isObject(metadata) && isObject(spec)) {
    if (kind !== undefined && kind !== 'Dashboard') throw new Error(`is no dashboard but of kind ${textOf(kind)}`);
    const name = textOf(metadata['name']);
    const specText = memberText(text, jsonMembers(text), 'spec') ?? '{}';
    return {
      ...about, uid: name, title: textOf(spec['title']), text: withMembers(specText, `"uid":${JSON.stringify(name)}`), apiVersion: apiVersion.split('/')[1] ?? 'v0alpha1',
      namespace: textOf(metadata['namespace']), folder: textOf(objectOf(metadata['annotations'])['grafana.app/folder']),
    };
  }
  return { ...about, uid: textOf(parsed['uid']), title: textOf(parsed['title']), text, apiVersion: 'v0alpha1', namespace: '', folder: '' };
}


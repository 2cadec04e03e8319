/** Files of a plugin's folder (plugins §2.3): a snapshot of what was there at load, or the folder as it is while developing. */
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { PluginFiles } from './plugin.ts';

/** Throws when a link leads out of the folder: such a plugin is not loaded. */
export function snapshotFiles(folder: string): PluginFiles {
  const root = realpathSync(folder);
  const known = new Set(walk(root, ''));
  return { list: () => [...known], read: async (path) => (known.has(path) ? open(root, path) : undefined) };
}

export function liveFiles(folder: string): PluginFiles {
  const root = realpathSync(folder);
  return { list: () => walk(root, ''), read: (path) => open(root, path) };
}

/** A child's files, seen from the child's own folder. */
export function filesBelow(files: PluginFiles, prefix: string): PluginFiles {
  return {
    list: () => files.list().filter((path) => path.startsWith(`${prefix}/`)).map((path) => path.slice(prefix.length + 1)),
    read: (path) => files.read(`${prefix}/${path}`),
  };
}

function walk(root: string, below: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(join(root, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) found.push(...walk(root, path));
    else if (entry.isFile()) found.push(path);
    else if (entry.isSymbolicLink()) {
      const target = realpathSync(join(root, path));
      if (statSync(target).isDirectory()) continue;
      if (!isInside(root, target)) throw new Error(`file ${path} leads out of the plugin's folder`);
      found.push(path);
    }
  }
  return found;
}

async function open(root: string, path: string) {
  try {
    const full = realpathSync(join(root, path));
    if (!isInside(root, full)) return undefined;
    const { mtimeMs, size } = await stat(full);
    return { bytes: size === 0 ? Buffer.alloc(0) : await readFile(full), modified: mtimeMs };
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

export const isInside = (root: string, path: string) => path.startsWith(root.endsWith(sep) ? root : root + sep);

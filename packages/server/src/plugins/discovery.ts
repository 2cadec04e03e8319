/** Finds plugins below a folder (plugins §2.2). */
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Logger } from '../infra/log/log.ts';
import { readPluginJson } from './plugin-json.ts';
import type { PluginJson } from './plugin.ts';

export interface FoundPlugin {
  readonly folder: string;
  readonly json: PluginJson;
  /** Nested plugins of all levels. */
  readonly children: readonly { readonly folder: string; readonly json: PluginJson; /** Below the parent's folder, forward slashes. */ readonly path: string }[];
}

export function findPlugins(root: string, log: Logger): FoundPlugin[] {
  const read: { folder: string; json: PluginJson }[] = [];
  for (const folder of pluginFolders(root, new Set())) {
    try {
      read.push({ folder, json: readPluginJson(readFileSync(join(folder, 'plugin.json'), 'utf8')) });
    } catch (error) {
      log.warn('Skipping a plugin whose plugin.json cannot be used', { folder, error });
    }
  }
  read.sort((a, b) => a.folder.length - b.folder.length);
  const found: (FoundPlugin & { children: { folder: string; json: PluginJson; path: string }[] })[] = [];
  for (const plugin of read) {
    const parent = found.find(({ folder }) => plugin.folder.startsWith(folder + sep));
    if (parent) parent.children.push({ ...plugin, path: relative(parent.folder, plugin.folder).split(sep).join('/') });
    else found.push({ ...plugin, children: [] });
  }
  return found.sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

/** Folders with a plugin.json. Where there is a `dist`, only that is looked into. */
function pluginFolders(folder: string, seen: Set<string>): string[] {
  let entries: string[];
  try {
    const real = realpathSync(folder);
    if (seen.has(real)) throw new Error(`links below ${folder} lead in a circle`);
    seen = new Set(seen).add(real);
    entries = readdirSync(folder).sort();
  } catch (error) {
    if (['ENOENT', 'EACCES', 'EPERM', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
  if (entries.includes('dist') && isFolder(join(folder, 'dist'))) return pluginFolders(join(folder, 'dist'), seen);
  const found: string[] = [];
  for (const entry of entries) {
    if (entry === 'node_modules') continue;
    if (entry === 'plugin.json') found.push(folder);
    else if (isFolder(join(folder, entry))) found.push(...pluginFolders(join(folder, entry), seen));
  }
  return found;
}

export const isFolder = (path: string) => existsSync(path) && statSync(path).isDirectory();

/** Puts plugins into the plugins folder and takes them out again, while the server runs (plugins §7.9, §15). */
import { randomBytes } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { mkdir, rename, rm, symlink, writeFile, chmod } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize, relative, sep } from 'node:path';
import type { Logger } from '../../infra/log/log.ts';
import { ApiError } from '../../web/errors.ts';
import { isInside } from '../plugin-files.ts';
import type { PluginHost } from '../plugin-host.ts';
import { pluginApiErrors } from '../plugin.ts';
import type { Catalog } from './catalog.ts';
import { unfinishedPrefix } from './unfinished.ts';
import { readZip, ZipError } from './zip.ts';

export interface Installer {
  /** '' for the newest that fits. Throws what the route answers. */
  install(id: string, version: string, options?: InstallOptions): Promise<void>;
  uninstall(id: string): Promise<void>;
}

export interface InstallOptions {
  /** Where the archive is; '' asks the catalogue. */
  readonly url?: string;
  /** The server itself may change what it has pinned. */
  readonly byServer?: boolean;
}

export interface InstallerDeps {
  readonly host: PluginHost;
  readonly catalog: Catalog;
  readonly pluginsPath: string;
  /** Ids that the server installs by itself; those with a version are pinned. */
  readonly preinstalled: readonly { readonly id: string; readonly version: string }[];
  readonly log: Logger;
}

const executables = /_(linux_(amd64|arm|arm64)|darwin_(amd64|arm64)|windows_amd64\.exe)$/;
const pluginId = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
const dependencyDepthMax = 10;

export function createInstaller({ host, catalog, pluginsPath, preinstalled, log }: InstallerDeps): Installer {
  const underWay = new Set<string>();

  async function install(id: string, version: string, options: InstallOptions, depth = 0): Promise<void> {
    // Whoever asks twice is told that it is done; the first one does it.
    if (underWay.has(id)) return;
    underWay.add(id);
    try {
      await installOne(id, version, options, depth);
    } finally {
      underWay.delete(id);
    }
  }

  async function installOne(id: string, version: string, { url = '', byServer = false }: InstallOptions, depth: number): Promise<void> {
    const present = host.store.get(id);
    if (present?.pluginClass === 'core') throw pluginApiErrors.coreInstall();
    if (!byServer && preinstalled.some((one) => one.id === id && one.version !== '')) throw new ApiError(409, 'Cannot update a pinned pre-installed plugin');
    if (present && sameVersion(present.json.info.version, version)) throw new ApiError(409, 'Plugin already installed');
    const choice = url === '' ? await catalog.choose(id, version) : { version, url, sha256: '' };
    if (present && sameVersion(present.json.info.version, choice.version)) throw new ApiError(409, 'Plugin already installed');
    const archive = await catalog.download(present ? { ...choice, sha256: '' } : choice);
    const unfinished = join(pluginsPath, `${unfinishedPrefix}${id}-${randomBytes(6).toString('hex')}`);
    try {
      await extract(archive, unfinished, log);
      if (present) await remove(present.id, present.folder);
      const folder = join(pluginsPath, id);
      await rm(folder, { recursive: true, force: true });
      await rename(unfinished, folder);
      await host.loadFolder(folder);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
    log.info('Plugin installed', { pluginId: id, version: choice.version });
    for (const needed of host.store.get(id)?.json.dependencies.plugins ?? []) {
      if (host.store.get(needed.id) || depth >= dependencyDepthMax) continue;
      await install(needed.id, '', { byServer }, depth + 1);
    }
  }

  async function remove(id: string, folder: string): Promise<void> {
    await host.unload(id);
    const root = realpathSync(pluginsPath);
    const real = realpathSync(folder);
    if (!isInside(root, real)) throw new Error(`the plugin ${id} lies outside of the plugins folder`);
    // The whole package goes, also where plugin.json lies in its `dist`.
    await rm(join(root, relative(root, real).split(sep)[0]!), { recursive: true, force: true });
  }

  const failed = (what: string, work: () => Promise<void>) => work().catch((error: unknown) => {
    if (error instanceof ApiError) throw error;
    log.error(what, { error });
    throw new ApiError(500, what, { cause: error });
  });

  return {
    install(id, version, options = {}) {
      if (!pluginId.test(id)) return Promise.reject(pluginApiErrors.notFound());
      return failed('Failed to install plugin', () => install(id, version, options));
    },
    async uninstall(id) {
      const present = host.store.get(id);
      if (!present) throw pluginApiErrors.notInstalled();
      if (present.pluginClass === 'core') throw pluginApiErrors.coreUninstall();
      if (preinstalled.some((one) => one.id === present.id)) throw new ApiError(409, 'Cannot uninstall a pre-installed plugin');
      await failed('Failed to uninstall plugin', () => remove(present.id, present.folder));
    },
  };
}

const sameVersion = (installed: string, wanted: string) => wanted !== '' && installed !== '' && wanted.trim().replace(/^[v^]/, '') === installed.replace(/^v/, '');

/** The archive's first folder is the plugin's own. Nothing may lead outside. */
export async function extract(archive: Buffer, folder: string, log: Logger): Promise<void> {
  const entries = readZip(archive);
  const places = entries.map((entry) => ({ entry, path: placeOf(entry.name) }));
  await mkdir(folder, { recursive: true });
  for (const { entry, path } of places) {
    if (path === '' || path === '.') continue;
    const target = join(folder, path);
    if (entry.name.endsWith('/')) {
      await mkdir(target, { recursive: true, mode: 0o755 });
      continue;
    }
    await mkdir(dirname(target), { recursive: true, mode: 0o755 });
    const bytes = await entry.read();
    if ((entry.mode & 0o170000) === 0o120000) {
      const leads = bytes.toString('utf8');
      if (isAbsolute(leads) || !isInside(folder, normalize(join(dirname(target), leads)))) log.warn('Skipping a link that leads out of the plugin', { path });
      else await symlink(leads, target);
      continue;
    }
    await writeFile(target, bytes);
    await chmod(target, executables.test(path) ? 0o755 : (entry.mode & 0o777) || 0o644);
  }
  if (!existsSync(join(folder, 'plugin.json')) && !existsSync(join(folder, 'dist', 'plugin.json'))) throw new ZipError('has no plugin.json');
}

function placeOf(name: string): string {
  const inside = name.replace(/^[A-Za-z0-9_.-]*\//, '');
  const path = normalize(inside);
  if (isAbsolute(name) || name.includes('\\') || name.includes('\0') || path === '..' || path.startsWith(`..${sep}`)) throw new ZipError('leads out of its folder');
  return path;
}

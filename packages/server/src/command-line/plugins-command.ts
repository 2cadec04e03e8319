/** `belvedere cli plugins …` (config-and-operations §3.2): works on the plugins folder; a server that runs sees it when it is started again. */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLogger } from '../infra/log/log.ts';
import { createCatalog, type Catalog } from '../plugins/install/catalog.ts';
import { extract } from '../plugins/install/installer.ts';
import { unfinishedPrefix } from '../plugins/install/unfinished.ts';
import { objectOf, objectsOf, textOf } from '../util/json-value.ts';
import { UsageError } from './arguments.ts';

export interface PluginsCommandOptions {
  readonly pluginsPath: string;
  /** Where the catalogue is, without a slash at the end: `https://grafana.com/api`. */
  readonly apiUrl: string;
  readonly token: string;
  /** Address or file of an archive to install, whatever the catalogue has; '' for none. */
  readonly pluginUrl: string;
  readonly print: (text: string) => void;
}

interface Installed {
  readonly id: string;
  readonly version: string;
  /** Its package's folder, which is not always named like it. */
  readonly folder: string;
  readonly needs: readonly string[];
}

const pluginId = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
const dependencyDepthMax = 10;
const restart = '\nPlease restart Grafana after installing or removing plugins. Refer to Grafana documentation for instructions if necessary.\n\n';

export async function pluginsCommand(words: readonly string[], options: PluginsCommandOptions): Promise<void> {
  const [command = '', ...rest] = words;
  const { pluginsPath, print } = options;
  const catalog = createCatalog({ apiUrl: options.apiUrl, token: options.token, origin: 'cli' });
  const one = (what: string) => {
    const id = rest[0];
    if (!id) throw new UsageError(`please specify plugin to ${what}`);
    return id;
  };
  switch (command) {
    case 'install': {
      if (rest.length > 2) throw new UsageError('install only supports 2 arguments: plugin and version');
      await install(one('install'), rest[1] ?? '', options, catalog);
      return print(restart);
    }
    case 'ls': {
      const all = installed(pluginsPath);
      return print(all.length === 0 ? 'no installed plugins found\n' : `installed plugins:\n${all.map(({ id, version }) => `${id} @ ${version}\n`).join('')}${restart}`);
    }
    case 'list-remote': return print((await catalog.list()).map(({ id, version }) => `id: ${id} version: ${version}\n`).join(''));
    case 'list-versions': return print((await catalog.versions(one('list versions for'))).map(({ version, fits }) => `${version}${fits ? '' : ' (not supported on this system)'}\n`).join(''));
    case 'update': case 'upgrade': {
      const plugin = demand(one('update'), pluginsPath);
      if (await update(plugin, options, catalog)) print(restart);
      return;
    }
    case 'update-all': case 'upgrade-all': {
      let updated = false;
      for (const plugin of installed(pluginsPath)) updated = (await update(plugin, options, catalog)) || updated;
      if (updated) print(restart);
      return;
    }
    case 'uninstall': case 'remove': {
      const { id, folder } = demand(one('uninstall'), pluginsPath);
      await rm(folder, { recursive: true });
      return print(`Removing plugin: ${id}\n${restart}`);
    }
    default: throw new UsageError(`unknown command: cli plugins ${command || '(none)'}`);
  }
}

/** What lies in the plugins folder, by id. */
function installed(pluginsPath: string): Installed[] {
  if (!existsSync(pluginsPath)) return [];
  const found: Installed[] = [];
  for (const entry of readdirSync(pluginsPath, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue;
    const folder = join(pluginsPath, entry.name);
    const described = [join(folder, 'plugin.json'), join(folder, 'dist', 'plugin.json')].find((file) => existsSync(file));
    if (!described) continue;
    let json: Record<string, unknown>;
    try {
      json = objectOf(JSON.parse(readFileSync(described, 'utf8')));
    } catch {
      // What cannot be read is no plugin.
      continue;
    }
    const needs = objectsOf(objectOf(json['dependencies'])['plugins']).map((needed) => textOf(needed['id']));
    if (textOf(json['id']) !== '') found.push({ id: textOf(json['id']), version: textOf(objectOf(json['info'])['version']), folder, needs });
  }
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}

function demand(id: string, pluginsPath: string): Installed {
  const plugin = installed(pluginsPath).find((each) => each.id === id);
  if (!plugin) throw new UsageError('plugin does not exist');
  return plugin;
}

async function install(id: string, version: string, { pluginsPath, pluginUrl, print }: PluginsCommandOptions, catalog: Catalog, depth = 0): Promise<void> {
  if (!pluginId.test(id)) throw new UsageError(`not the id of a plugin: ${id}`);
  const url = depth === 0 ? pluginUrl : '';
  const choice = url === '' ? await catalog.choose(id, version) : { version, url, sha256: '' };
  const present = installed(pluginsPath).find((each) => each.id === id);
  if (present && choice.version !== '' && present.version === choice.version) return print(`Plugin ${id} v${choice.version} already installed.\n`);
  const archive = url !== '' && !/^https?:\/\//.test(url) ? await readFile(url) : await catalog.download(choice);
  await mkdir(pluginsPath, { recursive: true });
  const unfinished = join(pluginsPath, `${unfinishedPrefix}${id}-${randomBytes(6).toString('hex')}`);
  const folder = join(pluginsPath, id);
  try {
    await extract(archive, unfinished, silentLogger);
    if (present) await rm(present.folder, { recursive: true });
    await rm(folder, { recursive: true, force: true });
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  const now = installed(pluginsPath).find((each) => each.folder === folder);
  print(`Downloaded and extracted ${id} v${now?.version || choice.version} zip successfully to ${folder}\n`);
  for (const needed of now?.needs ?? []) {
    if (depth < dependencyDepthMax && needed !== '' && !installed(pluginsPath).some((each) => each.id === needed)) await install(needed, '', { pluginsPath, pluginUrl: '', print } as PluginsCommandOptions, catalog, depth + 1);
  }
}

/** Whether there was anything to do. */
async function update(plugin: Installed, options: PluginsCommandOptions, catalog: Catalog): Promise<boolean> {
  const newest = await catalog.choose(plugin.id, '');
  if (newest.version === plugin.version) {
    options.print(`✔ ${plugin.id} is up to date\n`);
    return false;
  }
  options.print(`Updating ${plugin.id} @ ${plugin.version}\n`);
  await install(plugin.id, newest.version, { ...options, pluginUrl: '' }, catalog);
  return true;
}

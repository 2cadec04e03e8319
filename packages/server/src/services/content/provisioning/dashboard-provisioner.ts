/** Keeps dashboards as files describe them (dashboards-and-content §18): at start, on request, and when the files change. */
import { watch, type FSWatcher } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Clock } from '../../../infra/clock.ts';
import type { Logger } from '../../../infra/log/log.ts';
import type { ServerLock } from '../../../infra/serverlock/serverlock.ts';
import { onceAnswering, type BackgroundService } from '../../../registry/background-service.ts';
import type { ResourceStore } from '../../../storage/resource-store.ts';
import { dashboardType, type ContentEntry } from '../../../storage/search/content-entry.ts';
import type { ContentIndex } from '../../../storage/search/content-index.ts';
import { editOutline, jsonMembers } from '../../../util/json-text.ts';
import { namespaceOf, orgIdOf } from '../../../util/namespace.ts';
import { ProvisioningError, type Provisioner, type ProvisioningFiles } from '../../operations/provisioning/provisioning.ts';
import { provisioningIdentity } from '../../operations/provisioning/provisioning-identity.ts';
import { serverAuthor } from '../authors.ts';
import { fileProvisioning, type DashboardService } from '../dashboards/dashboard.ts';
import type { FolderService } from '../folders/folder.ts';
import { checksumOf, dashboardFiles, readDashboard, type DashboardContent, type DashboardFile } from './dashboard-files.ts';
import { readProviders, type DashboardProvider } from './dashboard-providers.ts';

export interface DashboardProvisionerDeps {
  readonly files: ProvisioningFiles;
  readonly dashboards: Pick<DashboardService, 'save' | 'delete'>;
  readonly folders: Pick<FolderService, 'provide'>;
  readonly store: Pick<ResourceStore, 'get' | 'update'>;
  readonly index: ContentIndex;
  readonly orgExists: (orgId: number) => boolean | Promise<boolean>;
  /** Text of a spec of this version as the resource face would store it. */
  readonly asStored: (orgId: number, apiVersion: string, spec: string) => Promise<string>;
  readonly lock: Pick<ServerLock, 'whileLocked'>;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface DashboardProvisioner {
  readonly provisioner: Provisioner;
  /** Follows the files for as long as the server runs. */
  readonly service: BackgroundService;
  /** Directory of a configured provider. */
  providerPath(orgId: number, name: string): string | undefined;
}

const debounceMs = 5_000;
const unwatchedPollMs = 30_000;
const watchedUpToSeconds = 10;
const lockOptions = { staleMs: 300_000, waitMs: 60_000 };
const managerAnnotations = ['managedBy', 'managerId', 'managerAllowsEdits', 'sourcePath', 'sourceChecksum', 'sourceTimestamp'].map((name) => `grafana.app/${name}`);

interface Running {
  readonly provider: DashboardProvider;
  /** Absolute, links resolved. */
  readonly root: string;
  /** Uids and titles that the last walk saw, to notice doubles. */
  readonly seen: { uids: Map<string, string>; titles: Map<string, string>; doubled: boolean };
  readonly stop: AbortController;
}

export function createDashboardProvisioner(deps: DashboardProvisionerDeps): DashboardProvisioner {
  const { files, index, log, clock } = deps;
  let running: Running[] = [];
  let following = false;
  /** Whether dashboards of providers that are gone are still to be looked for. */
  let forsakenLeft = false;
  let turn: Promise<unknown> = Promise.resolve();

  /** Walks never overlap: two providers may fight over a dashboard, but not at once. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work, work);
    turn = mine.catch(() => {});
    return mine;
  }

  /** Without providers there is only to remove what is left of earlier ones: a look at all dashboards, which no start waits for. */
  async function begin(): Promise<void> {
    forsakenLeft = readProviders(await files.read('dashboards'), files.values).length === 0;
    if (!forsakenLeft) await provision();
  }

  async function provision(): Promise<void> {
    const providers = readProviders(await files.read('dashboards'), files.values);
    for (const { orgId, name } of providers) {
      if (!(await deps.orgExists(orgId))) throw new ProvisioningError(name, `organization ${orgId} does not exist`);
    }
    for (const old of running) old.stop.abort();
    running = await Promise.all(providers.map(async (provider) => ({
      provider, root: await realpath(resolve(provider.path)).catch(() => resolve(provider.path)),
      seen: { uids: new Map<string, string>(), titles: new Map<string, string>(), doubled: false }, stop: new AbortController(),
    })));
    if (providers.length === 0 && !(await anyProvisioned())) return;
    await inTurn(async () => {
      await deps.lock.whileLocked('provisioning_dashboards', lockOptions, async () => {
        await removeForsaken();
        for (const each of running) await walk(each, true);
      });
    });
    if (following) running.forEach(follow);
  }

  async function anyProvisioned(): Promise<boolean> {
    await index.ready();
    return index.namespaces().some((namespace) => index.entries(namespace, 'dashboard').some(({ manager }) => manager?.kind === fileProvisioning));
  }

  /** Dashboards of providers that nobody configures any more. */
  async function removeForsaken(): Promise<void> {
    await index.ready();
    const names = new Set(running.map(({ provider }) => provider.name));
    for (const namespace of index.namespaces()) {
      const orgId = orgIdOf(namespace);
      if (orgId === undefined) continue;
      for (const { name, manager } of [...index.entries(namespace, 'dashboard')]) {
        if (manager?.kind === fileProvisioning && !names.has(manager.id)) await deps.dashboards.delete(provisioningIdentity(orgId), name, { force: true });
      }
    }
  }

  async function walk(each: Running, first: boolean): Promise<void> {
    const { provider, root } = each;
    let found: DashboardFile[];
    try {
      found = await dashboardFiles(root);
    } catch (error) {
      log.warn('Cannot read directory of dashboards', { provider: provider.name, path: root, error });
      return;
    }
    const known = new Map(ownDashboards(provider).map((entry) => [entry.source?.path ?? '', entry]));
    if (!first && doublesIn(each)) {
      log.warn('The same uid or title is in several files: nothing is written', { provider: provider.name });
      return;
    }
    each.seen.uids.clear();
    each.seen.titles.clear();
    const folders = new Map<string, string>();
    for (const file of found) {
      try {
        await keep(each, file, known.get(file.path), folders);
      } catch (error) {
        log.error('Failed to load dashboard from file', { provider: provider.name, file: file.path, error: error instanceof Error ? error.message : String(error) });
      }
    }
    const paths = new Set(found.map(({ path }) => path));
    for (const [path, entry] of known) if (!paths.has(path)) await forsake(provider, entry);
  }

  async function keep(each: Running, file: DashboardFile, known: ContentEntry | undefined, folders: Map<string, string>): Promise<void> {
    const { provider, seen } = each;
    const { bytes, checksum } = await checksumOf(file.path);
    const content = await readDashboard(file.path, bytes, checksum);
    const placeKey = placeOf(provider, file, content);
    if (content.uid !== '') each.seen.doubled ||= seen.uids.has(content.uid);
    each.seen.doubled ||= seen.titles.has(placeKey);
    if (content.uid !== '') seen.uids.set(content.uid, file.path);
    seen.titles.set(placeKey, file.path);
    if (known && known.source?.checksum === checksum) return;
    const folderUid = await folderOf(provider, file, folders);
    if (content.namespace !== '' && content.namespace !== namespaceOf(provider.orgId)) throw new Error(`namespace ${content.namespace} is not that of the provider`);
    if (content.folder !== '' && content.folder !== folderUid) throw new Error(`folder ${content.folder} is not that of the provider`);
    await save(provider, file, content, known, folderUid);
  }

  async function save(provider: DashboardProvider, file: DashboardFile, content: DashboardContent, known: ContentEntry | undefined, folderUid: string): Promise<void> {
    const text = content.apiVersion === 'v0alpha1' ? content.text : await deps.asStored(provider.orgId, content.apiVersion, content.text);
    const uid = content.uid || known?.name;
    // A number from another server means nothing here.
    const { text: own, members } = editOutline({ text, members: jsonMembers(text) }, { id: null, ...(uid ? { uid: JSON.stringify(uid) } : {}) });
    await deps.dashboards.save(provisioningIdentity(provider.orgId), {
      dashboard: JSON.parse(own), text: own, members, overwrite: true, message: '', folderUid, folderId: 0, onBehalfOfServer: true, apiVersion: content.apiVersion,
      annotations: {
        'grafana.app/managedBy': fileProvisioning, 'grafana.app/managerId': provider.name, ...(provider.allowUiUpdates ? { 'grafana.app/managerAllowsEdits': 'true' } : {}),
        'grafana.app/sourcePath': file.path, 'grafana.app/sourceChecksum': content.checksum, 'grafana.app/sourceTimestamp': String(content.modified),
      },
    });
  }

  async function folderOf(provider: DashboardProvider, file: DashboardFile, folders: Map<string, string>): Promise<string> {
    const title = provider.foldersFromFilesStructure ? file.folder : provider.folder || provider.folderUid;
    const uid = provider.foldersFromFilesStructure ? '' : provider.folderUid;
    if (title === '' && uid === '') return '';
    const key = `${uid}\0${title}`;
    let found = folders.get(key);
    if (found === undefined) {
      found = (await deps.folders.provide(provider.orgId, { uid, title, manager: { kind: fileProvisioning, id: provider.name } })).name;
      folders.set(key, found);
    }
    return found;
  }

  /** The file is gone: so is the dashboard, or only its bond to files. */
  async function forsake(provider: DashboardProvider, entry: ContentEntry): Promise<void> {
    if (!provider.disableDeletion) {
      await deps.dashboards.delete(provisioningIdentity(provider.orgId), entry.name, { force: true });
      return;
    }
    const stored = await deps.store.get({ ...dashboardType, namespace: entry.namespace, name: entry.name });
    if (!stored) return;
    const annotations = Object.fromEntries(Object.entries(stored.annotations).filter(([name]) => !managerAnnotations.includes(name)));
    await deps.store.update({ ...stored, annotations, author: serverAuthor });
  }

  /** Folder and title: where two files would be one dashboard for whoever looks. */
  const placeOf = ({ foldersFromFilesStructure }: DashboardProvider, file: DashboardFile, { title }: DashboardContent) => `${foldersFromFilesStructure ? file.folder : ''}\0${title}`;

  const ownDashboards = ({ orgId, name }: DashboardProvider) =>
    index.entries(namespaceOf(orgId), 'dashboard').filter(({ manager }) => manager?.kind === fileProvisioning && manager.id === name);

  function doublesIn({ provider, seen }: Running): boolean {
    if (seen.doubled) return true;
    return running.some((other) => other.provider !== provider && other.provider.orgId === provider.orgId && [...seen.uids.keys()].some((uid) => other.seen.uids.has(uid)));
  }

  function follow(each: Running): void {
    const { signal } = each.stop;
    const { updateIntervalSeconds, name } = each.provider;
    const again = () => inTurn(async () => {
      if (signal.aborted) return;
      // What was doubled may have been put right.
      each.seen.doubled = await stillDoubled(each);
      await walk(each, false);
    }).catch((error: unknown) => log.error('Provisioning of dashboards failed', { provider: name, error }));
    const poll = async (everyMs: number) => {
      while (!signal.aborted) {
        await clock.sleep(everyMs, signal).catch(() => {});
        if (!signal.aborted) await again();
      }
    };
    if (updateIntervalSeconds > watchedUpToSeconds) void poll(updateIntervalSeconds * 1000);
    else if (!watchFiles(each, again)) void poll(unwatchedPollMs);
  }

  /** False when the directory cannot be watched. */
  function watchFiles({ root, stop: { signal } }: Running, changed: () => Promise<void>): boolean {
    let watcher: FSWatcher;
    let waiting: NodeJS.Timeout | undefined;
    try {
      watcher = watch(root, { recursive: true, persistent: false });
    } catch {
      return false;
    }
    watcher.on('change', () => {
      waiting ??= setTimeout(() => {
        waiting = undefined;
        void changed();
      }, debounceMs);
    });
    watcher.on('error', (error) => log.warn('Directory of dashboards is not watched any more', { path: root, error }));
    signal.addEventListener('abort', () => {
      clearTimeout(waiting);
      watcher.close();
    }, { once: true });
    return true;
  }

  async function stillDoubled({ provider, root }: Running): Promise<boolean> {
    const uids = new Set<string>();
    const titles = new Set<string>();
    for (const file of await dashboardFiles(root).catch(() => [])) {
      const content = await checksumOf(file.path).then(({ bytes, checksum }) => readDashboard(file.path, bytes, checksum)).catch(() => undefined);
      if (!content) continue;
      const place = placeOf(provider, file, content);
      if ((content.uid !== '' && uids.has(content.uid)) || titles.has(place)) return true;
      uids.add(content.uid);
      titles.add(place);
    }
    return false;
  }

  return {
    provisioner: { name: 'dashboards', provision, begin },
    service: onceAnswering({ name: 'dashboard provisioning', run }),
    providerPath: (orgId, name) => running.find(({ provider }) => provider.name === name && provider.orgId === orgId)?.root,
  };

  async function run(signal: AbortSignal): Promise<void> {
    following = true;
    running.forEach(follow);
    if (forsakenLeft) await provision().catch((error: unknown) => log.error('Dashboards of providers that are gone are left', { error }));
    await new Promise<void>((done) => {
      if (signal.aborted) done();
      else signal.addEventListener('abort', () => done(), { once: true });
    });
    following = false;
    for (const each of running) each.stop.abort();
    await turn;
  }
}

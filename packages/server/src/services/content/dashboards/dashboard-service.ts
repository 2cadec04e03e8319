/** Rules of dashboards on the classic face. The resource face checks its own (apps/dashboard); both write to the one store. */
import { randomUUID } from 'node:crypto';
import { authorOf } from '../../../apiserver/caller.ts';
import type { Clock } from '../../../infra/clock.ts';
import { ResourceStoreError, type ResourceStore, type ResourceWrite, type StoredResource } from '../../../storage/resource-store.ts';
import { dashboardType, managerOf } from '../../../storage/search/content-entry.ts';
import type { ContentIndex } from '../../../storage/search/content-index.ts';
import { jsonMembers, sameJson, sameOutline, type OutlinedText } from '../../../util/json-text.ts';
import { namespaceOf } from '../../../util/namespace.ts';
import { objectionToUid } from '../../../util/short-uid.ts';
import { ApiError } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';
import type { ResourcePermissions } from '../../identity/accesscontrol/accesscontrol.ts';
import { generalFolder, readActions, type ContentAccess } from '../access.ts';
import { serverAuthor } from '../authors.ts';
import { classicOwners } from '../classic-owners.ts';
import { prepareDashboard, type PreparedDashboard } from './dashboard-text.ts';
import { dashboardErrors, fileProvisioning, type DashboardService, type DashboardVersion, type SaveDashboard, type TagCount } from './dashboard.ts';

export interface DashboardServiceDeps {
  readonly store: ResourceStore;
  readonly index: ContentIndex;
  readonly access: ContentAccess;
  readonly clock: Pick<Clock, 'now'>;
  readonly permissions: Pick<ResourcePermissions, 'grantRootDefaults' | 'grantOnCreation' | 'forget'>;
  readonly checkQuota: (orgId: number, target: 'dashboard') => Promise<void>;
  /** A plugin's display name; undefined when it is not installed. */
  readonly pluginName: (id: string) => string | undefined;
  readonly grantOnCreation: boolean;
  /** `[dashboards] min_refresh_interval`. */
  readonly minRefreshMs: number;
}

const titleBytesMax = 5_000;
const messageLengthMax = 500;
const tagLengthMax = 50;
const restoredMessage = /^Restored from version (\d+)$/;

export function createDashboardService(deps: DashboardServiceDeps): DashboardService {
  const { store, index, access, permissions } = deps;
  const listeners: ((orgId: number, uid: string) => Promise<void>)[] = [];
  const unchangedListeners: ((dashboard: StoredResource) => void)[] = [];
  const keyOf = (orgId: number, uid: string) => ({ ...dashboardType, namespace: namespaceOf(orgId), name: uid });
  const find = (orgId: number, uid: string) => store.get(keyOf(orgId, uid));

  async function demand(orgId: number, uid: string): Promise<StoredResource> {
    const found = await find(orgId, uid);
    if (!found) throw dashboardErrors.notFound();
    return found;
  }

  async function save(identity: Identity, command: SaveDashboard): Promise<StoredResource> {
    await index.ready();
    const { orgId } = identity;
    const { text, members = jsonMembers(text) } = command;
    const prepared = prepareDashboard({ text, members }, command.dashboard, deps.minRefreshMs);
    // Compat: whoever names no number is asked whether there is room, even where the uid says that nothing is added.
    if (prepared.id === 0 && !command.onBehalfOfServer) await deps.checkQuota(orgId, 'dashboard');
    checkContent(prepared, command);
    const folder = folderOf(orgId, command);
    const existing = await identify(orgId, prepared);
    if (existing) checkExisting(existing, prepared, command);
    if (!command.onBehalfOfServer) {
      demandRights(identity, existing, folder);
      if (existing && isProvisioned(existing) && existing.annotations['grafana.app/managerAllowsEdits'] !== 'true') throw dashboardErrors.provisioned();
    }
    if (prepared.tags.some((tag) => [...tag].length > tagLengthMax)) throw dashboardErrors.longTag();
    if (prepared.id > 0 && !existing && !command.onBehalfOfServer) await deps.checkQuota(orgId, 'dashboard');
    const apiVersion = command.apiVersion ?? 'v0alpha1';
    const uid = existing?.name ?? (prepared.uid || randomUUID());
    const annotations = { ...command.annotations, ...(command.message ? { 'grafana.app/message': command.message } : {}) };
    const write: ResourceWrite = {
      ...keyOf(orgId, uid), apiVersion, title: prepared.title, folder, labels: existing?.labels ?? {},
      annotations,
      ...specOf(existing, prepared.spec),
      author: command.onBehalfOfServer ? serverAuthor : authorOf(identity),
      managedFields: existing?.managedFields === '' ? '' : classicOwners({
        apiVersion: `${dashboardType.group}/${apiVersion}`, annotations: folder === '' ? annotations : { ...annotations, 'grafana.app/folder': folder },
        spec: { ...prepared.fields, uid, version: prepared.version },
      }, deps.clock.now()),
      ...(prepared.id > 0 && !existing ? { legacyId: prepared.id } : {}),
    };
    const saved = await (existing ? update(write, existing, command.overwrite) : create(identity, write, command));
    // Its folder may have gone meanwhile, with everything that was in it.
    if (folder !== '' && !command.onBehalfOfServer && !index.folder(namespaceOf(orgId), folder)) {
      await remove(identity, saved).catch(() => {});
      throw dashboardErrors.folderNotFound();
    }
    return saved;
  }

  async function create(identity: Identity, write: ResourceWrite, command: SaveDashboard): Promise<StoredResource> {
    try {
      // One commit for the dashboard and the rights on it.
      return await store.create(write, deps.grantOnCreation ? (created) => grant(identity, created, command.onBehalfOfServer === true) : undefined);
    } catch (error) {
      if (error instanceof ResourceStoreError && error.kind === 'already-exists') throw dashboardErrors.changed();
      throw error;
    }
  }

  async function update(write: ResourceWrite, existing: StoredResource, overwrite: boolean): Promise<StoredResource> {
    try {
      const updated = await store.update({ ...write, status: keptDashboardStatus(existing, write.apiVersion) }, overwrite ? undefined : existing.resourceVersion);
      if (updated.resourceVersion === existing.resourceVersion) for (const listener of unchangedListeners) listener(updated);
      return updated;
    } catch (error) {
      if (error instanceof ResourceStoreError && (error.kind === 'conflict' || error.kind === 'not-found')) throw dashboardErrors.changed();
      throw error;
    }
  }

  async function grant(identity: Identity, created: StoredResource, byServer: boolean): Promise<void> {
    if (created.folder === '') return permissions.grantRootDefaults(identity.orgId, created.name, byServer ? undefined : identity);
    if (byServer || (identity.kind !== 'user' && identity.kind !== 'service-account')) return;
    await permissions.grantOnCreation(identity.orgId, created.name, [{ assignee: { kind: 'user', id: identity.id }, level: 'Admin' }]);
  }

  /** The dashboard that is meant by id and uid; undefined for a new one. */
  async function identify(orgId: number, { id, uid }: PreparedDashboard): Promise<StoredResource | undefined> {
    const byUid = uid === '' ? undefined : await find(orgId, uid);
    if (id <= 0) return byUid;
    const byId = index.byLegacyId(namespaceOf(orgId), 'dashboard', id);
    if (byId.length === 0) throw dashboardErrors.unknownId();
    if (uid === '') return find(orgId, byId[0]!.name);
    if (byUid && byUid.legacyId !== id) throw dashboardErrors.sameUid();
    // Compat: a known id with an unknown uid makes a second dashboard with that id; it does not rename.
    return byUid;
  }

  function folderOf(orgId: number, { folderUid, folderId, onBehalfOfServer }: SaveDashboard): string {
    if (folderUid === generalFolder) throw dashboardErrors.noFolderResource(folderUid);
    const namespace = namespaceOf(orgId);
    if (folderUid !== '') {
      if (!onBehalfOfServer && !index.folder(namespace, folderUid)) throw dashboardErrors.folderNotFound();
      return folderUid;
    }
    if (folderId === 0) return '';
    const [found] = index.byLegacyId(namespace, 'folder', folderId);
    if (!found) throw dashboardErrors.folderNotFound();
    return found.name;
  }

  function demandRights(identity: Identity, existing: StoredResource | undefined, folder: string): void {
    const allowed = existing
      ? access.mayOnDashboard(identity, 'dashboards:write', existing.name, existing.folder) && (existing.folder === folder || access.mayOnFolder(identity, 'dashboards:create', folder))
      : access.mayOnFolder(identity, 'dashboards:create', folder);
    if (!allowed) throw dashboardErrors.denied();
  }

  function checkExisting(existing: StoredResource, { version }: PreparedDashboard, { overwrite }: SaveDashboard): void {
    if (overwrite) return;
    if (version !== existing.generation) throw dashboardErrors.changed();
    const manager = managerOf(existing.annotations);
    if (manager?.kind === 'plugin') throw dashboardErrors.ofPlugin(deps.pluginName(manager.id) ?? manager.id);
  }

  async function remove(identity: Identity, stored: { name: string }): Promise<void> {
    try {
      await store.delete(keyOf(identity.orgId, stored.name), { author: authorOf(identity) });
    } catch (error) {
      if (error instanceof ResourceStoreError && error.kind === 'not-found') throw dashboardErrors.notFound();
      throw error;
    }
    await cleanUp(identity.orgId, stored.name);
  }

  async function cleanUp(orgId: number, uid: string): Promise<void> {
    await permissions.forget(orgId, uid);
    for (const listener of listeners) await listener(orgId, uid);
  }

  function versionOf(stored: StoredResource): DashboardVersion {
    return { stored, restoredFrom: Number(restoredMessage.exec(stored.annotations['grafana.app/message'] ?? '')?.[1] ?? 0) };
  }

  return {
    find, save,

    async delete(identity, uid, { force = false } = {}) {
      const stored = await demand(identity.orgId, uid);
      if (!force && isProvisioned(stored)) throw dashboardErrors.provisionedStays();
      await remove(identity, stored);
      return stored;
    },

    async uidsOf(identity, ids) {
      await index.ready();
      const readable = access.filter(identity, readActions);
      return ids.flatMap((id) => index.byLegacyId(namespaceOf(identity.orgId), 'dashboard', id).filter(readable).map((entry) => entry.name));
    },

    async tags(identity) {
      await index.ready();
      const readable = access.filter(identity, readActions);
      const counts = new Map<string, number>();
      for (const entry of index.entries(namespaceOf(identity.orgId), 'dashboard')) {
        if (entry.tags.length === 0 || !readable(entry)) continue;
        for (const tag of new Set(entry.tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1);
      }
      return [...counts].map(([term, count]): TagCount => ({ term, count })).sort((a, b) => b.count - a.count || (a.term < b.term ? -1 : 1));
    },

    async versions(orgId, uid, { limit, continueToken }) {
      const stored = await demand(orgId, uid);
      const before = continueToken === '' ? undefined : decodeToken(continueToken);
      const rows = await store.history(keyOf(orgId, stored.name), { limit: limit + 1, ...(before === undefined ? {} : { beforeResourceVersion: before }) });
      const page = rows.slice(0, limit);
      return { versions: page.map(versionOf), continueToken: rows.length > limit ? encodeToken(page.at(-1)!.resourceVersion) : '' };
    },

    async version(orgId, uid, version) {
      const current = await demand(orgId, uid);
      const stored = version > 0 ? await store.getVersion(keyOf(orgId, uid), { generation: version }) : undefined;
      if (!stored || stored.deleted) throw dashboardErrors.versionNotFound(version, current.legacyId);
      return versionOf(stored);
    },

    async restore(identity, uid, version) {
      const current = await demand(identity.orgId, uid);
      const wanted = await store.getVersion(keyOf(identity.orgId, uid), { generation: version });
      if (!wanted || wanted.deleted) throw dashboardErrors.notFound();
      if (sameJson(wanted.spec, current.spec)) throw dashboardErrors.identical();
      return store.update({
        ...keyOf(identity.orgId, uid), apiVersion: wanted.apiVersion, title: wanted.title, folder: current.folder, labels: current.labels,
        annotations: { ...current.annotations, 'grafana.app/message': `Restored from version ${version}` }, spec: wanted.spec, author: authorOf(identity),
      });
    },

    async objectToDeletion(orgId, dashboards) {
      for (const { name, manager } of dashboards) {
        if (manager?.kind === fileProvisioning && (await find(orgId, name))) throw dashboardErrors.provisionedStays();
      }
    },

    async deleteAll(identity, dashboards) {
      for (const dashboard of dashboards) {
        await remove(identity, dashboard).catch((error: unknown) => {
          // Somebody else was faster.
          if (!(error instanceof ApiError) || error.status !== 404) throw error;
        });
      }
    },

    forget: cleanUp,
    onDeleted: (listener) => void listeners.push(listener),
    onSavedUnchanged: (listener) => void unchangedListeners.push(listener),
  };
}

/** What an update in a version leaves as the status of a dashboard. */
export const keptDashboardStatus = (previous: Pick<StoredResource, 'apiVersion' | 'status'>, version: string): string =>
  previous.apiVersion === version ? previous.status : JSON.stringify({ conversion: { failed: false, storedVersion: previous.apiVersion } });

export const isProvisioned = ({ annotations }: Pick<StoredResource, 'annotations'>): boolean => managerOf(annotations)?.kind === fileProvisioning;

/** The same content in another order is the same content. */
function specOf(existing: StoredResource | undefined, spec: OutlinedText): Pick<ResourceWrite, 'spec' | 'outline'> {
  const same = existing !== undefined && (existing.spec === spec.text || sameOutline({ text: existing.spec, members: jsonMembers(existing.spec) }, spec));
  return same ? { spec: existing.spec } : { spec: spec.text, outline: spec };
}

function checkContent({ title, uid }: PreparedDashboard, { message }: SaveDashboard): void {
  if (title === '') throw dashboardErrors.emptyTitle();
  if (Buffer.byteLength(title) > titleBytesMax) throw dashboardErrors.longTitle();
  if ([...message].length > messageLengthMax) throw dashboardErrors.longMessage();
  const objection = objectionToUid(uid);
  if (objection) throw objection === 'too-long' ? dashboardErrors.longUid() : dashboardErrors.illegalUid();
}

const encodeToken = (resourceVersion: number) => Buffer.from(JSON.stringify({ v: resourceVersion })).toString('base64');

/** A token that is none of ours starts from the beginning. */
function decodeToken(token: string): number | undefined {
  try {
    const { v } = JSON.parse(Buffer.from(token, 'base64').toString('utf8')) as { v?: unknown };
    return typeof v === 'number' && Number.isSafeInteger(v) ? v : undefined;
  } catch {
    return undefined;
  }
}

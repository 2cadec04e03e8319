import { dashboardUrl } from '../urls.ts';
import { randomInt } from 'node:crypto';
import type { Clock } from '../../../infra/clock.ts';
import type { ContentSettings } from '../../../setting/content-settings.ts';
import type { ContentIndex } from '../../../storage/search/content-index.ts';
import { editObject, jsonMembers, memberText, type OutlinedText } from '../../../util/json-text.ts';
import { namespaceOf } from '../../../util/namespace.ts';
import type { ContentAccess } from '../access.ts';
import type { SnapshotStore } from './snapshot-store.ts';
import { snapshotErrors, type NewSnapshot, type Snapshot, type SnapshotService } from './snapshot.ts';

export interface SnapshotServiceDeps {
  readonly store: SnapshotStore;
  readonly index: ContentIndex;
  readonly access: ContentAccess;
  readonly clock: Pick<Clock, 'now'>;
  readonly settings: ContentSettings['snapshots'];
  readonly subPath: string;
  readonly fetch: typeof fetch;
}

const fiftyYearsMs = 50 * 365 * 86_400_000;
/** Of keys that clients choose. */
const keyLengthMax = 190;
const remoteTimeoutMs = 5_000;
const remoteAnswerBytesMax = 65_536;

export function createSnapshotService({ store, index, access, clock, settings, subPath, fetch }: SnapshotServiceDeps): SnapshotService {
  async function remoteCopy(snapshot: NewSnapshot): Promise<{ externalUrl: string; externalDeleteUrl: string; key: string; deleteKey: string }> {
    try {
      const answer = await fetch(`${settings.externalUrl}/api/snapshots`, {
        method: 'POST', headers: { 'content-type': 'application/json' }, signal: AbortSignal.timeout(remoteTimeoutMs),
        body: JSON.stringify({ dashboard: snapshot.dashboard, name: snapshot.name, expires: snapshot.expires }),
      });
      if (!answer.ok) throw new Error(`the snapshot server answered ${answer.status}`);
      const { url, deleteUrl, key, deleteKey } = JSON.parse((await answer.text()).slice(0, remoteAnswerBytesMax)) as Record<string, unknown>;
      return { externalUrl: String(url ?? ''), externalDeleteUrl: String(deleteUrl ?? ''), key: String(key ?? ''), deleteKey: String(deleteKey ?? '') };
    } catch {
      throw snapshotErrors.externalFailed();
    }
  }

  async function remove(snapshot: Snapshot): Promise<void> {
    if (snapshot.external && snapshot.externalDeleteUrl !== '') await removeRemote(snapshot.externalDeleteUrl);
    await store.delete(snapshot.id);
  }

  async function removeRemote(url: string): Promise<void> {
    const answer = await fetch(url, { signal: AbortSignal.timeout(remoteTimeoutMs) }).catch(() => undefined);
    if (answer?.ok) return;
    // The other server says so of a snapshot that it does not have any more.
    const gone = answer?.status === 500 && (await answer.text()).includes('Failed to get dashboard snapshot');
    if (!gone) throw snapshotErrors.remoteFailed();
  }

  return {
    async create(identity, snapshot) {
      if (!settings.enabled) throw snapshotErrors.disabled();
      for (const key of [snapshot.key, snapshot.deleteKey]) if (key.length > keyLengthMax || key.includes('\0')) throw snapshotErrors.badBody();
      const uid = typeof snapshot.dashboard['uid'] === 'string' ? snapshot.dashboard['uid'] : '';
      if (!settings.publicMode) {
        await index.ready();
        const source = index.dashboard(namespaceOf(identity.orgId), uid);
        const mayMake = identity.permissions.has('snapshots:create');
        if (!mayMake || (source && !access.mayOnDashboard(identity, 'dashboards:read', uid, source.folder))) throw snapshotErrors.forbidden();
        if (!source) throw snapshotErrors.noDashboard();
      }
      const external = snapshot.external && !settings.publicMode;
      if (external && !settings.externalEnabled) throw snapshotErrors.externalDisabled();
      const now = clock.now();
      const remote = external ? await remoteCopy(snapshot) : undefined;
      return store.insert({
        name: snapshot.name || 'Unnamed snapshot', key: remote?.key || snapshot.key || randomKey(), deleteKey: remote?.deleteKey || snapshot.deleteKey || randomKey(),
        orgId: settings.publicMode ? 0 : identity.orgId, userId: settings.publicMode ? 0 : identity.id, external, externalUrl: remote?.externalUrl ?? '',
        externalDeleteUrl: remote?.externalDeleteUrl ?? '', dashboard: external ? '{}' : withOrigin(snapshot, dashboardUrl(subPath, uid, '').replace(/\/$/, '')),
        expires: now + (snapshot.expires > 0 ? Math.min(snapshot.expires * 1000, fiftyYearsMs) : fiftyYearsMs), created: now, updated: now,
      });
    },
    async read(key) {
      const snapshot = await store.find('key', key);
      if (!snapshot) throw snapshotErrors.notFound();
      if (snapshot.expires < clock.now()) throw snapshotErrors.expired();
      return snapshot;
    },
    list: (identity, query) => store.list(identity.orgId, identity.orgRole === 'Admin' ? undefined : identity.id, query),
    async deleteBySecret(deleteKey) {
      const snapshot = await store.find('delete_key', deleteKey);
      if (!snapshot) throw snapshotErrors.secretNotFound();
      await remove(snapshot);
    },
    async delete(identity, key) {
      const snapshot = await store.find('key', key);
      if (!snapshot) throw snapshotErrors.notFound();
      if (snapshot.orgId !== identity.orgId) throw snapshotErrors.otherOrg();
      await index.ready();
      const uid = sourceOf(snapshot);
      const source = index.dashboard(namespaceOf(identity.orgId), uid);
      const allowed = snapshot.userId === identity.id || (source !== undefined && access.mayOnDashboard(identity, 'dashboards:write', uid, source.folder));
      if (!allowed) throw snapshotErrors.denied();
      await remove(snapshot);
      return snapshot.id;
    },
    cleanUp: () => store.deleteExpired(clock.now()),
  };
}

/** Says where the snapshot was made, and leaves everything else as it came. */
function withOrigin({ dashboard, outline }: NewSnapshot, originalUrl: string): string {
  const { text, members } = outline ?? outlined(JSON.stringify(dashboard));
  const own = memberText(text, members, 'snapshot') ?? '{}';
  return editObject(text, members, { snapshot: editObject(own, jsonMembers(own), { originalUrl: JSON.stringify(originalUrl) }) });
}

const outlined = (text: string): OutlinedText => ({ text, members: jsonMembers(text) });

function sourceOf({ dashboard }: Snapshot): string {
  const { uid } = JSON.parse(dashboard) as { uid?: unknown };
  return typeof uid === 'string' ? uid : '';
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const randomKey = () => Array.from({ length: 32 }, () => alphabet.charAt(randomInt(alphabet.length))).join('');

/** Pictures of dashboards as a pull request would have them (apiserver-and-storage §6.9, `generateDashboardPreviews`): made once, kept for a while, shown under their repository. */
import type { Clock } from '../../infra/clock.ts';
import type { Database } from '../../infra/db/database.ts';
import type { RenderingService } from '../../services/operations/rendering/rendering.ts';
import type { ValueStore } from '../../apiserver/storage-server/value-store.ts';
import { orgIdOf } from '../../util/namespace.ts';
import { group, version, type GitSyncSettings, type Repository } from './git-sync.ts';

export interface Previews {
  /** Where the picture is; undefined where none can be made. */
  make(repository: Pick<Repository, 'namespace' | 'name'>, page: string, signal: AbortSignal): Promise<string | undefined>;
  read(repository: Pick<Repository, 'namespace' | 'name'>, uid: string): Promise<Buffer | undefined>;
  /** Of a repository that is gone. */
  forget(repository: Pick<Repository, 'namespace' | 'name'>): Promise<void>;
}

export interface PreviewsDeps {
  readonly db: Database;
  readonly clock: Pick<Clock, 'now'>;
  readonly values: Pick<ValueStore, 'putBlob' | 'getBlob'>;
  readonly rendering: () => RenderingService;
  readonly settings: Pick<GitSyncSettings, 'allowImageRendering' | 'rootUrl'>;
}

/** Pull requests are seldom open for longer. */
const keptMs = 30 * 86_400_000;
const size = { width: 1024, height: 1024, scale: 1 };
const renderMsMax = 60_000;
const contentType = 'image/png';
const uidPattern = /^[0-9a-f-]{36}$/;

export function createPreviews({ db, clock, values, rendering, settings }: PreviewsDeps): Previews {
  const keyOf = ({ namespace, name }: Pick<Repository, 'namespace' | 'name'>) => ({ group, resource: 'repositories', namespace, name });
  const removeOlder = db.prepare('delete from resource_blob where "group" = ? and resource = ? and namespace = ? and name = ? and created < ?');
  const remove = (repository: Pick<Repository, 'namespace' | 'name'>, before: number) => {
    const { group: of, resource, namespace, name } = keyOf(repository);
    return removeOlder.run(of, resource, namespace, name, before);
  };
  return {
    async make(repository, page, signal) {
      if (!settings.allowImageRendering || !rendering().available) return undefined;
      const rendered = await rendering().render({
        path: page, encoding: 'png', ...size, timeoutMs: renderMsMax, timezone: '', acceptLanguage: '', person: { orgId: orgIdOf(repository.namespace) ?? 0, userId: 0, orgRole: 'Viewer' },
      }, signal);
      if (rendered.kind !== 'done') return undefined;
      await remove(repository, clock.now() - keptMs);
      const { uid } = await values.putBlob(keyOf(repository), contentType, rendered.body);
      return `${settings.rootUrl.replace(/\/$/, '')}/apis/${group}/${version}/namespaces/${repository.namespace}/repositories/${encodeURIComponent(repository.name)}/render/${uid}`;
    },
    read: async (repository, uid) => (uidPattern.test(uid) ? (await values.getBlob(keyOf(repository), uid))?.value : undefined),
    async forget(repository) {
      await remove(repository, Number.MAX_SAFE_INTEGER);
    },
  };
}

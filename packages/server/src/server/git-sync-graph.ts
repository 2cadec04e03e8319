/** Git Sync, loaded where the toggle `provisioning` is on (apiserver-and-storage §6.9). */
import { objectText, plain } from '../apiserver/api-object.ts';
import type { ApiServer } from '../apiserver/api-server.ts';
import { authorize } from '../apiserver/authorizer.ts';
import { authorOf } from '../apiserver/caller.ts';
import type { WatchEvent } from '../apiserver/kind.ts';
import type { FileWish } from '../apiserver/managed-writes.ts';
import { StatusError } from '../apiserver/status.ts';
import { createValueStore } from '../apiserver/storage-server/value-store.ts';
import { createFilesEndpoint } from '../apps/provisioning/files-endpoint.ts';
import { fileOf } from '../apps/provisioning/file-object.ts';
import { labels, repositoryFrom, type GitSyncSettings } from '../apps/provisioning/git-sync.ts';
import { createJobArchive } from '../apps/provisioning/job-archive.ts';
import { createJobQueue } from '../apps/provisioning/job-queue.ts';
import { createJobWork } from '../apps/provisioning/job-work.ts';
import { createManagedObjects } from '../apps/provisioning/managed-objects.ts';
import { createPreviews } from '../apps/provisioning/previews.ts';
import { provisioningKinds } from '../apps/provisioning/provisioning-kinds.ts';
import { provisioningRoutes } from '../apps/provisioning/provisioning-routes.ts';
import { createRepositoryAccess } from '../apps/provisioning/repository-access.ts';
import { createRepositoryController, repositoryType } from '../apps/provisioning/repository-controller.ts';
import type { Clock } from '../infra/clock.ts';
import type { Database } from '../infra/db/database.ts';
import type { Logger } from '../infra/log/log.ts';
import type { Secrets } from '../infra/secrets/secrets.ts';
import { createServerLock } from '../infra/serverlock/serverlock.ts';
import type { BackgroundService } from '../registry/background-service.ts';
import type { ResourceWatches } from '../services/live/live.ts';
import type { RenderingService } from '../services/operations/rendering/rendering.ts';
import { createLokiClient } from '../services/alerting/history/loki-client.ts';
import type { LokiStorageSettings } from '../setting/alerting-settings.ts';
import type { Settings } from '../setting/settings.ts';
import type { ResourceStore } from '../storage/resource-store.ts';
import { dashboardType, folderType } from '../storage/search/content-entry.ts';
import type { HttpClients } from '../tsdb/http-client/http-client.ts';
import { objectOf } from '../util/json-value.ts';
import { namespaceOf } from '../util/namespace.ts';
import { Secret } from '../util/secret.ts';
import type { ContentGraph } from './content-graph.ts';
import { lokiHttp } from './loki-http.ts';
import type { Teardown } from './teardown.ts';

export interface GitSyncDeps {
  readonly settings: Settings;
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly secrets: Secrets;
  readonly store: ResourceStore;
  readonly content: Pick<ContentGraph, 'index' | 'access'>;
  readonly apiServer: ApiServer;
  readonly backgroundServices: BackgroundService[];
  readonly teardown: Teardown;
  readonly rendering: () => RenderingService;
  /** To the Loki that keeps the history of jobs, if one does. */
  readonly http: Pick<HttpClients, 'create'>;
}

export function readGitSyncSettings({ ini, paths, homePath, server }: Settings): GitSyncSettings {
  const section = ini.section('provisioning');
  const parts = (key: string, otherwise: string) => {
    const text = section.string(key, otherwise);
    const found = text === '|' ? [] : text.split('|').map((part) => part.trim());
    return found.includes('') ? section.fail(key, 'has an empty element') : found;
  };
  return {
    types: parts('repository_types', 'github|local'), targets: parts('allowed_targets', 'folder'), allowImageRendering: section.bool('allow_image_rendering', true),
    minSyncSeconds: Math.ceil(section.duration('min_sync_interval', 10_000) / 1_000), repositoriesMax: section.int('max_repositories', 10),
    resourcesMax: Math.max(0, section.int('max_resources_per_repository', 0)), controllersEnabled: !section.bool('disable_controllers'),
    permittedPaths: paths.permittedProvisioningPaths, homePath, rootUrl: server.rootUrl,
  };
}

/** Where finished jobs are kept; undefined: with the other objects only. */
export function readJobHistorySettings({ ini }: Pick<Settings, 'ini'>): LokiStorageSettings | undefined {
  const section = ini.section('provisioning');
  const url = section.string('loki_url').replace(/\/+$/, '');
  if (url === '') return undefined;
  if (!URL.canParse(url)) section.fail('loki_url', 'is the address of a Loki');
  return {
    readUrl: url, writeUrl: url, tenantId: section.string('loki_tenant_id'), user: section.string('loki_user'), password: new Secret(section.string('loki_password')), queryLengthMaxMs: 0, queryBytesMax: 0, externalLabels: {},
  };
}

export function buildGitSync({ settings: all, db, clock, log, secrets, store, content, apiServer, backgroundServices, teardown, rendering, http }: GitSyncDeps): { readonly watches: ResourceWatches } {
  const settings = readGitSyncSettings(all);
  const { index } = content;
  const backendOf = apiServer.backendOf;
  const kinds = { dashboard: apiServer.kindOf(dashboardType)!, folder: apiServer.kindOf(folderType)! };
  const access = createRepositoryAccess({ store, secrets, clock, settings });
  teardown.add('git repositories', () => access.close());
  const objects = createManagedObjects({ index, kinds, backendOf });
  const loki = readJobHistorySettings(all);
  const archive = loki && createJobArchive({ loki: createLokiClient({ settings: loki, client: lokiHttp(http, all, loki) }), log: log.child('git-sync'), now: () => clock.now(), repositoryLabel: labels.repository });
  const jobs = createJobQueue({ store, clock, archive });
  const previews = createPreviews({ db, clock, values: createValueStore(db, clock), rendering, settings });
  const files = createFilesEndpoint({ objects, access: content.access, files: access.files });

  /** Done to the file; the object follows, unless the repository is not synchronized. */
  async function forward({ caller, kind, version, verb, name, repository: of, path, message, object }: FileWish) {
    const stored = await store.get({ ...repositoryType, namespace: caller.namespace, name: of });
    if (!stored) throw new StatusError(403, 'Forbidden', `this resource is managed by a repository that does not exist: ${of}`);
    const repository = repositoryFrom(stored);
    if (!repository.spec.workflows.includes('write')) throw new StatusError(403, 'Forbidden', 'this resource is managed by a repository that is read only');
    const sent = object && plain(object);
    const body = sent ? await fileOf(path.replace(/\.ya?ml$/i, '.json'), { apiVersion: `${kind.group}/${version}`, kind: kind.kind, metadata: objectOf(sent['metadata']), spec: sent['spec'] }) : Buffer.alloc(0);
    const { upsert } = await files.run({ repository, caller, method: verb, path, ref: '', message, skipDryRun: true, originalPath: '', body });
    return upsert ?? object ?? { kind: kind.kind, apiVersion: `${kind.group}/${version}`, metadata: { name } };
  }

  apiServer.manageByFiles(forward);
  apiServer.register(...provisioningKinds({ store, settings, access, objects, jobs, files, backendOf, previews }));
  apiServer.registerRoutes(...provisioningRoutes({ store, index, settings }));
  if (settings.controllersEnabled) backgroundServices.push(createRepositoryController({
    store, clock, log: log.child('git-sync'), lock: createServerLock({ db, clock }), settings, access, objects, jobs, encrypt: (plainText) => secrets.encryptText(plainText),
    work: createJobWork({ objects, access, resourcesMax: settings.resourcesMax, rootUrl: settings.rootUrl, previews }),
  }));
  return { watches: watchesOf(apiServer) };
}

/** Watches with the rights of whoever subscribes. */
function watchesOf(apiServer: Pick<ApiServer, 'kindOf' | 'backendOf'>): ResourceWatches {
  async function* texts(events: AsyncIterable<WatchEvent>): AsyncIterable<string> {
    for await (const { type, object } of events) yield `{"type":"${type}","object":${objectText(object)}}`;
  }
  return {
    async watch(identity, { group, version, resource, name, since }, signal) {
      const kind = apiServer.kindOf({ group, resource });
      const namespace = namespaceOf(identity.orgId);
      const watch = kind?.versions.some((each) => each.name === version) ? apiServer.backendOf(kind).watch : undefined;
      if (!kind || !watch || !/^\d{0,18}$/.test(since)) throw new StatusError(404, 'NotFound', 'there is nothing to watch');
      await authorize({ verb: 'watch', group, version, resource, subresource: '', name, namespace, path: `/apis/${group}/${version}/namespaces/${namespace}/${resource}` }, identity, kind.authorize);
      const fresh = since === '' || since === '0';
      return texts(watch({
        caller: { identity, author: authorOf(identity), namespace, orgId: identity.orgId, signal, agent: 'live' }, version, labels: [], fields: name === '' ? [] : [{ field: 'metadata.name', operator: '=', value: name }],
        limit: 0, continueToken: '', search: new URLSearchParams(), ...(fresh ? {} : { resourceVersion: Number(since) }), initialEvents: fresh, initialBookmark: false,
      }));
    },
  };
}

/** `provisioning.grafana.app` (apiserver-and-storage §6.9): repositories, connections and jobs as API objects. Behind the toggle `provisioning`. */
import { specOf, type ApiObject } from '../../apiserver/api-object.ts';
import { bareForbidden } from '../../apiserver/authorizer.ts';
import { decodeObjectOf } from '../../apiserver/decode.ts';
import { allVerbs, defineKind, type Admission, type Authorizer, type Caller, type Kind, type KindBackend, type Subresource, type SubresourceRequest } from '../../apiserver/kind.ts';
import { repositoryAuthor } from '../../apiserver/managed-writes.ts';
import { decodeBody } from '../../apiserver/negotiate.ts';
import { parseSecure } from '../../apiserver/secure-values.ts';
import { badRequest, invalid, objectNotFound, StatusError, type StatusCause } from '../../apiserver/status.ts';
import type { ResourceStore, StoredResource } from '../../storage/resource-store.ts';
import { isObject, objectOf, textOf } from '../../util/json-value.ts';
import { roleIncludes, type Identity, type OrgRole } from '../../web/identity.ts';
import { json, Reply } from '../../web/reply.ts';
import { Type } from '../../web/schema.ts';
import type { createFilesEndpoint } from './files-endpoint.ts';
import { apiVersion, finalizers, group, labels, newRepositoryStatus, placeOf, repositoryFrom, version, type GitSyncSettings, type JobSpec, type Repository, type RepositorySpec } from './git-sync.ts';
import { githubRepository } from './github-api.ts';
import { jobFrom, problemsOfJob, type JobQueue } from './job-queue.ts';
import type { ManagedObjects } from './managed-objects.ts';
import { changeProblems, connectionProblems, neighbourProblems, repositoryProblems, type ConnectionSpec } from './repository-checks.ts';
import type { Previews } from './previews.ts';
import type { RepositoryAccess } from './repository-access.ts';
import { repositoryType } from './repository-controller.ts';
import { fileErrors, type TestResults } from './repository-files.ts';
import { objectionToPath } from './safe-path.ts';
import { receiveWebhook } from './webhook.ts';

const text = Type.Optional(Type.String());
const Git = { url: text, branch: Type.String(), path: text };
const RepositorySpecSchema = Type.Object({
  title: Type.String({ description: 'Name of the repository, and of its folder' }), description: text, workflows: Type.Array(Type.String()),
  sync: Type.Object({ enabled: Type.Boolean(), target: Type.String(), intervalSeconds: Type.Optional(Type.Integer({ format: 'int64' })) }),
  type: Type.String(), local: Type.Optional(Type.Object({ path: text })),
  github: Type.Optional(Type.Object({ ...Git, generateDashboardPreviews: Type.Optional(Type.Boolean()) })),
  git: Type.Optional(Type.Object({ ...Git, tokenUser: text })), connection: Type.Optional(Type.Object({ name: text })),
});
const ConnectionSpecSchema = Type.Object({
  title: Type.String(), description: text, type: Type.String(), url: text, github: Type.Optional(Type.Object({ appID: Type.String(), installationID: Type.String() })),
});
const Target = { paths: Type.Optional(Type.Array(Type.String())), resources: Type.Optional(Type.Array(Type.Object({ name: text, kind: text, group: text }))) };
const JobSpecSchema = Type.Object({
  action: Type.String(), repository: text,
  pr: Type.Optional(Type.Object({ ref: text, pr: Type.Optional(Type.Integer()), hash: text, url: text })), pull: Type.Optional(Type.Object({ incremental: Type.Boolean() })),
  push: Type.Optional(Type.Object({ message: text, folder: text, branch: text, path: text })), migrate: Type.Optional(Type.Object({ message: text })),
  delete: Type.Optional(Type.Object({ ref: text, ...Target })), move: Type.Optional(Type.Object({ ref: text, targetPath: text, ...Target })),
});

export interface ProvisioningKindsDeps {
  readonly store: ResourceStore;
  readonly settings: GitSyncSettings;
  readonly access: RepositoryAccess;
  readonly objects: ManagedObjects;
  readonly jobs: JobQueue;
  readonly files: ReturnType<typeof createFilesEndpoint>;
  readonly backendOf: (kind: Kind) => KindBackend;
  readonly previews: Pick<Previews, 'read' | 'forget'>;
}

const shared = { group, verbs: allVerbs };
const adminColumns = [
  { name: 'Name', type: 'string', format: 'name', description: '', cell: (object: ApiObject) => object.metadata.name },
  { name: 'Created At', type: 'date', description: '', cell: (object: ApiObject) => object.metadata.creationTimestamp },
] as const;
const column = (name: string, cell: (object: ApiObject) => unknown) => ({ name, type: 'string' as const, format: 'string', description: '', cell });
const statusIn = (object: ApiObject): Record<string, unknown> => objectOf(object.status ?? JSON.parse(object.statusText || '{}'));
const syncSecondsDefault = 60;

const holds = (identity: Identity, role: OrgRole) => identity.isGrafanaAdmin || roleIncludes(identity.orgRole, role);
const demandRole = (identity: Identity, role: OrgRole) => (holds(identity, role) ? 'allow' as const : { deny: `${role.toLowerCase()} role is required` });
const verbActions: Readonly<Record<string, string>> = { get: 'read', list: 'read', watch: 'read', create: 'create', update: 'write', patch: 'write', delete: 'delete', deletecollection: 'delete' };
const permitted = (identity: Identity, resource: string, verb: string) =>
  (identity.isGrafanaAdmin || identity.permissions.has(`provisioning.${resource}:${verbActions[verb] ?? 'read'}`) ? 'allow' as const : { deny: 'permission denied' });

/** Of what a part of a repository asks (§6.9); files are decided on one by one. */
const authorizeRepositories: Authorizer = ({ verb, subresource }, identity) => {
  switch (subresource) {
    case '': return permitted(identity, 'repositories', verb);
    case 'webhook': return 'allow';
    case 'files': case 'render': return demandRole(identity, 'Viewer');
    case 'jobs': case 'refs': return demandRole(identity, 'Editor');
    case 'test': return permitted(identity, 'repositories', 'update');
    default: return demandRole(identity, 'Admin');
  }
};

/** A status subresource that stores one, as controllers of other processes do. */
function statusOf(kind: () => Kind, kindName: string, store: ResourceStore, backendOf: ProvisioningKindsDeps['backendOf']): Subresource {
  return {
    name: 'status', kind: kindName, verbs: ['get', 'patch', 'update'],
    async handle({ caller, name, verb, rawBody, contentType, search }) {
      const type = { group, resource: kind().plural, namespace: caller.namespace, name };
      const stored = await store.get(type);
      if (!stored) throw objectNotFound(kind(), name);
      if (verb !== 'get') {
        if (!/json/.test(contentType)) throw new StatusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
        const { value } = await decodeBody(rawBody, 'application/json', kindName);
        const sent = objectOf(objectOf(value)['status']);
        const status = verb === 'patch' ? { ...objectOf(JSON.parse(stored.status || '{}')), ...sent } : sent;
        if (!isObject(objectOf(value)['status'])) throw badRequest('a status is expected');
        await store.update({ ...stored, author: caller.author, status: JSON.stringify(status) }, stored.resourceVersion);
      }
      return backendOf(kind()).get!({ caller, version, name, search });
    },
  };
}

export function provisioningKinds(deps: ProvisioningKindsDeps): readonly Kind[] {
  const { store, settings, access, objects, jobs, files, backendOf, previews } = deps;
  const named = { group, kind: 'Repository', plural: 'repositories' };

  async function repositories(namespace: string): Promise<Repository[]> {
    const found: Repository[] = [];
    for await (const stored of store.each(repositoryType, namespace)) found.push(repositoryFrom(stored));
    return found;
  }

  async function known({ namespace }: Pick<Caller, 'namespace'>, name: string): Promise<Repository> {
    const stored = await store.get({ ...repositoryType, namespace, name });
    if (!stored) throw objectNotFound(named, name);
    return repositoryFrom(stored);
  }

  const secretsIn = (object: ApiObject, previous?: StoredResource) => {
    const sent = objectOf(object.more?.['secure']);
    const before = parseSecure(previous?.secure ?? '');
    return (key: string): boolean => (isObject(sent[key]) ? sent[key]['remove'] !== true : key in before);
  };

  function completed(object: ApiObject, isNew: boolean): ApiObject {
    const spec = specOf<RepositorySpec>(object);
    const seconds = spec.sync.intervalSeconds || syncSecondsDefault;
    const trimmed = spec.github?.url ? { github: { ...spec.github, url: spec.github.url.replace(/\/+$/, '').replace(/\.git$/, '') } } : {};
    const { finalizers: given = [] } = object.metadata;
    return {
      ...object, metadata: { ...object.metadata, finalizers: isNew && given.length === 0 ? [finalizers.remove, finalizers.cleanup] : given },
      spec: { ...spec, ...trimmed, workflows: spec.workflows, sync: { ...spec.sync, intervalSeconds: Math.max(seconds, settings.minSyncSeconds) } },
    };
  }

  async function admitRepository({ caller, object, operation, previous }: Admission): Promise<ApiObject> {
    const name = object.metadata.name ?? '';
    // One that is on its way out only loses finalizers.
    if (previous && previous.deletionTimestamp > 0) return object;
    const full = completed(object, operation === 'create');
    const spec = specOf<RepositorySpec>(full);
    const problems = repositoryProblems({ name, spec, finalizers: full.metadata.finalizers ?? [], hasToken: secretsIn(object, previous)('token') }, settings);
    if (previous) problems.push(...changeProblems(repositoryFrom(previous), spec));
    else if (problems.length === 0) problems.push(...neighbourProblems(spec, (await repositories(caller.namespace)).filter((other) => other.name !== name), settings));
    if (problems.length > 0) throw invalid(named, name, problems);
    return full;
  }

  // Subresources.

  const fieldErrors = (problems: readonly StatusCause[]): TestResults => ({
    code: 422, success: false, errors: problems.map(({ reason, field, message }) => ({ type: reason ?? '', field, detail: message })),
  });
  const tested = (results: TestResults) => json({ kind: 'TestResults', apiVersion, ...results }, results.code);

  async function test({ caller, name, rawBody, contentType, kind }: SubresourceRequest) {
    const stored = await store.get({ ...repositoryType, namespace: caller.namespace, name });
    const signal = AbortSignal.any([caller.signal, AbortSignal.timeout(30_000)]);
    if (rawBody.length === 0) {
      if (!stored) throw objectNotFound(named, name);
      return tested(await (await access.files(repositoryFrom(stored))).test(signal));
    }
    const { value } = await decodeBody(rawBody, contentType || 'application/json', kind.kind);
    const { object } = decodeObjectOf(objectOf(value), { kind, version, validation: 'Ignore' });
    const full = completed(object, true);
    const spec = specOf<RepositorySpec>(full);
    // Compat: what is not saved yet is tried out as `new`, a name that nothing may have.
    const problems = repositoryProblems({ name: name === 'new' ? '' : name, spec, finalizers: full.metadata.finalizers ?? [], hasToken: secretsIn(object, stored)('token') }, settings);
    if (problems.length > 0) return tested(fieldErrors(problems));
    const sent = objectOf(objectOf(object.more?.['secure'])['token'])['create'];
    const token = typeof sent === 'string' ? sent : stored ? await access.secret(stored.secure, 'token') : '';
    // A stored token goes only where it went before: nobody is to send it to a server of their own.
    const elsewhere = typeof sent !== 'string' && stored !== undefined && token !== '' && placeOf(repositoryFrom(stored).spec).url !== placeOf(spec).url;
    if (elsewhere) return tested(fieldErrors([{ reason: 'FieldValueRequired', field: 'secure.token', message: 'Required value: the token has to be given again for another address' }]));
    const opened = await access.unsaved(spec, caller.namespace, { token });
    try {
      return tested(await opened.test(signal));
    } finally {
      await opened.close?.();
    }
  }

  async function newJob({ caller, name, rawBody, contentType }: SubresourceRequest) {
    const repository = await known(caller, name);
    const { value } = await decodeBody(rawBody, contentType || 'application/json', 'JobSpec');
    if (!isObject(value)) throw badRequest('a job is expected');
    // A whole job, or what is to be done.
    const spec = isObject(value['spec']) && value['action'] === undefined ? value['spec'] : value;
    const { object } = decodeObjectOf({ apiVersion, kind: 'Job', metadata: {}, spec }, { kind: jobKind, version, validation: 'Ignore' });
    if (!repository.status.health.healthy) throw badRequest('the repository is not healthy');
    const stored = await jobs.add(repository, specOf<JobSpec>(object), { author: caller.author });
    return json(JSON.parse(shownJob(stored)), 202);
  }

  async function jobsOf({ caller, name, rest }: SubresourceRequest) {
    const finished = await jobs.finished(caller.namespace, name);
    if (rest !== '') {
      const found = finished.find((stored) => stored.labels[labels.originalUid] === rest);
      if (!found) throw new StatusError(404, 'NotFound', `job ${JSON.stringify(rest)} not found`);
      return json(JSON.parse(shownJob(found)));
    }
    return json({ kind: 'JobList', apiVersion, metadata: {}, items: finished.map((stored) => JSON.parse(shownJob(stored)) as object) });
  }

  function versionsOf(opened: Awaited<ReturnType<RepositoryAccess['files']>>, what: string) {
    if (!opened.versions) throw fileErrors.noVersions(what);
    return opened.versions;
  }

  const repositoryKind: Kind = defineKind({
    ...shared, kind: 'Repository', plural: 'repositories', singular: 'repository', listKind: 'RepositoryList', hasStatus: true, securesValues: true,
    newStatus: JSON.stringify(newRepositoryStatus), fieldSelectorError: 'scheme', authorize: authorizeRepositories,
    versions: [{ name: version, spec: RepositorySpecSchema }],
    selectableFields: { 'spec.connection.name': (object) => specOf<RepositorySpec>(object).connection?.name ?? '' },
    columns: [...adminColumns, column('Title', (object) => specOf<RepositorySpec>(object).title), column('Type', (object) => specOf<RepositorySpec>(object).type), column('Target', (object) => specOf<RepositorySpec>(object).sync.target)],
    hooks: {
      admit: admitRepository,
      present: (stored) => (stored.status === '' ? { statusText: JSON.stringify(newRepositoryStatus) } : undefined),
      async deleted({ namespace }, { name }) {
        await jobs.forget(namespace, name);
        await previews.forget({ namespace, name });
      },
    },
    subresources: [
      {
        name: 'files', kind: 'ResourceWrapper', verbs: ['create', 'delete', 'get', 'update'], path: 'files/{path}', parameters: [['ref', 'string'], ['message', 'string'], ['skipDryRun', 'boolean'], ['originalPath', 'string']],
        handle: async (request) => files.answer(await known(request.caller, request.name), request),
      },
      {
        name: 'history', kind: 'HistoryList', verbs: ['get'], path: 'history/{path}', parameters: [['ref', 'string']],
        async handle({ caller, name, rest, search }) {
          const versions = versionsOf(await access.files(await known(caller, name)), 'history');
          const objection = objectionToPath(rest);
          if (objection) throw fileErrors.badPath(objection);
          return json({ kind: 'HistoryList', apiVersion, metadata: {}, items: await versions.history(rest, search.get('ref') ?? '', AbortSignal.any([caller.signal, AbortSignal.timeout(30_000)])) });
        },
      },
      { name: 'jobs', kind: 'Repository', verbs: ['create', 'get'], path: 'jobs/{path}', handle: (request) => (request.verb === 'create' ? newJob(request) : jobsOf(request)) },
      {
        name: 'refs', kind: 'RefList', verbs: ['get'],
        async handle({ caller, name }) {
          const repository = await known(caller, name);
          const versions = versionsOf(await access.files(repository), 'refs');
          const at = repository.spec.type === 'github' ? githubRepository(placeOf(repository.spec).url ?? '') : undefined;
          const refs = await versions.refs(AbortSignal.any([caller.signal, AbortSignal.timeout(30_000)]));
          return json({ kind: 'RefList', apiVersion, metadata: {}, items: refs.map((ref) => (at ? { ...ref, refURL: `https://github.com/${at.owner}/${at.repo}/tree/${ref.name}` } : ref)) });
        },
      },
      {
        name: 'render', kind: 'Repository', verbs: ['get'], path: 'render/{guid}',
        async handle({ caller, name, rest }) {
          const picture = await previews.read(await known(caller, name), rest);
          if (!picture) throw new StatusError(404, 'NotFound', 'no such preview');
          return new Reply(200, picture, { 'content-type': 'image/png', 'cache-control': 'private, max-age=3600' });
        },
      },
      {
        name: 'resources', kind: 'ResourceList', verbs: ['get'],
        async handle({ caller, name }) {
          const all = await objects.of(await known(caller, name));
          const items = all.map((entry) => ({
            path: entry.source?.path ?? '', group: entry.kind === 'folder' ? 'folder.grafana.app' : 'dashboard.grafana.app', resource: `${entry.kind}s`, name: entry.name,
            hash: entry.source?.checksum ?? '', ...(entry.updated ? { time: entry.updated } : {}), title: entry.title, ...(entry.folder ? { folder: entry.folder } : {}),
          }));
          return json({ kind: 'ResourceList', apiVersion, metadata: {}, items: items.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)) });
        },
      },
      statusOf(() => repositoryKind, 'Repository', store, backendOf),
      { name: 'test', kind: 'TestResults', verbs: ['create'], handle: test },
      {
        name: 'webhook', kind: 'WebhookResponse', verbs: ['create', 'get'],
        async handle(request) {
          if (request.verb === 'get') return json({ kind: 'WebhookResponse', apiVersion, message: 'webhooks are received here' });
          const stored = await store.get({ ...repositoryType, namespace: request.caller.namespace, name: request.name });
          // Whoever has no secret learns nothing of what there is.
          if (!stored) throw new StatusError(401, 'Unauthorized', 'invalid signature');
          return receiveWebhook(repositoryFrom(stored), request, {
            secretOf: ({ stored: { secure } }) => access.secret(secure, 'webhookSecret'),
            add: (repository, spec, name) => jobs.add(repository, spec, name === undefined ? {} : { name }),
          });
        },
      },
    ],
  });

  const connectionKind: Kind = defineKind({
    ...shared, kind: 'Connection', plural: 'connections', singular: 'connection', hasStatus: true, securesValues: true,
    newStatus: '{"observedGeneration":0,"health":{"healthy":false}}', authorize: ({ verb }, identity) => permitted(identity, 'connections', verb),
    versions: [{ name: version, spec: ConnectionSpecSchema }],
    columns: [
      ...adminColumns, column('Type', (object) => specOf<ConnectionSpec>(object).type), column('AppID', (object) => specOf<ConnectionSpec>(object).github?.appID ?? ''),
      column('InstallationID', (object) => specOf<ConnectionSpec>(object).github?.installationID ?? ''), column('ClientID', () => ''),
    ],
    hooks: {
      admit({ object, previous }) {
        const spec = specOf<ConnectionSpec>(object);
        const problems = connectionProblems(spec, secretsIn(object, previous));
        if (problems.length > 0) throw invalid({ group, kind: 'Connection' }, object.metadata.name ?? '', problems);
        const url = spec.github?.installationID ? { url: `https://github.com/settings/installations/${spec.github.installationID}` } : {};
        return { ...object, spec: { ...spec, ...url } };
      },
      present: (stored) => (stored.status === '' ? { statusText: '{"observedGeneration":0,"health":{"healthy":false}}' } : undefined),
      async mayDelete({ namespace }, { name }) {
        const user = (await repositories(namespace)).find(({ spec }) => spec.connection?.name === name);
        if (user) throw new StatusError(409, 'Conflict', `connection ${JSON.stringify(name)} is used by repository ${JSON.stringify(user.name)}`);
      },
    },
    subresources: [
      {
        name: 'repositories', kind: 'ExternalRepositoryList', verbs: ['get'],
        async handle({ caller, name }) {
          if (!(await store.get({ group, resource: 'connections', namespace: caller.namespace, name }))) throw objectNotFound({ group, kind: 'Connection', plural: 'connections' }, name);
          const items = await (await access.connection(caller.namespace, name)).installedRepositories(AbortSignal.any([caller.signal, AbortSignal.timeout(30_000)]));
          return json({ kind: 'ExternalRepositoryList', apiVersion, metadata: {}, items });
        },
      },
      statusOf(() => connectionKind, 'Connection', store, backendOf),
    ],
  });

  const jobColumns = [
    ...adminColumns, column('Action', (object) => specOf<JobSpec>(object).action), column('State', (object) => textOf(statusIn(object)['state'])), column('Message', (object) => textOf(statusIn(object)['message'])),
  ];
  const jobKind = defineKind({
    ...shared, kind: 'Job', plural: 'jobs', singular: 'job', hasStatus: true, authorize: ({ verb }, identity) => permitted(identity, 'jobs', verb), columns: jobColumns,
    versions: [{ name: version, spec: JobSpecSchema }],
    hooks: {
      async admit({ caller, object, operation }) {
        const spec = specOf<JobSpec>(object);
        const problems = problemsOfJob(spec);
        if (!spec.repository) problems.push({ reason: 'FieldValueRequired', message: 'Required value: repository must be specified', field: 'spec.repository' });
        if (problems.length > 0) throw invalid({ group, kind: 'Job' }, object.metadata.name ?? '', problems);
        if (operation === 'create') await known(caller, spec.repository);
        return { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, [labels.repository]: spec.repository } } };
      },
      present: (stored) => (stored.status === '' ? { statusText: '{"state":"pending"}' } : undefined),
    },
  });

  const historicJobKind = defineKind({
    ...shared, kind: 'HistoricJob', plural: 'historicjobs', singular: 'historicjob', hasStatus: true, authorize: ({ verb }, identity) => permitted(identity, 'historicjobs', verb), columns: jobColumns,
    versions: [{ name: version, spec: JobSpecSchema }],
    hooks: {
      admit({ caller, object }) {
        // History is written by those who made it.
        if (caller.author !== repositoryAuthor) throw bareForbidden();
        return object;
      },
    },
  });

  return [connectionKind, historicJobKind, jobKind, repositoryKind];
}

/** A job as it is answered, whether it waits or is done. */
function shownJob(stored: StoredResource): string {
  const { spec, status } = jobFrom(stored);
  return JSON.stringify({
    kind: 'Job', apiVersion,
    metadata: {
      name: stored.name, namespace: stored.namespace, uid: stored.uid, resourceVersion: String(stored.resourceVersion), generation: stored.generation,
      creationTimestamp: new Date(stored.created).toISOString().replace(/\.\d+Z$/, 'Z'), labels: stored.labels, annotations: stored.annotations,
    },
    spec, status,
  });
}

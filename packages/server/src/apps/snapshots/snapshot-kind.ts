/** Snapshots in `dashboard.grafana.app/v0alpha1` (apiserver-and-storage §6.1): a second face of `/api/snapshots`. */
import { specOf, type ApiObject } from '../../apiserver/api-object.ts';
import { defineKind, type GroupRoute, type Kind } from '../../apiserver/kind.ts';
import { badRequest } from '../../apiserver/status.ts';
import { createdColumn, nameColumn } from '../../apiserver/table.ts';
import { rfc3339 } from '../../storage/resource-changes.ts';
import { snapshotErrors, type Snapshot, type SnapshotService } from '../../services/content/snapshots/snapshot.ts';
import type { ContentSettings } from '../../setting/content-settings.ts';
import { bindJson, BindError } from '../../web/bind.ts';
import { json, text } from '../../web/reply.ts';
import { Type } from '../../web/schema.ts';
import { listOf } from '../iam/iam-kinds.ts';

const group = 'dashboard.grafana.app';
const version = 'v0alpha1';
const listMax = 1_000;

export interface SnapshotKindDeps {
  readonly snapshots: SnapshotService;
  readonly settings: ContentSettings['snapshots'];
  /** With its trailing slash. */
  readonly rootUrl: string;
}

const SnapshotSpec = Type.Object({
  title: Type.Optional(Type.String()), expires: Type.Optional(Type.Integer({ format: 'int64' })), external: Type.Optional(Type.Boolean()),
  externalUrl: Type.Optional(Type.String()), originalUrl: Type.Optional(Type.String()), timestamp: Type.Optional(Type.String()), dashboard: Type.Optional(Type.Object({})),
});

export function snapshotKind({ snapshots }: Pick<SnapshotKindDeps, 'snapshots'>): Kind {
  const readable = (verb: string) => (verb === 'get' || verb === 'list' ? ('allow' as const) : undefined);
  const kind: Kind = defineKind({
    group, kind: 'Snapshot', plural: 'snapshots', singular: 'snapshot', versions: [{ name: version, spec: SnapshotSpec }], verbs: ['delete', 'get', 'list'],
    columns: [nameColumn, { name: 'Title', type: 'string', format: 'string', description: 'The snapshot name', cell: (object) => String(specOf(object)['title'] ?? '') }, createdColumn],
    authorize: ({ verb }) => readable(verb),
    subresources: [{
      name: 'dashboard', kind: 'Dashboard', verbs: ['get'],
      handle: async ({ name }) => ({
        kind: 'Dashboard', apiVersion: `${group}/${version}`, metadata: { namespace: name }, specText: (await snapshots.read(name)).dashboard, statusText: '{}',
      }),
    }],
    backend: {
      get: async ({ caller, name }) => asObject(await own(await snapshots.read(name), caller.orgId), caller.namespace),
      async list(request) {
        const found = await snapshots.list(request.caller.identity, { like: '', limit: listMax });
        const list = listOf(kind, request, found.map((snapshot) => asObject(snapshot, request.caller.namespace)), undefined);
        return { ...list, items: list.items.map((item) => ({ ...item, kind: kind.kind, apiVersion: `${group}/${version}` })) };
      },
      async delete({ caller, name }) {
        const snapshot = await own(await snapshots.read(name), caller.orgId);
        await snapshots.delete(caller.identity, name);
        return { object: asObject(snapshot, caller.namespace), answer: 'status' };
      },
    },
  });
  return kind;
}

async function own(snapshot: Snapshot, orgId: number): Promise<Snapshot> {
  if (snapshot.orgId !== 0 && snapshot.orgId !== orgId) throw snapshotErrors.notFound();
  return snapshot;
}

const asObject = (snapshot: Omit<Snapshot, 'dashboard'>, namespace: string): ApiObject => ({
  kind: 'Snapshot', apiVersion: `${group}/${version}`,
  // Compat: whole seconds, as the reference's table keeps them.
  metadata: { name: snapshot.key, namespace, resourceVersion: String(Math.floor(snapshot.updated / 1000) * 1000), creationTimestamp: rfc3339(snapshot.created) },
  spec: { title: snapshot.name, expires: snapshot.expires, ...(snapshot.external ? { external: true, externalUrl: snapshot.externalUrl } : {}) },
});

const CreateBody = Type.Object({
  dashboard: Type.Unknown(), name: Type.String(), expires: Type.Integer(), external: Type.Boolean(), key: Type.String(), deleteKey: Type.String(),
});

export function snapshotKindRoutes({ snapshots, settings, rootUrl }: SnapshotKindDeps): readonly GroupRoute[] {
  const shared = { group, version, authorize: () => 'allow' as const };
  return [
    {
      ...shared, path: 'snapshots/settings', methods: ['GET'], description: { tag: 'Snapshot', operationId: 'getSnapshotSettings', kind: 'SnapshotSharingOptions' },
      handle: async () => json({
        snapshotEnabled: settings.enabled, externalSnapshotURL: settings.externalUrl, externalSnapshotName: settings.externalName, externalEnabled: settings.externalEnabled,
      }),
    },
    {
      ...shared, path: 'snapshots/create', methods: ['POST'], description: { tag: 'Snapshot', operationId: 'createSnapshot', kind: 'DashboardCreateResponse' },
      async handle({ caller, rawBody }) {
        if (caller.orgId !== caller.identity.orgId) throw badRequest('user orgId does not match namespace');
        const { key, deleteKey, external, externalUrl } = await snapshots.create(caller.identity, bound(rawBody.toString('utf8')));
        return { key, deleteKey, url: external ? externalUrl : `${rootUrl}dashboard/snapshot/${key}`, deleteUrl: `${rootUrl}api/snapshots-delete/${deleteKey}` };
      },
    },
    {
      ...shared, path: 'snapshots/delete/*', methods: ['DELETE'],
      description: { tag: 'Snapshot', operationId: 'deleteWithKey', path: 'snapshots/delete/{deleteKey}', responses: {}, omitsNamespace: true, pathDescription: 'Deletes a snapshot by its secret' },
      async handle({ rest }) {
        await snapshots.deleteBySecret(rest);
        return text(`${JSON.stringify({ message: "Snapshot deleted. It might take an hour before it's cleared from any CDN caches." })}\n`);
      },
    },
  ];
}

function bound(body: string) {
  try {
    const value = bindJson(CreateBody, body);
    if (typeof value.dashboard !== 'object' || value.dashboard === null || Array.isArray(value.dashboard)) throw snapshotErrors.badBody();
    return { ...value, dashboard: value.dashboard as Record<string, unknown> };
  } catch (error) {
    if (error instanceof BindError) throw snapshotErrors.badBody();
    throw error;
  }
}

/** `collections.grafana.app` (apiserver-and-storage §6.7): what somebody starred, one object a user. */
import { createHash } from 'node:crypto';
import { Type } from '../../web/schema.ts';
import { specOf, type ApiList, type ApiObject } from '../../apiserver/api-object.ts';
import { defineKind, verbsWithoutWatch, type Caller, type Kind } from '../../apiserver/kind.ts';
import { badRequest, objectNotFound } from '../../apiserver/status.ts';
import type { StarService } from '../../services/content/stars/star.ts';
import { listOf } from '../iam/iam-kinds.ts';
import { rfc3339 } from '../../storage/resource-changes.ts';
import { objectionToUid } from '../../util/short-uid.ts';
import { empty, json } from '../../web/reply.ts';

const group = 'collections.grafana.app';
const version = 'v1alpha1';
const starsMax = 10_000;
const dashboards = { group: 'dashboard.grafana.app', kind: 'Dashboard' };

interface StarsSpec {
  readonly resource: readonly { readonly group: string; readonly kind: string; readonly names: readonly string[] }[];
}

export function starsKind({ stars }: { stars: Pick<StarService, 'starredBy' | 'star' | 'unstar' | 'replace'> }): Kind {
  const nameOf = (caller: Caller) => `user-${caller.identity.uid}`;

  async function objectOf(caller: Caller): Promise<ApiObject | undefined> {
    const names = [...(await stars.starredBy(caller.identity))];
    if (names.length === 0) return undefined;
    // Neither the rows nor the reference remember when the object changed: its version says what is in it.
    const resourceVersion = String(Number.parseInt(createHash('sha256').update(names.join()).digest('hex').slice(0, 12), 16));
    return {
      kind: 'Stars', apiVersion: `${group}/${version}`, metadata: { name: nameOf(caller), namespace: caller.namespace, resourceVersion, creationTimestamp: rfc3339(0) },
      spec: { resource: [{ ...dashboards, names }] } satisfies StarsSpec,
    };
  }

  async function replace(caller: Caller, spec: Partial<StarsSpec>): Promise<void> {
    const entries = spec.resource ?? [];
    if (entries.some((entry) => entry.group !== dashboards.group || entry.kind !== dashboards.kind)) throw onlyDashboards();
    const uids = entries.flatMap((entry) => entry.names);
    if (uids.length > starsMax || uids.some((uid) => objectionToUid(uid) !== undefined)) throw badRequest('invalid names of dashboards');
    await stars.replace(caller.identity, uids);
  }

  const kind: Kind = defineKind({
    group, kind: 'Stars', plural: 'stars', singular: 'stars', verbs: verbsWithoutWatch,
    versions: [{ name: version, spec: Type.Object({ resource: Type.Array(Type.Object({ group: Type.String(), kind: Type.String(), names: Type.Array(Type.String()) })) }) }],
    authorize({ verb, name }, identity) {
      if (verb === 'list' || verb === 'watch') return 'allow';
      if (name === '') return { deny: 'mutating request without a name' };
      return identity.uid !== '' && name === `user-${identity.uid}` ? 'allow' : { deny: 'your are not the owner of the resource' };
    },
    subresources: [{
      name: 'update', kind: 'Stars', verbs: ['delete', 'update'], path: 'update/{group}/{kind}/{id}', operationIds: { update: 'addStar', delete: 'removeStar' },
      async handle({ caller, verb, rest }) {
        const [of, what, id, ...more] = rest.split('/');
        if (!of || !what || !id || more.length > 0) throw badRequest('expected {group}/{kind}/{id}');
        if (of !== dashboards.group || what !== dashboards.kind) throw onlyDashboards();
        const starred = (await stars.starredBy(caller.identity)).has(id);
        if (verb === 'delete' && !starred) return empty(204).with({ 'content-type': 'application/json' });
        await (verb === 'delete' ? stars.unstar(caller.identity, id) : stars.star(caller.identity, id));
        return json({ kind: 'Status', apiVersion: 'v1', metadata: {}, code: 200 });
      },
    }],
    backend: {
      async get({ caller, name }) {
        const object = name === nameOf(caller) ? await objectOf(caller) : undefined;
        if (!object) throw objectNotFound(kind, name);
        return object;
      },
      async list(request): Promise<ApiList> {
        const object = await objectOf(request.caller);
        return listOf(kind, request, object ? [object] : [], object?.metadata.resourceVersion ?? '1');
      },
      async update({ caller, name, change, dryRun }) {
        const current = await objectOf(caller);
        if (!current) throw objectNotFound(kind, name);
        const next = await change(current);
        if (!dryRun) await replace(caller, specOf<Partial<StarsSpec>>(next));
        return { object: (await objectOf(caller)) ?? { ...current, spec: { resource: [] } }, created: false };
      },
      async delete({ caller, name, dryRun }) {
        const current = await objectOf(caller);
        if (!current) throw objectNotFound(kind, name);
        if (!dryRun) await replace(caller, {});
        return { object: { ...current, metadata: { name, deletionTimestamp: rfc3339(Date.now()) }, spec: { resource: null } }, answer: 'object' };
      },
    },
  });
  return kind;
}

const onlyDashboards = () => badRequest('only dashboard stars are supported until the migration to unified storage is complete');

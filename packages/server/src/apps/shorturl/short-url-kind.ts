/** `shorturl.grafana.app` (apiserver-and-storage §6.10): a second face of `/api/short-urls`. Behind `kubernetesShortURLs`. */
import { specOf, type ApiObject } from '../../apiserver/api-object.ts';
import { defineKind, verbsWithoutWatch, type Kind } from '../../apiserver/kind.ts';
import { objectNotFound, statusOf as statusTold, StatusError } from '../../apiserver/status.ts';
import { nameColumn } from '../../apiserver/table.ts';
import type { Database } from '../../infra/db/database.ts';
import type { ShortUrl, ShortUrlService } from '../../services/content/shorturls/short-url.ts';
import { rfc3339 } from '../../storage/resource-changes.ts';
import { json, Reply, text } from '../../web/reply.ts';
import { Type } from '../../web/schema.ts';
import { statusOf } from '../app-status.ts';
import { listOf } from '../iam/iam-kinds.ts';

const group = 'shorturl.grafana.app';
const version = 'v1beta1';

export interface ShortUrlKindDeps {
  readonly shortUrls: Pick<ShortUrlService, 'create' | 'find' | 'follow'>;
  readonly db: Database;
  readonly subPath: string;
}

export function shortUrlKind({ shortUrls, db, subPath }: ShortUrlKindDeps): Kind {
  const uids = db.prepare<{ uid: string }>('select uid from short_url where org_id = ? order by uid');
  const remove = db.prepare('delete from short_url where org_id = ? and uid = ?');

  async function find(orgId: number, name: string): Promise<ShortUrl> {
    const found = await shortUrls.find(orgId, name);
    if (!found) throw objectNotFound(kind, name);
    return found;
  }

  const kind: Kind = defineKind({
    group, kind: 'ShortURL', plural: 'shorturls', singular: 'shorturl', verbs: verbsWithoutWatch, requiresTypeMeta: true, managesFields: false,
    versions: [{ name: version, spec: Type.Object({ path: Type.String() }), status: Type.Object({ lastSeenAt: Type.Integer({ format: 'int64' }) }) }],
    columns: [nameColumn, { name: 'Path', type: 'string', cell: (object) => String(specOf(object)['path'] ?? '') },
      { name: 'Last Seen At', type: 'integer', cell: (object) => (object.status as { lastSeenAt?: number } | undefined)?.lastSeenAt ?? 0 }],
    // Whoever is signed in shortens.
    authorize: ({ verb }) => (verb === 'get' || verb === 'list' || verb === 'create' ? 'allow' : undefined),
    subresources: [
      {
        name: 'goto', kind: 'ResourceCallOptions', verbs: ['get'],
        async handle({ caller, name, search }) {
          const found = await shortUrls.follow(caller.orgId, name);
          // Compat: a Status in a wrapper, as text; browsers come here, not clients of the API.
          if (!found) return text(JSON.stringify({ ErrStatus: statusTold(objectNotFound(kind, name)) }), 404);
          if (search.get('redirect') === 'false') return json({ url: `${subPath}/${found.path}` });
          // Compat: nothing but the place; the empty text keeps out the link that other redirects show.
          return new Reply(302, '', { location: `${subPath}/${found.path}` });
        },
      },
      statusOf('ShortURL'),
    ],
    backend: {
      get: async ({ caller, name }) => asObject(await find(caller.orgId, name), caller.namespace),
      async list(request) {
        const { orgId, namespace } = request.caller;
        const found = await Promise.all((await uids.all(orgId)).map(({ uid }) => shortUrls.find(orgId, uid)));
        return listOf(kind, request, found.filter((link) => link !== undefined).map((link) => asObject(link, namespace)), undefined);
      },
      async create({ caller, object, dryRun }) {
        const name = object.metadata.name!;
        const path = specOf<{ path: string }>(object).path.trim();
        if (path.startsWith('/')) throw refused(name, `path should be relative: ${path}`);
        if (path.split(/[?#]/)[0]!.split('/').includes('..')) throw refused(name, `invalid short URL path: ${path}`);
        if (dryRun) return object;
        return asObject(await shortUrls.create(caller.identity, { uid: name, path }), caller.namespace);
      },
      // Compat: a short link leads where it always led; an update is answered as if it had made it.
      update: async ({ caller, name }) => ({ object: asObject(await find(caller.orgId, name), caller.namespace), created: true }),
      async delete({ caller, name, dryRun }) {
        const found = await find(caller.orgId, name);
        if (!dryRun) await remove.run(caller.orgId, name);
        return { object: asObject(found, caller.namespace), answer: 'object' };
      },
    },
  });
  const refused = (name: string, why: string) => new StatusError(403, 'Forbidden', `shorturls.${group} "${name}" is forbidden: ${why}`, { name, group, kind: 'shorturls' });
  return kind;
}

const asObject = (link: ShortUrl, namespace: string): ApiObject => ({
  kind: 'ShortURL', apiVersion: `${group}/${version}`,
  metadata: { name: link.uid, namespace, resourceVersion: String(Math.floor(link.createdAt / 1000)), creationTimestamp: rfc3339(link.createdAt) },
  spec: { path: link.path }, status: { lastSeenAt: Math.floor(link.lastSeenAt / 1000) },
});

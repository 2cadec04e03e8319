/** An API server with the given kinds for tests: real store, real HTTP, identities by name. */
import { silentLogger } from '../infra/log/log.ts';
import { systemClock, type Clock } from '../infra/clock.ts';
import type { Database } from '../infra/db/database.ts';
import { createSecrets } from '../infra/secrets/secrets-service.ts';
import { createResourceStore } from '../storage/sql-resource-store.ts';
import { nobody, type Identity, type OrgRole } from '../web/identity.ts';
import { createHttpServer, type Pipeline } from '../web/http-server.ts';
import { pipelineJson } from '../web/reply.ts';
import { createRoutes } from '../web/route.ts';
import { createApiServer, type ApiServer } from './api-server.ts';
import type { GroupRoute, Kind } from './kind.ts';

export interface TestApi {
  readonly url: string;
  readonly apiServer: ApiServer;
  readonly store: ReturnType<typeof createResourceStore>;
  /** One request as somebody of `people`; the body is JSON unless it is text. */
  call(who: string, method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<TestAnswer>;
  close(): Promise<void>;
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every form.
  readonly json: any;
}

export function person(name: string, id: number, role: OrgRole, more: Partial<Identity> = {}): Identity {
  return { ...nobody, kind: 'user', id, uid: `u-${name}`, orgId: 1, orgName: 'Main Org.', orgRole: role, login: name, ...more };
}

/** `admin` is server administrator; the others have the role of their name in org 1. */
export const people: Readonly<Record<string, Identity>> = {
  admin: person('admin', 1, 'Admin', { isGrafanaAdmin: true }), ada: person('ada', 2, 'Admin'), editor: person('editor', 3, 'Editor'),
  viewer: person('viewer', 4, 'Viewer'), none: person('none', 5, 'None'), elsewhere: person('elsewhere', 6, 'Editor', { orgId: 2 }),
};

/** The server administrator is a member of the second organization, too. */
const inOrg = (identity: Identity, path: string): Identity => (identity.isGrafanaAdmin && path.includes('/namespaces/org-2/') ? { ...identity, orgId: 2 } : identity);

export interface TestApiDeps {
  readonly db: Database;
  readonly kinds: readonly Kind[];
  readonly groupRoutes?: readonly GroupRoute[];
  readonly clock?: Clock;
  readonly servesCbor?: boolean;
  /** In place of one of its own: whoever made it listens to it. */
  readonly store?: TestApi['store'];
  /** Beside `people`. */
  readonly guests?: Readonly<Record<string, Identity>>;
  readonly pageBytesMax?: number;
}

export async function startTestApi({ db, kinds, groupRoutes = [], clock = systemClock, servesCbor = false, guests = {}, pageBytesMax, ...given }: TestApiDeps): Promise<TestApi> {
  const store = given.store ?? createResourceStore({ db, clock, log: silentLogger });
  const apiServer = createApiServer({
    store, clock, log: silentLogger, secrets: createSecrets({ db, clock, secretKey: 'of the test' }), address: '127.0.0.1:3000', servesCbor, ...(pageBytesMax ? { pageBytesMax } : {}),
    build: { version: '12.4.0', commit: 'test', branch: 'HEAD', stamp: clock.now() },
  });
  apiServer.register(...kinds);
  apiServer.registerRoutes(...groupRoutes);
  const routes = createRoutes();
  apiServer.routes(routes);
  const pipeline: Pipeline = {
    checkOrigin: () => undefined, checkSubPath: () => undefined, setPolicy() {}, afterAuth: () => undefined, started() {}, finished() {}, compresses: () => false,
    authenticate: (ctx) => ({ identity: inOrg(guests[String(ctx.headers['x-who'])] ?? people[String(ctx.headers['x-who'])] ?? nobody, ctx.path) }),
    guard: ({ access }, ctx) => (access.kind !== 'anyone' && ctx.identity.kind === 'nobody' ? pipelineJson({ message: 'Unauthorized' }, 401) : undefined),
    headers: (_ctx, own) => ({ ...own }),
    notFoundPage: () => pipelineJson({ message: 'Not found' }, 404),
  };
  const http = createHttpServer({ routes: routes.all, pipeline, log: silentLogger, subPath: '', rootUrl: '/', readTimeoutMs: 0, userFacingError: '' });
  http.beforeClose(() => apiServer.close());
  const url = (await http.listen({ host: '127.0.0.1', port: 0 })).replace(/\/$/, '');
  return {
    url, apiServer, store,
    async call(who, method, path, body, headers = {}) {
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
      const answer = await fetch(url + path, { method, headers: { 'x-who': who, 'content-type': type, ...headers }, ...sent });
      const text = await answer.text();
      return { status: answer.status, headers: answer.headers, text, json: /json/.test(answer.headers.get('content-type') ?? '') && text !== '' ? JSON.parse(text) : undefined };
    },
    close: () => http.close(),
  };
}

export const pathOf = (kind: Kind, version: string, namespace = 'default') => `/apis/${kind.group}/${version}/namespaces/${namespace}/${kind.plural}`;

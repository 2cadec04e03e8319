/**
 * Route declaration. One declaration gives the handler, the access rule, the schemas, the OpenAPI entry, the metrics label and the
 * audit name. A domain's `*-api.ts` exports `xRoutes(routes, deps)` and calls `routes.get/post/…`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Static, TSchema } from 'typebox';
import type { Access } from './access.ts';
import type { ApiError } from './errors.ts';
import type { Identity } from './identity.ts';
import type { AuthResult } from './auth-result.ts';
import type { Reply } from './reply.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';

/** For what passes requests on, whatever their method. */
export const anyMethod: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** What a handler sees of the request. */
export interface RequestContext<P = Record<string, string>, Q = URLSearchParams, B = unknown> {
  readonly identity: Identity;
  /** Percent-decoded path parameters; a trailing `*` is `params['*']`. */
  readonly params: P;
  /** With a `query` schema: the bound object. Without: the raw search parameters. */
  readonly query: Q;
  /** With a `body` schema: the bound object. Without: undefined (use `rawBody`). */
  readonly body: B;
  /** The bytes as they came, for routes with `rawBody: true` (and none of `body`). */
  readonly rawBody: Buffer;
  readonly method: string;
  /** Path and query as they came, sub-path removed. */
  readonly url: string;
  /** Path without query, still percent-encoded. */
  readonly path: string;
  readonly search: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly cookies: Readonly<Record<string, string>>;
  /** X-Real-IP, else first X-Forwarded-For, else the socket's address (identity-and-access §1.8). */
  readonly ip: string;
  /** Aborts when the client goes away or the server stops. */
  readonly signal: AbortSignal;
  readonly raw: { readonly req: IncomingMessage; readonly res: ServerResponse };
  /** Of this answer's content security policy, for the scripts of a page; '' without a policy. */
  readonly nonce: string;
  /** What authentication came to, for the few handlers that look behind `identity` (login pages, token rotation). */
  readonly auth: AuthResult;
  /** Adds a header to the answer, also when the handler throws later. */
  setHeader(name: string, value: string | string[]): void;
}

export interface RouteOptions<P extends TSchema | undefined, Q extends TSchema | undefined, B extends TSchema | undefined> {
  readonly access: Access;
  /** OpenAPI operationId and audit name, for example `getDashboardByUID`. Given or derived from method and path. */
  readonly name?: string;
  readonly tag?: string;
  readonly summary?: string;
  readonly params?: P;
  readonly query?: Q;
  /** A JSON body, bound as the reference binds (web/bind.ts): media type demanded, case-insensitive keys, null and absence are zero values. */
  readonly body?: B;
  /** Message of the 400 when binding fails. Default `bad request data`. */
  readonly badBody?: string;
  /** Numbers come as they were written where no schema describes them: what is stored is what was sent (`util/exact-json.ts`). */
  readonly exactNumbers?: boolean;
  /** The handler wants the bytes. Not together with `body`. */
  readonly rawBody?: boolean;
  /** Largest body, bytes. Default 16 MiB. */
  readonly bodyBytesMax?: number;
  /** What a larger one is told, where that is not the common 413. */
  readonly bodyTooLarge?: () => ApiError;
  /** The body is left on `ctx.raw.req` for the handler to stream (proxies). Not together with `body` or `rawBody`. */
  readonly streamBody?: boolean;
  /** No authentication at all, `identity` is nobody: health, metrics, static files (§1.9). */
  readonly bypassAuth?: boolean;
  /** With `bypassAuth`: the answer carries the content security policy all the same. */
  readonly withPolicy?: boolean;
  readonly reply?: Readonly<Record<number, TSchema>>;
  /** Answers before authentication where it can (files that are there); undefined lets the request go on as any other. */
  readonly early?: (ctx: RequestContext) => Reply | undefined;
  /** `handler` label of the request metrics, where it is not the path. */
  readonly metricsName?: string;
  /** HEAD is not answered with GET. */
  readonly withoutHead?: boolean;
  /** `slo_group` label of the request metrics. */
  readonly slo?: 'high-fast' | 'high-medium' | 'high-slow' | 'low' | 'none';
}

type Bound<S extends TSchema | undefined, Otherwise> = S extends TSchema ? Static<S> : Otherwise;

export type Handler<P extends TSchema | undefined, Q extends TSchema | undefined, B extends TSchema | undefined> = (
  ctx: RequestContext<Bound<P, Record<string, string>>, Bound<Q, URLSearchParams>, Bound<B, undefined>>,
  // A plain value is answered as 200 JSON. For anything else return a Reply (web/reply.ts).
) => Reply | object | string | number | boolean | null | undefined | Promise<Reply | object | string | number | boolean | null | undefined>;

type Declare = <P extends TSchema | undefined = undefined, Q extends TSchema | undefined = undefined, B extends TSchema | undefined = undefined>(
  path: string,
  options: RouteOptions<P, Q, B>,
  handler: Handler<P, Q, B>,
) => void;

/** Paths are written `/api/dashboards/uid/:uid`; `*` at the end takes the rest. Every GET also answers HEAD. */
export interface Routes {
  readonly get: Declare;
  readonly post: Declare;
  readonly put: Declare;
  readonly patch: Declare;
  readonly delete: Declare;
  /** Several methods, one handler (proxies). */
  readonly on: <P extends TSchema | undefined = undefined, Q extends TSchema | undefined = undefined, B extends TSchema | undefined = undefined>(
    methods: readonly Method[], path: string, options: RouteOptions<P, Q, B>, handler: Handler<P, Q, B>,
  ) => void;
}

export interface DeclaredRoute {
  readonly method: Method;
  readonly path: string;
  readonly options: RouteOptions<TSchema | undefined, TSchema | undefined, TSchema | undefined>;
  // biome-ignore lint/suspicious/noExplicitAny: the schemas' types end here; binding has checked the values.
  readonly handler: (ctx: RequestContext<any, any, any>) => unknown;
}

/** Collects declarations; `web/http-server.ts` mounts them, `codegen/openapi.ts` and the access walk read them. */
export function createRoutes(): Routes & { readonly all: readonly DeclaredRoute[] } {
  const all: DeclaredRoute[] = [];
  const on: Routes['on'] = (methods, path, options, handler) => {
    for (const method of methods) all.push({ method, path, options, handler: handler as DeclaredRoute['handler'] });
  };
  return {
    all, on,
    get: (path, options, handler) => on(['GET'], path, options, handler),
    post: (path, options, handler) => on(['POST'], path, options, handler),
    put: (path, options, handler) => on(['PUT'], path, options, handler),
    patch: (path, options, handler) => on(['PATCH'], path, options, handler),
    delete: (path, options, handler) => on(['DELETE'], path, options, handler),
  };
}

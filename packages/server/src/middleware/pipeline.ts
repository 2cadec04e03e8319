/** The pipeline that `web/http-server.ts` takes every request through, put together from settings and services. */
import type { Logger } from '../infra/log/log.ts';
import { formatGoDuration } from '../util/interval.ts';
import { anyone } from '../web/access.ts';
import { ApiError } from '../web/errors.ts';
import { isSignedIn } from '../web/identity.ts';
import { subPathRedirect, type Pipeline } from '../web/http-server.ts';
import { empty, pipelineJson, redirect, text, type Reply } from '../web/reply.ts';
import type { HttpContext } from '../web/request-context.ts';
import type { Authenticator, Guard } from './auth.ts';
import { createCsrfCheck, type CsrfSettings } from './csrf.ts';
import type { RequestMetrics } from './request-metrics.ts';
import { contentSecurityPolicies, defaultHeaders, keepsOwnCacheControl, newNonce, type HeaderSettings } from './response-headers.ts';

export interface PipelineSettings {
  readonly csrf: CsrfSettings;
  readonly loginCookieName: string;
  readonly headers: HeaderSettings;
  readonly customResponseHeaders: Readonly<Record<string, string>>;
  readonly subPath: string;
  readonly serveFromSubPath: boolean;
  readonly rootUrl: string;
  readonly enforceDomain: boolean;
  readonly domain: string;
  readonly enableGzip: boolean;
  readonly routerLogging: boolean;
  /** Globs of `[security] actions_allow_post_url`. */
  readonly actionsAllowPostUrl: readonly string[];
  /** `[auth] id_response_header_*`: undefined when off. */
  readonly identityHeader?: { readonly prefix: string; readonly kinds: ReadonlySet<string> };
}

export interface PipelineDeps {
  readonly settings: PipelineSettings;
  readonly authenticator: Authenticator;
  readonly guard: Guard;
  readonly metrics: RequestMetrics;
  readonly log: Logger;
  readonly notFoundPage: (ctx: HttpContext) => Promise<Reply> | Reply;
}

const uncompressed = ['/apis', '/api/datasources', '/api/plugins', '/api/plugin-proxy/', '/api/gnet/', '/metrics', '/api/live/ws', '/api/live/push'];
/** Whoever knows these gets in: the log shows the route in place of the path. */
const secretInPath = /:(?:code|accessToken|deleteKey)\b/;
/** Pages whose addresses get somebody in. */
const secretPage = /^(?:\/[^/]+)?\/(?:invite|signup|login|user|public-dashboards|dashboard\/snapshot)\b/;
const silentPaths = new Set(['/healthz', '/api/health', '/metrics']);

export function createPipeline({ settings, authenticator, guard, metrics, log, notFoundPage }: PipelineDeps): Pipeline {
  const checkOrigin = createCsrfCheck(settings.csrf, settings.loginCookieName);
  const everyAnswer = defaultHeaders(settings.headers, settings.customResponseHeaders);
  const requestLog = log.child('context');
  const policies = contentSecurityPolicies(settings.headers, settings.rootUrl);
  const actionUrls = settings.actionsAllowPostUrl.map(globToRegExp);

  return {
    checkOrigin: (ctx) => checkOrigin(ctx.method, ctx.headers),
    checkSubPath: (ctx) => (settings.serveFromSubPath ? subPathRedirect(ctx.originalUrl, settings.subPath, settings.rootUrl) : undefined),
    setPolicy(ctx) {
      if (policies.length === 0) return;
      ctx.nonce = newNonce();
      for (const { header, template } of policies) ctx.setHeader(header, template.replaceAll('$NONCE', `'nonce-${ctx.nonce}'`));
    },
    authenticate: (ctx) => authenticator.authenticate(ctx),
    afterAuth(ctx) {
      if (ctx.url.includes('orgId=') && isSignedIn(ctx.identity) && ctx.identity.kind !== 'anonymous') return switchOrg(ctx);
      return checkDomain(ctx) ?? checkAction(ctx);
    },
    guard: ({ access }, ctx) => (access.kind === anyoneKind ? undefined : guard(access, ctx.auth, ctx)),
    headers(ctx, own) {
      const headers: Record<string, string | string[]> = { ...everyAnswer, ...own };
      if (own['x-allow-embedding'] === 'allow') delete headers['x-frame-options'];
      if (!keepsOwnCacheControl(ctx.path, own)) {
        headers['cache-control'] = 'no-store';
        delete headers['pragma'];
        delete headers['expires'];
      }
      if (settings.identityHeader && settings.identityHeader.kinds.has(ctx.identity.kind)) {
        headers[`${settings.identityHeader.prefix}-Identity-Id`] = `${ctx.identity.kind}:${ctx.identity.id}`;
      }
      return headers;
    },
    started: () => metrics.started(),
    finished(ctx, { handler, status, bytes, seconds, slo, error }) {
      metrics.finished({ handler, method: ctx.method, status, seconds, bytes, slo, path: ctx.path });
      if (silentPaths.has(ctx.path) || ((status === 200 || status === 304) && !settings.routerLogging)) return;
      const fields = {
        method: ctx.method, path: secretInPath.test(handler) ? handler : ctx.path, status, remote_addr: ctx.ip, time_ms: Math.round(seconds * 1000), duration: formatGoDuration(Math.round(seconds * 1e6) / 1000), size: bytes,
        referer: refererText(ctx.headers.referer), handler, status_source: 'server',
        userId: ctx.identity.id, orgId: ctx.identity.orgId, uname: ctx.identity.login, ...(error instanceof Error ? { error: error.message } : {}),
        ...(error instanceof ApiError && error.messageId !== '' ? { errorMessageID: error.messageId } : {}),
      };
      if (status >= 500) requestLog.error('Request Completed', fields);
      else requestLog.info('Request Completed', fields);
    },
    notFoundPage,
    compresses: (path) => settings.enableGzip && !path.includes('/resources') && !uncompressed.some((prefix) => path.startsWith(prefix)),
  };

  /** `?orgId=` of another org makes it the active one and comes back to the same place (identity-and-access §1.6). */
  async function switchOrg(ctx: HttpContext): Promise<Reply | undefined> {
    const orgId = Number(ctx.search.get('orgId'));
    if (Number.isSafeInteger(orgId) && orgId > 0 && orgId !== ctx.identity.orgId && isPlainPath(ctx.path)) {
      const switched = await authenticator.switchOrg(ctx.auth, orgId);
      if (!switched) return ctx.path.startsWith('/api') ? pipelineJson({ message: 'Not found' }, 404) : text('Not found\n', 404);
      return redirect(`${settings.subPath}${ctx.path}?${sortedQuery(ctx.search)}`);
    }
    return checkDomain(ctx) ?? checkAction(ctx);
  }

  function checkDomain(ctx: HttpContext): Reply | undefined {
    if (!settings.enforceDomain) return undefined;
    const host = (ctx.headers.host ?? '').replace(/:\d+$/, '');
    if (host.toLowerCase() === settings.domain.toLowerCase() || ctx.identity.kind === 'render') return undefined;
    if (ctx.path === '/bootdata') return empty(204).with({ 'redirect-domain': settings.domain });
    return redirect(settings.rootUrl.replace(/\/$/, '') + ctx.url, 301);
  }

  /** Dashboard actions may only post where the administrator says (identity-and-access §1.1, 13). */
  function checkAction(ctx: HttpContext): Reply | undefined {
    if (ctx.headers['x-grafana-action'] === undefined) return undefined;
    const allowed = (ctx.method === 'POST' || ctx.method === 'PUT') && actionUrls.some((url) => url.test(ctx.path));
    if (allowed) return undefined;
    return text(`method ${ctx.method === 'POST' || ctx.method === 'PUT' ? 'POST/PUT ' : ''}not allowed for path ${ctx.path}\n`, 405).with({ 'x-content-type-options': 'nosniff' });
  }
}

const anyoneKind = anyone('').kind;

/** Without what may get somebody in: no query, and of some pages the host only. */
export function refererText(referer: string | undefined): string {
  if (referer === undefined || !URL.canParse(referer)) return '';
  const { origin, pathname } = new URL(referer);
  return secretPage.test(pathname) ? origin : origin + pathname;
}

const isPlainPath = (path: string) => /^\/?[a-zA-Z0-9\-_./]*$/.test(path) && !path.includes('//') && !path.includes('..');

/** Keys in order, and a bare `kiosk` bare again, at the end. */
function sortedQuery(search: URLSearchParams): string {
  const query = new URLSearchParams(search);
  const kiosk = query.get('kiosk') === '';
  if (kiosk) query.delete('kiosk');
  query.sort();
  return `${query}${kiosk ? '&kiosk' : ''}`;
}

function globToRegExp(glob: string): RegExp {
  // A star takes slashes as well, as in the reference.
  const pattern = glob.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*+/g, '.*').replace(/\?/g, '.');
  return new RegExp(`^${pattern}$`);
}

import type { Logger } from '../../infra/log/log.ts';
import type { PluginRouteJson, PluginStore } from '../../plugins/plugin.ts';
import { grafanaVersion } from '../../util/version.ts';
import { permission, signedIn } from '../../web/access.ts';
import { ApiError } from '../../web/errors.ts';
import type { Identity } from '../../web/identity.ts';
import type { Reply } from '../../web/reply.ts';
import type { RequestContext, Routes } from '../../web/route.ts';
import { forward, matchAppRoute, refusal, renderTemplate, type RouteData } from './app-proxy.ts';
import { demandEnabled, hasPluginAction, hasRole } from './plugin-access.ts';
import type { PluginSettingsService } from './plugin-settings.ts';

export interface AppProxyDeps {
  readonly store: PluginStore;
  readonly settings: PluginSettingsService;
  readonly idToken: (identity: Identity) => Promise<string | undefined> | string | undefined;
  readonly namespaceOf: (orgId: number) => string;
  /** Headers that sign people in, lower-case. */
  readonly signInHeaders: ReadonlySet<string>;
  readonly sendUserHeader: boolean;
  readonly tlsSkipVerify: boolean;
  readonly catalogUrl: string;
  readonly catalogToken: string;
  readonly log: Logger;
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

export function appProxyRoutes(routes: Routes, deps: AppProxyDeps): void {
  const { store, settings } = deps;
  const proxy = async (ctx: RequestContext): Promise<Reply> => {
    const { identity } = ctx;
    let plugin: Awaited<ReturnType<typeof demandEnabled>>;
    try {
      plugin = await demandEnabled(store, settings, identity.orgId, ctx.params['id']!);
    } catch (error) {
      if (error instanceof ApiError) return refusal(error.status, error.message);
      throw error;
    }
    // Compat: an app that is on by itself and was never saved has no settings to fill templates with.
    if (!(await settings.get(identity.orgId, plugin.id))) return refusal(500, 'Failed to fetch plugin settings', { traceID: '' });
    const path = decoded(ctx.path.replace(/^\/api\/plugin-proxy\/[^/]+/, ''));
    const found = path === undefined ? undefined : matchAppRoute(plugin.json.routes ?? [], ctx.method, path);
    if (!found) return refusal(404, 'plugin route match not found');
    if (!mayTake(identity, plugin.id, found.route)) return refusal(403, 'plugin proxy route access denied');
    const { jsonData, decryptedSecureJsonData } = await settings.instanceOf(identity.orgId, plugin.id);
    const data: RouteData = { JsonData: jsonData, SecureJsonData: decryptedSecureJsonData };
    let url: URL | null;
    try {
      url = URL.parse(await renderTemplate(found.route.url, data));
    } catch (error) {
      deps.log.error('The address of a plugin route cannot be filled in', { pluginId: plugin.id, path: found.route.path, error });
      url = null;
    }
    if (!url) return refusal(500, 'Could not interpolate plugin route url', { traceID: '' });
    if (found.rest !== '') url.pathname = `${url.pathname.replace(/\/$/, '')}/${found.rest.split('/').map(encodeURIComponent).join('/')}`;
    const headers: Record<string, string> = { 'x-grafana-context': JSON.stringify(contextOf(identity, deps.namespaceOf(identity.orgId))) };
    if (deps.sendUserHeader && identity.kind === 'user') headers['x-grafana-user'] = identity.login;
    const idToken = await deps.idToken(identity);
    if (idToken) headers['x-grafana-id'] = idToken;
    for (const { name, content } of found.route.headers ?? []) headers[name.toLowerCase()] = await renderTemplate(content, data);
    const body = await routeBody(found.route, data, deps.log);
    return forward(ctx, {
      url, query: ctx.url.includes('?') ? ctx.url.slice(ctx.url.indexOf('?') + 1) : '', headers, without: deps.signInHeaders, tlsSkipVerify: deps.tlsSkipVerify, log: deps.log,
      ...(body === undefined ? {} : { body }),
    });
  };
  const access = permission('plugins.app:access', 'plugins:id:{id}');
  for (const path of ['/api/plugin-proxy/:id', '/api/plugin-proxy/:id/*']) routes.on(methods, path, { access, name: 'pluginProxy', tag: 'plugins', streamBody: true, slo: 'low' }, proxy);

  // The catalogue of grafana.com, or wherever `[grafana_com] api_url` leads.
  routes.on(methods, '/api/gnet/*', { access: signedIn, name: 'gnetProxy', tag: 'plugins', streamBody: true, slo: 'low' }, (ctx) => {
    const url = new URL(deps.catalogUrl);
    url.pathname = `${url.pathname.replace(/\/$/, '')}${ctx.path.slice('/api/gnet'.length)}`;
    return forward(ctx, {
      url, query: ctx.url.includes('?') ? ctx.url.slice(ctx.url.indexOf('?') + 1) : '', without: new Set([...deps.signInHeaders, 'x-grafana-org-id']), tlsSkipVerify: false, log: deps.log,
      headers: { 'grafana-version': grafanaVersion, ...(deps.catalogToken === '' ? {} : { authorization: `Bearer ${deps.catalogToken}` }) },
    });
  });
}

function mayTake(identity: Identity, pluginId: string, { reqAction, reqRole }: PluginRouteJson): boolean {
  if (reqAction !== '') return hasPluginAction(identity, pluginId, reqAction);
  return reqRole === '' || hasRole(identity, reqRole);
}

async function routeBody(route: PluginRouteJson, data: RouteData, log: Logger): Promise<string | undefined> {
  if (route.body === null || route.body === undefined) return undefined;
  try {
    const text = await renderTemplate(typeof route.body === 'string' ? route.body : JSON.stringify(route.body), data);
    JSON.parse(text);
    return text;
  } catch (error) {
    log.error('The body of a plugin route cannot be filled in', { path: route.path, error });
    return undefined;
  }
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/** Who asks, as upstreams of the reference know it. */
function contextOf(identity: Identity, namespace: string): Record<string, unknown> {
  const account = identity.kind === 'service-account';
  return {
    UserID: identity.id, UserUID: identity.uid, OrgID: identity.orgId, OrgName: identity.orgName, OrgRole: identity.orgRole, Login: identity.login, Name: identity.name, Email: identity.email,
    EmailVerified: identity.emailVerified, AuthID: '', AuthenticatedBy: identity.authenticatedBy, Namespace: namespace, ApiKeyID: 0, IsServiceAccount: account, IsGrafanaAdmin: identity.isGrafanaAdmin,
    IsAnonymous: identity.kind === 'anonymous', IsDisabled: identity.isDisabled, HelpFlags1: identity.helpFlags1, LastSeenAt: new Date().toISOString(), Teams: identity.teams, FallbackType: account ? 'service-account' : 'user',
  };
}

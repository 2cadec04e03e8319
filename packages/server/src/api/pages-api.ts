/** Addresses of pages, and the routes that only the frontend uses (frontend-contract §2, §6.2). */
import type { PluginStore } from '../plugins/plugin.ts';
import { demandPage } from '../services/plugins/plugin-pages.ts';
import { allOf, anyOf, anyone, grafanaAdmin, may, orgAdmin, permission, rbac, signedIn, signedInNoAnonymous, type Access } from '../web/access.ts';
import { json, redirect, Reply, text } from '../web/reply.ts';
import type { RequestContext, Routes } from '../web/route.ts';
import type { FrontendSettings } from './frontend-settings.ts';
import { mayConfigureAuthentication } from './nav-tree.ts';
import { drawnAvatar } from './avatar.ts';
import type { Pages } from './pages.ts';
import type { StaticFiles } from './static-files.ts';

export interface PagesApiDeps {
  readonly pages: Pages;
  readonly staticFiles: StaticFiles;
  readonly settings: FrontendSettings;
  readonly store: PluginStore;
  readonly subPath: string;
  readonly rootUrl: string;
  readonly pluginAdminEnabled: boolean;
  readonly ldapEnabled: boolean;
  /** A public dashboard that may be seen, with the data sources it uses; for `/public-dashboards/:accessToken`. */
  readonly publicDashboard: (accessToken: string) => Promise<{ readonly dataSourceUids: ReadonlySet<string>; readonly orgId: number } | undefined>;
}

const sourceConfig = anyOf(may('datasources:create'), allOf(may('datasources:read'), anyOf(may('datasources:write'), may('datasources:delete'))));
const orgPreferences = anyOf(allOf(may('orgs:read'), may('orgs:write')), allOf(may('orgs.preferences:read'), may('orgs.preferences:write')));
const teamAccess = anyOf(may('teams:create'), allOf(may('teams:read'), anyOf(may('teams:write'), may('teams.permissions:write'), may('teams.permissions:read'))));
const open = (reason: string) => anyone(reason);

/** Address -> who may see it. The page is always the same; the frontend decides what it shows. */
const addresses: readonly (readonly [Access, readonly string[]])[] = [
  [open('the page of who is not signed in'), ['/invite/:code', '/verify', '/signup', '/user/password/reset', '/dashboard/snapshot/*', '/dashboard-solo/snapshot/*']],
  [{ kind: 'not-signed-in' }, ['/user/password/send-reset-email']],
  [signedIn, [
    '/', '/d-solo/:uid', '/d-solo/:uid/:slug', '/dashboard/new', '/dashboard/import', '/import/dashboard', '/dashboard/script/*', '/dashboard/provisioning/*', '/dashboard-solo/script/*', '/dashboard/snapshots', '/dashboards',
    '/dashboards/*', '/public-dashboards/list', '/playlists', '/playlists/*', '/alerting', '/alerting/*', '/library-panels', '/monitoring', '/monitoring/*', '/observability', '/observability/*', '/alerts-and-incidents',
    '/alerts-and-incidents/*', '/styleguide',
  ]],
  [signedInNoAnonymous, ['/profile', '/profile/password']],
  [orgAdmin, ['/admin', '/org/users/new', '/admin/provisioning', '/admin/provisioning/*']],
  [grafanaAdmin, ['/configuration', '/live', '/live/pipeline', '/live/cloud']],
  [rbac(orgPreferences), ['/org']],
  [rbac(may('orgs:create'), 'global'), ['/org/new']],
  [rbac(sourceConfig), ['/datasources', '/connections', '/connections/datasources', '/connections/your-connections', '/connections/your-connections/datasources', '/connections/add-new-connection']],
  [rbac(allOf(may('datasources:read'), may('datasources:create'))), ['/datasources/new', '/connections/datasources/new', '/connections/your-connections/datasources/new']],
  [rbac(allOf(may('datasources:read'), may('datasources:write'))), ['/datasources/edit/*', '/connections/datasources/edit/*', '/connections/your-connections/datasources/edit/*']],
  [permission('datasources:explore'), ['/explore', '/drilldown', '/datasources/correlations']],
  [permission('org.users:read'), ['/org/users']],
  [permission('org.users:add'), ['/org/users/invite']],
  [rbac(teamAccess), ['/org/teams', '/org/teams/edit/*']],
  [permission('teams:create'), ['/org/teams/new']],
  [permission('serviceaccounts:read'), ['/org/serviceaccounts', '/org/serviceaccounts/:id']],
  [permission('serviceaccounts:create'), ['/org/serviceaccounts/create']],
  [permission('settings:read', 'settings:*'), ['/admin/settings']],
  [rbac(anyOf(may('org.users:read'), may('users:read', 'global.users:*'))), ['/admin/users']],
  // The console's own; the reference has no such page.
  [permission('users.permissions:read'), ['/admin/access/permissions']],
  [permission('users:create'), ['/admin/users/create']],
  [rbac(may('users:read', 'global.users:*')), ['/admin/users/edit/:id']],
  [rbac(may('orgs:read'), 'global'), ['/admin/orgs']],
  [rbac(anyOf(may('orgs:read'), may('orgs:write')), 'global'), ['/admin/orgs/edit/:id']],
  [permission('server.stats:read'), ['/admin/stats']],
  [permission('migrationassistant:migrate'), ['/admin/migrate-to-cloud']],
  [permission('ldap.status:read'), ['/admin/ldap', '/admin/authentication/ldap']],
  [rbac(anyOf(may('support.bundles:read'), may('support.bundles:create'))), ['/support-bundles']],
  [permission('support.bundles:create'), ['/support-bundles/create']],
];

export function pageRoutes(routes: Routes, deps: PagesApiDeps): void {
  const { pages, staticFiles, settings, store, subPath, rootUrl } = deps;
  const name = 'index';
  for (const [access, paths] of addresses) for (const path of paths) routes.get(path, { access, name }, (ctx) => pages.index(ctx));

  // Addresses of dashboards as they were before scenes; absolute, as the reference answers.
  for (const path of ['/d/:uid', '/d/:uid/:slug']) {
    routes.get(path, { access: signedIn, name }, (ctx) => {
      const moved = movedPanel(ctx.search);
      return moved === undefined ? pages.index(ctx) : redirect(`${rootUrl.replace(/\/$/, '')}${ctx.path}?${moved}`, 301);
    });
  }

  const pluginAdmin = (ctx: RequestContext) => {
    const { orgRole, isGrafanaAdmin, permissions } = ctx.identity;
    const allowed = orgRole === 'Admin' || (deps.pluginAdminEnabled && isGrafanaAdmin) || permissions.has('plugins:write') || permissions.has('plugins:install');
    return allowed ? pages.index(ctx) : redirect(`${subPath}/`);
  };
  for (const path of ['/plugins', '/plugins/:id', '/plugins/:id/edit', '/plugins/:id/page/:page', '/connections/datasources/:id', '/connections/datasources/:id/page/:page']) {
    routes.get(path, { access: open('who may not is led home, signed in or not'), name }, pluginAdmin);
  }
  for (const path of ['/admin/authentication', '/admin/authentication/*']) {
    routes.get(path, { access: signedIn, name }, (ctx) => (mayConfigureAuthentication(ctx.identity, deps) ? pages.index(ctx) : redirect(`${subPath}/${way(ctx)}`)));
  }
  for (const path of ['/a/:id', '/a/:id/*']) {
    routes.get(path, { access: permission('plugins.app:access', 'plugins:id:{id}'), name }, (ctx) => (demandPage(store, ctx.identity, ctx.params['id']!, ctx.path) ? pages.index(ctx) : redirect(`${subPath}/`)));
  }

  routes.get('/public-dashboards/:accessToken', { access: open('a dashboard that is shared with everybody'), name: 'publicDashboardPage' }, async (ctx) => {
    const found = await deps.publicDashboard(ctx.params['accessToken']!);
    return pages.index(ctx, 200, { publicDashboard: { token: ctx.params['accessToken']!, orgId: found?.orgId ?? 0, dataSourceUids: found?.dataSourceUids ?? new Set() } });
  });

  const forced = (ctx: RequestContext) => ctx.search.get('forceLogin') === 'true' && (ctx.identity.kind === 'nobody' || ctx.identity.kind === 'anonymous');
  routes.get('/bootdata', { access: open('the login page needs it'), name: 'bootData' }, (ctx) => (forced(ctx) ? redirect(`${subPath}/login?redirectTo=%2Fbootdata%3F`) : pages.bootData(ctx)));
  routes.get('/bootdata/:accessToken', { access: open('a dashboard that is shared with everybody'), name: 'bootDataPublic' }, async (ctx) => {
    const found = await deps.publicDashboard(ctx.params['accessToken']!);
    return pages.bootData(ctx, { publicDashboard: { token: ctx.params['accessToken']!, orgId: found?.orgId ?? 0, dataSourceUids: found?.dataSourceUids ?? new Set() } });
  });

  routes.get('/api/frontend/settings', { access: signedIn, name: 'getFrontendSettings', tag: 'frontend' }, async ({ identity }) =>
    new Reply(200, await settings.forIdentity(identity), { 'content-type': 'application/json' }));
  routes.get('/api/frontend/assets', { access: signedIn, name: 'getFrontendAssets', tag: 'frontend' }, () => pages.digests());

  routes.get('/avatar/:hash', { access: signedIn, name: 'avatar', slo: 'low' }, ({ params }) => {
    const hash = params['hash']!;
    if (!/^[0-9a-f]{32}([0-9a-f]{32})?$/i.test(hash)) return json({ message: 'Avatar not found' }, 404);
    return new Reply(200, drawnAvatar(hash), { 'content-type': 'image/svg+xml', 'cache-control': 'private, max-age=3600' });
  });

  for (const [path, metricsName] of [['/public/*', 'public-assets'], ['/public/build/*', 'public-build-assets']] as const) {
    const below = path.slice('/public/'.length, -1);
    routes.get(path, {
      access: open('files of the frontend, for every visitor'), name: 'static', metricsName, early: (ctx) => staticFiles.reply(ctx, below + (ctx.params['*'] ?? ''))?.asIs(),
    }, (ctx) => missing(ctx, pages, subPath));
  }
  routes.get('/public', { access: open('a folder of the frontend'), name: 'static', metricsName: 'public-assets', early: (ctx) => staticFiles.reply(ctx, '')?.asIs() }, (ctx) => missing(ctx, pages, subPath));
  routes.get('/robots.txt', { access: open('for robots'), bypassAuth: true, name: 'robots', early: (ctx) => (staticFiles.reply(ctx, 'robots.txt') ?? noRobots()).asIs() }, () => noRobots());
  routes.get('/swagger', { access: open('a description of the API'), name: 'swagger' }, (ctx) => pages.swagger(ctx));
  for (const path of ['/swagger-ui', '/openapi3']) routes.get(path, { access: open('a redirect'), name: 'swaggerMoved' },
    // Compat: without the sub-path.
    () => redirect('/swagger', 301));
}

/** For a frontend that brings none: nothing here is for robots. */
const noRobots = () => text('User-agent: *\nDisallow: /\n').with({ 'cache-control': 'public, max-age=3600' });

/** A file that is not there is a page: of the signed in, or the way to the login page. */
function missing(ctx: RequestContext, pages: Pages, subPath: string): Promise<Reply> | Reply {
  return ctx.identity.kind === 'nobody' ? redirect(`${subPath}/login${way(ctx)}`) : pages.notFound(ctx);
}

const way = (ctx: Pick<RequestContext, 'url'>) => (ctx.url === '/' ? '' : `?redirectTo=${encodeURIComponent(ctx.url)}`);

/** `?panelId=2&fullscreen[&edit]` in its present form; undefined where it is not that. */
function movedPanel(search: URLSearchParams): string | undefined {
  const panel = search.get('panelId');
  if (panel === null || !search.has('fullscreen')) return undefined;
  const moved = new URLSearchParams(search);
  const key = search.has('edit') ? 'editPanel' : 'viewPanel';
  for (const old of ['panelId', 'fullscreen', 'edit']) moved.delete(old);
  moved.set(key, panel);
  moved.sort();
  return moved.toString();
}

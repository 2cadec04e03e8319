/** The plugin list, settings, documents, health, metrics and resources over HTTP (plugins §7). */
import { Type } from '../../web/schema.ts';
import { Readable } from 'node:stream';
import { extname } from 'node:path';
import { resourceHeaders } from '../../plugins/client/forwarded-headers.ts';
import { pluginErrors, type CallOrigin, type PluginClient, type PluginTarget } from '../../plugins/client/plugin-client.ts';
import type { PluginUpdates } from '../../plugins/install/update-checker.ts';
import { loadErrorText, pluginApiErrors, type Plugin, type PluginStore } from '../../plugins/plugin.ts';
import { anyone, orgAdmin, permission, signedIn } from '../../web/access.ts';
import { ApiError, badRequest } from '../../web/errors.ts';
import { json, jsonText, note, Reply, text } from '../../web/reply.ts';
import type { RequestContext, Routes } from '../../web/route.ts';
import type { Identity } from '../../web/identity.ts';
import { demandEnabled, mayUseApp, pluginScope, stateOf } from './plugin-access.ts';
import type { PluginSettingsService } from './plugin-settings.ts';

export interface PluginApiDeps {
  readonly store: PluginStore;
  readonly settings: PluginSettingsService;
  readonly client: Pick<PluginClient, 'checkHealth' | 'callResource' | 'collectMetrics'>;
  readonly metadata: (identity: Identity, ...scopes: string[]) => Record<string, true>;
  readonly updates: PluginUpdates;
  readonly alphaEnabled: boolean;
  readonly subPath: string;
  /** Credentials of `/metrics`; no name: none needed. */
  readonly metrics: { readonly enabled: boolean; readonly username: string; readonly password: string };
}

const SettingsBody = Type.Object({
  enabled: Type.Boolean(), pinned: Type.Boolean(), jsonData: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  secureJsonData: Type.Record(Type.String(), Type.String()), version: Type.String(),
});

export function pluginRoutes(routes: Routes, deps: PluginApiDeps): void {
  const { store, settings, client } = deps;

  routes.get('/api/plugins', { access: signedIn, name: 'getPlugins', tag: 'plugins' }, async ({ identity, search }) => {
    const rows = await settings.list(identity.orgId);
    const items = [];
    for (const plugin of store.list()) {
      if (!listed(plugin, identity, search, deps)) continue;
      const { enabled, pinned } = stateOf(plugin, rows, store);
      if (search.get('enabled') === '1' && !enabled) continue;
      const { json: { name, type, info, dependencies, category, state = '' }, id, signature } = plugin;
      const latestVersion = deps.updates.of(plugin);
      const accessControl = search.get('accesscontrol') === 'true' ? deps.metadata(identity, pluginScope(id)) : {};
      items.push({
        name, type, id, enabled, pinned, info, dependencies, latestVersion, hasUpdate: latestVersion !== '', defaultNavUrl: listNavUrl(plugin, enabled, deps.subPath), category, state,
        signature: signature.status, signatureType: signature.type, signatureOrg: signature.org, angularDetected: false,
        ...(Object.keys(accessControl).length > 0 ? { accessControl } : {}),
      });
    }
    return items.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  });

  routes.get('/api/plugins/errors', { access: signedIn, name: 'getPluginErrors', tag: 'plugins' }, () => store.errors());

  routes.get('/api/plugins/:id/settings', { access: signedIn, name: 'getPluginSettings', tag: 'plugins' }, async ({ identity, params }) => {
    const given = params['id']!;
    const failed = store.errors().find(({ pluginId }) => pluginId === given);
    if (failed) throw new ApiError(500, loadErrorText(failed.errorCode));
    const plugin = store.get(given);
    if (!plugin) throw pluginApiErrors.notFoundWithId();
    const { json: described, id, signature } = plugin;
    if (described.type === 'app' && !mayUseApp(identity, id)) throw pluginApiErrors.accessDenied();
    const row = await settings.get(identity.orgId, given);
    const on = described.type === 'app' && described.autoEnabled;
    const latestVersion = deps.updates.of(plugin);
    const { name, type, autoEnabled, info, includes, dependencies, extensions, state = '' } = described;
    const members = JSON.stringify({
      name, type, id, enabled: row?.enabled ?? on, pinned: row?.pinned ?? on, autoEnabled, module: plugin.module, baseUrl: plugin.baseUrl, info, includes, dependencies, extensions,
      secureJsonFields: Object.fromEntries((row?.secretKeys ?? []).map((key) => [key, true])), defaultNavUrl: plugin.defaultNavUrl, latestVersion, hasUpdate: latestVersion !== '', state,
      signature: signature.status, signatureType: signature.type, signatureOrg: signature.org, angularDetected: false, loadingStrategy: plugin.loadingStrategy,
      ...(plugin.translations ? { translations: plugin.translations } : {}),
    });
    return jsonText(`${members.slice(0, -1)},"jsonData":${row?.jsonData ?? 'null'}}`);
  });

  routes.post('/api/plugins/:id/settings', { access: permission('plugins:write', 'plugins:id:{id}'), name: 'updatePluginSettings', tag: 'plugins', body: SettingsBody }, async ({ identity, params, body, rawBody }) => {
    const plugin = store.get(params['id']!);
    if (!plugin) throw pluginApiErrors.notInstalled();
    if (plugin.json.autoEnabled && !body.enabled) throw pluginApiErrors.autoEnabled();
    // A list of bodies binds to nothing; an object is wanted.
    if (/^\s*\[/.test(rawBody.toString('utf8', 0, 64))) throw badRequest();
    await settings.save(identity.orgId, params['id']!, { ...body, ...(body.jsonData === undefined ? {} : { jsonData: JSON.stringify(body.jsonData) }) } as Parameters<PluginSettingsService['save']>[2]);
    return note('Plugin settings updated');
  });

  routes.get('/api/plugins/:id/markdown/:name', { access: signedIn, name: 'getPluginMarkdown', tag: 'plugins' }, async ({ params }) => {
    const plugin = store.get(params['id']!);
    if (!plugin) throw pluginApiErrors.notInstalled();
    const name = params['name']!;
    if (extname(name) !== '' || name.includes('\0')) throw pluginApiErrors.markdownName();
    // A way out of the folder leads to no document; then the README stands in as for any other.
    for (const wanted of name.includes('..') ? ['README'] : [name.toUpperCase(), 'README']) {
      for (const path of [`${wanted}.md`, `${wanted}.md`.toLowerCase()]) {
        const file = await plugin.files.read(path);
        if (file) return new Reply(200, file.bytes, { 'content-type': 'text/plain; charset=utf-8' });
      }
    }
    return text('');
  });

  const target = async (plugin: Plugin, identity: Identity): Promise<PluginTarget> => ({
    pluginId: plugin.id, orgId: identity.orgId, ...(plugin.json.type === 'app' ? { app: await settings.instanceOf(identity.orgId, plugin.id) } : {}),
  });
  const origin = ({ identity, headers }: Pick<RequestContext, 'identity' | 'headers'>): CallOrigin => ({ identity, headers });

  routes.get('/api/plugins/:id/health', { access: signedIn, name: 'checkPluginHealth', tag: 'plugins' }, async (ctx) => {
    const plugin = await demandEnabled(store, settings, ctx.identity.orgId, ctx.params['id']!);
    const { status, message, details } = await client.checkHealth(await target(plugin, ctx.identity), origin(ctx), ctx.signal);
    return json({ status, message, ...(details ? { details } : {}) }, status === 'OK' ? 200 : 400);
  });

  routes.get('/api/plugins/:id/metrics', { access: orgAdmin, name: 'getPluginMetrics', tag: 'plugins' }, async ({ params }) => {
    const plugin = store.get(params['id']!);
    if (!plugin) throw pluginErrors.notRegistered();
    if (!plugin.json.backend || plugin.pluginClass === 'core') throw pluginErrors.requestFailure();
    const { prometheusMetrics } = await client.collectMetrics(plugin.id);
    return new Reply(200, Buffer.from(prometheusMetrics), { 'content-type': 'text/plain' });
  });

  if (deps.metrics.enabled) {
    routes.get('/metrics/plugins/:id', { access: anyone('metrics have credentials of their own'), bypassAuth: true, name: 'pluginMetrics', tag: 'plugins' }, async ({ params, headers }) => {
      const { username, password } = deps.metrics;
      const wanted = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
      if ((username !== '' || password !== '') && headers.authorization !== wanted) return new Reply(401, null, {});
      const plugin = store.get(params['id']!);
      if (!plugin) return new Reply(404, null, {});
      if (!plugin.json.backend || plugin.pluginClass === 'core') return new Reply(500, null, {});
      try {
        return new Reply(200, Buffer.from((await client.collectMetrics(plugin.id)).prometheusMetrics), { 'content-type': 'text/plain' });
      } catch {
        return new Reply(500, null, {});
      }
    });
  }

  const resource = async (ctx: RequestContext<Record<string, string>, URLSearchParams, undefined>) => {
    const plugin = await demandEnabled(store, settings, ctx.identity.orgId, ctx.params['id']!);
    const rest = (/^\/api\/plugins\/[^/]+\/resources\/?(.*?)\/?$/.exec(ctx.path)?.[1] ?? '');
    const path = decoded(rest);
    const encoded = path.split('/').map((part) => encodeURIComponent(part)).join('/');
    const query = ctx.url.includes('?') ? ctx.url.slice(ctx.url.indexOf('?')) : '';
    const answer = await client.callResource(
      await target(plugin, ctx.identity), origin(ctx), { path, method: ctx.method, url: encoded + query, headers: resourceHeaders(ctx.raw.req), body: ctx.rawBody }, ctx.signal,
    );
    const headers = Object.fromEntries(Object.entries(answer.headers).map(([name, values]) => [name, values.length === 1 ? values[0]! : [...values]]));
    return new Reply(answer.status, answer.body instanceof Uint8Array ? Buffer.from(answer.body) : Readable.from(answer.body, { objectMode: false }), headers);
  };
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
  for (const path of ['/api/plugins/:id/resources', '/api/plugins/:id/resources/*']) {
    routes.on(methods, path, { access: permission('plugins.app:access', 'plugins:id:{id}'), name: 'callPluginResource', tag: 'plugins', rawBody: true, slo: 'none' }, resource);
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    throw badRequest('Failed for create plugin resource request', cause);
  }
}

function listed(plugin: Plugin, identity: Identity, search: URLSearchParams, deps: PluginApiDeps): boolean {
  const { json: described, pluginClass, id } = plugin;
  if (search.get('embedded') === '0' && plugin.includedInAppId !== '') return false;
  const core = search.get('core');
  if ((core === '0' && pluginClass === 'core') || (core === '1' && pluginClass !== 'core')) return false;
  if (pluginClass !== 'core' && !maySeeExternal(identity, id)) return false;
  const type = search.get('type') ?? '';
  if (type !== '' && described.type !== type) return false;
  return !(described.state === 'alpha' && !deps.alphaEnabled) && !described.builtIn;
}

const maySeeExternal = ({ orgRole, permissions }: Identity, id: string) =>
  orgRole === 'Admin' || permissions.has('datasources:create') || permissions.has('plugins:install') || permissions.has('plugins:write', pluginScope(id));

function listNavUrl(plugin: Plugin, enabled: boolean, subPath: string): string {
  const url = subPath + plugin.defaultNavUrl;
  return url === '' || !enabled ? `${subPath}/plugins/${plugin.id}/` : url;
}

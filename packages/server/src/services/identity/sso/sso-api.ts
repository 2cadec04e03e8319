import { permission } from '../../../web/access.ts';
import { bindJson, BindError } from '../../../web/bind.ts';
import { empty, json } from '../../../web/reply.ts';
import type { RequestContext, Routes } from '../../../web/route.ts';
import { Type } from '../../../web/schema.ts';
import { isSecretKey, redacted, ssoErrors, toCamel, toSnake, type ProviderSettings, type SsoEntry, type SsoSettingsService } from './sso.ts';

const Body = Type.Object({ settings: Type.Record(Type.String(), Type.Unknown()) });

/** identity-and-access §9 */
export function ssoRoutes(routes: Routes, { sso }: { sso: SsoSettingsService }): void {
  const tag = 'sso_settings';
  const base = '/api/v1/sso-settings';
  const scope = (provider: string) => `settings:auth.${provider}:*`;
  const on = (action: string) => permission(action, scope('{key}'));

  routes.get(base, { access: permission('settings:read'), name: 'listAllProvidersSettings', tag }, async ({ identity }) => {
    const readable = sso.providers.filter((provider) => identity.permissions.has('settings:read', scope(provider)));
    return (await Promise.all(readable.map((provider) => sso.get(provider)))).map(entryJson);
  });
  routes.get(`${base}/:key`, { access: on('settings:read'), name: 'getProviderSettings', tag }, async ({ params }) => {
    const body = entryJson(await sso.get(params['key']!));
    return json(body).with({ etag: fnv1(JSON.stringify(body)) });
  });
  routes.put(`${base}/:key`, { access: on('settings:write'), name: 'updateProviderSettings', tag, rawBody: true }, async (ctx) => {
    const { settings } = readBody(ctx);
    await sso.replace(ctx.params['key']!, Object.fromEntries(Object.entries(settings).map(([key, value]) => [toSnake(key), value])), ctx.identity);
    return empty(204);
  });
  // Compat: a patch is stored under the names that were sent, so they must be the INI's.
  routes.patch(`${base}/:key`, { access: on('settings:write'), name: 'patchProviderSettings', tag, rawBody: true }, async (ctx) => {
    const { settings } = readBody(ctx);
    if (Object.keys(settings).length === 0) throw ssoErrors.noSettings();
    await sso.patch(ctx.params['key']!, settings, ctx.identity);
    return empty(204);
  });
  routes.delete(`${base}/:key`, { access: on('settings:write'), name: 'removeProviderSettings', tag }, async ({ params }) => {
    await sso.reset(params['key']!);
    return empty(204);
  });
}

function readBody({ rawBody }: Pick<RequestContext, 'rawBody'>): { settings: ProviderSettings } {
  try {
    return bindJson(Body, rawBody.toString('utf8'));
  } catch (error) {
    if (error instanceof BindError) throw ssoErrors.unreadable();
    throw error;
  }
}

function entryJson({ provider, settings, source }: SsoEntry) {
  const shown = Object.entries(settings).map(([key, value]) => [toCamel(key), key === 'config' ? hideSecrets(value) : hide(key, value)] as const);
  return { id: '', provider, settings: Object.fromEntries(shown.toSorted(([a], [b]) => (a < b ? -1 : 1))), source };
}

const hide = (key: string, value: unknown) => (isSecretKey(key) && typeof value === 'string' && value !== '' ? redacted : value);

function hideSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hideSecrets);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, typeof member === 'string' ? hide(key, member) : hideSecrets(member)]));
}

/** FNV-1, 64 bits. */
function fnv1(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(text)) hash = ((hash * 0x100000001b3n) & 0xffffffffffffffffn) ^ BigInt(byte);
  return hash.toString(16);
}

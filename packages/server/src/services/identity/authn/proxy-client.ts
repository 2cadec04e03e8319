/** Names that a proxy in front vouches for (identity-and-access §3.9). */
import { createHash } from 'node:crypto';
import { BlockList, isIPv6 } from 'node:net';
import type { Clock } from '../../../infra/clock.ts';
import type { AuthRequest } from '../../../middleware/auth.ts';
import type { ProxySettings } from '../../../setting/external-auth-settings.ts';
import type { OrgRole } from '../../../web/identity.ts';
import type { User } from '../users/user.ts';
import type { AuthClient } from './auth-client.ts';
import { AuthFailure } from './auth-failure.ts';
import type { ExternalUserSync } from './external-sync.ts';
import type { IdentityLoader } from './identity-loader.ts';
import { mapTeams, type MappingDeps } from './role-mapping.ts';

export interface ProxyClientDeps {
  readonly settings: ProxySettings;
  readonly loader: IdentityLoader;
  readonly sync: ExternalUserSync;
  readonly clock: Clock;
  readonly mapping: Pick<MappingDeps, 'defaultOrgId' | 'orgId' | 'teamId'>;
  /** LDAP knows more about them: asked first where it is on. Undefined: not in the directory. */
  readonly directory?: ((login: string) => Promise<User | undefined>) | undefined;
}

const rememberedMax = 10_000;
const roles: readonly string[] = ['None', 'Viewer', 'Editor', 'Admin'] satisfies OrgRole[];

export function createProxyClient({ settings, loader, sync, clock, mapping, directory }: ProxyClientDeps): AuthClient {
  const header = settings.headerName.toLowerCase();
  const allowed = settings.whitelist.length === 0 ? undefined : blockList(settings.whitelist);
  /** Users that were synced a while ago: by a hash of what the proxy said. */
  const remembered = new Map<string, { userId: number; until: number }>();

  const read = (request: Pick<AuthRequest, 'headers'>, name: string): string => {
    const value = request.headers[name.toLowerCase()];
    const text = (Array.isArray(value) ? value[0] : value) ?? '';
    return settings.headersEncoded ? decodeQuotedPrintable(text) : text;
  };

  async function authenticate(request: AuthRequest, org: number) {
    if (allowed && !allowed.check(request.peer ?? request.ip, isIPv6(request.peer ?? request.ip) ? 'ipv6' : 'ipv4')) {
      throw new AuthFailure(401, 'auth-proxy.invalid-ip', 'ip address is not authorized to use auth proxy');
    }
    const username = read(request, header);
    if (username === '') throw new AuthFailure(401, 'auth-proxy.empty-header', 'Empty username provided in auth proxy header');
    const extra = Object.fromEntries(Object.entries(settings.headers).map(([field, name]) => [field, read(request, name)]));
    const key = createHash('sha256').update(JSON.stringify([username, extra])).digest('base64');
    const known = remembered.get(key);
    if (known && known.until > clock.now()) {
      try {
        return await loader.load(known.userId, org, 'authproxy');
      } catch (error) {
        // Deleted meanwhile: they may come back as somebody new.
        remembered.delete(key);
        if (!(error instanceof AuthFailure && error.messageId === 'user.sync.fetch-not-found')) throw error;
      }
    }
    const user = (await directory?.(username)) ?? (await syncDirect(username, extra));
    if (settings.syncTtlMs > 0) {
      if (remembered.size >= rememberedMax) remembered.clear();
      remembered.set(key, { userId: user.id, until: clock.now() + settings.syncTtlMs });
    }
    return loader.load(user.id, org, 'authproxy');
  }

  async function syncDirect(username: string, extra: Readonly<Record<string, string>>): Promise<User> {
    const byEmail = settings.headerProperty === 'email';
    const login = extra['Login'] || username;
    const email = extra['Email'] || (byEmail || looksLikeEmail(username) ? username : '');
    const role = extra['Role'] ?? '';
    const groups = (extra['Groups'] ?? '').split(',').map((group) => group.trim()).filter((group) => group !== '');
    return sync.sync({
      module: 'authproxy', authId: username, login, email, name: extra['Name'] ?? '', allowSignUp: settings.autoSignUp, lookup: { email, login },
      orgRoles: roles.includes(role) ? new Map([[mapping.defaultOrgId, role as OrgRole]]) : undefined,
      teams: await mapTeams(settings, mapping, groups),
    });
  }

  return { name: 'auth proxy', priority: 50, recognises: (request) => read(request, header) !== '', authenticate };
}

function blockList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

const looksLikeEmail = (text: string) => /^[^\s@<>]+@[^\s@<>]+$/.test(text);

/** `=C3=BC` -> ü, also inside an encoded word. */
function decodeQuotedPrintable(text: string): string {
  const inner = /^=\?utf-8\?q\?(.*)\?=$/i.exec(text)?.[1]?.replaceAll('_', ' ') ?? text;
  const bytes: number[] = [];
  for (let i = 0; i < inner.length; i++) {
    const hex = inner[i] === '=' ? /^=([0-9A-Fa-f]{2})/.exec(inner.slice(i, i + 3)) : null;
    if (hex) {
      bytes.push(Number.parseInt(hex[1]!, 16));
      i += 2;
    } else bytes.push(...Buffer.from(inner[i]!));
  }
  return Buffer.from(bytes).toString('utf8');
}

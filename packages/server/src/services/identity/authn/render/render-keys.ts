/**
 * Keys that let a renderer open pages in somebody's name (identity-and-access §3.10, config-and-operations §15.4): whoever has an image
 * made creates one and ends it when the image is there.
 */
import { createHmac } from 'node:crypto';
import type { Clock } from '../../../../infra/clock.ts';
import type { RemoteCache } from '../../../../infra/remotecache/remotecache.ts';
import { isObject, numberOf, objectOf, textOf } from '../../../../util/json-value.ts';
import { sameSecret } from '../../../../util/same-secret.ts';
import type { OrgRole } from '../../../../web/identity.ts';
import { randomAlphanumerics } from '../../users/password.ts';

export interface RenderPerson {
  readonly orgId: number;
  /** 0: nobody in particular. */
  readonly userId: number;
  readonly orgRole: OrgRole;
}

export interface RenderKeys {
  /** The key for the renderer's `renderKey` cookie. It ends by itself when its time has come. */
  create(person: RenderPerson): Promise<string>;
  /** Undefined for a key that is unknown, ended or too old. */
  find(key: string): Promise<RenderPerson | undefined>;
  end(key: string): Promise<void>;
}

const keyLength = 32;
const roles: readonly string[] = ['None', 'Viewer', 'Editor', 'Admin'] satisfies OrgRole[];

function personOf(value: unknown): RenderPerson | undefined {
  const { orgId, userId, orgRole } = objectOf(value);
  const role = textOf(orgRole);
  return isObject(value) && roles.includes(role) && numberOf(orgId, 0) > 0 ? { orgId: numberOf(orgId, 0), userId: numberOf(userId, 0), orgRole: role as OrgRole } : undefined;
}

/** Random keys, kept in the cache that all instances share. */
export function createRenderKeys({ cache, lifetimeMs }: { cache: Pick<RemoteCache, 'get' | 'set' | 'delete'>; lifetimeMs: number }): RenderKeys {
  return {
    async create({ orgId, userId, orgRole }) {
      const key = randomAlphanumerics(keyLength);
      await cache.set(`render-${key}`, JSON.stringify({ orgId, userId, orgRole }), lifetimeMs);
      return key;
    },
    async find(key) {
      // Anything else is no key of ours, and need not be looked for.
      if (!/^[A-Za-z0-9]{32}$/.test(key)) return undefined;
      const stored = await cache.get(`render-${key}`);
      return stored && personOf(JSON.parse(stored.toString('utf8')));
    },
    async end(key) {
      await cache.delete(`render-${key}`);
    },
  };
}

/** Keys that need no cache (toggle `renderAuthJWT`): HS512 over the token that this server and the renderer share. They cannot be ended early. */
export function createSignedRenderKeys({ secret, clock, lifetimeMs }: { secret: string; clock: Clock; lifetimeMs: number }): RenderKeys {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = part({ alg: 'HS512', typ: 'JWT' });
  const sign = (body: string) => createHmac('sha512', secret).update(`${head}.${body}`).digest('base64url');
  return {
    async create(renderUser) {
      const body = part({ renderUser, exp: Math.floor((clock.now() + lifetimeMs) / 1000) });
      return `${head}.${body}.${sign(body)}`;
    },
    async find(key) {
      const [given, body = '', signature = '', ...more] = key.split('.');
      if (given !== head || more.length > 0 || !sameSecret(signature, sign(body))) return undefined;
      const { renderUser, exp } = objectOf(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')));
      return numberOf(exp, 0) * 1000 > clock.now() ? personOf(renderUser) : undefined;
    },
    async end() {},
  };
}

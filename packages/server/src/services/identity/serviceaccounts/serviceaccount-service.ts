import { contains } from '../../../infra/db/contains.ts';
import { hash as keyedHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../../infra/clock.ts';
import type { Database } from '../../../infra/db/database.ts';
import { isUniqueViolation } from '../../../infra/db/database-errors.ts';
import type { Logger } from '../../../infra/log/log.ts';
import { shortUid } from '../../../util/short-uid.ts';
import { ApiError } from '../../../web/errors.ts';
import type { OrgRole } from '../../../web/identity.ts';
import { text } from '../../../web/reply.ts';
import type { ResourcePermissions } from '../accesscontrol/accesscontrol.ts';
import { epochColumn, type IdentityEpoch } from '../identity-epoch.ts';
import { createUserStore, type UserTables } from '../users/user-store.ts';
import { tenYearsMs } from '../users/user-service.ts';
import { serviceAccountErrors, type ServiceAccount, type ServiceAccountService, type Token } from './serviceaccount.ts';
import { hashOfKey, newTokenKey } from './token-key.ts';

interface Tables extends UserTables {
  api_key: {
    id: number; org_id: number; name: string; key: string; role: string; created: number; updated: number; expires: number | null;
    service_account_id: number | null; last_used_at: number | null; is_revoked: boolean;
  };
}

export interface ServiceAccountDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly epoch: IdentityEpoch;
  readonly log: Logger;
  readonly permissions: Pick<ResourcePermissions, 'grantOnCreation' | 'forget'>;
  readonly grantOnCreation: boolean;
  readonly apiKeyMaxSecondsToLive: number;
  readonly tokenExpirationDayLimit: number;
}

const tokensMax = 300;
const orgRoles: readonly OrgRole[] = ['None', 'Viewer', 'Editor', 'Admin'];
const rememberedMs = 60_000;
const freshMs = 1000;
const rememberedMax = 10_000;
const useNotedEveryMs = 300_000;

export function createServiceAccountService({
  db, clock, epoch, log, permissions, grantOnCreation, apiKeyMaxSecondsToLive, tokenExpirationDayLimit,
}: ServiceAccountDeps): ServiceAccountService {
  const rows = () => db.tables<Tables>();
  const byKey = db.prepare<Tables['api_key'] & { epoch_value: number }>(`select k.*, ${epochColumn} from api_key k where k."key" = ? and k.service_account_id is not null`);
  const secret = randomBytes(32).toString('hex');
  /** Keys that were verified, by a keyed hash: PBKDF2 is paid once a minute, and the row is asked for once a second. */
  const remembered = new Map<string, { hash: string; token: Token; hashedAt: number; readAt: number }>();
  const forgetTokens = () => remembered.clear();
  epoch.onChange(forgetTokens);

  const accounts = (orgId: number) => rows().selectFrom('user').innerJoin('org_user', 'org_user.user_id', 'user.id')
    .where('user.is_service_account', '=', true).where('org_user.org_id', '=', orgId);
  const columns = ['user.id', 'user.uid', 'user.name', 'user.login', 'user.is_disabled', 'user.created', 'user.updated', 'org_user.org_id', 'org_user.role'] as const;

  async function withTokenCounts(found: readonly { id: number; uid: string; name: string; login: string; is_disabled: boolean; created: number; updated: number; org_id: number; role: string }[]): Promise<ServiceAccount[]> {
    const ids = found.map((row) => Number(row.id));
    const counts = ids.length === 0 ? [] : await rows().selectFrom('api_key').select((eb) => ['service_account_id', eb.fn.countAll<number>().as('n')])
      .where('service_account_id', 'in', ids).groupBy('service_account_id').execute();
    const countOf = new Map(counts.map((row) => [Number(row.service_account_id), Number(row.n)]));
    return found.map((row) => ({
      id: Number(row.id), uid: row.uid, orgId: Number(row.org_id), name: row.name, login: row.login, role: row.role as OrgRole, isDisabled: Boolean(row.is_disabled),
      created: Number(row.created), updated: Number(row.updated), tokens: countOf.get(Number(row.id)) ?? 0,
    }));
  }

  async function get(orgId: number, id: number): Promise<ServiceAccount> {
    const found = await accounts(orgId).select(columns).where('user.id', '=', id).execute();
    const [account] = await withTokenCounts(found);
    if (!account) throw serviceAccountErrors.notFound();
    return account;
  }

  async function readToken(hash: string): Promise<Token | undefined> {
    const row = await byKey.first(hash);
    if (!row) return undefined;
    epoch.observe(Number(row.epoch_value));
    return toToken(row);
  }

  const service: ServiceAccountService = {
    get,
    async create(orgId, { name, role, isDisabled }, creator) {
      const login = `sa-${orgId}-${name.toLowerCase().replaceAll(' ', '-')}`.slice(0, 190);
      const now = clock.now();
      const user = {
        uid: shortUid(), login, email: login, name, password: '', salt: '', rands: '', orgId, isAdmin: false, isDisabled, isServiceAccount: true,
        isProvisioned: false, emailVerified: false, theme: '', helpFlags1: 0, lastSeenAt: Math.round(now - tenYearsMs), created: now, updated: now,
      };
      let id: number;
      try {
        id = await epoch.change(async (tx) => {
          const users = createUserStore(tx);
          if (await users.byLogin(login)) throw serviceAccountErrors.alreadyExists();
          const inserted = await users.insert(user);
          await users.addToOrg(orgId, inserted, role, now);
          return inserted;
        });
      } catch (error) {
        throw isUniqueViolation(error) ? serviceAccountErrors.alreadyExists() : error;
      }
      if (grantOnCreation && creator?.kind === 'user') {
        await permissions.grantOnCreation(orgId, String(id), [{ assignee: { kind: 'user', id: creator.id }, level: 'Admin' }]);
      }
      return { id, uid: user.uid, orgId, name, login, role, isDisabled, created: now, updated: now, tokens: 0 };
    },
    exists: async (orgId, id) => (await accounts(orgId).select('user.id').where('user.id', '=', id).executeTakeFirst()) !== undefined,
    async idOfUid(orgId, uid) {
      const row = await accounts(orgId).select('user.id').where('user.uid', '=', uid).executeTakeFirst();
      return row && Number(row.id);
    },
    async search(orgId, { query, page, perPage, disabled, expiredTokens, ids }) {
      let matching = accounts(orgId);
      if (query !== '') matching = matching.where((eb) => eb.or([contains('user.login', query), contains('user.email', query), contains('user.name', query)]));
      if (disabled) matching = matching.where('user.is_disabled', '=', true);
      else if (expiredTokens) {
        matching = matching.where('user.id', 'in', rows().selectFrom('api_key').select('service_account_id').$castTo<number>()
          .where('expires', '<', Math.floor(clock.now() / 1000)).where('service_account_id', 'is not', null) as never);
      }
      if (ids) {
        if (ids.length === 0) return { accounts: [], total: 0 };
        matching = matching.where('user.id', 'in', [...ids]);
      }
      const { n } = await matching.select((eb) => eb.fn.countAll<number>().as('n')).executeTakeFirstOrThrow();
      const found = await matching.select(columns).orderBy('user.login').limit(perPage).offset((page - 1) * perPage).execute();
      return { total: Number(n), accounts: await withTokenCounts(found) };
    },
    async update(orgId, id, { name, role, isDisabled }) {
      await get(orgId, id);
      await epoch.change(async (tx) => {
        const now = clock.now();
        await createUserStore(tx).update(id, { updated: now, ...(name === undefined ? {} : { name }), ...(isDisabled === undefined ? {} : { is_disabled: isDisabled }) });
        if (role !== undefined) {
          await tx.tables<Tables>().updateTable('org_user').set({ role, updated: now }).where('org_id', '=', orgId).where('user_id', '=', id).execute();
        }
      });
      return get(orgId, id);
    },
    async delete(orgId, id) {
      await get(orgId, id);
      await epoch.change(async (tx) => {
        await tx.tables<Tables>().deleteFrom('api_key').where('service_account_id', '=', id).execute();
        await createUserStore(tx).delete(id);
      });
      await permissions.forget(orgId, String(id));
    },
    async tokens(orgId, id) {
      const found = await rows().selectFrom('api_key').selectAll().where('org_id', '=', orgId).where('service_account_id', '=', id).orderBy('name').limit(tokensMax).execute();
      return found.map(toToken);
    },
    async addToken(orgId, id, name, secondsToLive) {
      await get(orgId, id);
      checkLifetime(secondsToLive);
      const now = clock.now();
      const { key, hash } = await newTokenKey();
      try {
        const tokenId = await db.insertReturningId('api_key', {
          org_id: orgId, name, key: hash, role: 'Viewer', created: now, updated: now, service_account_id: id, last_used_at: null, is_revoked: false,
          expires: secondsToLive > 0 ? Math.floor(now / 1000) + secondsToLive : null,
        });
        return { id: tokenId, key };
      } catch (error) {
        throw isUniqueViolation(error) ? serviceAccountErrors.tokenExists() : error;
      }
    },
    async deleteToken(orgId, id, tokenId) {
      const { numDeletedRows } = await rows().deleteFrom('api_key').where('id', '=', tokenId).where('org_id', '=', orgId).where('service_account_id', '=', id).executeTakeFirst();
      forgetTokens();
      if (Number(numDeletedRows) === 0) throw serviceAccountErrors.tokenNotFound();
    },
    async findToken(key) {
      const id = keyedHash('sha256', secret + key, 'hex');
      const known = remembered.get(id);
      const now = clock.now();
      if (known && now - known.hashedAt < rememberedMs) {
        if (now - known.readAt < freshMs) return known.token;
        const token = await readToken(known.hash);
        if (token) remembered.set(id, { ...known, token, readAt: now });
        else remembered.delete(id);
        return token;
      }
      const hash = await hashOfKey(key);
      const token = await readToken(hash);
      if (token) {
        if (remembered.size >= rememberedMax) remembered.clear();
        remembered.set(id, { hash, token, hashedAt: now, readAt: now });
      }
      return token;
    },
    noteUse(token) {
      const now = clock.now();
      if (now - (token.lastUsedAt ?? 0) < useNotedEveryMs) return;
      for (const [id, known] of remembered) if (known.token.id === token.id) remembered.set(id, { ...known, token: { ...known.token, lastUsedAt: now } });
      rows().updateTable('api_key').set({ last_used_at: now }).where('id', '=', token.id).execute()
        .catch((error: unknown) => log.warn('Failed to update last use of a token', { tokenId: token.id, error }));
    },
    async activeTokens() {
      const found = await rows().selectFrom('api_key').selectAll().where('service_account_id', 'is not', null).where('is_revoked', '=', false)
        .where((eb) => eb.or([eb('expires', 'is', null), eb('expires', '>', Math.floor(clock.now() / 1000))])).orderBy('id').execute();
      return found.map((row) => ({ ...toToken(row), hash: row.key }));
    },
    async revokeToken(tokenId) {
      await rows().updateTable('api_key').set({ is_revoked: true, updated: clock.now() }).where('id', '=', tokenId).execute();
      forgetTokens();
    },
    async count() {
      const { n } = await rows().selectFrom('user').select((eb) => eb.fn.countAll<number>().as('n')).where('is_service_account', '=', true).executeTakeFirstOrThrow();
      return Number(n);
    },
    async adoptLegacyKeys() {
      const left = await rows().selectFrom('api_key').select(['id', 'org_id', 'name', 'role']).where('service_account_id', 'is', null).orderBy('id').execute();
      for (const key of left) {
        const role = orgRoles.find((known) => known === key.role) ?? 'Viewer';
        const make = (name: string) => service.create(Number(key.org_id), { name: name.slice(0, 170), role, isDisabled: false });
        // The name is taken by another account: the key's number tells them apart.
        const account = await make(`sa-autogen-${key.name}`).catch((error: unknown) => {
          if (error instanceof ApiError && error.messageId === serviceAccountErrors.alreadyExists().messageId) return make(`sa-autogen-${key.id}-${key.name}`);
          throw error;
        });
        await rows().updateTable('api_key').set({ service_account_id: account.id }).where('id', '=', key.id).where('service_account_id', 'is', null).execute();
      }
      if (left.length > 0) log.info('API keys became service accounts', { keys: left.length });
      return left.length;
    },
  };
  return service;

  function checkLifetime(secondsToLive: number): void {
    if (secondsToLive < 0) throw serviceAccountErrors.invalidInput();
    if (apiKeyMaxSecondsToLive !== -1) {
      if (secondsToLive === 0) throw new ApiError(400, 'Number of seconds before expiration should be set');
      if (secondsToLive > apiKeyMaxSecondsToLive) throw new ApiError(400, 'Number of seconds before expiration is greater than the global limit');
    }
    if (tokenExpirationDayLimit > 0) {
      if (secondsToLive === 0) throw new ApiError(400, 'Cannot create token with no expiration date when service_accounts.token_expiration_day_limit is set');
      if (secondsToLive > tokenExpirationDayLimit * 86_400) throw new TooLongLived();
    }
  }
}

/** Compat: this one refusal is bare text in the reference, not JSON. */
export class TooLongLived extends Error {
  readonly reply = text('The expiration date input exceeds the limit for service account access tokens expiration date', 400);
}

function toToken(row: Tables['api_key']): Token {
  return {
    id: Number(row.id), name: row.name, orgId: Number(row.org_id), serviceAccountId: Number(row.service_account_id), created: Number(row.created),
    lastUsedAt: row.last_used_at === null ? undefined : Number(row.last_used_at), expires: row.expires === null ? undefined : Number(row.expires),
    isRevoked: Boolean(row.is_revoked),
  };
}

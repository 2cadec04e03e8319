import type { Clock } from '../../../infra/clock.ts';
import type { Database } from '../../../infra/db/database.ts';
import { isUniqueViolation } from '../../../infra/db/database-errors.ts';
import type { IdentitySettings } from '../../../setting/identity-settings.ts';
import { shortUid } from '../../../util/short-uid.ts';
import type { IdentityEpoch } from '../identity-epoch.ts';
import { checkPassword, hashPassword, passwordFits, randomAlphanumerics } from './password.ts';
import { userErrors, type NewUser, type User, type UserService } from './user.ts';
import { createUserStore, type UserRow } from './user-store.ts';

export interface UserServiceDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly epoch: IdentityEpoch;
  readonly settings: Pick<IdentitySettings, 'autoAssignOrg' | 'autoAssignOrgId' | 'autoAssignOrgRole' | 'passwordPolicy'>;
}

export const tenYearsMs = 10 * 365.25 * 86_400_000;

export function createUserService({ db, clock, epoch, settings }: UserServiceDeps): UserService {
  const store = createUserStore(db);
  const deleteListeners: ((userId: number) => Promise<void>)[] = [];

  async function byLoginOrEmail(text: string): Promise<User | undefined> {
    const wanted = text.trim().toLowerCase();
    if (wanted === '') return undefined;
    const human = (user: User | undefined) => (user?.isServiceAccount ? undefined : user);
    if (wanted.includes('@')) {
      const found = human(await store.byEmail(wanted));
      if (found) return found;
    }
    return human(await store.byLogin(wanted));
  }

  async function create(given: NewUser): Promise<User> {
    const login = (given.login || given.email || '').toLowerCase();
    const email = (given.email || given.login || '').toLowerCase();
    if (login === '' && email === '') throw userErrors.emptyLoginAndEmail();
    if (given.password !== undefined && !given.anyPassword) checkPassword(given.password, settings.passwordPolicy);
    const salt = randomAlphanumerics(10);
    const password = given.password ? await hashPassword(given.password, salt) : '';
    const taken = () => userErrors.exists({ message: `User with email '${given.email ?? ''}' or username '${given.login ?? ''}' already exists` });
    try {
      return await epoch.change(async (tx) => {
        const users = createUserStore(tx);
        // Logins and emails are one space: nobody signs in with another's address as a name.
        for (const name of new Set([login, email])) if ((await users.byLogin(name)) ?? (await users.byEmail(name))) throw taken();
        const now = clock.now();
        const orgId = given.withoutOrg ? (given.orgId ?? 0) : await orgForNewUser(tx, given, login, email, now);
        const user = {
          uid: shortUid(), login, email, name: given.name ?? '', password, salt, rands: randomAlphanumerics(10), orgId, isAdmin: given.isAdmin ?? false,
          isDisabled: given.isDisabled ?? false, isServiceAccount: false, isProvisioned: given.isProvisioned ?? false, emailVerified: given.emailVerified ?? false,
          theme: '', helpFlags1: 0, lastSeenAt: Math.round(now - tenYearsMs), created: now, updated: now,
        };
        const id = await users.insert(user);
        if (!given.withoutOrg) {
          const ownOrg = !settings.autoAssignOrg && !given.orgId;
          await users.addToOrg(orgId, id, given.isAdmin || ownOrg ? 'Admin' : given.orgRole ?? settings.autoAssignOrgRole, now);
        }
        return { id, ...user };
      });
    } catch (error) {
      throw isUniqueViolation(error) ? taken() : error;
    }
  }

  async function orgForNewUser(tx: Database, given: NewUser, login: string, email: string, now: number): Promise<number> {
    const rows = tx.tables<{ org: { id: number; name: string } }>();
    const org = (name: string, id?: number) => ({
      ...(id ? { id } : {}), version: 1, name, address1: '', address2: '', city: '', state: '', zip_code: '', country: '', created: now, updated: now,
    });
    if (settings.autoAssignOrg || given.orgId) {
      const wanted = given.orgId || settings.autoAssignOrgId;
      const found = await rows.selectFrom('org').select('id').where('id', '=', wanted).executeTakeFirst();
      if (found) return wanted;
      if (given.orgId || wanted !== 1) throw userErrors.orgUnknown({ message: `[org.notFound] failed to get organization with ID: ${wanted}` });
      return tx.insertReturningId('org', org('Main Org.'));
    }
    return tx.insertReturningId('org', org(given.orgName || email || login));
  }

  return {
    byId: store.byId,
    byUid: store.byUid,
    byIds: store.byIds,
    byUids: store.byUids,
    byEmail: (email) => store.byEmail(email.toLowerCase()),
    byLogin: (login) => store.byLogin(login.toLowerCase()),
    byLoginOrEmail,
    count: store.count,
    create,
    async update(id, changes) {
      const values: Partial<UserRow> = { updated: clock.now() };
      if (changes.login !== undefined) values.login = changes.login.toLowerCase();
      if (changes.email !== undefined) values.email = changes.email.toLowerCase();
      if (changes.name !== undefined) values.name = changes.name;
      if (changes.theme !== undefined) values.theme = changes.theme;
      if (changes.isAdmin !== undefined) values.is_admin = changes.isAdmin;
      if (changes.isDisabled !== undefined) values.is_disabled = changes.isDisabled;
      if (changes.emailVerified !== undefined) values.email_verified = changes.emailVerified;
      if (changes.helpFlags1 !== undefined) values.help_flags1 = changes.helpFlags1;
      if (changes.orgId !== undefined) values.org_id = changes.orgId;
      try {
        return await epoch.change((tx) => createUserStore(tx).update(id, values));
      } catch (error) {
        throw isUniqueViolation(error) ? userErrors.exists() : error;
      }
    },
    async setPassword(id, password) {
      checkPassword(password, settings.passwordPolicy);
      const user = await store.byId(id);
      if (!user) throw userErrors.notFound();
      const hash = await hashPassword(password, user.salt);
      await epoch.change((tx) => createUserStore(tx).update(id, { password: hash, updated: clock.now() }));
    },
    async setAdmin(id, isAdmin) {
      await epoch.change(async (tx) => {
        const users = createUserStore(tx);
        const user = await users.byId(id);
        if (!user) throw userErrors.notFound();
        if (!isAdmin && (await users.countOtherAdmins(id)) === 0) throw userErrors.lastAdmin();
        await users.update(id, { is_admin: isAdmin, updated: clock.now() });
      });
    },
    async delete(id) {
      const gone = await epoch.change((tx) => createUserStore(tx).delete(id));
      if (gone) for (const listener of deleteListeners) await listener(id);
      return gone;
    },
    onDelete: (listener) => void deleteListeners.push(listener),
    async search({ query, page, perPage, sort, activeSince, ids }) {
      const { users, total } = await store.search({ query, page, perPage, order: parseSort(sort), activeSince, ids });
      const links = await store.authLinks(users.map((user) => user.id));
      const modules = Map.groupBy(links, (link) => link.userId);
      return { total, users: users.map((user) => ({ ...user, modules: (modules.get(user.id) ?? []).map((link) => link.module) })) };
    },
    verifyPassword: (user, password) => passwordFits(password, user.salt, user.password),
    checkPasswordPolicy: (password) => checkPassword(password, settings.passwordPolicy),
    authLinks: (userId) => store.authLinks([userId]),
    findAuthLink: store.findAuthLink,
    linkAuth: (userId, module, authId) => epoch.change((tx) => createUserStore(tx).linkAuth(userId, module, authId, clock.now())),
    async touchLastSeen(id, at) {
      await store.update(id, { last_seen_at: at });
    },
  };
}

const sortColumns = { login: 'login', email: 'email', name: 'name', lastSeenAtAge: 'last_seen_at' } as const;

/** `login-asc,lastSeenAtAge-desc`; '' is by login, then email. */
export function parseSort(text: string): readonly (readonly ['login' | 'email' | 'name' | 'last_seen_at', 'asc' | 'desc'])[] {
  if (text === '') return [['login', 'asc'], ['email', 'asc']];
  const rank = Object.keys(sortColumns);
  const parts = text.split(',').toSorted((a, b) => rank.indexOf(a.split('-')[0]!) - rank.indexOf(b.split('-')[0]!));
  // Compat: login goes before email before name before age, whatever the order in which they were asked for.
  return parts.map((part) => {
    const match = /^(login|email|name|lastSeenAtAge)-(asc|desc)$/.exec(part);
    if (!match) throw userErrors.unknownSort();
    const key = match[1] as keyof typeof sortColumns;
    // An age grows the other way round than the time it counts from.
    const direction = key === 'lastSeenAtAge' ? (match[2] === 'asc' ? 'desc' : 'asc') : (match[2] as 'asc' | 'desc');
    return [sortColumns[key], direction] as const;
  });
}

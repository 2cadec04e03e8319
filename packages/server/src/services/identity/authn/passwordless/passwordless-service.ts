import { createHmac, randomInt } from 'node:crypto';
import type { Logger } from '../../../../infra/log/log.ts';
import type { RemoteCache } from '../../../../infra/remotecache/remotecache.ts';
import { objectOf, textOf } from '../../../../util/json-value.ts';
import { sameSecret } from '../../../../util/same-secret.ts';
import { nobody } from '../../../../web/identity.ts';
import { isEmail, type AccountMail, type Invitations, type InviteStore } from '../../../tenancy/invites/invite.ts';
import type { QuotaService } from '../../../tenancy/quotas/quota.ts';
import { randomAlphanumerics } from '../../users/password.ts';
import type { UserService } from '../../users/user.ts';
import type { LoginAttempts } from '../login-attempts.ts';
import { passwordlessErrors, type Passwordless } from './passwordless.ts';

export interface PasswordlessDeps {
  readonly cache: RemoteCache;
  readonly users: Pick<UserService, 'byEmail' | 'create'>;
  readonly invites: Pick<InviteStore, 'pendingFor'>;
  readonly invitations: Pick<Invitations, 'accept'>;
  readonly quotas: Pick<QuotaService, 'demand'>;
  readonly attempts: LoginAttempts;
  readonly mail: AccountMail;
  readonly log: Logger;
  readonly secretKey: string;
  /** `[auth.passwordless] code_expiration` */
  readonly codeLifetimeMs: number;
}

const codeLength = 32;
const confirmationLength = 8;
/** No vowels: no words; nothing that looks like something else. */
const confirmationLetters = 'BCDFGHJKLMNPQRSTVWXZ';

export function createPasswordless({ cache, users, invites, invitations, quotas, attempts, mail, log, secretKey, codeLifetimeMs }: PasswordlessDeps): Passwordless {
  /** The cache sees neither codes nor addresses, so whoever reads it can sign in as nobody. */
  const keyed = (kind: string, text: string) => createHmac('sha256', secretKey).update(`passwordless/${kind}/${text}`).digest('hex');
  const codeKey = (code: string) => `passwordless-${keyed('code', code)}`;
  const emailKey = (email: string) => `passwordless-${keyed('email', email)}`;

  async function entryOf(code: string): Promise<{ email: string; confirmation: string } | undefined> {
    const stored = await cache.get(codeKey(code));
    if (!stored) return undefined;
    const entry = objectOf(JSON.parse(stored.toString('utf8')));
    return { email: textOf(entry['email']), confirmation: textOf(entry['confirmation']) };
  }

  async function deliver(email: string, code: string, confirmation: string): Promise<void> {
    const user = await users.byEmail(email);
    const known = user && !user.isServiceAccount && !user.isDisabled;
    if (!known && (user || (await invites.pendingFor(email, 'InvitePending')).length === 0)) return;
    await mail.send({
      to: [email], template: known ? 'passwordless_verify_existing_user' : 'passwordless_verify_new_user',
      data: { Email: email, Code: code, ConfirmationCode: confirmation, Expire: Math.round(codeLifetimeMs / 60_000) },
    });
  }

  return {
    async start(given, ip) {
      const email = given.trim().toLowerCase();
      if (!isEmail(email)) throw passwordlessErrors.invalidEmail();
      if (await attempts.blockedByIp(ip)) throw passwordlessErrors.tooMany();
      if (!mail.enabled) throw passwordlessErrors.failed();
      if (await cache.get(emailKey(email))) throw passwordlessErrors.alreadySent();
      const code = randomAlphanumerics(codeLength);
      const confirmation = Array.from({ length: confirmationLength }, () => confirmationLetters.charAt(randomInt(confirmationLetters.length))).join('');
      await cache.set(emailKey(email), 'sent', codeLifetimeMs);
      await cache.set(codeKey(code), JSON.stringify({ email, confirmation: keyed('confirmation', `${code}/${confirmation}`) }), codeLifetimeMs);
      // Nobody waits for the mail server: how long the answer takes would tell who has an account.
      deliver(email, code, confirmation).catch((error: unknown) => log.error('Sending a mail failed', { error }));
      return { code };
    },
    async authenticate({ code, confirmationCode, name, username }, ip) {
      if (code === '') throw passwordlessErrors.missingCode();
      if (await attempts.blockedByIp(ip)) throw passwordlessErrors.tooMany();
      const entry = await entryOf(code);
      if (!entry) {
        await attempts.record('', ip);
        throw passwordlessErrors.invalidCode();
      }
      const { email } = entry;
      if (await attempts.blockedByName(email)) throw passwordlessErrors.tooMany();
      if (!sameSecret(keyed('confirmation', `${code}/${confirmationCode.trim().toUpperCase()}`), entry.confirmation)) {
        await attempts.record(email, ip);
        throw passwordlessErrors.invalidConfirmation();
      }
      const user = await users.byEmail(email);
      if (user) return { userId: user.id };
      const pending = await invites.pendingFor(email, 'InvitePending');
      if (!pending[0]) throw passwordlessErrors.invalidEmail();
      await quotas.demand('user', nobody);
      const created = await users.create({ email, login: username || email, name: name || pending[0].name, withoutOrg: true, orgId: pending[0].orgId, emailVerified: true });
      await invitations.accept(created, pending);
      return { userId: created.id };
    },
    async finish(code) {
      const entry = await entryOf(code);
      if (!(await cache.delete(codeKey(code)))) throw passwordlessErrors.invalidCode();
      if (entry) await cache.delete(emailKey(entry.email));
    },
  };
}

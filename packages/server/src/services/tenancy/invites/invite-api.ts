import { Type } from '../../../web/schema.ts';
import type { Clock } from '../../../infra/clock.ts';
import type { Logger } from '../../../infra/log/log.ts';
import type { IdentitySettings } from '../../../setting/identity-settings.ts';
import { anyone, may, permission, signedIn } from '../../../web/access.ts';
import { badRequest } from '../../../web/errors.ts';
import { ApiError } from '../../../web/errors.ts';
import { roleIncludes, type Identity, type OrgRole } from '../../../web/identity.ts';
import { note, redirect, type Reply } from '../../../web/reply.ts';
import type { RequestContext, Routes } from '../../../web/route.ts';
import type { AccessControl } from '../../identity/accesscontrol/accesscontrol.ts';
import type { LoginAttempts } from '../../identity/authn/login-attempts.ts';
import type { Logins } from '../../identity/authn/login.ts';
import type { SessionService } from '../../identity/sessions/session.ts';
import { parseRole, rfc3339 } from '../../identity/users/presentation.ts';
import type { User, UserService } from '../../identity/users/user.ts';
import { orgErrors, type OrgService } from '../orgs/org.ts';
import type { QuotaService } from '../quotas/quota.ts';
import { inviteErrors, isEmail, type AccountMail, type Invitations, type Invite, type InviteStore } from './invite.ts';
import { codeHolds, loginOfCode, resetCode } from './reset-code.ts';

export interface InviteApiDeps {
  readonly invites: InviteStore;
  readonly invitations: Invitations;
  readonly users: UserService;
  readonly orgs: OrgService;
  readonly access: AccessControl;
  readonly quotas: QuotaService;
  readonly logins: Logins;
  readonly sessions: SessionService;
  readonly attempts: LoginAttempts;
  readonly mail: AccountMail;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settings: IdentitySettings;
  readonly rootUrl: string;
  readonly subUrl: string;
  readonly secretKey: string;
  readonly notFoundPage: (ctx: RequestContext) => Promise<Reply> | Reply;
  /** Puts a message on the login page. */
  readonly loginError: (message: string) => Promise<Reply>;
}

const named = Type.String({ maxLength: 190 });
const NewInvite = Type.Object({ loginOrEmail: Type.String({ minLength: 1, maxLength: 190 }), name: named, role: Type.String({ minLength: 1 }), sendEmail: Type.Boolean() });
const Complete = Type.Object({
  inviteCode: Type.String(), email: named, name: named, username: named, password: Type.String(), confirmPassword: Type.String(),
});
const SignUp = Type.Object({ email: Type.String({ minLength: 1, maxLength: 190 }) });
const StepTwo = Type.Object({ email: named, username: named, name: named, password: Type.String(), code: Type.String(), orgName: named });
const SendReset = Type.Object({ userOrEmail: Type.String({ minLength: 1 }) });
const Reset = Type.Object({ code: Type.String(), newPassword: Type.String(), confirmPassword: Type.String() });

export function inviteRoutes(routes: Routes, deps: InviteApiDeps): void {
  const { invites, invitations, users, orgs, access, quotas, logins, mail, settings, rootUrl } = deps;
  const tag = 'invites';

  const inviteJson = (invite: Invite) => ({
    id: invite.id, orgId: invite.orgId, name: invite.name, email: invite.email, role: invite.role, invitedByLogin: invite.invitedByLogin,
    invitedByEmail: invite.invitedByEmail, invitedByName: invite.invitedByName, code: invite.code, status: invite.status, url: `${rootUrl}invite/${invite.code}`,
    emailSent: invite.emailSent, emailSentOn: rfc3339(invite.emailSentOn), createdOn: rfc3339(invite.created),
  });

  routes.get('/api/org/invites', { access: permission('org.users:add'), name: 'getPendingOrgInvites', tag }, async ({ identity }) =>
    (await invites.pending(identity.orgId)).map(inviteJson));

  routes.post('/api/org/invites', { access: permission('org.users:add'), name: 'addOrgInvite', tag, body: NewInvite }, async ({ identity, body, ip }) => {
    await quotas.demand('user', identity);
    const role = parseRole(body.role)!;
    if (!roleIncludes(identity.orgRole, role) && !identity.isGrafanaAdmin) throw orgErrors.roleTooHigh();
    const existing = await users.byLoginOrEmail(body.loginOrEmail);
    if (existing) return addExisting(identity, existing, role, body.loginOrEmail, body.sendEmail);
    if (settings.disableLoginForm) throw inviteErrors.loginDisabled();
    const invite = await invites.create({ orgId: identity.orgId, email: body.loginOrEmail, name: body.name, role, status: 'InvitePending', invitedById: identity.kind === 'user' ? identity.id : 0, remoteAddress: ip });
    if (!body.sendEmail || !isEmail(body.loginOrEmail)) return note(`Created invite for ${body.loginOrEmail}`);
    if (!mail.enabled) throw inviteErrors.noMail();
    await sent(mail.send({
      to: [body.loginOrEmail], template: 'new_user_invite',
      data: { NameOrEmail: body.name || body.loginOrEmail, OrgName: identity.orgName, Email: identity.email, LinkUrl: `${rootUrl}invite/${invite.code}`, InvitedBy: identity.name || identity.email || identity.login },
    }));
    await invites.markSent(invite.id);
    return note(`Sent invite to ${body.loginOrEmail}`);
  });

  async function addExisting(identity: Identity, user: User, role: OrgRole, given: string, sendEmail: boolean) {
    if (!(await access.evaluate(identity, may('org.users:add', `users:id:${user.id}`)))) throw inviteErrors.mayNotAddExisting();
    try {
      await orgs.addMember(identity.orgId, user.id, role);
    } catch (error) {
      throw error instanceof ApiError && error.status === 409 ? new ApiError(412, `User ${given} is already added to organization`) : error;
    }
    const named = user.name || user.email || user.login;
    if (sendEmail && isEmail(user.email)) {
      if (!mail.enabled) throw inviteErrors.noMail();
      await sent(mail.send({ to: [user.email], template: 'invited_to_org', data: { Name: named, OrgName: identity.orgName, InvitedBy: identity.name || identity.email || identity.login } }));
    }
    return note(`Existing Grafana user ${named} added to org ${identity.orgName}`, { userId: user.id });
  }

  async function sent(sending: Promise<void>): Promise<void> {
    try {
      await sending;
    } catch (error) {
      deps.log.error('Sending a mail failed', { error });
      throw inviteErrors.mailFailed({ cause: error });
    }
  }

  routes.patch('/api/org/invites/:code/revoke', { access: permission('org.users:add'), name: 'revokeInvite', tag }, async ({ identity, params }) => {
    const invite = await invites.byCode(params['code']!);
    if (!invite) throw inviteErrors.notFound();
    if (invite.orgId !== identity.orgId && !identity.isGrafanaAdmin) throw inviteErrors.mayNotRevoke();
    await invites.setStatus(invite.id, 'Revoked');
    return note('Invite revoked');
  });

  const byInvitation = anyone('the code of the invitation is the credential');
  routes.get('/api/user/invite/:code', { access: byInvitation, name: 'getInviteInfoByCode', tag }, async ({ params }) => {
    const invite = await invites.byCode(params['code']!);
    const org = invite && (await orgs.get(invite.orgId));
    if (!invite || invite.status !== 'InvitePending' || !org) throw inviteErrors.notFound();
    return { email: invite.email, name: invite.name, username: invite.email, invitedBy: invite.invitedByName || invite.invitedByLogin || invite.invitedByEmail, orgName: org.name };
  });

  routes.post('/api/user/invite/complete', { access: byInvitation, name: 'completeInvite', tag, body: Complete }, async (ctx) => {
    const { body } = ctx;
    if (body.inviteCode === '') throw badRequest();
    const invite = await invites.byCode(body.inviteCode);
    if (!invite) throw inviteErrors.notFound();
    if (invite.status !== 'InvitePending') throw new ApiError(412, `Invite cannot be used in status ${invite.status}`);
    if (!isEmail(body.email)) throw inviteErrors.invalidEmail();
    if (isEmail(invite.email) && body.email.toLowerCase() !== invite.email) throw inviteErrors.otherEmail();
    const user = await users.create({ email: body.email, name: body.name, login: body.username, password: body.password, withoutOrg: true, orgId: invite.orgId })
      .catch((error: unknown) => {
        throw error instanceof ApiError && error.status !== 412 ? inviteErrors.createFailed() : error;
      });
    await invitations.accept(user, [invite]);
    await logins.signIn(ctx, user.id);
    return note('User created and logged in', { id: user.id });
  });

  signUpRoutes(routes, deps);
  passwordResetRoutes(routes, deps, sent);
}

/** identity-and-access §5.2 */
function signUpRoutes(routes: Routes, { users, invites, invitations, logins, mail, settings, rootUrl, quotas }: InviteApiDeps): void {
  const tag = 'signup';
  const open = anyone('people without an account make one');

  routes.get('/api/user/signup/options', { access: open, name: 'getSignUpOptions', tag }, () => ({ autoAssignOrg: settings.autoAssignOrg, verifyEmailEnabled: settings.verifyEmailEnabled }));

  routes.post('/api/user/signup', { access: open, name: 'signUp', tag, body: SignUp }, async ({ identity, body, ip }) => {
    if (!settings.allowSignUp) throw inviteErrors.signUpDisabled();
    if (!isEmail(body.email)) throw inviteErrors.signUpEmail();
    await quotas.demand('user', identity);
    if ((await users.byEmail(body.email)) ?? (await users.byLogin(body.email))) throw inviteErrors.signUpExists();
    const started = await invites.create({ orgId: -1, email: body.email, name: '', role: '', status: 'SignUpStarted', invitedById: 0, remoteAddress: ip });
    if (settings.verifyEmailEnabled && mail.enabled) {
      await mail.send({
        to: [body.email], template: 'signup_started',
        data: { Email: body.email, Code: started.code, SignUpUrl: `${rootUrl}signup/?email=${encodeURIComponent(body.email)}&code=${encodeURIComponent(started.code)}` },
      }).catch((cause: unknown) => {
        throw inviteErrors.mailFailed({ cause });
      });
      await invites.markSent(started.id);
    }
    return { status: 'SignUpCreated' };
  });

  routes.post('/api/user/signup/step2', { access: open, name: 'signUpStep2', tag, body: StepTwo }, async (ctx) => {
    const { body } = ctx;
    if (!settings.allowSignUp) throw inviteErrors.signUpDisabled();
    let emailVerified = false;
    if (settings.verifyEmailEnabled) {
      const started = body.code === '' ? undefined : await invites.byCode(body.code);
      if (!started || started.status !== 'SignUpStarted') throw inviteErrors.codeInvalid();
      if (started.email !== body.email.toLowerCase()) throw inviteErrors.codeMismatch();
      emailVerified = true;
    }
    await quotas.demand('user', ctx.identity);
    const user = await users.create({
      email: body.email, name: body.name, login: body.username, password: body.password, orgName: body.orgName, emailVerified,
    }).catch((error: unknown) => {
      if (!(error instanceof ApiError)) throw error;
      throw error.status === 412 ? inviteErrors.stepTwoExists() : inviteErrors.stepTwoFailed();
    });
    for (const started of await invites.pendingFor(user.email, 'SignUpStarted')) await invites.setStatus(started.id, 'Completed');
    const { orgId } = user;
    const joined = await invitations.acceptAll(user);
    // Their own org stays the active one: they are asked where to go.
    if (joined > 0) await users.update(user.id, { orgId });
    await logins.signIn(ctx, user.id);
    return note('User sign up completed successfully', { code: joined > 0 ? 'redirect-to-select-org' : 'redirect-to-landing-page' });
  });
}

function passwordResetRoutes(routes: Routes, deps: InviteApiDeps, sent: (sending: Promise<void>) => Promise<void>): void {
  const { users, sessions, attempts, mail, clock, settings, secretKey, rootUrl, invites, subUrl, loginError } = deps;
  const tag = 'signup';
  const open = anyone('people who lost their password ask for a mail');

  routes.post('/api/user/password/send-reset-email', { access: open, name: 'sendResetPasswordEmail', tag, body: SendReset }, async ({ body }) => {
    if (settings.disableLoginForm) throw inviteErrors.resetDisabled();
    const user = await users.byLoginOrEmail(body.userOrEmail);
    // The answer does not tell who has an account.
    if (!user || user.isDisabled || (await users.authLinks(user.id)).length > 0) return note('Email sent');
    if (!mail.enabled) throw inviteErrors.mailFailed();
    await sent(mail.send({
      to: [user.email], template: 'reset_password', data: { Code: resetCode(user, secretKey, clock.now()), Name: user.name || user.email || user.login, Expiration: '2 hours', AppUrl: rootUrl },
    }));
    return note('Email sent');
  });

  routes.post('/api/user/password/reset', { access: open, name: 'resetPassword', tag, body: Reset }, async ({ body, ip }) => {
    if (await attempts.blockedByIp(ip)) throw inviteErrors.blocked();
    if (body.newPassword !== body.confirmPassword) throw inviteErrors.passwordsDiffer();
    const login = loginOfCode(body.code);
    const user = login === undefined ? undefined : await users.byLogin(login);
    if (!user || !codeHolds(body.code, user, secretKey, clock.now())) {
      // Counted against the address only: a made-up code must not keep anybody from signing in.
      await attempts.record('', ip);
      throw inviteErrors.resetCodeInvalid();
    }
    await users.setPassword(user.id, body.newPassword);
    await sessions.revokeAll(user.id);
    for (const name of new Set([user.login, user.email])) await attempts.reset(name);
    return note('User password changed');
  });

  if (!settings.verifyEmailEnabled || !mail.enabled) {
    routes.get('/user/email/update', { access: signedIn, name: 'updateEmail', tag }, (ctx) => deps.notFoundPage(ctx));
    return;
  }
  routes.get('/user/email/update', { access: open, name: 'updateEmail', tag }, async (ctx: RequestContext) => {
    const update = await invites.byCode(ctx.search.get('code') ?? '');
    if (!update || (update.status !== 'EmailUpdateStarted' && update.status !== 'EmailUpdateExpired')) return loginError('Invalid code');
    if (update.status === 'EmailUpdateExpired' || update.created + settings.verificationLifetimeMs < clock.now()) return loginError('Verification code has expired');
    const changesLogin = update.name === 'login';
    const done = await users.update(update.invitedById, changesLogin ? { login: update.email } : { email: update.email, emailVerified: true }).catch(() => false);
    if (!done) return loginError('Invalid code');
    await invites.setStatus(update.id, 'EmailUpdateCompleted');
    return redirect(`${subUrl}/profile`);
  });
  routes.post('/api/user/email/start-verify', { access: permission('orgs:read'), name: 'startEmailVerification', tag }, async ({ identity, ip }) => {
    if (identity.kind !== 'user' || identity.emailVerified) return note('', {}, 304);
    await sendVerification(deps, identity.id, identity.email, identity.name || identity.login, 'email', ip, sent);
    return note('Email sent for verification');
  });
}

async function sendVerification(
  { invites, mail, rootUrl }: Pick<InviteApiDeps, 'invites' | 'mail' | 'rootUrl'>, userId: number, address: string, name: string, field: 'email' | 'login', ip: string,
  sent: (sending: Promise<void>) => Promise<void>,
): Promise<void> {
  for (const old of await invites.pendingFor(address, 'EmailUpdateStarted')) if (old.invitedById === userId) await invites.setStatus(old.id, 'EmailUpdateExpired');
  const update = await invites.create({ orgId: -1, email: address, name: field, role: '', status: 'EmailUpdateStarted', invitedById: userId, remoteAddress: ip });
  await sent(mail.send({ to: [address], template: 'verify_email_update', data: { Code: update.code, Name: name, VerificationEmailLifetimeHours: 1, AppUrl: rootUrl } }));
}

/** For `PUT /api/user`: a changed address is written once it was confirmed. False where mail is not set up. */
export const verifyChangedEmail = (deps: Pick<InviteApiDeps, 'invites' | 'mail' | 'rootUrl'>) =>
  async (user: User, changes: { readonly email?: string; readonly login?: string }): Promise<boolean> => {
    if (!deps.mail.enabled) return false;
    const field = changes.email !== undefined && changes.email.toLowerCase() !== user.email ? 'email' : 'login';
    await sendVerification(deps, user.id, (changes[field] ?? '').toLowerCase(), user.name || user.login, field, '', (sending) => sending);
    return true;
  };

/** Invitations, sign-up and lost passwords (identity-and-access §5.1, §5.2). */
import { defineErrors } from '../../../web/errors.ts';
import type { OrgRole } from '../../../web/identity.ts';

export type InviteStatus =
  | 'InvitePending' | 'SignUpStarted' | 'Completed' | 'Revoked' | 'Expired' | 'EmailUpdateStarted' | 'EmailUpdateCompleted' | 'EmailUpdateExpired';

export interface Invite {
  readonly id: number;
  readonly orgId: number;
  readonly email: string;
  readonly name: string;
  readonly role: OrgRole | '';
  readonly code: string;
  readonly status: InviteStatus;
  readonly invitedById: number;
  readonly invitedByLogin: string;
  readonly invitedByEmail: string;
  readonly invitedByName: string;
  readonly emailSent: boolean;
  /** Milliseconds since the epoch. */
  readonly emailSentOn: number;
  readonly created: number;
}

export interface NewInvite {
  readonly orgId: number;
  readonly email: string;
  readonly name: string;
  readonly role: OrgRole | '';
  readonly status: InviteStatus;
  readonly invitedById: number;
  readonly remoteAddress: string;
}

export interface InviteStore {
  create(invite: NewInvite): Promise<Invite>;
  byCode(code: string): Promise<Invite | undefined>;
  pending(orgId: number): Promise<readonly Invite[]>;
  pendingFor(email: string, status: InviteStatus): Promise<readonly Invite[]>;
  setStatus(id: number, status: InviteStatus): Promise<void>;
  markSent(id: number): Promise<void>;
  /** Invitations and started verifications that are too old. */
  expire(inviteLifetimeMs: number, verificationLifetimeMs: number): Promise<void>;
}

/** What invitations come to. */
export interface Invitations {
  /** Makes them true: the user becomes a member, the first one's org is the active one. A second invitation to the same org adds nothing. */
  accept(user: { readonly id: number }, invites: readonly Invite[]): Promise<void>;
  /** Every pending one for the user's address. Answers how many there were. */
  acceptAll(user: { readonly id: number; readonly email: string }): Promise<number>;
}

/** Sends the mails of accounts: invitation, sign-up, reset, verification. */
export interface AccountMail {
  readonly enabled: boolean;
  /**
   * `template` as the reference names them: `new_user_invite`, `invited_to_org`, `signup_started`, `welcome_on_signup`, `reset_password`, `verify_email`,
   * `passwordless_verify_existing_user`, `passwordless_verify_new_user`.
   */
  send(mail: { readonly to: readonly string[]; readonly template: string; readonly data: Readonly<Record<string, unknown>> }): Promise<void>;
}

export const inviteErrors = defineErrors('invites', {
  notFound: [404, 'Invite not found'],
  mayNotRevoke: [403, 'Permission denied: not permitted to revoke invite'],
  mayNotAddExisting: [403, 'Permission denied: not permitted to add an existing user to this organisation'],
  loginDisabled: [400, 'Cannot invite external user when login is disabled.'],
  noMail: [412, "SMTP not configured, check your grafana.ini config file's [smtp] section"],
  invalidEmail: [400, 'Invalid email address provided'],
  otherEmail: [400, 'The provided email is different from the address that is found in the invite'],
  createFailed: [500, 'failed to create user'],
  signUpDisabled: [401, 'User signup is disabled'],
  signUpEmail: [400, 'Invalid email address'],
  signUpExists: [422, 'User with same email address already exists'],
  stepTwoExists: [401, 'User with same email address already exists'],
  stepTwoFailed: [500, 'Failed to create user'],
  codeInvalid: [404, 'Invalid email verification code'],
  codeMismatch: [404, 'Email verification code does not match email'],
  mailFailed: [500, 'Failed to send email'],
  resetDisabled: [401, 'Not allowed to reset password when login form is disabled'],
  passwordsDiffer: [400, 'Passwords do not match'],
  blocked: [401, 'Login temporarily blocked'],
  resetCodeInvalid: [400, 'Invalid or expired reset password code'],
});

/** As the reference tells addresses: something, an @, something; a domain. */
export const isEmail = (text: string) => /^[^\s@<>()[\],;:"]+@[A-Za-z0-9.-]+$/.test(text);

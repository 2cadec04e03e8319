/** Why credentials did not do (identity-and-access §1.4, §3.1). With a messageId it is public: answers name it. */
export class AuthFailure extends Error {
  readonly status: number;
  readonly messageId: string;
  readonly kind: 'revoked' | 'needs-rotation' | 'other';

  constructor(status: number, messageId: string, message: string, options: { kind?: 'revoked' | 'needs-rotation'; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'AuthFailure';
    this.status = status;
    this.messageId = messageId;
    this.kind = options.kind ?? 'other';
  }
}

export const authFailures = {
  unauthorized: () => new AuthFailure(401, 'auth.unauthorized', 'Unauthorized'),
  /** Nothing that an answer would name. */
  plain: (cause?: unknown) => new AuthFailure(401, '', 'Unauthorized', { cause }),
  passwordFailed: () => new AuthFailure(401, 'password-auth.failed', 'Invalid username or password'),
  ipBlocked: () => new AuthFailure(401, 'passwordless.invalid.login-attempt', 'Login temporarily blocked'),
  disabled: () => new AuthFailure(401, 'identity.disabled', 'Unauthorized'),
  userGone: () => new AuthFailure(401, 'user.sync.fetch-not-found', 'User not found'),
  needsRotation: () => new AuthFailure(401, 'session.token.rotate', 'Unauthorized', { kind: 'needs-rotation' }),
  revoked: () => new AuthFailure(401, '', 'Token revoked', { kind: 'revoked' }),
  apiKeyInvalid: () => new AuthFailure(401, 'api-key.invalid', 'Invalid API key'),
  apiKeyExpired: () => new AuthFailure(401, 'api-key.expired', 'Expired API key'),
  apiKeyRevoked: () => new AuthFailure(401, 'api-key.revoked', 'Revoked API key'),
  apiKeyOrg: () => new AuthFailure(401, 'api-key.organization-mismatch', 'API key does not belong to the requested organization'),
  signUpDisabled: () => new AuthFailure(401, 'user.sync.signup-disabled', 'Sign up is disabled'),
  syncForbidden: () => new AuthFailure(403, 'user.sync.forbidden', 'User sync failed'),
  syncInternal: (cause?: unknown) => new AuthFailure(500, 'user.sync.internal', 'User sync failed', { cause }),
  notProvisioned: () => new AuthFailure(403, 'user.sync.user-not-provisioned', 'User is not provisioned'),
  externalUidEmpty: () => new AuthFailure(401, 'user.sync.empty-externalUID', 'Empty externalUID'),
  externalUidMismatch: () => new AuthFailure(401, 'user.sync.user-externalUID-mismatch', 'User externalUID mismatch'),
  provisionedElsewhere: () => new AuthFailure(401, 'user.sync.scim-auth-module-mismatch', 'User was provisioned for another way of signing in'),
  orgMissing: () => new AuthFailure(404, 'org.notFound', 'organization not found'),
};

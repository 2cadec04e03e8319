/**
 * Signing in with a link and a code that come by mail (identity-and-access §3.10). Whoever asks gets a code at once; the confirmation
 * code goes to the address only. Both together sign in, once.
 */
import { defineErrors } from '../../../../web/errors.ts';

export interface Passwordless {
  /**
   * Sends a mail where the address is a user's or an invited person's. Answers the same, and as fast, where it is nobody's. Throws
   * `invalidEmail`, `alreadySent`, `tooMany` and `failed` (no mail server).
   */
  start(email: string, ip: string): Promise<{ readonly code: string }>;
  /**
   * The user behind the codes; invited people become users here, with `name` and `username`. Throws `missingCode`, `invalidCode`,
   * `invalidConfirmation`, `invalidEmail` (nobody's any more), `tooMany`, the user quota's refusal and those of creating users.
   */
  authenticate(given: PasswordlessAnswer, ip: string): Promise<{ readonly userId: number }>;
  /** The codes have served. Throws `invalidCode` where they had served somebody already, a moment ago. */
  finish(code: string): Promise<void>;
}

export interface PasswordlessAnswer {
  readonly code: string;
  readonly confirmationCode: string;
  readonly name: string;
  readonly username: string;
}

export const passwordlessErrors = defineErrors('passwordless', {
  missingCode: [400, 'Missing code', 'passwordless.missing.code'],
  invalidCode: [401, 'Invalid code', 'passwordless.invalid.code'],
  alreadySent: [401, 'Code already sent to email', 'passwordless.invalid.code'],
  invalidConfirmation: [401, 'Invalid confirmation code', 'passwordless.invalid.confirmation-code'],
  invalidEmail: [401, 'Invalid email', 'passwordless.invalid.email'],
  tooMany: [401, 'Login temporarily blocked', 'passwordless.invalid.login-attempt'],
  failed: [500, 'An internal error occurred in the Passwordless client', 'passwordless.failed'],
});

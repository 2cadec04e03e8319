import type { Identity } from './identity.ts';

/** What authentication came to. It never rejects by itself: a failure is remembered and acted on by the route's guard (identity-and-access §1.1, §3). */
export interface AuthResult {
  readonly identity: Identity;
  /** Credentials came but did not do. `messageId` set: an errutil cause; empty: `{"message":"Unauthorized","traceID":""}`. */
  readonly failure?: { readonly status: number; readonly messageId: string; readonly message: string; readonly kind?: 'revoked' | 'needs-rotation' | 'other'; readonly extra?: Readonly<Record<string, unknown>> };
  /** `Set-Cookie` values that go out with the answer whatever it is. */
  readonly setCookies?: readonly string[];
}

import type { AuthRequest } from '../../../middleware/auth.ts';
import type { Identity } from '../../../web/identity.ts';

/** One way to sign in (identity-and-access §3.1). */
export interface AuthClient {
  readonly name: string;
  /** Clients that recognise a request are tried in ascending order. */
  readonly priority: number;
  /** Looks at the identity epoch itself, with what it reads anyway. */
  readonly checksEpoch?: boolean;
  recognises(request: AuthRequest): boolean;
  /** Rejects with an AuthFailure. `org` is what the request asks for; 0 for none. */
  authenticate(request: AuthRequest, org: number): Promise<Identity> | Identity;
}

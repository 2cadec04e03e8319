/** The two things that the request pipeline asks of the identity services. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Access } from '../web/access.ts';
import type { AuthResult } from '../web/auth-result.ts';
import type { Reply } from '../web/reply.ts';

export interface AuthRequest {
  readonly method: string;
  /** Path and query, sub-path removed. */
  readonly url: string;
  /** As it came, where that differs. */
  readonly originalUrl?: string;
  readonly path: string;
  readonly search: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly cookies: Readonly<Record<string, string>>;
  readonly ip: string;
  /** The socket's own address, whatever headers say: what an auth proxy is told by. */
  readonly peer?: string;
  /** Takes a credential out of the query: no redirect, upstream or page sees it. */
  forgetParameter?(name: string): void;
}

export interface Authenticator {
  authenticate(request: AuthRequest): Promise<AuthResult>;
  /** Makes `orgId` the user's active org; false if they are no member (identity-and-access §1.6). */
  switchOrg(result: AuthResult, orgId: number): Promise<boolean>;
}

/** Undefined: go on. A Reply: that is the answer (401, 403, redirect). */
export type Guard = (access: Access, result: AuthResult, request: AuthRequest & {
  /** Uids are replaced by ids here (`Access.uids`). */
  params: Record<string, string>;
}) => Promise<Reply | undefined> | Reply | undefined;

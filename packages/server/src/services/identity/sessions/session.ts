/** Sign-in sessions: a token in a cookie, its hash in the database, replaced every few minutes (identity-and-access §3.4). */
export interface Session {
  readonly id: number;
  readonly userId: number;
  readonly userAgent: string;
  readonly clientIp: string;
  readonly seen: boolean;
  /** Unix seconds, as all times here; 0 for never. */
  readonly seenAt: number;
  readonly rotatedAt: number;
  readonly createdAt: number;
  readonly revokedAt: number;
  readonly externalSessionId: number;
}

export type SessionLookup =
  | { readonly kind: 'valid' | 'needs-rotation'; readonly session: Session }
  | { readonly kind: 'unknown' | 'revoked' | 'expired' };

export type Rotation =
  /** `token` undefined: it was replaced a moment ago, the cookie stays. */
  | { readonly kind: 'rotated'; readonly session: Session; readonly token?: string }
  | { readonly kind: 'unknown' | 'revoked' | 'expired' };

export interface SessionClient {
  readonly userAgent: string;
  readonly ip: string;
}

export interface SessionService {
  create(userId: number, client: SessionClient, externalSessionId?: number): Promise<{ readonly session: Session; readonly token: string }>;
  lookup(token: string): Promise<SessionLookup> | SessionLookup;
  rotate(token: string, client: SessionClient): Promise<Rotation>;
  /** The sessions of a user that have neither ended nor been revoked. */
  list(userId: number): Promise<readonly Session[]>;
  get(userId: number, sessionId: number): Promise<Session | undefined>;
  revoke(sessionId: number): Promise<boolean>;
  revokeAll(userId: number): Promise<void>;
  count(): Promise<number>;
  /** Removes what has expired. */
  tidy(): Promise<void>;
}

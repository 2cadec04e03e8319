/** Accounts for programs. */
export interface ServiceAccount {
  readonly id: number;
  readonly uid: string;
  readonly name: string;
  readonly login: string;
  readonly isDisabled: boolean;
  readonly isExternal?: boolean;
  readonly role: string;
  readonly tokens?: number;
  readonly createdAt?: string;
  readonly accessControl?: Readonly<Record<string, boolean>> | null;
}

export interface Token {
  readonly id: number;
  readonly name: string;
  readonly created: string;
  readonly lastUsedAt: string | null;
  readonly expiration: string | null;
  readonly hasExpired: boolean;
  readonly isRevoked: boolean;
}

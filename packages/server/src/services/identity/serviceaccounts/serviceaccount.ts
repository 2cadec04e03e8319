/** Accounts for programs, and their tokens (identity-and-access §3.2, §7). */
import { defineErrors } from '../../../web/errors.ts';
import type { Identity, OrgRole } from '../../../web/identity.ts';

export interface ServiceAccount {
  readonly id: number;
  readonly uid: string;
  readonly orgId: number;
  readonly name: string;
  readonly login: string;
  readonly role: OrgRole;
  readonly isDisabled: boolean;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly updated: number;
  readonly tokens: number;
}

export interface Token {
  readonly id: number;
  readonly name: string;
  readonly orgId: number;
  readonly serviceAccountId: number;
  readonly created: number;
  readonly lastUsedAt: number | undefined;
  /** Unix seconds. */
  readonly expires: number | undefined;
  readonly isRevoked: boolean;
}

export interface ServiceAccountSearch {
  readonly query: string;
  readonly page: number;
  readonly perPage: number;
  readonly disabled: boolean;
  readonly expiredTokens: boolean;
  /** Undefined: all. */
  readonly ids: readonly number[] | undefined;
}

export interface ServiceAccountService {
  create(orgId: number, account: { readonly name: string; readonly role: OrgRole; readonly isDisabled: boolean }, creator?: Identity): Promise<ServiceAccount>;
  get(orgId: number, id: number): Promise<ServiceAccount>;
  exists(orgId: number, id: number): Promise<boolean>;
  idOfUid(orgId: number, uid: string): Promise<number | undefined>;
  search(orgId: number, search: ServiceAccountSearch): Promise<{ readonly accounts: readonly ServiceAccount[]; readonly total: number }>;
  update(orgId: number, id: number, changes: { readonly name?: string; readonly role?: OrgRole; readonly isDisabled?: boolean }): Promise<ServiceAccount>;
  delete(orgId: number, id: number): Promise<void>;
  tokens(orgId: number, id: number): Promise<readonly Token[]>;
  /** The key is in the answer only. */
  addToken(orgId: number, id: number, name: string, secondsToLive: number): Promise<{ readonly id: number; readonly key: string }>;
  deleteToken(orgId: number, id: number, tokenId: number): Promise<void>;
  /** By the text of the key; for authentication. Undefined: well-formed, but unknown. Rejects with an AuthFailure when malformed. */
  findToken(key: string): Promise<Token | undefined>;
  noteUse(token: Token): void;
  /** Every token of every org that still holds, with the hash that is stored of it. */
  activeTokens(): Promise<readonly (Token & { readonly hash: string })[]>;
  revokeToken(tokenId: number): Promise<void>;
  count(): Promise<number>;
  /** API keys from before there were service accounts get one each, `sa-autogen-<name>`; answers how many there were. */
  adoptLegacyKeys(): Promise<number>;
}

export const serviceAccountErrors = defineErrors('serviceaccounts', {
  alreadyExists: [400, 'service account already exists', 'serviceaccounts.ErrAlreadyExists'],
  roleForbidden: [403, "can not assign a role higher than user's role", 'serviceaccounts.ErrRoleForbidden'],
  notFound: [404, 'service account not found', 'serviceaccounts.ErrNotFound'],
  tokenNotFound: [404, 'service account token not found', 'serviceaccounts.ErrTokenNotFound'],
  tokenExists: [400, 'service account token with given name already exists in the organization', 'serviceaccounts.ErrTokenAlreadyExists'],
  invalidInput: [400, 'invalid SecondsToLive value', 'serviceaccounts.ErrInvalidInput'],
});

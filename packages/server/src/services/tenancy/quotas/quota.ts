/** Limits on how much an org, a user or the whole server may have (identity-and-access §5.4). */
import { ApiError, defineErrors } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';

export type QuotaServiceName = 'user' | 'org' | 'auth' | 'dashboard' | 'data_source' | 'ngalert' | 'api_key' | 'store' | 'correlations';

export interface Quota {
  readonly org_id?: number;
  readonly user_id?: number;
  readonly target: string;
  readonly limit: number;
  readonly used: number;
}

/** Where a quota looks: an org, a user, or (neither) the whole server. */
export interface QuotaPlace {
  readonly orgId?: number;
  readonly userId?: number;
}

/** How many there are. Domains register counters for what is theirs. */
export type QuotaCounter = (place: QuotaPlace) => Promise<number>;

export interface QuotaService {
  readonly enabled: boolean;
  /** `scope`: what the limit is on; `target` as in the API: `dashboard`, `org_user` … */
  register(scope: 'org' | 'user' | 'global', target: string, counter: QuotaCounter): void;
  /** Whether one more would be too many, for the service that routes name. */
  reached(service: QuotaServiceName, identity: Pick<Identity, 'kind' | 'id' | 'orgId'>, options?: { readonly member?: boolean }): Promise<boolean>;
  /** Throws 403 `<service> Quota reached`. */
  demand(service: QuotaServiceName, identity: Pick<Identity, 'kind' | 'id' | 'orgId'>, options?: { readonly member?: boolean }): Promise<void>;
  /** The limit that holds there, stored or by the settings; -1: none, also while quotas are off. */
  limit(scope: 'org' | 'user' | 'global', target: string, place: QuotaPlace): Promise<number>;
  ofOrg(orgId: number): Promise<readonly Quota[]>;
  ofUser(userId: number): Promise<readonly Quota[]>;
  set(place: QuotaPlace, target: string, limit: number): Promise<void>;
}

/** Compat: the refusal of a dashboard does not say of what. */
export const quotaReached = (service: QuotaServiceName) => new ApiError(403, service === 'dashboard' ? 'Quota reached' : `${service} Quota reached`);

export const quotaErrors = defineErrors('quota', {
  badRequest: [400, 'BadRequest', 'quota.bad-request'],
  // The reference answers 500.
  invalidTarget: [400, 'There is no such quota', 'quota.invalid-target-table'],
  orgFailed: [500, 'failed to get quota'],
  userFailed: [500, 'Failed to get org quotas'],
  updateFailed: [500, 'Failed to update org quotas'],
});

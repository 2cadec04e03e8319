/** Stars (dashboards-and-content §10): the dashboards that somebody marked as theirs. */
import { defineErrors } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';

export interface StarService {
  /** Uids of the dashboards that the identity starred; empty for whoever cannot star. */
  starredBy(identity: Identity): Promise<ReadonlySet<string>>;
  /** Starring twice is fine. Throws when the dashboard does not exist or may not be read. */
  star(identity: Identity, uid: string): Promise<void>;
  unstar(identity: Identity, uid: string): Promise<void>;
  /** Compat: a whole list is kept as it is; nobody looks whether the dashboards are there. */
  replace(identity: Identity, uids: readonly string[]): Promise<void>;
  /** The dashboard is gone: so are its stars. */
  forgetDashboard(orgId: number, uid: string): Promise<void>;
}

export const starErrors = defineErrors('star', {
  notFound: [404, 'Dashboard not found'],
  onlyAccounts: [400, 'Only users and service accounts can star dashboards'],
});

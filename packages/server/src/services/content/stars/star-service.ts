import type { Clock } from '../../../infra/clock.ts';
import type { ContentIndex } from '../../../storage/search/content-index.ts';
import { namespaceOf } from '../../../util/namespace.ts';
import type { Identity } from '../../../web/identity.ts';
import type { ContentAccess } from '../access.ts';
import type { StarStore } from './star-store.ts';
import { starErrors, type StarService } from './star.ts';

export interface StarServiceDeps {
  readonly stars: StarStore;
  readonly index: ContentIndex;
  readonly access: ContentAccess;
  readonly clock: Pick<Clock, 'now'>;
}

/** What another process starred shows up here after this long. */
const rememberMs = 5_000;
const rememberedMax = 5_000;
const none: ReadonlySet<string> = new Set();

export function createStarService({ stars, index, access, clock }: StarServiceDeps): StarService {
  // Every read of a dashboard asks whether it is starred.
  const remembered = new Map<string, { uids: ReadonlySet<string>; until: number }>();
  const keyOf = (identity: Identity) => `${identity.orgId}/${identity.id}`;
  const canStar = (identity: Identity) => identity.kind === 'user' || identity.kind === 'service-account';

  return {
    async starredBy(identity) {
      if (!canStar(identity)) return none;
      const known = remembered.get(keyOf(identity));
      if (known && known.until > clock.now()) return known.uids;
      const uids = new Set(await stars.list(identity.orgId, identity.id));
      if (remembered.size >= rememberedMax) remembered.clear();
      remembered.set(keyOf(identity), { uids, until: clock.now() + rememberMs });
      return uids;
    },
    async star(identity, uid) {
      if (!canStar(identity)) throw starErrors.onlyAccounts();
      await index.ready();
      const dashboard = index.dashboard(namespaceOf(identity.orgId), uid);
      if (!dashboard || !access.mayOnDashboard(identity, 'dashboards:read', uid, dashboard.folder)) throw starErrors.notFound();
      await stars.add(identity.orgId, identity.id, uid, clock.now());
      remembered.delete(keyOf(identity));
    },
    async unstar(identity, uid) {
      if (!canStar(identity)) throw starErrors.onlyAccounts();
      await stars.remove(identity.orgId, identity.id, uid);
      remembered.delete(keyOf(identity));
    },
    async replace(identity, uids) {
      if (!canStar(identity)) throw starErrors.onlyAccounts();
      const wanted = new Set(uids);
      const had = new Set(await stars.list(identity.orgId, identity.id));
      for (const uid of had) if (!wanted.has(uid)) await stars.remove(identity.orgId, identity.id, uid);
      for (const uid of wanted) if (!had.has(uid)) await stars.add(identity.orgId, identity.id, uid, clock.now());
      remembered.delete(keyOf(identity));
    },
    async forgetDashboard(orgId, uid) {
      await stars.removeDashboard(orgId, uid);
      remembered.clear();
    },
  };
}

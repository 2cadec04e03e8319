import type { Clock } from '../../../infra/clock.ts';
import { objectionToUid, shortUid } from '../../../util/short-uid.ts';
import type { ShortUrlStore } from './short-url-store.ts';
import { shortUrlErrors, type ShortUrlService } from './short-url.ts';

export interface ShortUrlServiceDeps {
  readonly store: ShortUrlStore;
  readonly clock: Pick<Clock, 'now'>;
  /** `[short_links] expire_time`; negative: never. */
  readonly expireDays: number;
}

const dayMs = 86_400_000;

export function createShortUrlService({ store, clock, expireDays }: ShortUrlServiceDeps): ShortUrlService {
  return {
    create(identity, { uid, path: given }) {
      const path = given.trim();
      if (path.startsWith('/')) throw shortUrlErrors.absolutePath();
      if (path.includes('../')) throw shortUrlErrors.invalidPath();
      if (objectionToUid(uid)) throw shortUrlErrors.badRequest();
      return store.insert({ orgId: identity.orgId, uid: uid || shortUid(), path, createdBy: identity.id, createdAt: clock.now(), lastSeenAt: 0 });
    },
    find: store.find,
    async follow(orgId, uid) {
      const link = await store.find(orgId, uid);
      if (link) await store.seen(link.id, clock.now());
      return link;
    },
    async cleanUp() {
      if (expireDays >= 0) await store.deleteNeverSeen(clock.now() - expireDays * dayMs);
    },
  };
}

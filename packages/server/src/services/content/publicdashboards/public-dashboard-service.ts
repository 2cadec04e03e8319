import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../infra/clock.ts';
import type { ContentIndex } from '../../../storage/search/content-index.ts';
import { namespaceOf } from '../../../util/namespace.ts';
import { objectionToUid, shortUid } from '../../../util/short-uid.ts';
import { readActions, type ContentAccess } from '../access.ts';
import type { PublicDashboardStore } from './public-dashboard-store.ts';
import { publicDashboardErrors as errors, type PublicDashboard, type PublicDashboardInput, type PublicDashboardService } from './public-dashboard.ts';

export interface PublicDashboardServiceDeps {
  readonly store: PublicDashboardStore;
  readonly index: ContentIndex;
  readonly access: ContentAccess;
  readonly clock: Pick<Clock, 'now'>;
}

/** What another process shared shows up here after this long. */
const rememberMs = 5_000;
const tokenForm = /^(\{?[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\}?)$/i;

export function createPublicDashboardService({ store, index, access, clock }: PublicDashboardServiceDeps): PublicDashboardService {
  // Every read of a dashboard asks whether it is public; few are.
  const enabled = new Map<number, { uids: ReadonlySet<string>; until: number }>();

  const changed = (orgId: number) => void enabled.delete(orgId);

  async function checkInput({ uid, accessToken, share }: PublicDashboardInput): Promise<void> {
    if (objectionToUid(uid)) throw errors.invalidUid();
    if (accessToken !== '' && !tokenForm.test(accessToken)) throw errors.invalidAccessToken();
    if (share !== '' && share !== 'public' && share !== 'email') throw errors.invalidShareType();
  }

  return {
    async ofDashboard(orgId, dashboardUid) {
      const found = await store.ofDashboard(orgId, dashboardUid);
      if (!found || found.share === 'email') throw errors.notFound();
      return found;
    },

    async create(identity, dashboardUid, input) {
      await index.ready();
      await checkInput(input);
      if (!index.dashboard(namespaceOf(identity.orgId), dashboardUid)) throw errors.dashboardNotFound();
      if (await store.ofDashboard(identity.orgId, dashboardUid)) throw errors.dashboardIsPublic();
      if (input.uid !== '' && (await store.find('uid', input.uid))) throw errors.uidExists();
      if (input.accessToken !== '' && (await store.find('access_token', input.accessToken))) throw errors.accessTokenExists();
      const now = clock.now();
      const dashboard: PublicDashboard = {
        uid: input.uid || shortUid(), orgId: identity.orgId, dashboardUid, accessToken: input.accessToken || randomBytes(16).toString('hex'),
        timeSelectionEnabled: input.timeSelectionEnabled ?? false, isEnabled: input.isEnabled ?? false, annotationsEnabled: input.annotationsEnabled ?? false,
        share: input.share || 'public', createdBy: identity.id, createdAt: now, updatedBy: identity.id, updatedAt: now,
      };
      await store.insert(dashboard);
      changed(identity.orgId);
      return dashboard;
    },

    async update(identity, dashboardUid, uid, input) {
      await index.ready();
      await checkInput({ ...input, uid: '' });
      if (!index.dashboard(namespaceOf(identity.orgId), dashboardUid)) throw errors.dashboardNotFound();
      const current = await store.find('uid', uid);
      if (!current || current.orgId !== identity.orgId) throw errors.notFound();
      if (current.dashboardUid !== dashboardUid) throw errors.invalidUid();
      const next: PublicDashboard = {
        ...current, timeSelectionEnabled: input.timeSelectionEnabled ?? current.timeSelectionEnabled, isEnabled: input.isEnabled ?? current.isEnabled,
        annotationsEnabled: input.annotationsEnabled ?? current.annotationsEnabled, share: input.share || current.share, updatedBy: identity.id, updatedAt: clock.now(),
      };
      await store.update(next);
      changed(identity.orgId);
      return next;
    },

    async delete(orgId, dashboardUid, uid) {
      const current = await store.find('uid', uid);
      if (!current || current.orgId !== orgId) throw errors.notFound();
      if (current.dashboardUid !== dashboardUid) throw errors.invalidUid();
      await store.delete(orgId, dashboardUid);
      changed(orgId);
    },

    async list(identity) {
      await index.ready();
      const readable = access.filter(identity, readActions);
      const found: (PublicDashboard & { title: string })[] = [];
      for (const dashboard of await store.list(identity.orgId)) {
        const entry = index.dashboard(namespaceOf(identity.orgId), dashboard.dashboardUid);
        if (entry && readable(entry)) found.push({ ...dashboard, title: entry.title });
      }
      return found.sort((a, b) => (a.title < b.title ? -1 : a.title > b.title ? 1 : 0));
    },

    async byToken(accessToken) {
      if (!tokenForm.test(accessToken)) throw errors.invalidAccessToken();
      const found = await store.find('access_token', accessToken);
      if (!found) throw errors.notFound();
      if (!found.isEnabled) throw errors.notEnabled();
      // Sharing by e-mail is not offered.
      if (found.share === 'email') throw errors.notFound();
      return found;
    },

    async isPublic(orgId, dashboardUid) {
      let known = enabled.get(orgId);
      if (!known || known.until <= clock.now()) {
        const uids = new Set((await store.list(orgId)).filter((dashboard) => dashboard.isEnabled).map((dashboard) => dashboard.dashboardUid));
        known = { uids, until: clock.now() + rememberMs };
        enabled.set(orgId, known);
      }
      return known.uids.has(dashboardUid);
    },

    async forgetDashboard(orgId, dashboardUid) {
      await store.delete(orgId, dashboardUid);
      changed(orgId);
    },
  };
}

import { may, permission, rbac } from '../../../web/access.ts';
import { json } from '../../../web/reply.ts';
import type { Routes } from '../../../web/route.ts';
import type { AdminService } from './admin.ts';
import { type EffectiveSettings, visibleSettings } from './effective-settings.ts';
import type { UsageReport } from './usage-report.ts';

export interface AdminApiDeps {
  readonly admin: AdminService;
  /** Read on the first request: nobody waits for it at start. */
  readonly settings: () => EffectiveSettings;
  readonly report: () => Promise<UsageReport>;
}

/** /api/admin/{settings,settings-verbose,stats,usage-report-preview} (config-and-operations §10). */
export function adminRoutes(routes: Routes, { admin, settings, report }: AdminApiDeps): void {
  // Any scope opens the door; what is shown depends on the scopes.
  const readsSettings = rbac(may('settings:read'));
  routes.get('/api/admin/settings', { access: readsSettings, name: 'adminGetSettings', tag: 'admin' }, ({ identity }) => json(visibleSettings(settings(), identity.permissions)));
  // Compat: the open-source edition has the route and no answer.
  routes.get('/api/admin/settings-verbose', { access: readsSettings, name: 'adminGetVerboseSettings', tag: 'admin' }, () => json({}, 501));
  routes.get('/api/admin/stats', { access: permission('server.stats:read'), name: 'adminGetStats', tag: 'admin' }, async () => (await admin.counts()).stats);
  routes.get('/api/admin/usage-report-preview', { access: permission('server.usagestats.report:read'), name: 'adminGetUsageReportPreview', tag: 'admin' }, report);
}

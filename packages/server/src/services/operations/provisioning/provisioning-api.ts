import { permission } from '../../../web/access.ts';
import { note } from '../../../web/reply.ts';
import type { Routes } from '../../../web/route.ts';
import type { ProvisioningService } from './provisioning.ts';

const subjects = { dashboards: 'Dashboards', datasources: 'Datasources', plugins: 'Plugins', alerting: 'Alerting' } as const;

/** POST /api/admin/provisioning/{name}/reload (config-and-operations §10). */
export function provisioningRoutes(routes: Routes, { provisioning }: { readonly provisioning: Pick<ProvisioningService, 'reload'> }): void {
  for (const name of ['dashboards', 'datasources', 'plugins', 'alerting'] as const) {
    routes.post(`/api/admin/provisioning/${name}/reload`, { access: permission('provisioning:reload', `provisioners:${name}`), name: `adminProvisioningReload${subjects[name]}`, tag: 'admin_provisioning' }, async () => {
      await provisioning.reload(name);
      return note(`${subjects[name]} config reloaded`);
    });
  }
}

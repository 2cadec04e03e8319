/** Who makes what files and plugins describe: nobody's account. */
import { nobody, type Identity, type Permissions } from '../../../web/identity.ts';

/** What provisioning may do, wherever in its org; it is asked for nothing else. */
const actions: readonly string[] = ['dashboards:create', 'dashboards:read', 'dashboards:write', 'dashboards:delete', 'folders:create', 'folders:read', 'folders:write', 'folders:delete'];
const everywhere: readonly string[] = ['*'];
const nowhere: readonly string[] = [];

const permissions: Permissions = {
  has: (action) => actions.includes(action),
  scopes: (action) => (actions.includes(action) ? everywhere : nowhere),
  all: () => new Map(actions.map((action) => [action, everywhere])),
};

export const provisioningIdentity = (orgId: number): Identity => ({ ...nobody, orgId, login: 'provisioning', permissions });

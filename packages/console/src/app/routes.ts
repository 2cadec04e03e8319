/** Which page answers which address. Addresses are the reference's, so that links, mails and bookmarks work with either frontend. */
import { dashboardRoutes } from '../dashboard/routes.ts';
import { exploreRoutes } from '../explore/routes.ts';
import { accountRoutes } from '../pages/account/routes.ts';
import { adminRoutes } from '../pages/admin/routes.ts';
import { alertingRoutes } from '../pages/alerting/routes.ts';
import { connectionsRoutes } from '../pages/connections/routes.ts';
import { contentRoutes } from '../pages/content/routes.ts';
import type { PageRoute } from './page-route.ts';
import { redirectRoutes } from './redirects.tsx';

export const routes: readonly PageRoute[] = [...dashboardRoutes, ...contentRoutes, ...exploreRoutes, ...alertingRoutes, ...connectionsRoutes, ...adminRoutes, ...accountRoutes, ...redirectRoutes];

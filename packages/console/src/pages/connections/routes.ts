import type { PageRoute } from '../../app/page-route.ts';

export const connectionsRoutes: readonly PageRoute[] = [];

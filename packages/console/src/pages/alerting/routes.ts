import type { PageRoute } from '../../app/page-route.ts';

export const alertingRoutes: readonly PageRoute[] = [];

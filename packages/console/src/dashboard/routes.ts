import { page, type PageRoute } from '../app/page-route.ts';

export const dashboardRoutes: readonly PageRoute[] = [
  { path: '/dashboards', page: page(() => import('./browse-page.tsx')) },
];

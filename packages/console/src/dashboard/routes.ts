import { page, type PageRoute } from '../app/page-route.ts';

const dashboard = page(() => import('./dashboard-page.tsx'));
const browse = page(() => import('./browse-page.tsx'));

export const dashboardRoutes: readonly PageRoute[] = [
  { path: '/', page: page(() => import('./home-page.tsx')) },
  { path: '/dashboards', page: browse },
  { path: '/dashboards/f/:uid/:slug?', page: browse },
  { path: '/d/:uid/:slug?', page: dashboard },
  { path: '/d-solo/:uid/:slug?', page: page(() => import('./solo-page.tsx')), bare: true },
  { path: '/dashboard/new', page: page(() => import('./new-page.tsx')) },
  { path: '/dashboard/import', page: page(() => import('./import-page.tsx')) },
  { path: '/dashboard/snapshots', page: page(() => import('./snapshots-page.tsx')) },
  { path: '/dashboard/snapshot/:key', page: page(() => import('./snapshot-page.tsx')), bare: true },
  { path: '/public-dashboards/:accessToken', page: page(() => import('./public-page.tsx')), bare: true },
];

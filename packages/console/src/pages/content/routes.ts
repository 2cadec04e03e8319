import { page, type PageRoute } from '../../app/page-route.ts';

const landing = page(() => import('./landing-page.tsx'));
const playlist = page(() => import('./playlist-page.tsx'));
const publicDashboards = page(() => import('./public-dashboards-page.tsx'));

export const contentRoutes: readonly PageRoute[] = [
  { path: '/playlists', page: page(() => import('./playlists-page.tsx')) },
  { path: '/playlists/new', page: playlist },
  { path: '/playlists/edit/:uid', page: playlist },
  { path: '/playlists/play/:uid', page: page(() => import('./playlist-start-page.tsx')) },
  { path: '/library-panels', page: page(() => import('./library-panels-page.tsx')) },
  { path: '/dashboard/public', page: publicDashboards },
  { path: '/public-dashboards/list', page: publicDashboards },
  { path: '/dashboard/recently-deleted', page: page(() => import('./deleted-dashboards-page.tsx')) },
  { path: '/bookmarks', page: page(() => import('./bookmarks-page.tsx')) },
  { path: '/a/:id/*', page: page(() => import('./app-page.tsx')) },
  { path: '/plugins/:id/page/:page', page: page(() => import('./app-page.tsx')) },
  ...['/apps', '/drilldown', '/monitoring', '/observability', '/alerts-and-incidents', '/infrastructure', '/testing-and-synthetics', '/adaptive-telemetry'].map((path) => ({ path, page: landing })),
];

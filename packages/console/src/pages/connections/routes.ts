import { page, type PageRoute } from '../../app/page-route.ts';

const sources = page(() => import('./data-sources-page.tsx'));
const newSource = page(() => import('./new-data-source-page.tsx'));
const source = page(() => import('./data-source-page.tsx'));
const plugins = page(() => import('./plugins-page.tsx'));
const plugin = page(() => import('./plugin-page.tsx'));

export const connectionsRoutes: readonly PageRoute[] = [
  { path: '/connections', page: page(() => import('./connections-page.tsx')) },
  { path: '/connections/datasources', page: sources },
  { path: '/connections/datasources/new', page: newSource },
  { path: '/connections/add-new-connection', page: newSource },
  { path: '/connections/datasources/:type', page: page(() => import('./source-type-page.tsx')) },
  { path: '/connections/datasources/edit/:uid/:tab?', page: source },
  { path: '/datasources', page: sources },
  { path: '/datasources/new', page: newSource },
  { path: '/datasources/edit/:uid/:tab?', page: source },
  { path: '/datasources/correlations', page: page(() => import('./correlations-page.tsx')) },
  { path: '/plugins', page: plugins },
  { path: '/plugins/:id', page: plugin },
];

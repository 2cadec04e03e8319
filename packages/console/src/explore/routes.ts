import { page, type PageRoute } from '../app/page-route.ts';

export const exploreRoutes: readonly PageRoute[] = [
  { path: '/explore', page: page(() => import('./explore-page.tsx')) },
];

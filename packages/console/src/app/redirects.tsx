/** Addresses of former times and of other frontends' pages, which lead to the page that has taken their place. */
import { generatePath, matchPath, Navigate, useLocation } from 'react-router-dom';
import type { PageRoute } from './page-route.ts';

const moved: readonly (readonly [from: string, to: string])[] = [
  ['/import/dashboard', '/dashboard/import'],
  ['/dashboards/f/:uid/:slug/library-panels', '/library-panels?folder=:uid'],
  ['/dashboards/f/:uid/:slug/alerting', '/alerting/list?folder=:uid'],
  ['/connections/your-connections', '/connections'],
  ['/connections/your-connections/datasources', '/connections/datasources'],
  ['/connections/your-connections/datasources/new', '/connections/datasources/new'],
  ['/connections/your-connections/datasources/edit/:uid', '/connections/datasources/edit/:uid'],
  ['/plugins/:id/edit', '/plugins/:id'],
  ['/support-bundles/create', '/support-bundles'],
  ['/profile/select-org', '/profile'],
  ['/notifications', '/profile/notifications'],
  ['/configuration', '/admin'],
];

/** What the address asks goes along. */
function Moved() {
  const { pathname, search, hash } = useLocation();
  for (const [from, to] of moved) {
    const found = matchPath(from, pathname);
    if (!found) continue;
    const [path = '', query] = to.split('?');
    const params = new URLSearchParams(search);
    // The parameters of the path that the new address asks by.
    for (const [key, name] of new URLSearchParams(query)) params.set(key, found.params[name.slice(1)] ?? '');
    return <Navigate replace to={`${generatePath(path, found.params as never)}${params.size > 0 ? `?${params}` : ''}${hash}`} />;
  }
  return null;
}

export const redirectRoutes: readonly PageRoute[] = moved.map(([path]) => ({ path, page: Moved }));

import { page, type PageRoute } from '../../app/page-route.ts';

const overview = page(() => import('./admin-page.tsx'));
const newUser = page(() => import('./new-user-page.tsx'));
const authentication = page(() => import('./authentication-page.tsx'));
const stats = page(() => import('./stats-page.tsx'));
const ldap = page(() => import('./ldap-page.tsx'));

export const adminRoutes: readonly PageRoute[] = [
  { path: '/admin', page: overview },
  { path: '/admin/general', page: overview },
  { path: '/admin/plugins', page: overview },
  { path: '/admin/access', page: overview },
  { path: '/admin/access/permissions', page: page(() => import('./permissions-page.tsx')) },
  { path: '/admin/users', page: page(() => import('./users-page.tsx')) },
  { path: '/admin/users/create', page: newUser },
  { path: '/admin/users/edit/:id', page: page(() => import('./user-page.tsx')) },
  { path: '/org/users', page: page(() => import('./org-users-page.tsx')) },
  { path: '/org/users/new', page: newUser },
  { path: '/org/users/invite', page: page(() => import('./invite-page.tsx')) },
  { path: '/admin/orgs', page: page(() => import('./orgs-page.tsx')) },
  { path: '/admin/orgs/edit/:id', page: page(() => import('./org-edit-page.tsx')) },
  { path: '/org/new', page: page(() => import('./new-org-page.tsx')) },
  { path: '/org', page: page(() => import('./org-page.tsx')) },
  { path: '/org/teams', page: page(() => import('./teams-page.tsx')) },
  { path: '/org/teams/new', page: page(() => import('./new-team-page.tsx')) },
  { path: '/org/teams/edit/:uid/:tab?', page: page(() => import('./team-page.tsx')) },
  { path: '/org/serviceaccounts', page: page(() => import('./service-accounts-page.tsx')) },
  { path: '/org/serviceaccounts/create', page: page(() => import('./new-service-account-page.tsx')) },
  { path: '/org/serviceaccounts/:id', page: page(() => import('./service-account-page.tsx')) },
  { path: '/admin/settings', page: page(() => import('./settings-page.tsx')) },
  { path: '/admin/stats', page: stats },
  { path: '/admin/upgrading', page: stats },
  { path: '/admin/authentication', page: authentication },
  { path: '/admin/authentication/ldap', page: ldap },
  { path: '/admin/ldap', page: ldap },
  { path: '/admin/authentication/:provider', page: page(() => import('./provider-page.tsx')) },
  { path: '/support-bundles', page: page(() => import('./support-bundles-page.tsx')) },
];

import { page, type PageRoute } from '../../app/page-route.ts';

export const accountRoutes: readonly PageRoute[] = [
  { path: '/login', bare: true, page: page(() => import('./login-page.tsx')) },
  { path: '/signup', bare: true, page: page(() => import('./sign-up-page.tsx')) },
  { path: '/verify', bare: true, page: page(() => import('./verify-page.tsx')) },
  { path: '/invite/:code', bare: true, page: page(() => import('./invite-page.tsx')) },
  { path: '/user/password/send-reset-email', bare: true, page: page(() => import('./forgotten-password-page.tsx')) },
  { path: '/user/password/reset', bare: true, page: page(() => import('./reset-password-page.tsx')) },
  { path: '/profile', page: page(() => import('./profile-page.tsx')) },
  { path: '/profile/password', page: page(() => import('./password-page.tsx')) },
  { path: '/profile/notifications', page: page(() => import('./notifications-page.tsx')) },
];

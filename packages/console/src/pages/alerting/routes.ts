import { page, type PageRoute } from '../../app/page-route.ts';

const overview = page(() => import('./overview-page.tsx'));
const rule = page(() => import('./rule-page.tsx'));
const editor = page(() => import('./rule-editor-page.tsx'));
const contactPoint = page(() => import('./contact-point-page.tsx'));
const template = page(() => import('./template-page.tsx'));
const interval = page(() => import('./time-interval-page.tsx'));
const silence = page(() => import('./silence-page.tsx'));

export const alertingRoutes: readonly PageRoute[] = [
  { path: '/alerting', page: overview },
  { path: '/alerting/home', page: overview },
  { path: '/alerting/list', page: page(() => import('./rules-page.tsx')) },
  { path: '/alerting/grafana/:uid/view', page: rule },
  { path: '/alerting/grafana/namespaces/:folder/groups/:group/view', page: page(() => import('./group-page.tsx')) },
  { path: '/alerting/grafana/namespaces/:folder/groups/:group/edit', page: page(() => import('./group-edit-page.tsx')) },
  { path: '/alerting/new/:type?', page: editor },
  { path: '/alerting/:uid/edit', page: editor },
  { path: '/alerting/notifications', page: page(() => import('./contact-points-page.tsx')) },
  { path: '/alerting/notifications/receivers/new', page: contactPoint },
  { path: '/alerting/notifications/receivers/:id/edit', page: contactPoint },
  { path: '/alerting/notifications/templates', page: page(() => import('./templates-page.tsx')) },
  { path: '/alerting/notifications/templates/new', page: template },
  { path: '/alerting/notifications/templates/:id/edit', page: template },
  { path: '/alerting/notifications/templates/:id/duplicate', page: template },
  { path: '/alerting/routes', page: page(() => import('./policies-page.tsx')) },
  { path: '/alerting/time-intervals', page: page(() => import('./time-intervals-page.tsx')) },
  { path: '/alerting/routes/mute-timing/new', page: interval },
  { path: '/alerting/routes/mute-timing/edit', page: interval },
  { path: '/alerting/routes/mute-timing/:id/edit', page: interval },
  { path: '/alerting/silences', page: page(() => import('./silences-page.tsx')) },
  { path: '/alerting/silence/new', page: silence },
  { path: '/alerting/silence/:id/edit', page: silence },
  { path: '/alerting/groups', page: page(() => import('./groups-page.tsx')) },
  { path: '/alerting/recently-deleted', page: page(() => import('./deleted-rules-page.tsx')) },
  { path: '/alerting/admin', page: page(() => import('./alerting-admin-page.tsx')) },
];

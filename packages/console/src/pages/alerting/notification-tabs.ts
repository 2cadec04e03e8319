import type { PageTab } from '../../app/page.tsx';

export const contactTabs: readonly PageTab[] = [{ label: 'Contact points', url: '/alerting/notifications' }, { label: 'Templates', url: '/alerting/notifications/templates' }];
export const policyTabs: readonly PageTab[] = [{ label: 'Policies', url: '/alerting/routes' }, { label: 'Time intervals', url: '/alerting/time-intervals' }];

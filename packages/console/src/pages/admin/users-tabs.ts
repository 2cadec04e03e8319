import type { PageTab } from '../../app/page.tsx';
import { may } from '../../host/boot-data.ts';

export const usersTabs = (): readonly PageTab[] => [
  ...(may('users:read') ? [{ label: 'All users', url: '/admin/users' }] : []),
  ...(may('org.users:read') ? [{ label: 'Organization users', url: '/org/users' }] : []),
  ...(may('users.permissions:read') ? [{ label: 'Who may do what', url: '/admin/access/permissions' }] : []),
];

/** What pickers offer: people, teams, dashboards, folders, roles. Each asks the server for what was typed. */
import { api } from '../../api/client.ts';
import type { Choice } from './fields.tsx';

export type OrgRole = 'None' | 'Viewer' | 'Editor' | 'Admin';

export const orgRoles: readonly Choice<OrgRole>[] = [
  { value: 'None', label: 'No basic role', description: 'Only what is granted elsewhere' },
  { value: 'Viewer', description: 'Reads dashboards and alerts' },
  { value: 'Editor', description: 'Writes dashboards and alert rules, explores' },
  { value: 'Admin', description: 'Everything within the organization' },
];

interface Person { readonly userId: number; readonly uid: string; readonly login: string }
interface Team { readonly id: number; readonly uid: string; readonly name: string; readonly email: string }
interface Found { readonly uid: string; readonly title: string; readonly folderTitle?: string; readonly folderUid?: string }

export const peopleOfOrg = async (query: string): Promise<readonly Choice[]> =>
  (await api.get<readonly Person[]>('/api/org/users/lookup', { query, limit: 100 })).map(({ uid, login }) => ({ value: uid, label: login }));

export const teamsOfOrg = async (query: string): Promise<readonly Choice<number>[]> =>
  (await api.get<{ readonly teams: readonly Team[] }>('/api/teams/search', { query, perpage: 100 })).teams.map(({ id, name, email }) => ({ value: id, label: name, ...(email ? { description: email } : {}) }));

export const serviceAccountsOfOrg = async (query: string): Promise<readonly Choice[]> =>
  (await api.get<{ readonly serviceAccounts: readonly { readonly uid: string; readonly name: string; readonly login: string }[] }>('/api/serviceaccounts/search', { query, perpage: 100 })).serviceAccounts
    .map(({ uid, name, login }) => ({ value: uid, label: name, description: login }));

export const dashboardsByTitle = async (query: string): Promise<readonly Choice[]> =>
  (await api.get<readonly Found[]>('/api/search', { type: 'dash-db', query, limit: 100 })).map(({ uid, title, folderTitle }) => ({ value: uid, label: title, description: folderTitle ?? 'Dashboards' }));

/** Folders anywhere in the tree, with the path in their names where the server tells of a parent. */
export const foldersByTitle = async (query: string, permission: 'view' | 'edit' = 'edit'): Promise<readonly Choice[]> =>
  (await api.get<readonly Found[]>('/api/search', { type: 'dash-folder', query, limit: 200, permission: permission === 'edit' ? 'Edit' : 'View' }))
    .map(({ uid, title, folderTitle }) => ({ value: uid, label: folderTitle ? `${folderTitle}/${title}` : title }));

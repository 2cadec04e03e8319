/** What a person does with their own account from anywhere. */
import { locationService } from '@grafana/runtime';
import { api } from '../api/client.ts';
import { subPath } from '../host/boot-data.ts';
import { notifyError } from './notify.ts';

export const signOut = () => location.assign(`${subPath()}/logout`);

/** The application learns of its theme and organization at its start: both load it anew. */
export async function switchTheme(theme: 'light' | 'dark' | 'system'): Promise<void> {
  try {
    await api.patch('/api/user/preferences', { theme });
    const search = new URLSearchParams(location.search);
    search.delete('theme');
    location.assign(`${location.pathname}${search.size > 0 ? `?${search}` : ''}`);
  } catch (error) {
    notifyError('The theme could not be changed', error);
  }
}

export async function switchOrg(orgId: number): Promise<void> {
  try {
    await api.post(`/api/user/using/${orgId}`);
    location.assign(`${subPath()}/?orgId=${orgId}`);
  } catch (error) {
    notifyError('The organization could not be changed', error);
  }
}

export const signIn = () => {
  const { pathname, search } = locationService.getLocation();
  location.assign(`${subPath()}/login?redirectTo=${encodeURIComponent(pathname + search)}`);
};

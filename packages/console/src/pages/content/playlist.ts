/** Playlists (dashboards-and-content §13.3): dashboards shown one after another. */
import { api } from '../../api/client.ts';
import { user } from '../../host/boot-data.ts';

export interface PlaylistItem {
  readonly type: string;
  readonly value: string;
}

export interface Playlist {
  readonly uid: string;
  readonly name: string;
  readonly interval: string;
  readonly items: readonly PlaylistItem[];
}

export interface Shown {
  readonly uid: string;
  readonly title: string;
  readonly url: string;
}

/** The server asks for the role, not for a permission. */
export const mayWritePlaylists = (): boolean => ['Editor', 'Admin'].includes(user().orgRole) || user().isGrafanaAdmin;

export const playlistOf = (uid: string) => api.get<Playlist>(`/api/playlists/${encodeURIComponent(uid)}`);

/** What its items stand for now, in their order; what is gone or may not be seen is left out. */
export async function dashboardsOf(items: readonly PlaylistItem[]): Promise<readonly Shown[]> {
  const found = await Promise.all(items.map(async ({ type, value }) => {
    const params = type === 'dashboard_by_tag' ? { tag: value, limit: 1000 } : type === 'dashboard_by_id' ? { dashboardIds: value } : { dashboardUIDs: value };
    return api.get<readonly Shown[]>('/api/search', { type: 'dash-db', ...params });
  }));
  return found.flat();
}

/** Playlists as the classic routes know them (dashboards-and-content §13.3): a second face of the kind in `apps/playlist`. */
import type { Identity } from '../../../web/identity.ts';

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

/** What a writer says; a missing uid is made. */
export type PlaylistWrite = Omit<Playlist, 'uid'> & { readonly uid?: string };

export interface PlaylistService {
  /** Those whose name contains `query`, whatever its case. */
  search(identity: Identity, query: string): Promise<readonly Playlist[]>;
  get(identity: Identity, uid: string): Promise<Playlist>;
  create(identity: Identity, playlist: PlaylistWrite): Promise<Playlist>;
  /** Throws not found: an update creates nothing here. */
  update(identity: Identity, uid: string, playlist: PlaylistWrite): Promise<Playlist>;
  delete(identity: Identity, uid: string): Promise<void>;
}

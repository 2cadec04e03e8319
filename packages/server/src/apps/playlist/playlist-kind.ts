/** `playlist.grafana.app` (apiserver-and-storage §6.3, dashboards-and-content §13.3). */
import { Type, type Static } from '../../web/schema.ts';
import { specOf, type ApiObject } from '../../apiserver/api-object.ts';
import { allVerbs, defineKind } from '../../apiserver/kind.ts';
import { objectNotFound } from '../../apiserver/status.ts';

export const PlaylistItem = Type.Object({
  // Compat: neither kind of item nor interval is checked.
  type: Type.String({ description: 'Type of the item.', enum: ['dashboard_by_tag', 'dashboard_by_uid', 'dashboard_by_id'] }),
  value: Type.String({ description: 'Tag, uid or id, according to the type.' }),
});

export const PlaylistSpec = Type.Object({
  title: Type.String(),
  interval: Type.String(),
  items: Type.Array(PlaylistItem),
});
export type PlaylistSpec = Static<typeof PlaylistSpec>;

const AppStatus = Type.Object({ operatorStates: Type.Optional(Type.Object({})), additionalFields: Type.Optional(Type.Object({})) });

export const playlistKind = defineKind({
  group: 'playlist.grafana.app', kind: 'Playlist', plural: 'playlists', singular: 'playlist',
  versions: [{ name: 'v1', spec: PlaylistSpec, status: AppStatus }, { name: 'v0alpha1', spec: PlaylistSpec, status: AppStatus }],
  verbs: allVerbs, hasStatus: true, listKeepsVersion: true, sharesSchema: true, requiresTypeMeta: true,
  // Compat: the reference cannot follow fields inside the items, and then remembers none at all.
  managesFields: (now, before) => hasNoItems(now) && (!before || hasNoItems(before)),
  subresources: [{
    name: 'status', kind: 'Playlist', verbs: ['get', 'patch', 'update'],
    // Compat: listed, but found for no playlist.
    handle: async ({ name, kind }) => {
      throw objectNotFound(kind, name);
    },
  }],
});

const hasNoItems = (object: ApiObject) => (specOf<Partial<PlaylistSpec>>(object).items ?? []).length === 0;

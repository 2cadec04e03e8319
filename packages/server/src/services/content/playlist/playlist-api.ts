/** `/api/playlists` (dashboards-and-content §13.3). */
import { Type, type Static } from '../../../web/schema.ts';
import { signedIn } from '../../../web/access.ts';
import { bindJsonRequest, BindError } from '../../../web/bind.ts';
import { ApiError } from '../../../web/errors.ts';
import type { RequestContext, Routes } from '../../../web/route.ts';
import type { Playlist, PlaylistService } from './playlist.ts';

const PlaylistBody = Type.Object({
  uid: Type.String(),
  name: Type.String({ minLength: 1 }),
  interval: Type.String(),
  // Compat: a title of an item is accepted and dropped.
  items: Type.Array(Type.Object({ type: Type.String(), value: Type.String() })),
});

export function playlistRoutes(routes: Routes, { playlists }: { playlists: PlaylistService }): void {
  const tag = 'playlists';
  routes.get('/api/playlists', { access: signedIn, tag, name: 'searchPlaylists' }, async ({ identity, search }) =>
    (await playlists.search(identity, search.get('query') ?? '')).map(({ uid, name, interval }) => ({ uid, name, interval })));
  routes.get('/api/playlists/:uid', { access: signedIn, tag, name: 'getPlaylist' }, async ({ identity, params }) => shown(await playlists.get(identity, params['uid']!)));
  routes.get('/api/playlists/:uid/items', { access: signedIn, tag, name: 'getPlaylistItems' }, async ({ identity, params }) => (await playlists.get(identity, params['uid']!)).items);
  routes.post('/api/playlists', { access: signedIn, tag, name: 'createPlaylist', rawBody: true }, async (ctx) => shown(await playlists.create(ctx.identity, bound(ctx))));
  routes.put('/api/playlists/:uid', { access: signedIn, tag, name: 'updatePlaylist', rawBody: true }, async (ctx) =>
    shown(await playlists.update(ctx.identity, ctx.params['uid']!, bound(ctx))));
  routes.delete('/api/playlists/:uid', { access: signedIn, tag, name: 'deletePlaylist' }, async ({ identity, params }) => {
    await playlists.delete(identity, params['uid']!);
    return '';
  });
}

const shown = ({ uid, name, interval, items }: Playlist) => ({ uid, name, interval, items });

function bound(request: Pick<RequestContext, 'headers' | 'rawBody'>): Static<typeof PlaylistBody> {
  try {
    return bindJsonRequest(PlaylistBody, request);
  } catch (cause) {
    if (!(cause instanceof BindError)) throw cause;
    throw new ApiError(400, 'bad request data', { extra: { traceID: '' }, cause });
  }
}

/** Starts a playlist: its first dashboard takes the place of this page. `/playlists/play/:uid?kiosk` */
import { EmptyState, LinkButton } from '@grafana/ui';
import { useEffect } from 'react';
import { useParams, useSearchParams } from 'react-router-dom';
import { useLoaded } from '../../api/client.ts';
import { startPlaying } from '../../app/player.ts';
import { Page, Shown } from '../../app/page.tsx';
import { durationSeconds } from '../parts/durations.ts';
import { dashboardsOf, playlistOf } from './playlist.ts';

export default function PlaylistStartPage() {
  const { uid = '' } = useParams();
  const [search] = useSearchParams();
  const loaded = useLoaded(async () => {
    const playlist = await playlistOf(uid);
    return { playlist, dashboards: await dashboardsOf(playlist.items) };
  }, uid);
  const { value } = loaded;
  const params = search.toString();
  useEffect(() => {
    if (value && value.dashboards.length > 0) startPlaying({ name: value.playlist.name, everyMs: Math.max(durationSeconds(value.playlist.interval) ?? 60, 1) * 1000, urls: value.dashboards.map(({ url }) => url), params });
  }, [value, params]);
  return (
    <Page title={value?.playlist.name ?? 'Playlist'} above={[{ label: 'Playlists', url: '/playlists' }]}>
      <Shown loaded={loaded}>
        {({ dashboards }) => (dashboards.length > 0 ? <p>Starting…</p> : (
          <EmptyState variant="not-found" message="There is nothing to show" button={<LinkButton href={`/playlists/edit/${uid}`}>Edit the playlist</LinkButton>}>Its dashboards are gone, or you may not see them.</EmptyState>
        ))}
      </Shown>
    </Page>
  );
}

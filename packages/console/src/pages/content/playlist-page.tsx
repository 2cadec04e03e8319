/** Making and changing a playlist. `/playlists/new`, `/playlists/edit/:uid` */
import { Alert, EmptyState, IconButton, LinkButton } from '@grafana/ui';
import { useState } from 'react';
import { useParams } from 'react-router-dom';
import { api, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { dashboardsByTitle } from '../parts/choices.ts';
import { durationSeconds } from '../parts/durations.ts';
import { PickField, TextField } from '../parts/fields.tsx';
import { Form } from '../parts/form.tsx';
import { goTo } from '../parts/go.ts';
import { Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';
import { mayWritePlaylists, type Playlist, type PlaylistItem, playlistOf } from './playlist.ts';

interface Found { readonly uid: string; readonly title: string }

export default function PlaylistPage() {
  const { uid } = useParams();
  const stored = useLoaded(async () => {
    if (uid === undefined) return { playlist: undefined, titles: {} };
    const playlist = await playlistOf(uid);
    const uids = playlist.items.flatMap(({ type, value }) => (type === 'dashboard_by_uid' ? [value] : []));
    const found = uids.length === 0 ? [] : await api.get<readonly Found[]>('/api/search', { dashboardUIDs: uids }).catch(() => []);
    return { playlist, titles: Object.fromEntries(found.map((one) => [one.uid, one.title])) };
  }, String(uid));
  return (
    <Page title={uid === undefined ? 'New playlist' : stored.value?.playlist?.name ?? 'Playlist'} above={[{ label: 'Playlists', url: '/playlists' }]}>
      {mayWritePlaylists() ? <Shown loaded={stored}>{({ playlist, titles }) => <PlaylistForm playlist={playlist} titles={titles} />}</Shown> : <Alert severity="info" title="Editors and administrators make playlists">You can start those that there are.</Alert>}
    </Page>
  );
}

const words: Readonly<Record<string, string>> = { dashboard_by_tag: 'All with the tag', dashboard_by_uid: 'Dashboard', dashboard_by_id: 'Dashboard by its number' };

function PlaylistForm({ playlist, titles: known }: { readonly playlist: Playlist | undefined; readonly titles: Readonly<Record<string, string>> }) {
  const [draft, setDraft] = useState({ name: playlist?.name ?? '', interval: playlist?.interval ?? '5m', items: playlist?.items ?? [] });
  const [titles, setTitles] = useState(known);
  const change = (some: Partial<typeof draft>) => setDraft((now) => ({ ...now, ...some }));
  const seconds = durationSeconds(draft.interval);
  const fault = seconds === undefined || seconds < 1 ? 'A duration such as 30s or 5m' : undefined;
  const add = (item: PlaylistItem) => change({ items: [...draft.items, item] });
  const move = (at: number, by: number) => {
    const items = [...draft.items];
    const [item] = items.splice(at, 1);
    items.splice(at + by, 0, item!);
    change({ items });
  };
  const tags = async (typed: string) => (await api.get<readonly { readonly term: string; readonly count: number }[]>('/api/dashboards/tags')).filter(({ term }) => term.toLowerCase().includes(typed.toLowerCase())).map(({ term, count }) => ({ value: term, label: `${term} (${count})` }));
  const dashboards = async (typed: string) => {
    const found = await dashboardsByTitle(typed);
    setTitles((now) => ({ ...now, ...Object.fromEntries(found.map(({ value, label }) => [value, label ?? value])) }));
    return found;
  };
  return (
    <Form wide submit="Save playlist" disabled={draft.name.trim() === '' || fault !== undefined || draft.items.length === 0} more={<LinkButton variant="secondary" fill="text" href="/playlists">Cancel</LinkButton>} onSubmit={async () => {
      const body = { ...draft, name: draft.name.trim(), uid: playlist?.uid ?? '' };
      if (await attempt(() => (playlist ? api.put(`/api/playlists/${playlist.uid}`, body) : api.post('/api/playlists', body)), `${body.name} is saved`, 'The playlist could not be saved')) goTo('/playlists');
    }}>
      <div style={{ maxWidth: 640 }}>
        <TextField label="Name" required autoFocus={!playlist} value={draft.name} onChange={(name) => change({ name })} />
        <TextField label="Each is shown for" required error={fault} value={draft.interval} onChange={(interval) => change({ interval })} />
      </div>
      <Section title="Dashboards" description="In this order, and then from the beginning">
        <Table label="Dashboards" rows={draft.items.map((item, at) => ({ ...item, at }))} rowKey={({ at, value }) => `${at} ${value}`} pageSize={500} empty={<EmptyState variant="call-to-action" hideImage message="There are none yet">Add dashboards below, one by one or by a tag.</EmptyState>} columns={[
          { label: 'What', cell: ({ type }) => words[type] ?? type },
          { label: 'Name', cell: ({ type, value }) => (type === 'dashboard_by_uid' ? titles[value] ?? `${value} (it cannot be seen)` : value) },
          { label: 'Actions', actions: true, cell: ({ at, value }) => (
            <>
              <IconButton name="arrow-up" disabled={at === 0} aria-label={`Move ${titles[value] ?? value} up`} onClick={() => move(at, -1)} />
              <IconButton name="arrow-down" disabled={at === draft.items.length - 1} aria-label={`Move ${titles[value] ?? value} down`} onClick={() => move(at, 1)} />
              <IconButton name="trash-alt" aria-label={`Take ${titles[value] ?? value} out`} onClick={() => change({ items: draft.items.filter((_, index) => index !== at) })} />
            </>
          ) },
        ]} />
        <div style={{ maxWidth: 640 }}>
          <PickField label="Add a dashboard" placeholder="Choose a dashboard" value={null} choices={dashboards} onChange={(value) => value !== null && add({ type: 'dashboard_by_uid', value })} />
          <PickField label="Add all with a tag" placeholder="Choose a tag" value={null} choices={tags} onChange={(value) => value !== null && add({ type: 'dashboard_by_tag', value })} />
        </div>
      </Section>
    </Form>
  );
}

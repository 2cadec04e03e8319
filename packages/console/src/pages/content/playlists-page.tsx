/** `/playlists` */
import { Button, EmptyState, LinkButton, Modal, RadioButtonGroup, Stack } from '@grafana/ui';
import { useState } from 'react';
import { api, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { Confirmed } from '../parts/confirmed.tsx';
import { goTo } from '../parts/go.ts';
import { Table } from '../parts/table.tsx';
import { mayWritePlaylists, type Playlist } from './playlist.ts';

export default function PlaylistsPage() {
  const found = useLoaded(() => api.get<readonly Playlist[]>('/api/playlists'), '');
  const [starting, setStarting] = useState<Playlist>();
  const mayWrite = mayWritePlaylists();
  const add = mayWrite && <LinkButton icon="plus" href="/playlists/new">New playlist</LinkButton>;
  return (
    <Page title="Playlists" subtitle="Dashboards shown one after another, on a screen on the wall for example" actions={add}>
      <Shown loaded={found}>
        {(all) => (
          <Table label="Playlists" rows={all} rowKey={(one) => one.uid} words={(one) => one.name} empty={<EmptyState variant="call-to-action" message="There are no playlists yet" button={add || undefined}>{mayWrite ? 'Choose dashboards, and for how long each is shown.' : 'Editors can make one.'}</EmptyState>} columns={[
            { label: 'Name', sort: (one) => one.name, cell: (one) => one.name },
            { label: 'Each is shown for', cell: (one) => one.interval },
            { label: 'Actions', actions: true, cell: (one) => (
              <>
                <Button size="sm" icon="play" variant="secondary" aria-label={`Start ${one.name}`} onClick={() => setStarting(one)}>Start</Button>
                {mayWrite && <LinkButton size="sm" variant="secondary" icon="pen" aria-label={`Edit ${one.name}`} href={`/playlists/edit/${one.uid}`}>Edit</LinkButton>}
                {mayWrite && <Confirmed iconOnly label={`Delete ${one.name}`} title={`Delete ${one.name}?`} body="Its dashboards stay." confirmText="Delete" onConfirm={async () => {
                  if (await attempt(() => api.delete(`/api/playlists/${one.uid}`), `${one.name} is deleted`, 'The playlist could not be deleted')) found.reload();
                }} />}
              </>
            ) },
          ]} />
        )}
      </Shown>
      {starting && <StartModal playlist={starting} onClose={() => setStarting(undefined)} />}
    </Page>
  );
}

const modes = [{ value: '', label: 'With navigation' }, { value: '?kiosk=true', label: 'Full page', description: 'Without navigation and controls' }];

function StartModal({ playlist, onClose }: { readonly playlist: Playlist; readonly onClose: () => void }) {
  const [mode, setMode] = useState('');
  return (
    <Modal isOpen title={`Start ${playlist.name}`} onDismiss={onClose}>
      <Stack direction="column" gap={2}>
        <RadioButtonGroup aria-label="How it is shown" options={modes} value={mode} onChange={setMode} />
        <span>This address starts it at once: <code>/playlists/play/{playlist.uid}{mode}</code></span>
      </Stack>
      <Modal.ButtonRow>
        <Button variant="secondary" fill="outline" onClick={onClose}>Cancel</Button>
        <Button icon="play" onClick={() => goTo(`/playlists/play/${playlist.uid}${mode}`)}>Start</Button>
      </Modal.ButtonRow>
    </Modal>
  );
}

/** Panels of the library: one is put into the dashboard, or a panel of the dashboard becomes one of the library's. */
import { EmptyState, FilterInput, Modal, Button, Field, Input, Card, Stack } from '@grafana/ui';
import { useState } from 'react';
import { api, useLoaded } from '../api/client.ts';
import { Shown } from '../app/page.tsx';
import { attempt } from '../app/notify.ts';
import { FolderPicker } from './folder-picker.tsx';
import type { PanelJson } from './model.ts';

interface LibraryPanel {
  readonly uid: string;
  readonly name: string;
  readonly description?: string;
  readonly type: string;
  readonly model: PanelJson;
  readonly meta?: { readonly folderName?: string; readonly connectedDashboards?: number };
}

export function LibraryPanelPicker({ onClose, onChosen }: { readonly onClose: () => void; readonly onChosen: (panel: LibraryPanel) => void }) {
  const [text, setText] = useState('');
  const found = useLoaded(async () => (await api.get<{ result: { elements: LibraryPanel[] } }>('/api/library-elements', { kind: 1, perPage: 100, ...(text ? { searchString: text } : {}) })).result.elements, text);
  return (
    <Modal isOpen title="Add a library panel" onDismiss={onClose}>
      <Stack direction="column" gap={2}>
        <FilterInput placeholder="Search for library panels" aria-label="Search" value={text} onChange={setText} />
        <Shown loaded={found}>
          {(panels) => panels.length === 0 ? <EmptyState variant="not-found" message={text ? 'Nothing matches' : 'There are no library panels'}>The menu of a panel makes one of it.</EmptyState>
            : <Stack direction="column" gap={1}>{panels.map((panel) => <Card key={panel.uid} noMargin onClick={() => onChosen(panel)}><Card.Heading>{panel.name}</Card.Heading><Card.Meta>{[panel.type, panel.meta?.folderName ?? '', `on ${panel.meta?.connectedDashboards ?? 0} dashboards`].filter((one) => one !== '')}</Card.Meta>{panel.description && <Card.Description>{panel.description}</Card.Description>}</Card>)}</Stack>}
        </Shown>
      </Stack>
    </Modal>
  );
}

export function MakeLibraryPanel({ panel, folderUid, onClose, onMade }: { readonly panel: PanelJson; readonly folderUid: string; readonly onClose: () => void; readonly onMade: (library: { readonly uid: string; readonly name: string }) => void }) {
  const [name, setName] = useState(panel.title ?? '');
  const [folder, setFolder] = useState(folderUid);
  const make = () => attempt(async () => {
    const { id: _, gridPos: __, libraryPanel: ___, ...model } = panel;
    const { result } = await api.post<{ result: LibraryPanel }>('/api/library-elements', { name, kind: 1, folderUid: folder, model: { ...model, title: panel.title ?? '' } });
    onMade({ uid: result.uid, name: result.name });
  }, 'Library panel created', 'The library panel was not created');
  return (
    <Modal isOpen title="Create a library panel" onDismiss={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); void make(); }}>
        <p>Dashboards that show it follow what is changed in the library.</p>
        <Field label="Name"><Input value={name} autoFocus required onChange={(event) => setName(event.currentTarget.value)} /></Field>
        <Field label="Folder"><FolderPicker value={folder} onChange={setFolder} /></Field>
        <Modal.ButtonRow><Button variant="secondary" onClick={onClose}>Cancel</Button><Button type="submit" disabled={name.trim() === ''}>Create</Button></Modal.ButtonRow>
      </form>
    </Modal>
  );
}

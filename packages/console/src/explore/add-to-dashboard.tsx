/** Puts what Explore shows into a dashboard, as a panel. */
import { Alert, Button, Combobox, Field, Input, Modal, RadioButtonGroup, Stack } from '@grafana/ui';
import { locationService } from '@grafana/runtime';
import { useState } from 'react';
import { api, errorText } from '../api/client.ts';
import type { ExplorePane } from './explore-url.ts';

export interface AddToDashboardProps {
  readonly pane: ExplorePane;
  readonly datasource: { readonly uid: string; readonly type: string };
  readonly panelType: string;
  readonly onClose: () => void;
}

interface Stored {
  readonly dashboard: { readonly panels?: readonly { readonly id?: number; readonly gridPos?: { readonly y: number; readonly h: number } }[]; readonly [member: string]: unknown };
  readonly meta: { readonly folderUid?: string };
}

export function AddToDashboard({ pane, datasource, panelType, onClose }: AddToDashboardProps) {
  const [where, setWhere] = useState<'new' | 'existing'>('new');
  const [title, setTitle] = useState('New dashboard');
  const [uid, setUid] = useState('');
  const [saving, setSaving] = useState(false);
  const [error, setError] = useState<string>();
  const panel = (id: number, y: number) => ({ id, type: panelType, title: 'New panel', gridPos: { x: 0, y, w: 24, h: 9 }, datasource, targets: pane.queries.map((query) => ({ ...query, datasource: query.datasource ?? datasource })) });
  const body = async () => {
    if (where === 'new') return { dashboard: { title, schemaVersion: 41, time: { from: pane.from, to: pane.to }, panels: [panel(1, 0)] } };
    const { dashboard, meta } = await api.get<Stored>(`/api/dashboards/uid/${uid}`);
    const panels = dashboard.panels ?? [];
    const below = Math.max(0, ...panels.map(({ gridPos }) => (gridPos ? gridPos.y + gridPos.h : 0)));
    return { dashboard: { ...dashboard, panels: [...panels, panel(Math.max(0, ...panels.map(({ id }) => id ?? 0)) + 1, below)] }, message: 'Panel added from Explore', ...(meta.folderUid ? { folderUid: meta.folderUid } : {}) };
  };
  const save = async () => {
    setSaving(true);
    try {
      const { url } = await api.post<{ url: string }>('/api/dashboards/db', await body());
      locationService.push(url);
    } catch (problem) {
      setError(errorText(problem));
      setSaving(false);
    }
  };
  const find = async (query: string) => (await api.get<{ uid: string; title: string; folderTitle?: string }[]>('/api/search', { type: 'dash-db', permission: 'Edit', limit: 50, query })).map((hit) => ({ value: hit.uid, label: hit.title, ...(hit.folderTitle ? { description: hit.folderTitle } : {}) }));
  return (
    <Modal isOpen title="Add to dashboard" onDismiss={onClose}>
      <Stack direction="column" gap={2}>
        <RadioButtonGroup aria-label="Where to" options={[{ value: 'new', label: 'New dashboard' }, { value: 'existing', label: 'Existing dashboard' }]} value={where} onChange={setWhere} />
        {where === 'new'
          ? <Field label="Title" noMargin><Input id="add-title" value={title} onChange={(event) => setTitle(event.currentTarget.value)} /></Field>
          : <Field label="Dashboard" noMargin><Combobox id="add-dashboard" options={find} value={uid || null} placeholder="Choose a dashboard" onChange={({ value }) => setUid(value)} /></Field>}
        {error && <Alert severity="error" title="The panel could not be added">{error}</Alert>}
      </Stack>
      <Modal.ButtonRow>
        <Button variant="secondary" fill="outline" onClick={onClose}>Cancel</Button>
        <Button disabled={saving || (where === 'new' ? title.trim() === '' : uid === '')} onClick={save}>Add panel</Button>
      </Modal.ButtonRow>
    </Modal>
  );
}

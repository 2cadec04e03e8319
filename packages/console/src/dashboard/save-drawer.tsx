/** Saves a dashboard: under its name, or as a copy; says what to do where somebody else has saved meanwhile. */
import { isFetchError } from '@grafana/runtime';
import { Alert, Button, Checkbox, Collapse, Drawer, Field, Input, Stack, TextArea } from '@grafana/ui';
import { useMemo, useState } from 'react';
import { errorText } from '../api/client.ts';
import { notifySuccess } from '../app/notify.ts';
import { forSaving, saveDashboard } from './dashboard-api.ts';
import { DiffView } from '../app/diff-view.tsx';
import { jsonText } from '../app/line-diff.ts';
import { FolderPicker } from './folder-picker.tsx';
import type { DashboardSession } from './session.ts';

interface Props {
  readonly session: DashboardSession;
  readonly asCopy?: boolean;
  readonly onClose: () => void;
  readonly onSaved: (uid: string, url: string) => void;
}

export function SaveDrawer({ session, asCopy = false, onClose, onSaved }: Props) {
  const { loaded } = session;
  const isNew = loaded === undefined || asCopy;
  const [title, setTitle] = useState(() => (asCopy ? `${session.current().title} Copy` : session.current().title));
  const [folderUid, setFolderUid] = useState(session.folderUid);
  const [message, setMessage] = useState('');
  const [range, setRange] = useState(false);
  const [variables, setVariables] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<{ readonly text: string; readonly conflict: boolean }>();

  async function save(overwrite: boolean): Promise<void> {
    setBusy(true);
    setProblem(undefined);
    try {
      const { uid: _, ...json } = session.chosen(session.current(), { range, variables });
      const dashboard = isNew ? { ...json, title, id: null, version: 0 } : { ...json, uid: loaded.uid, version: loaded.version };
      const saved = await saveDashboard({ dashboard, folderUid, message, overwrite }, isNew ? undefined : loaded);
      notifySuccess('Dashboard saved');
      onSaved(saved.uid, saved.url);
    } catch (error) {
      setProblem({ text: errorText(error), conflict: isFetchError(error) && (error.status === 412 || error.status === 409) });
    } finally {
      setBusy(false);
    }
  }

  return (
    <Drawer title={asCopy ? 'Save as a copy' : 'Save dashboard'} size="md" onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); void save(false); }}>
        <Stack direction="column" gap={2}>
          {problem && (
            <Alert severity={problem.conflict ? 'warning' : 'error'} title={problem.conflict ? 'Somebody else has saved this dashboard meanwhile' : 'The dashboard was not saved'}>
              <p>{problem.text}</p>
              {problem.conflict && (
                <Stack gap={1}>
                  <Button variant="destructive" disabled={busy} onClick={() => void save(true)}>Save and overwrite</Button>
                  <Button variant="secondary" onClick={() => location.reload()}>Discard mine and reload</Button>
                </Stack>
              )}
            </Alert>
          )}
          {isNew && <Field noMargin label="Title"><Input value={title} onChange={(event) => setTitle(event.currentTarget.value)} required autoFocus /></Field>}
          {isNew && <Field noMargin label="Folder"><FolderPicker value={folderUid} onChange={setFolderUid} /></Field>}
          {!isNew && <Changes session={session} range={range} variables={variables} />}
          {!isNew && <div><Checkbox label="Save the time range that is chosen as default" value={range} onChange={(event) => setRange(event.currentTarget.checked)} /></div>}
          {!isNew && (session.state().dashboard.templating?.list?.length ?? 0) > 0 && <div><Checkbox label="Save the variables' values that are chosen as default" value={variables} onChange={(event) => setVariables(event.currentTarget.checked)} /></div>}
          {!isNew && <Field noMargin label="Message" description="What has changed, for the list of versions"><TextArea value={message} rows={3} onChange={(event) => setMessage(event.currentTarget.value)} /></Field>}
          <Stack gap={1}>
            <Button type="submit" disabled={busy || title.trim() === ''} icon={busy ? 'spinner' : 'save'}>{busy ? 'Saving' : 'Save'}</Button>
            <Button variant="secondary" onClick={onClose}>Cancel</Button>
          </Stack>
        </Stack>
      </form>
    </Drawer>
  );
}

/** What will be saved that was not there, for those who want to look first. */
function Changes({ session, range, variables }: { readonly session: DashboardSession; readonly range: boolean; readonly variables: boolean }) {
  const [open, setOpen] = useState(false);
  const [before, after] = useMemo(() => [forSaving(session.original), forSaving(session.chosen(session.current(), { range, variables }))], [session, range, variables]);
  return <Collapse label="What has changed" isOpen={open} onToggle={setOpen}>{open && <DiffView before={jsonText(before)} after={jsonText(after)} />}</Collapse>;
}

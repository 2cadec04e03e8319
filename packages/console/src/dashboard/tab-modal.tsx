/** A tab's name and repetition, and its removal with what is on it. */
import { Button, Combobox, Field, Input, Modal } from '@grafana/ui';
import { useState } from 'react';
import { repeatChoices } from './row-modal.tsx';
import { withoutTab, withTabAs } from './rows-and-tabs.ts';
import type { DashboardSession } from './session.ts';

export function TabModal({ session, index, onClose }: { readonly session: DashboardSession; readonly index: number; readonly onClose: () => void }) {
  const tabs = session.current().tabs ?? [];
  const tab = tabs[index];
  const [title, setTitle] = useState(tab?.title ?? '');
  const [repeat, setRepeat] = useState(tab?.repeat ?? '');
  const done = (change: Parameters<DashboardSession['change']>[0], shown = index) => {
    session.change(change, shown);
    onClose();
  };
  return (
    <Modal isOpen title="Tab" onDismiss={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); done((before) => withTabAs(before, index, { title, repeat })); }}>
        <Field label="Title"><Input value={title} autoFocus required onChange={(event) => setTitle(event.currentTarget.value)} /></Field>
        <Field label="Repeat for" description="Kept for frontends that repeat tabs; this console shows the tab once"><Combobox aria-label="Repeat for" options={repeatChoices(session)} value={repeat} onChange={({ value }) => setRepeat(value)} /></Field>
        {(tab?.panels.length ?? 0) > 0 && <p>It has {tab!.panels.length} panels, which are removed with it.</p>}
        <Modal.ButtonRow leftItems={tabs.length > 1 ? <Button variant="destructive" fill="outline" onClick={() => done((before) => withoutTab(before, index), Math.max(0, index - 1))}>Remove the tab</Button> : null}>
          <Button variant="secondary" onClick={onClose}>Cancel</Button><Button type="submit" disabled={title.trim() === ''}>Save</Button>
        </Modal.ButtonRow>
      </form>
    </Modal>
  );
}

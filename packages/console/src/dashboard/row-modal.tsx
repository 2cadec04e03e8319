/** A row's name and repetition, and its removal with or without the panels in it. */
import { Button, Combobox, Field, Input, Modal } from '@grafana/ui';
import { useState } from 'react';
import { panelJson } from './panel-menu.ts';
import { withoutRow, withRow } from './rows-and-tabs.ts';
import type { DashboardSession } from './session.ts';

export function RowModal({ session, id, onClose }: { readonly session: DashboardSession; readonly id: number; readonly onClose: () => void }) {
  const row = panelJson(session, id);
  const [title, setTitle] = useState(row?.title ?? '');
  const [repeat, setRepeat] = useState(row?.repeat ?? '');
  const done = (change: Parameters<DashboardSession['change']>[0]) => {
    session.change(change);
    onClose();
  };
  return (
    <Modal isOpen title="Row" onDismiss={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); done((before) => withRow(before, id, { title, repeat })); }}>
        <Field label="Title"><Input value={title} autoFocus onChange={(event) => setTitle(event.currentTarget.value)} /></Field>
        <Field label="Repeat for" description="A row for each chosen value of a variable"><Combobox aria-label="Repeat for" options={repeatChoices(session)} value={repeat} onChange={({ value }) => setRepeat(value)} /></Field>
        <Modal.ButtonRow leftItems={<><Button variant="destructive" fill="outline" onClick={() => done((before) => withoutRow(before, id, false))}>Remove the row</Button><Button variant="destructive" fill="outline" onClick={() => done((before) => withoutRow(before, id, true))}>Remove it with its panels</Button></>}>
          <Button variant="secondary" onClick={onClose}>Cancel</Button><Button type="submit">Save</Button>
        </Modal.ButtonRow>
      </form>
    </Modal>
  );
}

export const repeatChoices = (session: DashboardSession) => [{ value: '', label: 'No repetition' }, ...(session.current().templating?.list ?? []).filter(({ type }) => !['adhoc', 'groupby', 'constant', 'textbox', 'switch', 'interval'].includes(type)).map(({ name, label }) => ({ value: name, label: label || name }))];

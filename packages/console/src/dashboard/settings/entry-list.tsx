/** A list of things that a dashboard has (variables, annotations, links), each with a form that opens below it. */
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Button, ConfirmModal, EmptyState, Icon, IconButton, useStyles2 } from '@grafana/ui';
import { useState, type ReactNode } from 'react';

interface EntryListProps<Entry> {
  readonly list: readonly Entry[];
  readonly onChange: (list: readonly Entry[]) => void;
  readonly kind: string;
  readonly about: string;
  readonly nameOf: (entry: Entry) => string;
  readonly detailOf: (entry: Entry) => ReactNode;
  readonly fresh: () => Entry;
  readonly copyOf: (entry: Entry) => Entry;
  readonly mayRemove?: (entry: Entry) => boolean;
  readonly children: (entry: Entry, onChange: (entry: Entry) => void, others: readonly Entry[]) => ReactNode;
}

export function EntryList<Entry>({ list, onChange, kind, about, nameOf, detailOf, fresh, copyOf, mayRemove = () => true, children }: EntryListProps<Entry>) {
  const styles = useStyles2(stylesOf);
  const [open, setOpen] = useState<number>();
  const [removing, setRemoving] = useState<number>();
  const move = (index: number, by: -1 | 1) => {
    const next = [...list];
    next.splice(index + by, 0, ...next.splice(index, 1));
    onChange(next);
    if (open === index) setOpen(index + by);
  };
  const add = (entry: Entry) => {
    onChange([...list, entry]);
    setOpen(list.length);
  };
  const addButton = <Button icon="plus" variant={list.length === 0 ? 'primary' : 'secondary'} onClick={() => add(fresh())}>Add {kind}</Button>;
  if (list.length === 0) return <EmptyState variant="call-to-action" message={`There are no ${kind}s yet`} button={addButton}>{about}</EmptyState>;
  return (
    <div>
      <ul className={styles.list}>
        {list.map((entry, index) => {
          const name = nameOf(entry) || 'Untitled';
          const isOpen = open === index;
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: names are edited, so they tell nothing apart
            <li key={index} className={styles.entry}>
              <div className={styles.head}>
                <button type="button" className={styles.name} aria-expanded={isOpen} onClick={() => setOpen(isOpen ? undefined : index)}><Icon name={isOpen ? 'angle-down' : 'angle-right'} /> <strong>{name}</strong> <span className={styles.detail}>{detailOf(entry)}</span></button>
                <IconButton name="arrow-up" aria-label={`Move ${name} up`} disabled={index === 0} onClick={() => move(index, -1)} /><IconButton name="arrow-down" aria-label={`Move ${name} down`} disabled={index === list.length - 1} onClick={() => move(index, 1)} />
                <IconButton name="copy" aria-label={`Duplicate ${name}`} onClick={() => add(copyOf(entry))} />
                <IconButton name="trash-alt" aria-label={`Remove ${name}`} disabled={!mayRemove(entry)} onClick={() => setRemoving(index)} />
              </div>
              {isOpen && <div className={styles.form}>{children(entry, (next) => onChange(list.map((one, at) => (at === index ? next : one))), list.filter((_, at) => at !== index))}</div>}
            </li>
          );
        })}
      </ul>
      {addButton}
      {removing !== undefined && list[removing] !== undefined && (
        <ConfirmModal isOpen title={`Remove ${kind}`} body={`Remove "${nameOf(list[removing])}" from the dashboard?`} confirmText="Remove" onConfirm={() => { onChange(list.filter((_, at) => at !== removing)); setOpen(undefined); setRemoving(undefined); }} onDismiss={() => setRemoving(undefined)} />
      )}
    </div>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({
  list: css({ listStyle: 'none', marginBottom: theme.spacing(2) }), entry: css({ borderBottom: `1px solid ${theme.colors.border.weak}` }), head: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(0.5), padding: theme.spacing(0.5, 0) }),
  name: css({ flex: 1, minWidth: 0, textAlign: 'left', background: 'none', border: 0, padding: theme.spacing(1), overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', '&:hover': { background: theme.colors.action.hover, '& span': { color: theme.colors.text.primary } } }), detail: css({ color: theme.colors.text.secondary, marginLeft: theme.spacing(1) }),
  form: css({ padding: theme.spacing(1, 3, 2), maxWidth: 720 }),
});

/** Links from the results of one source to queries of another. */
import { Badge, Button, EmptyState, Modal } from '@grafana/ui';
import { useState } from 'react';
import { api, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { may } from '../../host/boot-data.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { AreaField, PickField, TextField } from '../parts/fields.tsx';
import { Form } from '../parts/form.tsx';
import { Table } from '../parts/table.tsx';
import { listSources } from './data-source.ts';

interface Correlation {
  readonly uid: string;
  readonly sourceUID: string;
  readonly targetUID?: string;
  readonly label: string;
  readonly description: string;
  readonly type: 'query' | 'external';
  readonly provisioned: boolean;
  readonly config: { readonly field: string; readonly target: object };
}

export default function CorrelationsPage() {
  const loaded = useLoaded(async () => {
    const [found, sources] = await Promise.all([api.get<{ readonly correlations: readonly Correlation[] }>('/api/datasources/correlations', { limit: 1000 }).catch((error: { status?: number }) => {
      if (error.status === 404) return { correlations: [] };
      throw error;
    }), listSources().catch(() => [])]);
    return { correlations: found.correlations ?? [], names: new Map(sources.map(({ uid, name }) => [uid, name])) };
  }, '');
  const [adding, setAdding] = useState(false);
  const mayWrite = may('datasources:write');
  const add = mayWrite && <Button icon="plus" onClick={() => setAdding(true)}>Add correlation</Button>;
  return (
    <Page title="Correlations" subtitle="Links in Explore from what one source found to a query of another" actions={add}>
      <Shown loaded={loaded}>
        {({ correlations, names }) => (
          <Table label="Correlations" rows={correlations} rowKey={(one) => one.uid} words={(one) => `${one.label} ${one.description} ${names.get(one.sourceUID)}`} empty={<EmptyState variant="call-to-action" message="There are no correlations yet" button={add || undefined} />} columns={[
            { label: 'Label', sort: (one) => one.label, cell: (one) => one.label || '—' },
            { label: 'From', sort: (one) => names.get(one.sourceUID) ?? one.sourceUID, cell: (one) => `${names.get(one.sourceUID) ?? one.sourceUID}, field ${one.config.field}` },
            { label: 'To', cell: (one) => (one.type === 'external' ? 'An address' : names.get(one.targetUID ?? '') ?? one.targetUID) },
            { label: 'Marks', cell: (one) => one.provisioned && <Badge color="purple" text="Provisioned" /> },
            { label: 'Actions', actions: true, cell: (one) => mayWrite && !one.provisioned && <Confirmed iconOnly label={`Delete ${one.label}`} title="Delete this correlation?" body="Its link disappears from Explore." confirmText="Delete" onConfirm={() => attempt(async () => { await api.delete(`/api/datasources/uid/${one.sourceUID}/correlations/${one.uid}`); loaded.reload(); }, 'Correlation deleted', 'The correlation could not be deleted')} /> },
          ]} />
        )}
      </Shown>
      {adding && <AddCorrelation onClose={() => setAdding(false)} onAdded={() => { setAdding(false); loaded.reload(); }} />}
    </Page>
  );
}

function AddCorrelation({ onClose, onAdded }: { readonly onClose: () => void; readonly onAdded: () => void }) {
  const [draft, setDraft] = useState({ label: '', description: '', sourceUID: '', targetUID: '', field: '', target: '{\n  "expr": "${__value.raw}"\n}' });
  const [fault, setFault] = useState<string | undefined>();
  const change = (some: Partial<typeof draft>) => setDraft((now) => ({ ...now, ...some }));
  const sources = async () => (await listSources()).map(({ uid, name, typeName }) => ({ value: uid, label: name, description: typeName }));
  return (
    <Modal isOpen title="Add correlation" onDismiss={onClose}>
      <Form submit="Add" disabled={draft.sourceUID === '' || draft.targetUID === '' || draft.field === ''} onSubmit={async () => {
        let target: object;
        try {
          target = JSON.parse(draft.target) as object;
        } catch (error) {
          return setFault((error as Error).message);
        }
        const body = { targetUID: draft.targetUID, label: draft.label, description: draft.description, type: 'query', config: { field: draft.field, target } };
        if (await attempt(() => api.post(`/api/datasources/uid/${draft.sourceUID}/correlations`, body), 'Correlation added', 'The correlation could not be added')) onAdded();
      }}>
        <TextField label="Label" required value={draft.label} onChange={(label) => change({ label })} />
        <TextField label="Description" value={draft.description} onChange={(description) => change({ description })} />
        <PickField label="Source" required value={draft.sourceUID || null} choices={sources} onChange={(uid) => change({ sourceUID: uid ?? '' })} />
        <TextField label="Field of its results that carries the link" required value={draft.field} onChange={(field) => change({ field })} />
        <PickField label="Target" required value={draft.targetUID || null} choices={sources} onChange={(uid) => change({ targetUID: uid ?? '' })} />
        <AreaField code label="Query of the target" error={fault} value={draft.target} onChange={(target) => change({ target })} />
      </Form>
    </Modal>
  );
}

/** Links from the results of one source to queries of another. */
import { Badge, Button, EmptyState, FieldSet, IconButton, Modal, Stack } from '@grafana/ui';
import { useState } from 'react';
import { api, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import type { Correlation as Link, Transformation } from '../../explore/correlations.ts';
import { may } from '../../host/boot-data.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { AreaField, ChoiceField, PickField, TextField } from '../parts/fields.tsx';
import { Form } from '../parts/form.tsx';
import { Table } from '../parts/table.tsx';
import { listSources } from './data-source.ts';

interface Correlation extends Link {
  readonly label: string;
  readonly description: string;
  readonly type: 'query' | 'external';
  readonly provisioned: boolean;
}

export default function CorrelationsPage() {
  const loaded = useLoaded(async () => {
    const [found, sources] = await Promise.all([api.get<{ readonly correlations: readonly Correlation[] }>('/api/datasources/correlations', { limit: 1000 }).catch((error: { status?: number }) => {
      if (error.status === 404) return { correlations: [] };
      throw error;
    }), listSources().catch(() => [])]);
    return { correlations: found.correlations ?? [], names: new Map(sources.map(({ uid, name }) => [uid, name])) };
  }, '');
  const [editing, setEditing] = useState<Correlation | 'new'>();
  const mayWrite = may('datasources:write');
  const add = mayWrite && <Button icon="plus" onClick={() => setEditing('new')}>Add correlation</Button>;
  return (
    <Page title="Correlations" subtitle="Links in Explore from what one source found to a query of another" actions={add}>
      <Shown loaded={loaded}>
        {({ correlations, names }) => (
          <Table label="Correlations" rows={correlations} rowKey={(one) => one.uid} words={(one) => `${one.label} ${one.description} ${names.get(one.sourceUID)}`} empty={<EmptyState variant="call-to-action" message="There are no correlations yet" button={add || undefined} />} columns={[
            { label: 'Label', sort: (one) => one.label, cell: (one) => one.label || '—' },
            { label: 'From', sort: (one) => names.get(one.sourceUID) ?? one.sourceUID, cell: (one) => `${names.get(one.sourceUID) ?? one.sourceUID}, field ${one.config.field}` },
            { label: 'To', cell: (one) => (one.type === 'external' ? 'An address' : names.get(one.targetUID ?? '') ?? one.targetUID) },
            { label: 'Marks', cell: (one) => one.provisioned && <Badge color="purple" text="Provisioned" /> },
            { label: 'Actions', actions: true, cell: (one) => mayWrite && !one.provisioned && <><Button size="sm" variant="secondary" icon="pen" aria-label={`Edit ${one.label}`} onClick={() => setEditing(one)}>Edit</Button><Confirmed iconOnly label={`Delete ${one.label}`} title="Delete this correlation?" body="Its link disappears from Explore." confirmText="Delete" onConfirm={() => attempt(async () => { await api.delete(`/api/datasources/uid/${one.sourceUID}/correlations/${one.uid}`); loaded.reload(); }, 'Correlation deleted', 'The correlation could not be deleted')} /></> },
          ]} />
        )}
      </Shown>
      {editing && <CorrelationModal correlation={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} onSaved={() => { setEditing(undefined); loaded.reload(); }} />}
    </Page>
  );
}

const kinds = [{ value: 'query', label: 'A query', description: 'Of another data source, in Explore' }, { value: 'external', label: 'An address', description: 'Of another application' }] as const;

function CorrelationModal({ correlation, onClose, onSaved }: { readonly correlation: Correlation | undefined; readonly onClose: () => void; readonly onSaved: () => void }) {
  const [draft, setDraft] = useState(() => ({
    label: correlation?.label ?? '', description: correlation?.description ?? '', sourceUID: correlation?.sourceUID ?? '', targetUID: correlation?.targetUID ?? '', field: correlation?.config.field ?? '', type: correlation?.type ?? 'query' as 'query' | 'external',
    target: correlation && correlation.type !== 'external' ? JSON.stringify(correlation.config.target, null, 2) : '{\n  "expr": "${__value.raw}"\n}', url: correlation?.type === 'external' ? String((correlation.config.target as { readonly url?: string }).url ?? '') : '',
    transformations: correlation?.config.transformations ?? [],
  }));
  const [fault, setFault] = useState<string | undefined>();
  const change = (some: Partial<typeof draft>) => setDraft((now) => ({ ...now, ...some }));
  const external = draft.type === 'external';
  const sources = async () => (await listSources()).map(({ uid, name, typeName }) => ({ value: uid, label: name, description: typeName }));
  const known = useLoaded(async () => new Map((await listSources()).map(({ uid, name }) => [uid, name])), '');
  return (
    <Modal isOpen title={correlation ? 'Edit correlation' : 'Add correlation'} onDismiss={onClose}>
      <Form submit={correlation ? 'Save' : 'Add'} disabled={draft.sourceUID === '' || (external ? draft.url === '' : draft.targetUID === '') || draft.field === ''} onSubmit={async () => {
        let target: object;
        try {
          target = external ? { url: draft.url } : (JSON.parse(draft.target) as object);
        } catch (error) {
          return setFault((error as Error).message);
        }
        const { label, description, type, sourceUID, field } = draft;
        const body = { label, description, type, config: { ...correlation?.config, field, target, transformations: draft.transformations } };
        const save = () => (correlation ? api.patch(`/api/datasources/uid/${sourceUID}/correlations/${correlation.uid}`, body) : api.post(`/api/datasources/uid/${sourceUID}/correlations`, { ...body, ...(external ? {} : { targetUID: draft.targetUID }) }));
        if (await attempt(save, correlation ? 'Correlation saved' : 'Correlation added', 'The correlation could not be saved')) onSaved();
      }}>
        <TextField label="Label" required value={draft.label} onChange={(label) => change({ label })} />
        <TextField label="Description" value={draft.description} onChange={(description) => change({ description })} />
        <PickField label="Source" required disabled={correlation !== undefined} value={draft.sourceUID || null} valueLabel={known.value?.get(draft.sourceUID)} choices={sources} onChange={(uid) => change({ sourceUID: uid ?? '' })} />
        <TextField label="Field of its results that carries the link" required value={draft.field} onChange={(field) => change({ field })} />
        <ChoiceField label="Leads to" disabled={correlation !== undefined} choices={kinds} value={draft.type} onChange={(type) => change({ type })} />
        {external ? <TextField label="Address" required placeholder="https://example.org/${__value.raw}" value={draft.url} onChange={(url) => change({ url })} /> : (
          <>
            <PickField label="Target" required disabled={correlation !== undefined} value={draft.targetUID || null} valueLabel={known.value?.get(draft.targetUID)} choices={sources} onChange={(uid) => change({ targetUID: uid ?? '' })} />
            <AreaField code label="Query of the target" description="${__value.raw} is the value of the field, ${field} that of another one" error={fault} value={draft.target} onChange={(target) => change({ target })} />
          </>
        )}
        <Transformations value={draft.transformations} onChange={(transformations) => change({ transformations })} />
      </Form>
    </Modal>
  );
}

const ways = [{ value: 'regex', label: 'By an expression' }, { value: 'logfmt', label: 'key=value' }] as const;

/** Variables that are taken out of fields, for the target to use. */
function Transformations({ value, onChange }: { readonly value: readonly Transformation[]; readonly onChange: (value: readonly Transformation[]) => void }) {
  return (
    <FieldSet label="Variables out of fields">
      {value.map((one, index) => {
        const set = (some: Partial<Transformation>) => onChange(value.map((other, at) => (at === index ? { ...other, ...some } : other)));
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: they have no other name than their place
          <Stack key={index} direction="row" gap={1} wrap="wrap" alignItems="flex-end">
            <PickField tight width={20} label="How" value={one.type} choices={ways} onChange={(type) => set({ type: type ?? 'regex' })} />
            <TextField tight width={18} label="Field" placeholder="The one of the link" value={one.field ?? ''} onChange={(field) => set({ field })} />
            {one.type === 'regex' && <TextField tight width={22} label="Expression" placeholder="order=(\\d+)" value={one.expression ?? ''} onChange={(expression) => set({ expression })} />}
            {one.type === 'regex' && <TextField tight width={16} label="Variable" placeholder="order" value={one.mapValue ?? ''} onChange={(mapValue) => set({ mapValue })} />}
            <IconButton name="trash-alt" aria-label={`Remove variable ${index + 1}`} onClick={() => onChange(value.filter((_, at) => at !== index))} />
          </Stack>
        );
      })}
      <Button type="button" size="sm" variant="secondary" icon="plus" onClick={() => onChange([...value, { type: 'regex' }])}>Add variables</Button>
    </FieldSet>
  );
}

/** Archives with what helps to find out what is wrong with the server. */
import { Badge, Button, EmptyState, LinkButton, Modal, Stack } from '@grafana/ui';
import { useEffect, useState } from 'react';
import { api, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { may } from '../../host/boot-data.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { CheckField } from '../parts/fields.tsx';
import { Form } from '../parts/form.tsx';
import { Table } from '../parts/table.tsx';
import { dateText } from '../parts/times.ts';

interface Bundle { readonly uid: string; readonly state: string; readonly creator: string; readonly createdAt: number; readonly expiresAt: number }
interface Collector { readonly uid: string; readonly displayName: string; readonly description: string; readonly includedByDefault: boolean; readonly default: boolean }

const againMs = 2_000;
const milliseconds = (seconds: number) => seconds * 1000;

export default function SupportBundlesPage() {
  const bundles = useLoaded(() => api.get<readonly Bundle[]>('/api/support-bundles'), '');
  const [making, setMaking] = useState(false);
  const pending = bundles.value?.some(({ state }) => state === 'pending') === true;
  const { reload } = bundles;
  useEffect(() => {
    if (!pending) return undefined;
    const timer = setInterval(reload, againMs);
    return () => clearInterval(timer);
  }, [pending, reload]);
  const add = may('support.bundles:create') && <Button icon="plus" onClick={() => setMaking(true)}>New support bundle</Button>;
  return (
    <Page title="Support bundles" subtitle="Archives with settings, versions and statistics for whoever helps you" actions={add}>
      <Shown loaded={bundles}>
        {(rows) => (
          <Table label="Support bundles" rows={rows} rowKey={(bundle) => bundle.uid} empty={<EmptyState variant="call-to-action" message="There is no support bundle" button={add || undefined} />} columns={[
            { label: 'Created', cell: (bundle) => dateText(milliseconds(bundle.createdAt)), sort: (bundle) => bundle.createdAt },
            { label: 'By', cell: (bundle) => bundle.creator },
            { label: 'Kept until', cell: (bundle) => dateText(milliseconds(bundle.expiresAt)) },
            { label: 'State', cell: (bundle) => <Badge color={bundle.state === 'complete' ? 'green' : bundle.state === 'error' ? 'red' : 'blue'} text={bundle.state} /> },
            { label: 'Actions', actions: true, cell: (bundle) => (
              <>
                {bundle.state === 'complete' && <LinkButton size="sm" variant="secondary" icon="download-alt" href={`api/support-bundles/${bundle.uid}`} download>Download</LinkButton>}
                {may('support.bundles:delete') && <Confirmed iconOnly label="Delete" title="Delete this bundle?" body="It can be made again." onConfirm={async () => {
                  if (await attempt(() => api.delete(`/api/support-bundles/${bundle.uid}`), 'The bundle is deleted', 'The bundle could not be deleted')) reload();
                }} />}
              </>
            ) },
          ]} />
        )}
      </Shown>
      {making && <NewBundle onClose={() => { setMaking(false); reload(); }} />}
    </Page>
  );
}

function NewBundle({ onClose }: { readonly onClose: () => void }) {
  const collectors = useLoaded(() => api.get<readonly Collector[]>('/api/support-bundles/collectors'), '');
  const [chosen, setChosen] = useState<ReadonlySet<string> | undefined>();
  const all = collectors.value ?? [];
  const now = chosen ?? new Set(all.filter((one) => one.default || one.includedByDefault).map(({ uid }) => uid));
  return (
    <Modal isOpen title="New support bundle" onDismiss={onClose}>
      <Shown loaded={collectors}>
        {(rows) => (
          <Form submit="Create" onSubmit={async () => {
            if (await attempt(() => api.post('/api/support-bundles', { collectors: [...now] }), 'The bundle is being made', 'The bundle could not be made')) onClose();
          }}>
            <Stack direction="column" gap={1}>
              {rows.map((one) => <CheckField key={one.uid} label={one.displayName} description={one.description} disabled={one.includedByDefault} value={one.includedByDefault || now.has(one.uid)} onChange={(on) => setChosen(new Set(on ? [...now, one.uid] : [...now].filter((uid) => uid !== one.uid)))} />)}
            </Stack>
          </Form>
        )}
      </Shown>
    </Modal>
  );
}

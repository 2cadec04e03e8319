/** Where notifications go. */
import { Badge, EmptyState, LinkButton, Stack } from '@grafana/ui';
import { api, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { mayAny } from '../../host/boot-data.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { Table } from '../parts/table.tsx';
import { agoText, isSet } from '../parts/times.ts';
import { contactTabs } from './notification-tabs.ts';
import { ExportMenu, mayExport } from './export-menu.tsx';
import { isProvisioned, noted, receivers, remove } from './notification.ts';

interface Delivery { readonly name: string; readonly integrations: readonly { readonly name: string; readonly lastNotifyAttempt: string; readonly lastNotifyAttemptError?: string }[] }

const count = (text: string, one: string, more: string) => (text === '' || text === '0' ? [] : [text === '1' ? `1 ${one}` : `${text} ${more}`]);

export default function ContactPointsPage() {
  const loaded = useLoaded(async () => {
    const [all, deliveries] = await Promise.all([receivers(), mayAny('alert.notifications:read', 'alert.notifications.receivers:read') ? api.get<readonly Delivery[]>('/api/alertmanager/grafana/config/api/v1/receivers').catch(() => []) : []]);
    return { all, deliveries };
  }, '');
  const add = mayAny('alert.notifications:write', 'alert.notifications.receivers:create') && <LinkButton icon="plus" href="/alerting/notifications/receivers/new">New contact point</LinkButton>;
  return (
    <Page title="Contact points" subtitle="Where notifications go" tabs={contactTabs} actions={<>{mayExport() && <ExportMenu what="contact points" url="/api/v1/provisioning/contact-points/export" />}{add}</>}>
      <Shown loaded={loaded}>
        {({ all, deliveries }) => (
          <Table label="Contact points" rows={all} rowKey={(one) => one.metadata.name} words={({ spec }) => `${spec.title} ${spec.integrations.map(({ type }) => type).join(' ')}`} empty={<EmptyState variant="call-to-action" message="There are no contact points yet" button={add || undefined} />} columns={[
            { label: 'Name', sort: (one) => one.spec.title, cell: (one) => one.spec.title },
            { label: 'Sends by', cell: (one) => one.spec.integrations.map(({ type }) => type).join(', ') || 'Nothing' },
            { label: 'Used by', cell: (one) => [...count(noted(one, 'inUse/routes'), 'policy', 'policies'), ...count(noted(one, 'inUse/rules'), 'rule', 'rules')].join(', ') || 'Nobody' },
            { label: 'Last delivery', cell: (one) => deliveries.find(({ name }) => name === one.spec.title)?.integrations.map((delivery, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: integrations have no other identity here
              <div key={at}>{delivery.lastNotifyAttemptError ? <Badge color="red" text={`${delivery.name} failed`} tooltip={delivery.lastNotifyAttemptError} /> : isSet(delivery.lastNotifyAttempt) ? agoText(delivery.lastNotifyAttempt) : 'None yet'}</div>
            )) },
            { label: 'Marks', cell: (one) => isProvisioned(one) && <Stack><Badge color="purple" icon="lock" text="Provisioned" /></Stack> },
            { label: 'Actions', actions: true, cell: (one) => (
              <>
                <LinkButton size="sm" variant="secondary" aria-label={`${noted(one, 'access/canWrite') === 'true' && !isProvisioned(one) ? 'Edit' : 'View'} ${one.spec.title}`} href={`/alerting/notifications/receivers/${one.metadata.name}/edit`}>{noted(one, 'access/canWrite') === 'true' && !isProvisioned(one) ? 'Edit' : 'View'}</LinkButton>
                {noted(one, 'access/canDelete') === 'true' && !isProvisioned(one) && <Confirmed iconOnly label={`Delete ${one.spec.title}`} disabled={noted(one, 'inUse/routes') !== '0' || noted(one, 'inUse/rules') !== '0'} tooltip={noted(one, 'inUse/routes') !== '0' || noted(one, 'inUse/rules') !== '0' ? 'It is used by policies or rules' : undefined} title={`Delete ${one.spec.title}?`} body="Nobody is notified through it any more." confirmText="Delete" onConfirm={async () => {
                  if (await attempt(() => remove('receivers', one.metadata.name), `${one.spec.title} is deleted`, 'The contact point could not be deleted')) loaded.reload();
                }} />}
              </>
            ) },
          ]} />
        )}
      </Shown>
    </Page>
  );
}

/** Times during which policies are muted or active. */
import { Badge, EmptyState, LinkButton } from '@grafana/ui';
import { useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { mayAny } from '../../host/boot-data.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { Table } from '../parts/table.tsx';
import { intervalText } from './interval.ts';
import { policyTabs } from './notification-tabs.ts';
import { ExportMenu, mayExport } from './export-menu.tsx';
import { isProvisioned, listOf, remove, type TimeIntervalSpec } from './notification.ts';

export default function TimeIntervalsPage() {
  const intervals = useLoaded(() => listOf<TimeIntervalSpec>('timeintervals'), '');
  const mayWrite = mayAny('alert.notifications:write', 'alert.notifications.time-intervals:write');
  const add = mayWrite && <LinkButton icon="plus" href="/alerting/routes/mute-timing/new">New time interval</LinkButton>;
  return (
    <Page title="Time intervals" subtitle="Times during which policies are muted, or active only" tabs={policyTabs} actions={<>{mayExport() && <ExportMenu what="time intervals" url="/api/v1/provisioning/mute-timings/export" />}{add}</>}>
      <Shown loaded={intervals}>
        {(rows) => (
          <Table label="Time intervals" rows={rows} rowKey={(one) => one.metadata.name} words={(one) => one.spec.name} empty={<EmptyState variant="call-to-action" message="There are no time intervals yet" button={add || undefined}>Mute a policy at night or over the weekend.</EmptyState>} columns={[
            { label: 'Name', cell: (one) => one.spec.name, sort: (one) => one.spec.name },
            { label: 'When', cell: (one) => one.spec.time_intervals.map((interval) => <div key={JSON.stringify(interval)}>{intervalText(interval)}</div>) },
            { label: 'Marks', cell: (one) => isProvisioned(one) && <Badge color="purple" icon="lock" text="Provisioned" /> },
            { label: 'Actions', actions: true, cell: (one) => mayWrite && !isProvisioned(one) && (
              <>
                <LinkButton size="sm" variant="secondary" aria-label={`Edit ${one.spec.name}`} href={`/alerting/routes/mute-timing/${one.metadata.name}/edit`}>Edit</LinkButton>
                <Confirmed iconOnly label={`Delete ${one.spec.name}`} title={`Delete ${one.spec.name}?`} body="It can be deleted only where no policy uses it." confirmText="Delete" onConfirm={async () => {
                  if (await attempt(() => remove('timeintervals', one.metadata.name), 'The time interval is deleted', 'The time interval could not be deleted')) intervals.reload();
                }} />
              </>
            ) },
          ]} />
        )}
      </Shown>
    </Page>
  );
}

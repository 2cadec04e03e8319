/** Alerts as they are put together into notifications. */
import { EmptyState, LinkButton } from '@grafana/ui';
import { useState } from 'react';
import { api, useLoaded } from '../../api/client.ts';
import { Page, Shown } from '../../app/page.tsx';
import { mayAny } from '../../host/boot-data.ts';
import { PickField } from '../parts/fields.tsx';
import { Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';
import { agoText } from '../parts/times.ts';
import { useEvery } from './every.ts';
import { LabelList } from './labels.tsx';
import { visibleLabels } from './matchers.ts';
import type { AmAlert } from './silence.ts';
import { StateBadge } from './state-badge.tsx';

interface Group { readonly labels: Readonly<Record<string, string>>; readonly receiver: { readonly name: string }; readonly alerts: readonly AmAlert[] }

const titleOf = ({ labels }: Group) => Object.entries(labels).map(([name, value]) => `${name}=${value}`).join(', ') || 'Not grouped';

const againMs = 20_000;

export default function GroupsPage() {
  const groups = useLoaded(() => api.get<readonly Group[]>('/api/alertmanager/grafana/api/v2/alerts/groups'), '');
  const [state, setState] = useState<string | null>(null);
  useEvery(againMs, groups.reload);
  return (
    <Page title="Alert groups" subtitle="What was put together into one notification, and for whom">
      <PickField clearable width={26} label="State" placeholder="Any" value={state} choices={[{ value: 'active', label: 'Active' }, { value: 'suppressed', label: 'Suppressed' }, { value: 'unprocessed', label: 'Unprocessed' }]} onChange={setState} />
      <Shown loaded={groups}>
        {(all) => {
          const shown = all.map((group) => ({ ...group, alerts: group.alerts.filter((alert) => state === null || alert.status.state === state) })).filter(({ alerts }) => alerts.length > 0);
          return shown.length === 0 ? <EmptyState variant="completed" message={state === null ? 'No alerts' : 'No such alerts'}>{state === null ? 'Nothing is firing.' : 'Choose another state.'}</EmptyState> : shown.map((group) => (
            <Section key={`${group.receiver.name} ${JSON.stringify(group.labels)}`} title={titleOf(group)} description={`Goes to ${group.receiver.name}`}>
              <Table label={`Alerts of ${titleOf(group)} for ${group.receiver.name}`} rows={group.alerts} rowKey={(alert) => alert.fingerprint} empty={null} columns={[
                { label: 'State', cell: (alert) => <StateBadge state={alert.status.state} /> }, { label: 'Labels', cell: (alert) => <LabelList labels={alert.labels} /> }, { label: 'Since', cell: (alert) => agoText(alert.startsAt) },
                { label: 'Summary', cell: (alert) => alert.annotations['summary'] },
                { label: 'Actions', actions: true, cell: (alert) => (
                  <>
                    {mayAny('alert.instances:create', 'alert.silences:create') && <LinkButton size="sm" variant="secondary" icon="bell-slash" href={`/alerting/silence/new?alertmanager=grafana&${Object.entries(visibleLabels(alert.labels)).map(([name, value]) => `matcher=${encodeURIComponent(`${name}=${value}`)}`).join('&')}`}>Silence</LinkButton>}
                    {alert.labels['__alert_rule_uid__'] && <LinkButton size="sm" variant="secondary" href={`/alerting/grafana/${alert.labels['__alert_rule_uid__']}/view`}>Rule</LinkButton>}
                  </>
                ) },
              ]} />
            </Section>
          ));
        }}
      </Shown>
    </Page>
  );
}

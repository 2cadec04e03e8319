/** What is quiet for a while. */
import { Badge, EmptyState, LinkButton, Stack } from '@grafana/ui';
import { useState } from 'react';
import { api, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { mayAny } from '../../host/boot-data.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { CheckField } from '../parts/fields.tsx';
import { Table } from '../parts/table.tsx';
import { dateText } from '../parts/times.ts';
import { matcherText, ofSilence } from './matchers.ts';
import { amAlerts, type Silence, silences } from './silence.ts';
import { StateBadge } from './state-badge.tsx';

export default function SilencesPage() {
  const [expired, setExpired] = useState(false);
  const loaded = useLoaded(async () => {
    const [all, quiet] = await Promise.all([silences(), amAlerts({ silenced: true, active: false, inhibited: false }).catch(() => [])]);
    return { all, quiet };
  }, '');
  const create = mayAny('alert.instances:create', 'alert.silences:create') && <LinkButton icon="plus" href="/alerting/silence/new">New silence</LinkButton>;
  const rule = (one: Silence) => one.metadata?.rule_title;
  return (
    <Page title="Silences" subtitle="Alerts that match notify nobody until the silence ends" actions={create}>
      <Shown loaded={loaded}>
        {({ all, quiet }) => (
          <Table label="Silences" rows={all.filter((one) => expired || one.status.state !== 'expired')} rowKey={(one) => one.id} words={(one) => `${one.comment} ${one.createdBy} ${rule(one) ?? ''} ${one.matchers.map(ofSilence).map(matcherText).join(' ')}`}
            filters={<CheckField label="Show expired" value={expired} onChange={setExpired} />} empty={<EmptyState variant="call-to-action" message="Nothing is silenced" button={create || undefined}>Silence alerts during maintenance, or while you work on them.</EmptyState>} columns={[
              { label: 'State', cell: (one) => (one.status.state === 'active' ? <Badge color="purple" text="In force" /> : <StateBadge state={one.status.state} />), sort: (one) => one.status.state },
              { label: 'Matches', cell: (one) => <Stack direction="row" gap={0.5} wrap="wrap">{rule(one) && <Badge color="purple" text={`Rule: ${rule(one)}`} />}{one.matchers.filter(({ name }) => name !== '__alert_rule_uid__' || !rule(one)).map(ofSilence).map((matcher) => <Badge key={matcherText(matcher)} color="blue" text={matcherText(matcher)} />)}</Stack> },
              { label: 'Alerts', numeric: true, cell: (one) => quiet.filter(({ status }) => status.silencedBy.includes(one.id)).length },
              { label: 'Until', cell: (one) => dateText(one.endsAt), sort: (one) => one.endsAt },
              { label: 'Comment', cell: (one) => `${one.comment} — ${one.createdBy}` },
              { label: 'Actions', actions: true, cell: (one) => one.accessControl?.write && (
                <>
                  <LinkButton size="sm" variant="secondary" href={`/alerting/silence/${one.id}/edit`}>{one.status.state === 'expired' ? 'Again' : 'Edit'}</LinkButton>
                  {one.status.state !== 'expired' && <Confirmed size="sm" label="End" title="End this silence?" body="Alerts that match notify again." onConfirm={async () => {
                    if (await attempt(() => api.delete(`/api/alertmanager/grafana/api/v2/silence/${one.id}`), 'The silence is ended', 'The silence could not be ended')) loaded.reload();
                  }} />}
                </>
              ) },
            ]} />
        )}
      </Shown>
    </Page>
  );
}

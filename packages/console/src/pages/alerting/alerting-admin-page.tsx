/** Which Alertmanagers take the alerts, and the configuration of ours with its former versions. */
import { EmptyState } from '@grafana/ui';
import { api, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { may, user } from '../../host/boot-data.ts';
import { CodeBlock } from '../parts/code-block.tsx';
import { Confirmed } from '../parts/confirmed.tsx';
import { ChoiceField } from '../parts/fields.tsx';
import { Forbidden } from '../parts/forbidden.tsx';
import { Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';
import { dateText } from '../parts/times.ts';

interface Version { readonly id: number; readonly last_applied: string; readonly alertmanager_config: object }
type Choice = 'all' | 'internal' | 'external';

export default function AlertingAdminPage() {
  if (user().orgRole !== 'Admin' && !user().isGrafanaAdmin) return <Page title="Alerting settings"><Forbidden what="see the settings of alerting" back="/alerting" /></Page>;
  return <AlertingSettings />;
}

function AlertingSettings() {
  const status = useLoaded(() => api.get<{ readonly alertmanagersChoice: Choice; readonly numExternalAlertmanagers: number }>('/api/v1/ngalert'), '');
  const config = useLoaded(() => api.get<object>('/api/alertmanager/grafana/config/api/v1/alerts'), '');
  const history = useLoaded(() => api.get<readonly Version[]>('/api/alertmanager/grafana/config/history', { limit: 30 }), '');
  const again = () => {
    config.reload();
    history.reload();
  };
  return (
    <Page title="Alerting settings">
      <Section title="Where alerts are sent" description="To the Alertmanager within this server, to those that are connected as data sources, or to both">
        <Shown loaded={status}>
          {({ alertmanagersChoice, numExternalAlertmanagers }) => (
            <>
              <ChoiceField label="Alertmanagers" value={alertmanagersChoice} choices={[{ value: 'internal', label: 'This server' }, { value: 'external', label: 'External only' }, { value: 'all', label: 'Both' }]} onChange={async (choice) => {
                if (await attempt(() => api.post('/api/v1/ngalert/admin_config', { alertmanagersChoice: choice }), 'Saved', 'It could not be saved')) status.reload();
              }} />
              <p>{numExternalAlertmanagers === 0 ? 'No external Alertmanager receives alerts.' : `${numExternalAlertmanagers} external Alertmanagers receive alerts.`}</p>
            </>
          )}
        </Shown>
      </Section>
      <Section title="Configuration of this server's Alertmanager" actions={may('alert.notifications:write') && <Confirmed label="Reset" title="Reset the configuration?" body="All contact points, policies, templates and time intervals are deleted." onConfirm={async () => {
        if (await attempt(() => api.delete('/api/alertmanager/grafana/config/api/v1/alerts'), 'The configuration is reset', 'The configuration could not be reset')) again();
      }} />}>
        <Shown loaded={config}>{(value) => <CodeBlock label="Configuration" text={JSON.stringify(value, null, 2)} />}</Shown>
      </Section>
      <Section title="Former versions">
        <Shown loaded={history}>
          {(rows) => (
            <Table label="Former versions" rows={rows} rowKey={(one) => one.id} empty={<EmptyState variant="completed" hideImage message="There are no former versions" />} columns={[
              { label: 'Applied', cell: (one) => dateText(one.last_applied) },
              { label: 'Actions', actions: true, cell: (one) => may('alert.notifications:write') && <Confirmed variant="secondary" size="sm" label="Use it again" title="Use this version again?" body={`The configuration of ${dateText(one.last_applied)} replaces the present one.`} onConfirm={async () => {
                if (await attempt(() => api.post(`/api/alertmanager/grafana/config/history/${one.id}/_activate`), 'The version is used again', 'The version could not be used')) again();
              }} /> },
            ]} />
          )}
        </Shown>
      </Section>
    </Page>
  );
}

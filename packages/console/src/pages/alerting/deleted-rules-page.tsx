/** Rules that were deleted and can still be brought back. */
import { Button, EmptyState } from '@grafana/ui';
import { api, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { user } from '../../host/boot-data.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { Forbidden } from '../parts/forbidden.tsx';
import { Table } from '../parts/table.tsx';
import { dateText } from '../parts/times.ts';
import { durationText } from '../parts/durations.ts';
import { type RuleGroup, type RuleNode, saveRule } from './rule.ts';

export default function DeletedRulesPage() {
  if (user().orgRole !== 'Admin' && !user().isGrafanaAdmin) return <Page title="Recently deleted"><Forbidden what="bring rules back" back="/alerting/list" /></Page>;
  return <DeletedRules />;
}

function DeletedRules() {
  const deleted = useLoaded(async () => Object.values(await api.get<Readonly<Record<string, readonly RuleGroup[]>>>('/api/ruler/grafana/api/v1/rules', { deleted: true })).flat().flatMap(({ rules }) => rules), '');
  const restore = ({ grafana_alert: { uid: _, ...definition }, ...node }: RuleNode) => attempt(async () => {
    await saveRule(definition.namespace_uid ?? '', definition.rule_group ?? '', durationText(definition.intervalSeconds ?? 60), { ...node, grafana_alert: definition });
    await api.delete(`/api/ruler/grafana/api/v1/trash/rule/guid/${definition.guid}`);
    deleted.reload();
  }, `${definition.title} is back`, 'The rule could not be brought back');
  return (
    <Page title="Recently deleted" subtitle="Alert rules that can still be brought back">
      <Shown loaded={deleted}>
        {(rows) => (
          <Table label="Deleted rules" rows={rows} rowKey={(one) => one.grafana_alert.guid ?? one.grafana_alert.title} words={(one) => one.grafana_alert.title} empty={<EmptyState variant="completed" message="Nothing was deleted lately" />} columns={[
            { label: 'Name', cell: (one) => one.grafana_alert.title }, { label: 'Group', cell: (one) => one.grafana_alert.rule_group },
            { label: 'Deleted', cell: (one) => `${dateText(one.grafana_alert.updated)}${one.grafana_alert.updated_by?.name ? ` by ${one.grafana_alert.updated_by.name}` : ''}` },
            { label: 'Actions', actions: true, cell: (one) => (
              <>
                <Button size="sm" variant="secondary" aria-label={`Bring back ${one.grafana_alert.title}`} onClick={() => restore(one)}>Bring back</Button>
                <Confirmed iconOnly label={`Delete ${one.grafana_alert.title} for good`} title="Delete it for good?" body="It cannot be brought back after that." confirmText="Delete" onConfirm={() => attempt(async () => { await api.delete(`/api/ruler/grafana/api/v1/trash/rule/guid/${one.grafana_alert.guid}`); deleted.reload(); }, 'It is gone', 'It could not be deleted')} />
              </>
            ) },
          ]} />
        )}
      </Shown>
    </Page>
  );
}

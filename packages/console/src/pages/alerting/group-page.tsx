/** One group of rules: evaluated together, in this order. `/alerting/grafana/namespaces/:folder/groups/:group/view`, `…/edit` */
import { Badge, EmptyState, IconButton, LinkButton } from '@grafana/ui';
import { useState } from 'react';
import { Link, useParams } from 'react-router-dom';
import { api, NotThere, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { may } from '../../host/boot-data.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { durationSeconds, durationText } from '../parts/durations.ts';
import { TextField } from '../parts/fields.tsx';
import { Forbidden } from '../parts/forbidden.tsx';
import { Form } from '../parts/form.tsx';
import { goTo } from '../parts/go.ts';
import { Facts, Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';
import { agoText } from '../parts/times.ts';
import { useEvery } from './every.ts';
import { ExportMenu } from './export-menu.tsx';
import { deleteGroup, groupPath, groupsOf, moveGroup, type RuleGroup, type RuleNode, type RuleState, ruleStates } from './rule.ts';
import { StateBadge } from './state-badge.tsx';

const againMs = 10_000;

export default function GroupPage({ editing = false }: { readonly editing?: boolean }) {
  const { folder = '', group = '' } = useParams();
  const loaded = useLoaded(async () => {
    const [groups, states, { title }] = await Promise.all([groupsOf(folder), ruleStates({ folder_uid: folder, rule_group: group, limit_alerts: 0 }), api.get<{ readonly title: string }>(`/api/folders/${encodeURIComponent(folder)}`)]);
    const stored = groups.find(({ name }) => name === group);
    if (!stored) throw new NotThere('There is no such group');
    return { stored, state: states.find(({ name }) => name === group), folderTitle: title };
  }, `${folder} ${group}`);
  useEvery(againMs, loaded.reload);
  const { value } = loaded;
  const provisioned = value?.stored.rules.some(({ grafana_alert: { provenance } }) => provenance !== undefined && provenance !== '') === true;
  const mayWrite = may('alert.rules:write') && !provisioned;
  return (
    <Page title={group} above={[{ label: 'Alert rules', url: '/alerting/list' }]} subtitle={value && <>In {value.folderTitle}{provisioned && <> <Badge color="purple" icon="lock" text="Provisioned" tooltip="It changes where it was provisioned only" /></>}</>} actions={value && !editing && (
      <>
        <ExportMenu what={`group ${group}`} url="/api/ruler/grafana/api/v1/export/rules" params={{ folderUid: folder, group }} />
        {mayWrite && <LinkButton icon="pen" href={groupPath(folder, group, 'edit')}>Edit</LinkButton>}
        {may('alert.rules:delete') && !provisioned && <Confirmed label="Delete" title={`Delete ${group}?`} body={`All ${value.stored.rules.length} rules of it are deleted, and their alerts resolve.`} onConfirm={async () => {
          if (await attempt(() => deleteGroup(folder, group), `${group} is deleted`, 'The group could not be deleted')) goTo('/alerting/list');
        }} />}
      </>
    )}>
      <Shown loaded={loaded}>
        {({ stored, state }) => (editing ? mayWrite ? <GroupForm key={group} folder={folder} stored={stored} /> : <Forbidden what={provisioned ? 'change what is provisioned: it changes where it was provisioned' : 'change this group'} back={groupPath(folder, group)} /> : (
          <>
            <Facts facts={[
              ['Evaluated every', stored.interval], ['Last evaluation', state ? agoText(state.lastEvaluation) : '—'],
              ['It took', state?.evaluationTime === undefined ? '—' : `${(state.evaluationTime * 1000).toFixed(1)} ms`], ['Rules', stored.rules.length],
            ]} />
            <Table label="Rules" rows={stored.rules} rowKey={({ grafana_alert: { uid, title } }) => uid ?? title} empty={<EmptyState variant="not-found" message="There is no rule in it" />} columns={[
              { label: 'State', cell: (node) => <RuleMark node={node} state={stateOf(node, state?.rules)} /> },
              { label: 'Name', cell: ({ grafana_alert: { uid, title } }) => <Link to={`/alerting/grafana/${uid}/view`}>{title}</Link> },
              { label: 'Pending', cell: (node) => (node.grafana_alert.record ? '—' : `${node.for ?? '0s'}, ${times(node.for, stored.interval)}`) },
              { label: 'Health', cell: (node) => { const one = stateOf(node, state?.rules); return one && <StateBadge state={one.health} tooltip={one.lastError} />; } },
              { label: 'It took', numeric: true, cell: (node) => { const one = stateOf(node, state?.rules); return one ? `${(one.evaluationTime * 1000).toFixed(1)} ms` : '—'; } },
            ]} />
          </>
        ))}
      </Shown>
    </Page>
  );
}

const stateOf = (node: RuleNode, states: readonly RuleState[] | undefined) => states?.find(({ uid }) => uid === node.grafana_alert.uid);

/** How many evaluations the pending period is. */
function times(pending: string | undefined, interval: string): string {
  const count = Math.ceil((durationSeconds(pending ?? '0s') ?? 0) / (durationSeconds(interval) || 60)) + 1;
  return count === 1 ? 'fires at once' : `fires at evaluation ${count}`;
}

function RuleMark({ node, state }: { readonly node: RuleNode; readonly state: RuleState | undefined }) {
  if (node.grafana_alert.is_paused) return <Badge color="darkgrey" icon="pause" text="Paused" />;
  if (node.grafana_alert.record) return <Badge color="blue" text="Recording" />;
  return <StateBadge state={state?.state ?? 'unknown'} />;
}

function GroupForm({ folder, stored }: { readonly folder: string; readonly stored: RuleGroup }) {
  const [draft, setDraft] = useState(stored);
  const change = (some: Partial<RuleGroup>) => setDraft((now) => ({ ...now, ...some }));
  const every = durationSeconds(draft.interval);
  const fault = every === undefined || every <= 0 ? 'A duration such as 1m' : every % 10 !== 0 ? 'A multiple of ten seconds' : undefined;
  const short = draft.rules.filter((node) => !node.grafana_alert.record && (durationSeconds(node.for ?? '0s') ?? 0) > 0 && (durationSeconds(node.for ?? '0s') ?? 0) < (every ?? 0));
  const move = (at: number, by: number) => {
    const rules = [...draft.rules];
    const [node] = rules.splice(at, 1);
    rules.splice(at + by, 0, node!);
    change({ rules });
  };
  return (
    <Form wide submit="Save group" disabled={draft.name.trim() === '' || fault !== undefined} more={<LinkButton variant="secondary" fill="text" href={groupPath(folder, stored.name)}>Cancel</LinkButton>} onSubmit={async () => {
      const next = { ...draft, name: draft.name.trim(), interval: durationText(every ?? 60) };
      if (await attempt(() => moveGroup(folder, next), `${next.name} is saved`, 'The group could not be saved')) goTo(groupPath(folder, next.name));
    }}>
      <div style={{ maxWidth: 640 }}>
        <TextField label="Name" required value={draft.name} onChange={(name) => change({ name })} />
        <TextField label="Evaluated every" required error={fault} description={short.length > 0 ? `The pending period of ${short.map((node) => node.grafana_alert.title).join(', ')} is shorter than this` : undefined} value={draft.interval} onChange={(interval) => change({ interval })} />
      </div>
      <Section title="Order" description="Rules of a group are evaluated one after another">
        <Table label="Rules" rows={draft.rules} rowKey={({ grafana_alert: { uid, title } }) => uid ?? title} pageSize={1000} empty={null} columns={[
          { label: 'Name', cell: ({ grafana_alert: { title } }) => title },
          { label: 'Actions', actions: true, cell: (node) => {
            const at = draft.rules.indexOf(node);
            return (
              <>
                <IconButton name="arrow-up" disabled={at === 0} aria-label={`Move ${node.grafana_alert.title} up`} onClick={() => move(at, -1)} />
                <IconButton name="arrow-down" disabled={at === draft.rules.length - 1} aria-label={`Move ${node.grafana_alert.title} down`} onClick={() => move(at, 1)} />
              </>
            );
          } },
        ]} />
      </Section>
    </Form>
  );
}

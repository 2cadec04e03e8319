/** All alert rules: by folder and group, or by their state. */
import { config } from '@grafana/runtime';
import { Badge, Button, EmptyState, LinkButton, Pagination, RadioButtonGroup, Stack } from '@grafana/ui';
import { type ReactNode, useState } from 'react';
import { Link } from 'react-router-dom';
import { useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { may, mayAny } from '../../host/boot-data.ts';
import { useAddress } from '../parts/address.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { durationText } from '../parts/durations.ts';
import { PickField, TextField } from '../parts/fields.tsx';
import { Section } from '../parts/section.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { agoText } from '../parts/times.ts';
import { useEvery } from './every.ts';
import { ExportMenu } from './export-menu.tsx';
import { LabelList } from './labels.tsx';
import { receiverChoices } from './notification.ts';
import { deleteRule, groupPath, pauseRule, type RuleState, ruleStates, type StateGroup } from './rule.ts';
import { filtered, filterOf, isFiltered } from './rule-filter.ts';
import { SourceRules } from './source-rules.tsx';
import { StateBadge } from './state-badge.tsx';

const againMs = 20_000;

type Row = RuleState & { readonly group: StateGroup };

const stateChoices = [{ value: 'firing', label: 'Firing' }, { value: 'pending', label: 'Pending' }, { value: 'recovering', label: 'Recovering' }, { value: 'inactive', label: 'Normal' }, { value: 'paused', label: 'Paused' }];
const healthChoices = [{ value: 'ok', label: 'Ok' }, { value: 'error', label: 'Error' }, { value: 'nodata', label: 'No data' }];
const views = [{ value: '', label: 'Grouped' }, { value: 'state', label: 'By state' }];

export default function RulesPage() {
  const [search, want] = useAddress();
  const groups = useLoaded(() => ruleStates({ limit_alerts: 0 }), '');
  useEvery(againMs, groups.reload);
  const filter = filterOf(search);
  const byState = search.get('view') === 'state';
  const change = async (work: () => Promise<unknown>, done: string) => {
    if (await attempt(work, done, 'The rule could not be changed')) groups.reload();
  };
  const add = may('alert.rules:create') && <LinkButton icon="plus" href="/alerting/new">New alert rule</LinkButton>;
  const recording = may('alert.rules:create') && config.unifiedAlerting.recordingRulesEnabled === true && <LinkButton variant="secondary" icon="plus" href="/alerting/new/recording">New recording rule</LinkButton>;
  const columns = columnsOf(change);
  const folders = [...new Map((groups.value ?? []).map(({ folderUid, file }) => [folderUid, file]))].map(([value, label]) => ({ value, label }));
  const asked = new Set((groups.value ?? []).flatMap(({ rules }) => rules.flatMap(({ queriedDatasourceUIDs = [] }) => queriedDatasourceUIDs)));
  const sources = Object.values(config.datasources).filter(({ uid }) => asked.has(uid)).map(({ uid, name }) => ({ value: uid, label: name }));
  return (
    <Page title="Alert rules" subtitle="What is watched, and how it fares" actions={<>{(groups.value?.length ?? 0) > 0 && <ExportMenu what="all rules" url="/api/ruler/grafana/api/v1/export/rules" />}{recording}{add}</>}>
      <Stack direction="row" gap={1} wrap="wrap" alignItems="flex-end">
        <TextField tight width={30} label="Search" placeholder="Name, group or folder" value={filter.text} onChange={(text) => want({ search: text })} />
        <PickField tight clearable width={18} label="State" placeholder="Any" value={filter.state} choices={filter.state && !stateChoices.some(({ value }) => value === filter.state) ? [...stateChoices, { value: filter.state }] : stateChoices} onChange={(state) => want({ state })} />
        <PickField tight clearable width={16} label="Health" placeholder="Any" value={filter.health} choices={healthChoices} onChange={(health) => want({ health })} />
        <PickField tight clearable width={16} label="Type" placeholder="Any" value={filter.type} choices={[{ value: 'alerting', label: 'Alert' }, { value: 'recording', label: 'Recording' }]} onChange={(type) => want({ type })} />
        <PickField tight clearable width={22} label="Folder" placeholder="Any" value={filter.folder} choices={folders} onChange={(folder) => want({ folder })} />
        <PickField tight clearable width={22} label="Data source" placeholder="Any" value={filter.source} choices={sources} onChange={(source) => want({ dataSource: source })} />
        <PickField tight clearable width={22} label="Contact point" placeholder="Any" value={filter.receiver} choices={receiverChoices} onChange={(receiver) => want({ contactPoint: receiver })} />
        <TextField tight width={22} label="Label" placeholder="severity=critical" value={filter.label} onChange={(label) => want({ label })} />
        <RadioButtonGroup aria-label="Order of the list" options={views} value={byState ? 'state' : ''} onChange={(view) => want({ view })} />
      </Stack>
      <Shown loaded={groups}>
        {(all) => {
          if (all.length === 0) return <EmptyState variant="call-to-action" message="There are no alert rules yet" button={add || undefined}>A rule asks a data source again and again, and notifies when its condition holds.</EmptyState>;
          const shown = filtered(all, filter);
          if (shown.length === 0) return <EmptyState variant="not-found" hideImage message="No rule matches" button={isFiltered(filter) ? <Button variant="secondary" onClick={() => want(Object.fromEntries([...search.keys()].map((key) => [key, null])))}>Show all rules</Button> : undefined}>Change what is searched for.</EmptyState>;
          const rows = shown.flatMap((group) => group.rules.map((rule): Row => ({ ...rule, group })));
          if (byState) return <ByState rows={rows} columns={columns} />;
          return <PagedGroups key={JSON.stringify(filter)} groups={shown}>{(group) => (
            <Section key={`${group.folderUid} ${group.name}`} title={`${group.file} / ${group.name}`} description={<>Evaluated every {durationText(group.interval)}{group.evaluationTime === undefined ? '' : `, in ${(group.evaluationTime * 1000).toFixed(1)} ms last time`}</>} actions={<LinkButton size="sm" variant="secondary" aria-label={`Group ${group.name}`} href={groupPath(group.folderUid, group.name)}>Group</LinkButton>}>
              <Table label={`Rules of ${group.name}`} rows={rows.filter((row) => row.group === group)} rowKey={(row) => row.uid} empty={null} columns={columns} />
            </Section>
          )}</PagedGroups>;
        }}
      </Shown>
      {mayAny('alert.rules.external:read') && <SourceRules />}
    </Page>
  );
}

const groupsAPage = 40;

/** Groups one after another, so many at once that a page with thousands stays quick. */
function PagedGroups({ groups, children }: { readonly groups: readonly StateGroup[]; readonly children: (group: StateGroup) => ReactNode }) {
  const [page, setPage] = useState(1);
  const pages = Math.ceil(groups.length / groupsAPage);
  const at = Math.min(page, pages);
  return <>{groups.slice((at - 1) * groupsAPage, at * groupsAPage).map(children)}{pages > 1 && <Pagination currentPage={at} numberOfPages={pages} onNavigate={setPage} />}</>;
}

function ByState({ rows, columns }: { readonly rows: readonly Row[]; readonly columns: readonly Column<Row>[] }) {
  const where: Column<Row> = { label: 'Group', sort: ({ group }) => `${group.file} ${group.name}`, cell: ({ group }) => <Link to={groupPath(group.folderUid, group.name)}>{group.file} / {group.name}</Link> };
  const sections = [
    ...(['firing', 'pending', 'recovering', 'inactive'] as const).map((state) => [state === 'inactive' ? 'Normal' : state[0]!.toUpperCase() + state.slice(1), rows.filter((row) => row.type === 'alerting' && row.state === state)] as const),
    ['Recording', rows.filter(({ type }) => type === 'recording')] as const,
  ];
  return sections.map(([title, some]) => some.length > 0 && (
    <Section key={title} title={`${title} (${some.length})`}><Table label={`${title} rules`} rows={some} rowKey={(row) => row.uid} empty={null} columns={[...columns.slice(0, 2), where, ...columns.slice(2)]} /></Section>
  ));
}

const columnsOf = (change: (work: () => Promise<unknown>, done: string) => Promise<void>): readonly Column<Row>[] => [
  { label: 'State', sort: (rule) => rule.state, cell: (rule) => (rule.isPaused ? <Badge color="darkgrey" icon="pause" text="Paused" /> : rule.type === 'recording' ? <Badge color="blue" text="Recording" /> : <StateBadge state={rule.state} />) },
  { label: 'Name', sort: (rule) => rule.name, cell: (rule) => <><Link to={`/alerting/grafana/${rule.uid}/view`}>{rule.name}</Link>{rule.annotations?.['summary'] && <div><small>{rule.annotations['summary']}</small></div>}</> },
  { label: 'Labels', cell: (rule) => <LabelList labels={rule.labels} /> },
  { label: 'Alerts', numeric: true, sort: (rule) => firing(rule), cell: (rule) => (rule.type === 'recording' ? '' : firing(rule) || '0') },
  { label: 'Health', sort: (rule) => rule.health, cell: (rule) => <StateBadge state={rule.health} tooltip={rule.lastError} /> },
  { label: 'Evaluated', cell: (rule) => agoText(rule.lastEvaluation), sort: (rule) => rule.lastEvaluation },
  { label: 'Marks', cell: (rule) => rule.provenance && <Badge color="purple" icon="lock" text="Provisioned" tooltip="It changes where it was provisioned only" /> },
  { label: 'Actions', actions: true, cell: (rule) => (
    <>
      {may('alert.rules:write') && !rule.provenance && <Button size="sm" variant="secondary" icon={rule.isPaused ? 'play' : 'pause'} aria-label={`${rule.isPaused ? 'Resume' : 'Pause'} ${rule.name}`} onClick={() => change(() => pauseRule(rule.group.folderUid, rule.group.name, rule.uid, !rule.isPaused), rule.isPaused ? `${rule.name} is evaluated again` : `${rule.name} is paused`)} />}
      {may('alert.rules:write') && !rule.provenance && <LinkButton size="sm" variant="secondary" icon="pen" aria-label={`Edit ${rule.name}`} href={`/alerting/${rule.uid}/edit`} />}
      {may('alert.rules:create') && <LinkButton size="sm" variant="secondary" icon="copy" aria-label={`Duplicate ${rule.name}`} href={`/alerting/new?copyFrom=${encodeURIComponent(rule.uid)}`} />}
      {may('alert.rules:delete') && !rule.provenance && <Confirmed iconOnly label={`Delete ${rule.name}`} title={`Delete ${rule.name}?`} body="Its alerts resolve. An administrator can bring it back for a while." confirmText="Delete" onConfirm={() => change(() => deleteRule(rule.group.folderUid, rule.group.name, rule.uid), `${rule.name} is deleted`)} />}
    </>
  ) },
];

const firing = ({ totals = {} }: RuleState): number => (totals['alerting'] ?? 0) + (totals['error'] ?? 0) + (totals['nodata'] ?? 0) + (totals['pending'] ?? 0);

/** All alert rules, by folder and group. */
import { Badge, Button, EmptyState, LinkButton, Stack } from '@grafana/ui';
import { Link, useSearchParams } from 'react-router-dom';
import { useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { may } from '../../host/boot-data.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { PickField, TextField } from '../parts/fields.tsx';
import { Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';
import { agoText } from '../parts/times.ts';
import { durationText } from '../parts/durations.ts';
import { useEvery } from './every.ts';
import { LabelList } from './labels.tsx';
import { deleteRule, pauseRule, type RuleState, ruleStates } from './rule.ts';
import { StateBadge } from './state-badge.tsx';

const againMs = 20_000;

export default function RulesPage() {
  const [search, setSearch] = useSearchParams();
  const groups = useLoaded(() => ruleStates({ limit_alerts: 0 }), '');
  useEvery(againMs, groups.reload);
  const wanted = { text: search.get('search') ?? '', state: search.get('state'), type: search.get('type'), label: search.get('label') ?? '' };
  const want = (some: Record<string, string | null>) => setSearch((now) => {
    const next = new URLSearchParams(now);
    for (const [key, value] of Object.entries(some)) value ? next.set(key, value) : next.delete(key);
    return next;
  }, { replace: true });
  const isWanted = (rule: RuleState, group: string, folder: string) =>
    wanted.text.toLowerCase().split(/\s+/).every((word) => `${rule.name} ${group} ${folder}`.toLowerCase().includes(word))
    && (wanted.state === null || rule.state === wanted.state || rule.health === wanted.state || (wanted.state === 'paused' && rule.isPaused))
    && (wanted.type === null || rule.type === wanted.type)
    && (wanted.label === '' || Object.entries(rule.labels ?? {}).some(([name, value]) => `${name}=${value}`.toLowerCase().includes(wanted.label.toLowerCase())));
  const change = async (work: () => Promise<unknown>, done: string) => {
    if (await attempt(work, done, 'The rule could not be changed')) groups.reload();
  };
  const add = may('alert.rules:create') && <LinkButton icon="plus" href="/alerting/new">New alert rule</LinkButton>;
  return (
    <Page title="Alert rules" subtitle="What is watched, and how it fares" actions={add}>
      <Stack direction="row" gap={1} wrap="wrap" alignItems="flex-end">
        <TextField tight width={36} label="Search" placeholder="Name, group or folder" value={wanted.text} onChange={(text) => want({ search: text })} />
        <PickField tight clearable width={22} label="State" placeholder="Any" value={wanted.state} choices={[{ value: 'firing', label: 'Firing' }, { value: 'pending', label: 'Pending' }, { value: 'recovering', label: 'Recovering' }, { value: 'inactive', label: 'Normal' }, { value: 'error', label: 'Error' }, { value: 'nodata', label: 'No data' }, { value: 'paused', label: 'Paused' }]} onChange={(state) => want({ state })} />
        <PickField tight clearable width={22} label="Type" placeholder="Any" value={wanted.type} choices={[{ value: 'alerting', label: 'Alert' }, { value: 'recording', label: 'Recording' }]} onChange={(type) => want({ type })} />
        <TextField tight width={26} label="Label" placeholder="severity=critical" value={wanted.label} onChange={(label) => want({ label })} />
      </Stack>
      <Shown loaded={groups}>
        {(all) => {
          if (all.length === 0) return <EmptyState variant="call-to-action" message="There are no alert rules yet" button={add || undefined}>A rule asks a data source again and again, and notifies when its condition holds.</EmptyState>;
          const shown = all.flatMap((group) => {
            const rules = group.rules.filter((rule) => isWanted(rule, group.name, group.file));
            return rules.length > 0 ? [{ ...group, rules }] : [];
          });
          if (shown.length === 0) return <EmptyState variant="not-found" hideImage message="No rule matches">Change what is searched for.</EmptyState>;
          return shown.map((group) => (
            <Section key={`${group.folderUid} ${group.name}`} title={`${group.file} / ${group.name}`} description={`Evaluated every ${durationText(group.interval)}`}>
              <Table label={`Rules of ${group.name}`} rows={group.rules} rowKey={(rule) => rule.uid} empty={null} columns={[
                { label: 'State', sort: (rule) => rule.state, cell: (rule) => (rule.isPaused ? <Badge color="darkgrey" icon="pause" text="Paused" /> : rule.type === 'recording' ? <Badge color="blue" text="Recording" /> : <StateBadge state={rule.state} />) },
                { label: 'Name', sort: (rule) => rule.name, cell: (rule) => <Link to={`/alerting/grafana/${rule.uid}/view`}>{rule.name}</Link> },
                { label: 'Labels', cell: (rule) => <LabelList labels={rule.labels} /> },
                { label: 'Health', sort: (rule) => rule.health, cell: (rule) => <StateBadge state={rule.health} tooltip={rule.lastError} /> },
                { label: 'Evaluated', cell: (rule) => agoText(rule.lastEvaluation), sort: (rule) => rule.lastEvaluation },
                { label: 'Marks', cell: (rule) => rule.provenance && <Badge color="purple" icon="lock" text="Provisioned" tooltip="It changes where it was provisioned only" /> },
                { label: 'Actions', actions: true, cell: (rule) => (
                  <>
                    {may('alert.rules:write') && !rule.provenance && <Button size="sm" variant="secondary" icon={rule.isPaused ? 'play' : 'pause'} aria-label={`${rule.isPaused ? 'Resume' : 'Pause'} ${rule.name}`} onClick={() => change(() => pauseRule(group.folderUid, group.name, rule.uid, !rule.isPaused), rule.isPaused ? `${rule.name} is evaluated again` : `${rule.name} is paused`)} />}
                    {may('alert.rules:write') && !rule.provenance && <LinkButton size="sm" variant="secondary" icon="pen" aria-label={`Edit ${rule.name}`} href={`/alerting/${rule.uid}/edit`} />}
                    {may('alert.rules:create') && <LinkButton size="sm" variant="secondary" icon="copy" aria-label={`Duplicate ${rule.name}`} href={`/alerting/new?copyFrom=${encodeURIComponent(rule.uid)}`} />}
                    {may('alert.rules:delete') && !rule.provenance && <Confirmed iconOnly label={`Delete ${rule.name}`} title={`Delete ${rule.name}?`} body="Its alerts resolve. An administrator can bring it back for a while." confirmText="Delete" onConfirm={() => change(() => deleteRule(group.folderUid, group.name, rule.uid), `${rule.name} is deleted`)} />}
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

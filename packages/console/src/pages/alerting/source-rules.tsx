/** Rules that Prometheus, Loki and the like keep and evaluate themselves: to look at. They are asked only when somebody wants to see them. */
import { config } from '@grafana/runtime';
import { Button } from '@grafana/ui';
import { useState } from 'react';
import { api, useLoaded } from '../../api/client.ts';
import { Shown } from '../../app/page.tsx';
import { Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';
import { LabelList } from './labels.tsx';
import type { Labels } from './rule.ts';
import { StateBadge } from './state-badge.tsx';

interface SourceRule {
  readonly name: string;
  readonly query: string;
  readonly type: 'alerting' | 'recording';
  readonly state?: string;
  readonly health: string;
  readonly lastError?: string;
  readonly labels?: Labels;
  readonly alerts?: readonly unknown[];
}

interface SourceGroup { readonly name: string; readonly file: string; readonly rules: readonly SourceRule[] }

/** Those that say nothing about it manage alerts, where the configuration says so. */
const ruleSources = () => Object.values(config.datasources).filter(({ type, jsonData }) => ['prometheus', 'loki'].includes(type) && ((jsonData as { readonly manageAlerts?: boolean }).manageAlerts ?? config.defaultDatasourceManageAlertsUiToggle) !== false);

export function SourceRules() {
  const sources = ruleSources();
  if (sources.length === 0) return null;
  return (
    <Section title="Rules of data sources" description="Kept and evaluated by the sources themselves">
      {sources.map(({ uid, name }) => <OfSource key={uid} uid={uid} name={name} />)}
    </Section>
  );
}

function OfSource({ uid, name }: { readonly uid: string; readonly name: string }) {
  const [shown, setShown] = useState(false);
  return (
    <>
      <div><Button variant="secondary" icon={shown ? 'angle-down' : 'angle-right'} aria-expanded={shown} onClick={() => setShown(!shown)}>Rules of {name}</Button></div>
      {shown && <Groups uid={uid} name={name} />}
    </>
  );
}

function Groups({ uid, name }: { readonly uid: string; readonly name: string }) {
  const groups = useLoaded(async () => (await api.get<{ readonly data: { readonly groups: readonly SourceGroup[] } }>(`/api/prometheus/${encodeURIComponent(uid)}/api/v1/rules`)).data.groups, uid);
  return (
    <Shown loaded={groups}>
      {(all) => {
        const rows = all.flatMap((group) => group.rules.map((rule, at) => ({ ...rule, key: `${group.file} ${group.name} ${at}`, where: `${group.file} / ${group.name}` })));
        return (
          <Table label={`Rules of ${name}`} rows={rows} rowKey={({ key }) => key} words={(rule) => `${rule.name} ${rule.where} ${rule.query}`} empty={<p>{name} has no rules.</p>} columns={[
            { label: 'State', cell: (rule) => (rule.type === 'recording' ? 'Recording' : <StateBadge state={rule.state ?? 'unknown'} />), sort: (rule) => rule.state ?? '' },
            { label: 'Name', cell: (rule) => rule.name, sort: (rule) => rule.name }, { label: 'Group', cell: (rule) => rule.where, sort: (rule) => rule.where },
            { label: 'Query', cell: (rule) => <code>{rule.query}</code> }, { label: 'Labels', cell: (rule) => <LabelList labels={rule.labels} /> },
            { label: 'Alerts', numeric: true, cell: (rule) => (rule.type === 'recording' ? '' : String(rule.alerts?.length ?? 0)) }, { label: 'Health', cell: (rule) => <StateBadge state={rule.health || 'unknown'} tooltip={rule.lastError} /> },
          ]} />
        );
      }}
    </Shown>
  );
}

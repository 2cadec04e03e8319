/** One alert rule: what it asks, how it fares, what it was like. */
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { config } from '@grafana/runtime';
import { Alert, Badge, Button, LinkButton, Stack, TextLink, useStyles2, useTheme2 } from '@grafana/ui';
import { useParams } from 'react-router-dom';
import { api, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { may } from '../../host/boot-data.ts';
import { type ExpressionQuery, expressionText } from '../../sources/expression/expression.ts';
import { CodeBlock } from '../parts/code-block.tsx';
import { Confirmed } from '../parts/confirmed.tsx';
import { goTo } from '../parts/go.ts';
import { Facts, Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';
import { agoText, dateText, isSet } from '../parts/times.ts';
import { durationText } from '../parts/durations.ts';
import { useEvery } from './every.ts';
import { ExportMenu } from './export-menu.tsx';
import { type Change, timeline } from './history.ts';
import { LabelList } from './labels.tsx';
import { deleteRule, groupPath, pauseRule, type RuleNode, ruleNode, type RuleQuery, type RuleState, ruleStates } from './rule.ts';
import { RuleVersions } from './rule-versions.tsx';
import { StateBadge } from './state-badge.tsx';

const againMs = 10_000;

export default function RulePage() {
  const { uid = '' } = useParams();
  const rule = useLoaded(async () => {
    const [node, groups] = await Promise.all([ruleNode(uid), ruleStates({ rule_uid: uid })]);
    const group = groups.find((one) => one.rules.some((each) => each.uid === uid));
    return { node, group, state: group?.rules.find((one) => one.uid === uid) };
  }, uid);
  useEvery(againMs, rule.reload);
  const { node, state, group } = rule.value ?? {};
  const definition = node?.grafana_alert;
  const provisioned = definition?.provenance !== undefined && definition.provenance !== '';
  const change = async (work: () => Promise<unknown>, done: string) => {
    const worked = await attempt(work, done, 'The rule could not be changed');
    if (worked) rule.reload();
    return worked;
  };
  const where = [definition?.namespace_uid ?? '', definition?.rule_group ?? ''] as const;
  return (
    <Page title={definition?.title ?? 'Alert rule'} above={[{ label: 'Alert rules', url: '/alerting/list' }]}
      subtitle={definition && <Stack direction="row" gap={1} wrap="wrap">{definition.is_paused ? <Badge color="darkgrey" icon="pause" text="Paused" /> : state && <StateBadge state={state.state} />}{state && <StateBadge state={state.health} tooltip={state.lastError} />}{provisioned && <Badge color="purple" icon="lock" text="Provisioned" />}</Stack>}
      actions={definition && (
        <>
          {may('alert.instances:create') && <LinkButton variant="secondary" icon="bell-slash" href={`/alerting/silence/new?alertmanager=grafana&matcher=${encodeURIComponent(`__alert_rule_uid__=${uid}`)}`}>Silence</LinkButton>}
          {may('alert.rules:write') && !provisioned && <Button variant="secondary" icon={definition.is_paused ? 'play' : 'pause'} onClick={() => change(() => pauseRule(...where, uid, !definition.is_paused), definition.is_paused ? 'It is evaluated again' : 'It is paused')}>{definition.is_paused ? 'Resume' : 'Pause'}</Button>}
          <ExportMenu what="this rule" url="/api/ruler/grafana/api/v1/export/rules" params={{ ruleUid: uid }} />
          {may('alert.rules:create') && <LinkButton variant="secondary" icon="copy" href={`/alerting/new?copyFrom=${encodeURIComponent(uid)}`}>Duplicate</LinkButton>}
          {may('alert.rules:write') && !provisioned && <LinkButton icon="pen" href={`/alerting/${uid}/edit`}>Edit</LinkButton>}
          {may('alert.rules:delete') && !provisioned && <Confirmed label="Delete" title={`Delete ${definition.title}?`} body="Its alerts resolve." onConfirm={async () => {
            if (await attempt(() => deleteRule(...where, uid), 'The rule is deleted', 'The rule could not be deleted')) goTo('/alerting/list');
          }} />}
        </>
      )}>
      <Shown loaded={rule}>{(value) => <RuleDetails uid={uid} node={value.node} state={value.state} folder={group?.file} onChanged={rule.reload} />}</Shown>
    </Page>
  );
}

function RuleDetails({ uid, node, state, folder, onChanged }: { readonly uid: string; readonly node: RuleNode; readonly state: RuleState | undefined; readonly folder: string | undefined; readonly onChanged: () => void }) {
  const styles = useStyles2(stylesOf);
  const { grafana_alert: definition, annotations = {} } = node;
  const dashboard = annotations['__dashboardUid__'];
  return (
    <>
      {state?.lastError && <Alert severity="error" title="The last evaluation failed">{state.lastError}</Alert>}
      <Facts facts={[
        ['Folder and group', <TextLink key="group" href={groupPath(definition.namespace_uid ?? '', definition.rule_group ?? '')}>{`${folder ?? definition.namespace_uid} / ${definition.rule_group}`}</TextLink>], ['Evaluated every', durationText(definition.intervalSeconds ?? 60)],
        ['Last evaluation', state && isSet(state.lastEvaluation) ? `${agoText(state.lastEvaluation)}, took ${(state.evaluationTime * 1000).toFixed(1)} ms` : 'Not yet'],
        ...(definition.record ? [['Writes', definition.record.metric], ['To', sourceName(definition.record.target_datasource_uid)]] as const : [
          ['Pending', node.for ?? '0s'], ['Keeps firing', node.keep_firing_for ?? '0s'], ['Without data', definition.no_data_state || '—'], ['On errors', definition.exec_err_state || '—'],
          ['Notifies', definition.notification_settings?.receiver ?? 'By the notification policies'],
        ] as const),
         ['Changed', `${dateText(definition.updated)}${definition.updated_by?.name ? ` by ${definition.updated_by.name}` : ''}`],
        ...(dashboard ? [['Panel', <TextLink key="panel" href={`/d/${dashboard}?viewPanel=${annotations['__panelId__'] ?? ''}`}>Show it</TextLink>] as const] : []),
      ]} />
      <LabelList labels={node.labels} />
      {Object.entries(annotations).filter(([name]) => !name.startsWith('__')).map(([name, value]) => <div key={name}><strong>{name}: </strong>{/^https?:\/\//.test(value) ? <TextLink external href={value}>{value}</TextLink> : value}</div>)}
      {!definition.record && <Section title="Instances">
        <Table label="Instances" rows={state?.alerts ?? []} rowKey={(one) => JSON.stringify(one.labels)} words={(one) => JSON.stringify(one.labels)} empty={<p>{definition.is_paused ? 'A paused rule has none.' : 'It was not evaluated yet, or found nothing.'}</p>} columns={[
          { label: 'State', cell: (one) => <StateBadge state={one.state} />, sort: (one) => one.state },
          { label: 'Labels', cell: (one) => <LabelList labels={one.labels} /> },
          { label: 'Since', cell: (one) => dateText(one.activeAt), sort: (one) => one.activeAt },
          { label: 'Value', cell: (one) => valueText(one.value) },
        ]} />
      </Section>}
      <Section title="Queries and conditions">
        {definition.data.map((query) => (
          <div key={query.refId} className={styles.query}>
            <div><strong>{query.refId}</strong> {query.datasourceUid === '__expr__' ? `${query.model['type'] ?? 'expression'}` : sourceName(query.datasourceUid)} {(definition.record?.from ?? definition.condition) === query.refId && <Badge color="blue" text={definition.record ? 'Written' : 'Condition'} />}</div>
            {queryText(query) !== '' && <code className={styles.asked}>{queryText(query)}</code>}
            <details><summary>As JSON</summary><CodeBlock label={`Query ${query.refId}`} text={JSON.stringify(query.model, null, 2)} /></details>
          </div>
        ))}
      </Section>
      {!definition.record && <History uid={uid} />}
      <RuleVersions uid={uid} present={node} mayWrite={may('alert.rules:write') && !definition.provenance} onRestored={onChanged} />
    </>
  );
}

/** What a step asks, where that is a text. */
function queryText({ datasourceUid, model }: RuleQuery): string {
  if (datasourceUid === '__expr__') return expressionText(model as Partial<ExpressionQuery>);
  return [model['expr'], model['rawSql'], model['query'], model['expression'], model['scenarioId']].find((one): one is string => typeof one === 'string' && one !== '') ?? '';
}

/** `1e+00` is 1; several values stay as they are. */
const valueText = (value: string) => (value === '' ? '—' : Number.isFinite(Number(value)) ? String(Number(value)) : value);

const sourceName = (uid: string | undefined) => Object.values(config.datasources).find((source) => source.uid === uid)?.name ?? uid ?? 'The default target';

const dayMs = 86_400_000;

function History({ uid }: { readonly uid: string }) {
  const styles = useStyles2(stylesOf);
  const { colors } = useTheme2();
  const changes = useLoaded(() => api.get<readonly Change[]>('/api/annotations', { alertUID: uid, limit: 500, from: Date.now() - 30 * dayMs, to: Date.now() }), uid);
  const colourOf = (state: string) => /^(Alerting|Error)/.test(state) ? colors.error.main : /^(Pending|Recovering|NoData)/.test(state) ? colors.warning.main : colors.success.main;
  return (
    <Section title="History" description="Changes of the last 30 days; the graph shows the last one">
      <Shown loaded={changes}>
        {(rows) => {
          const to = Date.now();
          const from = Math.max(to - dayMs, Math.min(...rows.map(({ time }) => time), to) - 60_000);
          return (
            <>
              {timeline(rows, from, to).slice(0, 20).map(({ instance, stretches }) => (
                <div key={instance} className={styles.line}>
                  <span className={styles.name} title={instance}>{instance}</span>
                  <div className={styles.bar} role="img" aria-label={`${instance}: ${stretches.map(({ state }) => state).join(', then ')}`}>
                    {stretches.map((one) => <span key={one.from} title={`${one.state}: ${dateText(one.from)} to ${dateText(one.to)}`} style={{ flexGrow: one.to - one.from, background: colourOf(one.state) }} />)}
                  </div>
                </div>
              ))}
              <Table label="History" rows={rows} rowKey={(one) => one.id} pageSize={20} empty={<p>Nothing has changed.</p>} columns={[
                { label: 'Time', cell: (one) => dateText(one.time), sort: (one) => one.time }, { label: 'From', cell: (one) => <StateBadge state={one.prevState} /> }, { label: 'To', cell: (one) => <StateBadge state={one.newState} /> }, { label: 'What', cell: (one) => one.text },
              ]} />
            </>
          );
        }}
      </Shown>
    </Section>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({
  query: css({ background: theme.colors.background.secondary, borderRadius: theme.shape.radius.default, padding: theme.spacing(1.5) }),
  asked: css({ display: 'block', margin: theme.spacing(1, 0), whiteSpace: 'pre-wrap' }),
  line: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(1) }),
  name: css({ width: 260, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }),
  bar: css({ display: 'flex', flex: 1, height: 18, gap: 1, '& span': { flexBasis: 1, minWidth: 2 } }),
});

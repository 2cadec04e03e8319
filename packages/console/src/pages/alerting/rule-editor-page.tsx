/** Making and changing an alert rule. */
import { config } from '@grafana/runtime';
import { Alert, Button, LinkButton, RadioButtonGroup, Stack } from '@grafana/ui';
import { useState } from 'react';
import { useParams, useSearchParams } from 'react-router-dom';
import { api, errorText, useLoaded } from '../../api/client.ts';
import { attempt, notifyError } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { may } from '../../host/boot-data.ts';
import { foldersByTitle } from '../parts/choices.ts';
import { AreaField, PickField, SwitchField, TextField } from '../parts/fields.tsx';
import { Forbidden } from '../parts/forbidden.tsx';
import { Form } from '../parts/form.tsx';
import { goTo } from '../parts/go.ts';
import { Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';
import { durationText } from '../parts/durations.ts';
import { LabelList, type Pair, PairsEditor } from './labels.tsx';
import { receiversOf } from './matchers.ts';
import { oneOf, receiverChoices, type RoutingTreeSpec } from './notification.ts';
import { alertingSources, newExpression, newQuery, RuleQueries } from './rule-queries.tsx';
import { groupsOf, type RuleNode, ruleFaults, ruleNode, type RuleQuery, saveRule } from './rule.ts';

interface Draft {
  readonly title: string;
  readonly folder: string;
  readonly folderTitle: string | undefined;
  readonly group: string;
  readonly interval: string;
  readonly pending: string;
  readonly keepFiring: string;
  readonly condition: string;
  readonly data: readonly RuleQuery[];
  readonly noData: string;
  readonly onError: string;
  readonly paused: boolean;
  readonly labels: readonly Pair[];
  readonly annotations: readonly Pair[];
  /** Null: by the notification policies. */
  readonly receiver: string | null;
  /** A recording rule writes what it finds as a metric, and notifies nobody. */
  readonly recording: boolean;
  readonly metric: string;
  readonly target: string;
  /** What the form does not show, kept as it was. */
  readonly kept: RuleNode | undefined;
}

/** What the address asks for: `/alerting/new/recording`, and `defaults` of links from panels. */
interface Asked {
  readonly recording: boolean;
  readonly given: Partial<Draft>;
}

function givenBy(defaults: string | null): Partial<Draft> {
  try {
    const { name, queries, condition, folder, annotations, labels } = JSON.parse(defaults ?? '{}') as { readonly name?: string; readonly queries?: readonly RuleQuery[]; readonly condition?: string; readonly folder?: { readonly uid?: string; readonly title?: string }; readonly annotations?: readonly { readonly key: string; readonly value: string }[]; readonly labels?: readonly { readonly key: string; readonly value: string }[] };
    const pairs = (list: readonly { readonly key: string; readonly value: string }[]) => list.map(({ key, value }): Pair => [key, value]);
    return {
      ...(name ? { title: name } : {}), ...(Array.isArray(queries) && queries.length > 0 ? { data: queries, condition: condition ?? queries.at(-1)!.refId } : {}), ...(folder?.uid ? { folder: folder.uid, folderTitle: folder.title } : {}),
      ...(Array.isArray(annotations) ? { annotations: pairs(annotations) } : {}), ...(Array.isArray(labels) ? { labels: pairs(labels) } : {}),
    };
  } catch {
    return {};
  }
}

const hidden = /^__(dashboardUid|panelId)__$/;

function draftOf(node: RuleNode | undefined, folderTitle: string | undefined, copied: boolean, asked: Asked): Draft {
  if (!node) {
    const { recording } = asked;
    const sources = alertingSources();
    const source = sources.find(({ name }) => name === config.defaultDatasource) ?? sources[0];
    return {
      title: '', folder: '', folderTitle: undefined, group: '', interval: '1m', pending: '1m', keepFiring: '0s', condition: recording ? 'B' : 'C',
      data: source ? [newQuery('A', source), newExpression('B', 'reduce', 'A'), ...(recording ? [] : [newExpression('C', 'threshold', 'B')])] : [],
      noData: 'NoData', onError: 'Error', paused: false, labels: [], annotations: [['summary', '']], receiver: null, kept: undefined, recording, metric: '', target: recordingTargets()[0]?.value ?? '', ...asked.given,
    };
  }
  const { grafana_alert: one } = node;
  return {
    title: copied ? `${one.title} (copy)` : one.title, folder: one.namespace_uid ?? '', folderTitle, group: one.rule_group ?? '', interval: durationText(one.intervalSeconds ?? 60), pending: node.for ?? '0s', keepFiring: node.keep_firing_for ?? '0s',
    condition: one.record?.from ?? one.condition, data: one.data, noData: one.no_data_state || 'NoData', onError: one.exec_err_state || 'Error', paused: one.is_paused, labels: Object.entries(node.labels ?? {}),
    annotations: Object.entries(node.annotations ?? {}).filter(([name]) => !hidden.test(name)), receiver: one.notification_settings?.receiver ?? null, kept: node,
    recording: one.record !== undefined && one.record !== null, metric: one.record?.metric ?? '', target: one.record?.target_datasource_uid ?? '',
  };
}

const entries = (pairs: readonly Pair[]) => Object.fromEntries(pairs.filter(([name, value]) => name.trim() !== '' && value !== ''));

function nodeOf(draft: Draft, uid: string | undefined): RuleNode {
  const { kept } = draft;
  const { uid: _uid, guid: _guid, ...before } = kept?.grafana_alert ?? ({} as Partial<RuleNode['grafana_alert']>);
  if (draft.recording) {
    const record = { metric: draft.metric.trim(), from: draft.condition, ...(draft.target === '' ? {} : { target_datasource_uid: draft.target }) };
    return { labels: entries(draft.labels), grafana_alert: { ...before, ...(uid === undefined ? {} : { uid }), title: draft.title.trim(), condition: draft.condition, data: draft.data, no_data_state: '', exec_err_state: '', is_paused: draft.paused, record } };
  }
  return {
    for: draft.pending, keep_firing_for: draft.keepFiring, labels: entries(draft.labels),
    annotations: { ...Object.fromEntries(Object.entries(kept?.annotations ?? {}).filter(([name]) => hidden.test(name))), ...entries(draft.annotations) },
    grafana_alert: {
      ...before, ...(uid === undefined ? {} : { uid }), title: draft.title.trim(), condition: draft.condition, data: draft.data, no_data_state: draft.noData, exec_err_state: draft.onError, is_paused: draft.paused,
      ...(draft.receiver === null ? { notification_settings: null } : { notification_settings: { ...(before.notification_settings ?? {}), receiver: draft.receiver } }),
    },
  };
}

export default function RuleEditorPage() {
  const { uid, type } = useParams();
  const [search] = useSearchParams();
  const asked = { recording: /recording/.test(type ?? ''), given: givenBy(search.get('defaults')) };
  const copyFrom = search.get('copyFrom');
  const from = uid ?? copyFrom ?? undefined;
  const stored = useLoaded(async () => {
    const node = from === undefined ? undefined : await ruleNode(from);
    const folderUid = node?.grafana_alert.namespace_uid;
    const folder = folderUid === undefined ? undefined : await api.get<{ readonly title: string }>(`/api/folders/${folderUid}`).catch(() => undefined);
    return { node, folderTitle: folder?.title };
  }, String(from));
  return (
    <Page title={uid !== undefined ? 'Edit alert rule' : asked.recording ? 'New recording rule' : 'New alert rule'} above={[{ label: 'Alert rules', url: '/alerting/list' }]}>
      {!may(uid === undefined ? 'alert.rules:create' : 'alert.rules:write') ? <Forbidden what={uid === undefined ? 'make alert rules' : 'change alert rules'} back={uid === undefined ? '/alerting/list' : `/alerting/grafana/${uid}/view`} /> : <Shown loaded={stored}>
        {({ node, folderTitle }) => uid !== undefined && node?.grafana_alert.provenance
          ? <Alert severity="info" title="This rule is provisioned">It changes where it was provisioned. <LinkButton size="sm" variant="secondary" href={`/alerting/new?copyFrom=${encodeURIComponent(uid)}`}>Make a copy</LinkButton></Alert>
          : <RuleForm key={`${from} ${type}`} uid={uid} start={draftOf(node, folderTitle, uid === undefined, asked)} />}
      </Shown>}
    </Page>
  );
}

const kinds = [{ value: 'alerting', label: 'Alert', description: 'Notifies when its condition holds' }, { value: 'recording', label: 'Recording', description: 'Writes what it finds as a metric' }];

/** Prometheus sources that take what recording rules write. */
const recordingTargets = () => Object.values(config.datasources).filter(({ type, jsonData }) => type === 'prometheus' && (jsonData as { readonly allowAsRecordingRulesTarget?: boolean }).allowAsRecordingRulesTarget !== false).map(({ uid, name }) => ({ value: uid, label: name }));

const noDataStates = [{ value: 'NoData', label: 'Say that there are no data' }, { value: 'Alerting', label: 'Alert' }, { value: 'OK', label: 'Count as normal' }, { value: 'KeepLast', label: 'Keep the last state' }];
const errorStates = [{ value: 'Error', label: 'Say that there is an error' }, ...noDataStates.slice(1)];

function RuleForm({ uid, start }: { readonly uid: string | undefined; readonly start: Draft }) {
  const [draft, setDraft] = useState(start);
  const [tried, setTried] = useState(false);
  const change = (some: Partial<Draft>) => setDraft((now) => ({ ...now, ...some }));
  const faults = ruleFaults({ ...draft, refIds: draft.data.map(({ refId }) => refId) });
  const fault = (key: string) => (tried ? faults[key] : undefined);
  const groups = useLoaded(() => (draft.folder === '' ? Promise.resolve([]) : groupsOf(draft.folder)), draft.folder);
  const pickFolder = async (value: string | null) => {
    if (value === null) return change({ folder: '', folderTitle: undefined });
    const known = await foldersByTitle('').then((all) => all.find((one) => one.value === value || one.label === value));
    if (known) return change({ folder: known.value, folderTitle: known.label });
    try {
      const made = await api.post<{ readonly uid: string; readonly title: string }>('/api/folders', { title: value });
      change({ folder: made.uid, folderTitle: made.title });
    } catch (error) {
      notifyError('The folder could not be made', error);
    }
  };
  const pickGroup = (group: string | null) => {
    const known = groups.value?.find(({ name }) => name === group);
    change({ group: group ?? '', ...(known ? { interval: known.interval } : {}) });
  };
  return (
    <Form wide submit="Save rule" more={<LinkButton variant="secondary" fill="text" href={uid === undefined ? '/alerting/list' : `/alerting/grafana/${uid}/view`}>Cancel</LinkButton>} onSubmit={async () => {
      setTried(true);
      if (Object.keys(faults).length > 0) return notifyError('The rule is not complete', new Error(Object.values(faults).join('; ')));
      let saved = '';
      const save = async () => {
        saved = await saveRule(draft.folder, draft.group.trim(), draft.interval, nodeOf(draft, uid));
      };
      if (await attempt(save, `${draft.title} is saved`, 'The rule could not be saved')) goTo(saved === '' ? '/alerting/list' : `/alerting/grafana/${saved}/view`);
    }}>
      <Section title="1. Name">
        <div style={{ maxWidth: 640 }}>
          {uid === undefined && draft.kept === undefined && config.unifiedAlerting.recordingRulesEnabled === true && <div style={{ marginBottom: 16 }}><RadioButtonGroup aria-label="Kind of rule" options={kinds} value={draft.recording ? 'recording' : 'alerting'} onChange={(kind) => goTo(`/alerting/new/${kind}`)} /></div>}
          <TextField label="Name" required value={draft.title} error={fault('title')} onChange={(title) => change({ title })} />
          {draft.recording && <TextField label="Metric" required placeholder="job:requests:rate5m" description="What is found is written under this name" value={draft.metric} error={fault('metric')} onChange={(metric) => change({ metric })} />}
          {draft.recording && <PickField label="Written to" required placeholder="A Prometheus data source" value={draft.target || null} error={fault('target') ?? (recordingTargets().length === 0 ? 'There is no Prometheus data source that takes written metrics' : undefined)} choices={recordingTargets()} onChange={(target) => change({ target: target ?? '' })} />}
        </div>
      </Section>
      <Section title="2. What is watched" description={draft.recording ? 'Queries, and expressions upon them; the result of one of them is written' : 'Queries, and expressions upon them; one of them decides: anything but zero alerts'}>
        <RuleQueries recording={draft.recording} data={draft.data} condition={draft.condition} error={fault('condition')} onChange={(data, condition) => change({ data, condition })} />
        <Preview data={draft.data} condition={draft.recording ? '' : draft.condition} />
      </Section>
      <Section title="3. Where it is kept and how often it is evaluated">
        <div style={{ maxWidth: 640 }}>
          <PickField custom label="Folder" required placeholder="Choose one, or type the name of a new one" value={draft.folder || null} valueLabel={draft.folderTitle} error={fault('folder')} choices={(typed) => foldersByTitle(typed)} onChange={pickFolder} />
          <PickField custom label="Group" required placeholder="Choose one, or type the name of a new one" value={draft.group || null} error={fault('group')} choices={(groups.value ?? []).map(({ name, interval }) => ({ value: name, label: name, description: `Every ${interval}` }))} onChange={pickGroup} />
          <TextField label="Evaluated every" description="For all rules of the group" value={draft.interval} error={fault('interval')} onChange={(interval) => change({ interval })} />
          {!draft.recording && <><TextField label="Pending period" description="How long the condition must hold before it fires" value={draft.pending} error={fault('pending')} onChange={(pending) => change({ pending })} />
          <TextField label="Keep firing for" description="How long it goes on firing after the condition holds no more" value={draft.keepFiring} error={fault('keepFiring')} onChange={(keepFiring) => change({ keepFiring })} />
          <PickField label="Without data" value={draft.noData} choices={noDataStates} onChange={(noData) => change({ noData: noData ?? 'NoData' })} />
          <PickField label="On errors" value={draft.onError} choices={errorStates} onChange={(onError) => change({ onError: onError ?? 'Error' })} /></>}
          <SwitchField label="Paused" value={draft.paused} onChange={(paused) => change({ paused })} />
        </div>
      </Section>
      <Section title={draft.recording ? '4. Labels' : '4. Labels and notifications'} description={draft.recording ? 'They are written with the metric' : 'Notification policies look at labels'}>
        <PairsEditor what="label" pairs={draft.labels} onChange={(labels) => change({ labels })} />
        {!draft.recording && <div style={{ maxWidth: 640 }}><PickField clearable label="Contact point" placeholder="By the notification policies" value={draft.receiver} error={fault('receiver')} choices={receiverChoices} onChange={(receiver) => change({ receiver })} /></div>}
        {!draft.recording && draft.receiver === null && <RoutePreview draft={draft} />}
      </Section>
      {!draft.recording && <Section title="5. What people are told">
        <div style={{ maxWidth: 640 }}>
          {(['summary', 'description', 'runbook_url'] as const).map((name) => {
            const value = draft.annotations.find(([one]) => one === name)?.[1] ?? '';
            const label = name === 'runbook_url' ? 'Runbook URL' : name[0]!.toUpperCase() + name.slice(1);
            const set = (next: string) => change({ annotations: [...draft.annotations.filter(([one]) => one !== name), [name, next]] });
            return name === 'description' ? <AreaField key={name} rows={3} label={label} value={value} onChange={set} /> : <TextField key={name} label={label} value={value} onChange={set} />;
          })}
        </div>
        <PairsEditor what="annotation" long pairs={draft.annotations.filter(([name]) => !['summary', 'description', 'runbook_url'].includes(name))} onChange={(more) => change({ annotations: [...draft.annotations.filter(([name]) => ['summary', 'description', 'runbook_url'].includes(name)), ...more] })} />
      </Section>}
    </Form>
  );
}

interface FrameJson { readonly schema: { readonly fields: readonly { readonly name: string; readonly type: string; readonly labels?: Readonly<Record<string, string>> }[] }; readonly data: { readonly values: readonly (readonly unknown[])[] } }
interface Evaluated { readonly results: Readonly<Record<string, { readonly error?: string; readonly frames?: readonly FrameJson[] }>> }

/** The last value of each series of each step, and whether the deciding one would alert. */
function Preview({ data, condition }: { readonly data: readonly RuleQuery[]; readonly condition: string }) {
  const [state, setState] = useState<{ readonly rows?: readonly { readonly key: string; readonly refId: string; readonly labels: Readonly<Record<string, string>>; readonly value: string }[]; readonly failed?: string; readonly busy?: true }>({});
  const run = async () => {
    setState({ busy: true });
    try {
      const { results } = await api.post<Evaluated>('/api/v1/eval', { data, condition, now: new Date().toISOString() });
      setState({
        rows: Object.entries(results).flatMap(([refId, { error, frames = [] }]) => error ? [{ key: refId, refId, labels: {}, value: error }] : frames.flatMap((frame, at) => frame.schema.fields.flatMap((field, index) => field.type !== 'number' ? [] : [{
          key: `${refId} ${at} ${index}`, refId, labels: field.labels ?? {}, value: refId === condition ? (Number(frame.data.values[index]?.at(-1) ?? 0) === 0 ? 'Normal' : 'Would alert') : String(frame.data.values[index]?.at(-1) ?? 'No value'),
        }]))),
      });
    } catch (error) {
      setState({ failed: errorText(error) });
    }
  };
  return (
    <Stack direction="column" gap={1}>
      <div><Button type="button" variant="secondary" icon={state.busy ? 'spinner' : 'sync'} disabled={state.busy === true || data.length === 0} onClick={run}>Preview</Button></div>
      {state.failed !== undefined && <Alert severity="error" title="The preview failed">{state.failed}</Alert>}
      {state.rows && <Table label="Preview" rows={state.rows} rowKey={(row) => row.key} pageSize={20} empty={<p>The queries give nothing.</p>} columns={[{ label: 'Step', cell: (row) => row.refId }, { label: 'Labels', cell: (row) => <LabelList labels={row.labels} /> }, { label: 'Last value', cell: (row) => row.value }]} />}
    </Stack>
  );
}

function RoutePreview({ draft }: { readonly draft: Draft }) {
  const tree = useLoaded(() => oneOf<RoutingTreeSpec>('routingtrees', 'user-defined').catch(() => undefined), '');
  if (!tree.value) return null;
  const { defaults, routes } = tree.value.spec;
  const labels = { alertname: draft.title, grafana_folder: draft.folderTitle ?? '', ...entries(draft.labels) };
  return <p>With these labels the policies notify: <strong>{receiversOf({ receiver: defaults.receiver, routes }, labels).join(', ')}</strong></p>;
}

/** Making and changing an alert rule. */
import { config } from '@grafana/runtime';
import { Alert, Button, LinkButton, Stack } from '@grafana/ui';
import { useState } from 'react';
import { useParams, useSearchParams } from 'react-router-dom';
import { api, errorText, useLoaded } from '../../api/client.ts';
import { attempt, notifyError } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { foldersByTitle } from '../parts/choices.ts';
import { AreaField, PickField, SwitchField, TextField } from '../parts/fields.tsx';
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
  /** What the form does not show, kept as it was. */
  readonly kept: RuleNode | undefined;
}

const hidden = /^__(dashboardUid|panelId)__$/;

function draftOf(node: RuleNode | undefined, folderTitle: string | undefined, copied: boolean): Draft {
  if (!node) {
    const sources = alertingSources();
    const source = sources.find(({ name }) => name === config.defaultDatasource) ?? sources[0];
    return {
      title: '', folder: '', folderTitle: undefined, group: '', interval: '1m', pending: '1m', keepFiring: '0s', condition: 'C', data: source ? [newQuery('A', source), newExpression('B', 'reduce', 'A'), newExpression('C', 'threshold', 'B')] : [],
      noData: 'NoData', onError: 'Error', paused: false, labels: [], annotations: [['summary', '']], receiver: null, kept: undefined,
    };
  }
  const { grafana_alert: one } = node;
  return {
    title: copied ? `${one.title} (copy)` : one.title, folder: one.namespace_uid ?? '', folderTitle, group: one.rule_group ?? '', interval: durationText(one.intervalSeconds ?? 60), pending: node.for ?? '0s', keepFiring: node.keep_firing_for ?? '0s',
    condition: one.condition, data: one.data, noData: one.no_data_state || 'NoData', onError: one.exec_err_state || 'Error', paused: one.is_paused, labels: Object.entries(node.labels ?? {}),
    annotations: Object.entries(node.annotations ?? {}).filter(([name]) => !hidden.test(name)), receiver: one.notification_settings?.receiver ?? null, kept: node,
  };
}

const entries = (pairs: readonly Pair[]) => Object.fromEntries(pairs.filter(([name, value]) => name.trim() !== '' && value !== ''));

function nodeOf(draft: Draft, uid: string | undefined): RuleNode {
  const { kept } = draft;
  const { uid: _uid, guid: _guid, ...before } = kept?.grafana_alert ?? ({} as Partial<RuleNode['grafana_alert']>);
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
  const { uid } = useParams();
  const [search] = useSearchParams();
  const copyFrom = search.get('copyFrom');
  const from = uid ?? copyFrom ?? undefined;
  const stored = useLoaded(async () => {
    const node = from === undefined ? undefined : await ruleNode(from);
    const folderUid = node?.grafana_alert.namespace_uid;
    const folder = folderUid === undefined ? undefined : await api.get<{ readonly title: string }>(`/api/folders/${folderUid}`).catch(() => undefined);
    return { node, folderTitle: folder?.title };
  }, String(from));
  return (
    <Page title={uid === undefined ? 'New alert rule' : 'Edit alert rule'} above={[{ label: 'Alert rules', url: '/alerting/list' }]}>
      <Shown loaded={stored}>
        {({ node, folderTitle }) => uid !== undefined && node?.grafana_alert.provenance
          ? <Alert severity="info" title="This rule is provisioned">It changes where it was provisioned. <LinkButton size="sm" variant="secondary" href={`/alerting/${uid}/edit`.replace(`${uid}/edit`, `new?copyFrom=${uid}`)}>Make a copy</LinkButton></Alert>
          : <RuleForm key={from} uid={uid} start={draftOf(node, folderTitle, uid === undefined)} />}
      </Shown>
    </Page>
  );
}

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
      <Section title="1. Name"><TextField label="Name" required value={draft.title} error={fault('title')} onChange={(title) => change({ title })} /></Section>
      <Section title="2. What is watched" description="Queries, and expressions upon them; one of them decides: anything but zero alerts">
        <RuleQueries data={draft.data} condition={draft.condition} error={fault('condition')} onChange={(data, condition) => change({ data, condition })} />
        <Preview data={draft.data} condition={draft.condition} />
      </Section>
      <Section title="3. Where it is kept and how often it is evaluated">
        <div style={{ maxWidth: 640 }}>
          <PickField custom label="Folder" required placeholder="Choose one, or type the name of a new one" value={draft.folder || null} valueLabel={draft.folderTitle} error={fault('folder')} choices={(typed) => foldersByTitle(typed)} onChange={pickFolder} />
          <PickField custom label="Group" required placeholder="Choose one, or type the name of a new one" value={draft.group || null} error={fault('group')} choices={(groups.value ?? []).map(({ name, interval }) => ({ value: name, label: name, description: `Every ${interval}` }))} onChange={pickGroup} />
          <TextField label="Evaluated every" description="For all rules of the group" value={draft.interval} error={fault('interval')} onChange={(interval) => change({ interval })} />
          <TextField label="Pending period" description="How long the condition must hold before it fires" value={draft.pending} error={fault('pending')} onChange={(pending) => change({ pending })} />
          <TextField label="Keep firing for" description="How long it goes on firing after the condition holds no more" value={draft.keepFiring} error={fault('keepFiring')} onChange={(keepFiring) => change({ keepFiring })} />
          <PickField label="Without data" value={draft.noData} choices={noDataStates} onChange={(noData) => change({ noData: noData ?? 'NoData' })} />
          <PickField label="On errors" value={draft.onError} choices={errorStates} onChange={(onError) => change({ onError: onError ?? 'Error' })} />
          <SwitchField label="Paused" value={draft.paused} onChange={(paused) => change({ paused })} />
        </div>
      </Section>
      <Section title="4. Labels and notifications" description="Notification policies look at labels">
        <PairsEditor what="label" pairs={draft.labels} onChange={(labels) => change({ labels })} />
        <div style={{ maxWidth: 640 }}><PickField clearable label="Contact point" placeholder="By the notification policies" value={draft.receiver} error={fault('receiver')} choices={receiverChoices} onChange={(receiver) => change({ receiver })} /></div>
        {draft.receiver === null && <RoutePreview draft={draft} />}
      </Section>
      <Section title="5. What people are told">
        <div style={{ maxWidth: 640 }}>
          {(['summary', 'description', 'runbook_url'] as const).map((name) => {
            const value = draft.annotations.find(([one]) => one === name)?.[1] ?? '';
            const label = name === 'runbook_url' ? 'Runbook URL' : name[0]!.toUpperCase() + name.slice(1);
            const set = (next: string) => change({ annotations: [...draft.annotations.filter(([one]) => one !== name), [name, next]] });
            return name === 'description' ? <AreaField key={name} rows={3} label={label} value={value} onChange={set} /> : <TextField key={name} label={label} value={value} onChange={set} />;
          })}
        </div>
        <PairsEditor what="annotation" long pairs={draft.annotations.filter(([name]) => !['summary', 'description', 'runbook_url'].includes(name))} onChange={(more) => change({ annotations: [...draft.annotations.filter(([name]) => ['summary', 'description', 'runbook_url'].includes(name)), ...more] })} />
      </Section>
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

/** Which alert goes where: the tree of notification policies. */
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Badge, Button, Dropdown, Menu, Modal, Stack, useStyles2 } from '@grafana/ui';
import { useState } from 'react';
import { useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { mayAny } from '../../host/boot-data.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { PickField, SwitchField, TagsField, TextField } from '../parts/fields.tsx';
import { Form } from '../parts/form.tsx';
import { durationSeconds } from '../parts/durations.ts';
import { ExportMenu, mayExport } from './export-menu.tsx';
import { MatchersEditor } from './labels.tsx';
import { matcherText } from './matchers.ts';
import { policyTabs } from './notification-tabs.ts';
import { intervalNames, isProvisioned, oneOf, type Policy, put, receiverChoices, remove, type Resource, type RoutingTreeSpec } from './notification.ts';
import { changedAt, movedAt } from './policy-tree.ts';

/** Where in the tree: the indexes from the root down; empty is the root itself. */
type Path = readonly number[];

/** A policy in the dialog: the one at the path, or a new one beside or beneath it. */
interface Editing {
  readonly path: Path;
  readonly policy: Policy;
  readonly add?: 'within' | 'above' | 'below';
}

const newPolicy: Policy = { matchers: [{ label: '', type: '=', value: '' }], continue: false };

export default function PoliciesPage() {
  const tree = useLoaded(() => oneOf<RoutingTreeSpec>('routingtrees', 'user-defined'), '');
  const [editing, setEditing] = useState<Editing | undefined>();
  const mayWrite = mayAny('alert.notifications:write', 'alert.notifications.routes:write') && tree.value !== undefined && !isProvisioned(tree.value);
  const save = async (spec: RoutingTreeSpec, done: string) => {
    const worked = await attempt(() => put('routingtrees', { ...(tree.value as Resource<RoutingTreeSpec>), spec }), done, 'The policies could not be saved');
    tree.reload();
    return worked;
  };
  return (
    <Page title="Notification policies" subtitle="An alert takes the first branch whose labels match, and goes to its contact point" tabs={policyTabs} actions={<>{mayExport() && <ExportMenu what="policies" url="/api/v1/provisioning/policies/export" />}{mayWrite && (
      <Confirmed label="Reset" title="Reset all policies?" body="The whole tree is replaced by a single policy that groups by folder and name." onConfirm={async () => {
        if (await attempt(() => remove('routingtrees', 'user-defined'), 'The policies are reset', 'The policies could not be reset')) tree.reload();
      }} />
    )}</>}>
      <Shown loaded={tree}>
        {({ spec, ...resource }) => (
          <>
            {isProvisioned({ spec, ...resource }) && <Badge color="purple" icon="lock" text="Provisioned: they change where they were provisioned" />}
            <PolicyCard root policy={{ ...spec.defaults, continue: false, routes: spec.routes }} path={[]} mayWrite={mayWrite} onEdit={setEditing} onMove={(path, by) => save(movedAt(spec, path, by), 'The policy is moved')} onRemove={(path) => save(changedAt(spec, path, () => []), 'The policy is deleted')} />
            {editing && <PolicyModal key={editing.path.join()} {...editing} onClose={() => setEditing(undefined)} onSave={async (policy) => {
              const { path, add } = editing;
              const next: RoutingTreeSpec = add ? changedAt(spec, path, (old) => (add === 'above' ? [policy, old] : add === 'below' ? [old, policy] : [{ ...old, routes: [...(old.routes ?? []), policy] }]))
                : path.length === 0 ? { ...spec, defaults: { receiver: policy.receiver ?? spec.defaults.receiver, ...timing(policy) } } : changedAt(spec, path, (old) => [{ ...policy, ...(old.routes ? { routes: old.routes } : {}) }]);
              if (await save(next, 'The policy is saved')) setEditing(undefined);
            }} />}
          </>
        )}
      </Shown>
    </Page>
  );
}

const timing = ({ group_by, group_wait, group_interval, repeat_interval }: Policy) => ({ ...(group_by ? { group_by } : {}), ...(group_wait ? { group_wait } : {}), ...(group_interval ? { group_interval } : {}), ...(repeat_interval ? { repeat_interval } : {}) });

interface PolicyCardProps {
  readonly policy: Policy;
  readonly path: Path;
  readonly root?: boolean;
  readonly mayWrite: boolean;
  /** How many there are beside it, itself included: the order decides. */
  readonly siblings?: number;
  readonly onEdit: (editing: Editing) => void;
  readonly onMove: (path: Path, by: number) => Promise<unknown>;
  readonly onRemove: (path: Path) => Promise<unknown>;
}

function PolicyCard({ policy, path, root = false, mayWrite, siblings = 1, onEdit, onMove, onRemove }: PolicyCardProps) {
  const styles = useStyles2(stylesOf);
  const { matchers = [], receiver, routes = [], mute_time_intervals: mute = [], active_time_intervals: active = [] } = policy;
  const name = root ? 'Default policy' : matchers.map(matcherText).join(', ') || 'Everything';
  const facts = [
    receiver && `to ${receiver}`, policy.group_by?.length && `grouped by ${policy.group_by.join(', ')}`, policy.group_wait && `waits ${policy.group_wait}`, policy.group_interval && `every ${policy.group_interval}`, policy.repeat_interval && `repeats after ${policy.repeat_interval}`,
    mute.length > 0 && `muted during ${mute.join(', ')}`, active.length > 0 && `active during ${active.join(', ')}`,
  ].filter(Boolean);
  return (
    <div className={root ? undefined : styles.child}>
      <section className={styles.card} aria-label={name}>
        <div>
          <Stack direction="row" gap={0.5} wrap="wrap">{root || matchers.length === 0 ? <strong>{name}</strong> : matchers.map((matcher) => <Badge key={matcherText(matcher)} color="blue" text={matcherText(matcher)} />)}{policy.continue && <Badge color="orange" text="Goes on to the next" />}</Stack>
          <div className={styles.facts}>{facts.join(' · ') || 'As the policy above'}</div>
        </div>
        {mayWrite && (
          <Stack direction="row" gap={1}>
            <Button size="sm" variant="secondary" icon="plus" aria-label={`Add nested to ${name}`} onClick={() => onEdit({ path, policy: newPolicy, add: 'within' })}>Add nested</Button>
            <Button size="sm" variant="secondary" icon="pen" aria-label={`Edit ${name}`} onClick={() => onEdit({ path, policy })}>Edit</Button>
            {!root && <Dropdown placement="bottom-end" overlay={(
              <Menu>
                <Menu.Item label="Move up" icon="arrow-up" disabled={path.at(-1) === 0} onClick={() => onMove(path, -1)} />
                <Menu.Item label="Move down" icon="arrow-down" disabled={path.at(-1) === siblings - 1} onClick={() => onMove(path, 1)} />
                <Menu.Item label="Insert above" icon="plus" onClick={() => onEdit({ path, policy: newPolicy, add: 'above' })} />
                <Menu.Item label="Insert below" icon="plus" onClick={() => onEdit({ path, policy: newPolicy, add: 'below' })} />
              </Menu>
            )}><Button size="sm" variant="secondary" icon="ellipsis-v" aria-label={`More for ${name}`} /></Dropdown>}
            {!root && <Confirmed size="sm" label="Delete" title="Delete this policy?" body={routes.length > 0 ? 'Those beneath it are deleted with it.' : 'Alerts that matched it take another branch.'} onConfirm={() => onRemove(path)} />}
          </Stack>
        )}
      </section>
      {/* biome-ignore lint/suspicious/noArrayIndexKey: two policies may have the same matchers */}
      {routes.map((child, index) => <PolicyCard key={`${index} ${JSON.stringify(child.matchers)}`} policy={child} path={[...path, index]} siblings={routes.length} {...{ mayWrite, onEdit, onMove, onRemove }} />)}
    </div>
  );
}

function PolicyModal({ path, policy, add, onSave, onClose }: Editing & { readonly onSave: (policy: Policy) => Promise<unknown>; readonly onClose: () => void }) {
  const root = add === undefined && path.length === 0;
  const [draft, setDraft] = useState(policy);
  const change = (some: Partial<Policy>) => setDraft((now) => ({ ...now, ...some }));
  const wrong = (text: string | undefined) => (text === undefined || text === '' || durationSeconds(text) !== undefined ? undefined : 'A duration such as 5m');
  const faulty = [draft.group_wait, draft.group_interval, draft.repeat_interval].some((text) => wrong(text) !== undefined);
  return (
    <Modal isOpen title={add ? 'Add policy' : root ? 'Default policy' : 'Edit policy'} onDismiss={onClose}>
      <Form submit="Save policy" disabled={faulty || (root && !draft.receiver)} more={<Button type="button" variant="secondary" fill="text" onClick={onClose}>Cancel</Button>} onSubmit={() => {
        const { routes: _, matchers = [], mute_time_intervals: mute, active_time_intervals: active, receiver, ...rest } = draft;
        return onSave({
          ...timing(rest), continue: draft.continue === true, ...(receiver ? { receiver } : {}), ...(root ? {} : { matchers: matchers.filter(({ label }) => label.trim() !== '') }), ...(mute?.length ? { mute_time_intervals: mute } : {}), ...(active?.length ? { active_time_intervals: active } : {}),
        });
      }}>
        {!root && <div style={{ marginBottom: 16 }}><MatchersEditor matchers={draft.matchers ?? []} onChange={(matchers) => change({ matchers })} /></div>}
        <PickField label="Contact point" {...(root ? {} : { clearable: true, placeholder: 'As the policy above' })} value={draft.receiver || null} choices={receiverChoices} onChange={(receiver) => change({ receiver: receiver ?? '' })} />
        {!root && <SwitchField label="Go on to the next matching policy" value={draft.continue === true} onChange={(next) => change({ continue: next })} />}
        <TagsField label="Group by" description={root ? 'Labels; ... keeps every alert apart' : 'As the policy above where empty'} value={draft.group_by ?? []} onChange={(group_by) => change({ group_by })} />
        <TextField label="Wait before the first notification" placeholder="30s" error={wrong(draft.group_wait)} value={draft.group_wait ?? ''} onChange={(group_wait) => change({ group_wait })} />
        <TextField label="Between notifications of a group" placeholder="5m" error={wrong(draft.group_interval)} value={draft.group_interval ?? ''} onChange={(group_interval) => change({ group_interval })} />
        <TextField label="Repeat after" placeholder="4h" error={wrong(draft.repeat_interval)} value={draft.repeat_interval ?? ''} onChange={(repeat_interval) => change({ repeat_interval })} />
        {!root && <IntervalField label="Muted during" value={draft.mute_time_intervals ?? []} onChange={(names) => change({ mute_time_intervals: names })} />}
        {!root && <IntervalField label="Active only during" value={draft.active_time_intervals ?? []} onChange={(names) => change({ active_time_intervals: names })} />}
      </Form>
    </Modal>
  );
}

function IntervalField({ label, value, onChange }: { readonly label: string; readonly value: readonly string[]; readonly onChange: (names: readonly string[]) => void }) {
  return (
    <>
      <PickField label={label} placeholder="Add a time interval" value={null} choices={intervalNames} onChange={(name) => name !== null && !value.includes(name) && onChange([...value, name])} />
      {value.length > 0 && <TagsField label={`${label}: chosen`} value={value} onChange={onChange} />}
    </>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({
  child: css({ marginLeft: theme.spacing(3), borderLeft: `2px solid ${theme.colors.border.weak}`, paddingLeft: theme.spacing(1) }),
  card: css({ display: 'flex', justifyContent: 'space-between', gap: theme.spacing(2), flexWrap: 'wrap', background: theme.colors.background.secondary, borderRadius: theme.shape.radius.default, padding: theme.spacing(1.5), marginTop: theme.spacing(1) }),
  facts: css({ color: theme.colors.text.secondary, marginTop: theme.spacing(0.5) }),
});

/** Making and changing a silence. */
import { Alert, LinkButton, RadioButtonGroup } from '@grafana/ui';
import { useState } from 'react';
import { useParams, useSearchParams } from 'react-router-dom';
import { NotThere, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { mayAny, user } from '../../host/boot-data.ts';
import { TextField } from '../parts/fields.tsx';
import { Forbidden } from '../parts/forbidden.tsx';
import { Form } from '../parts/form.tsx';
import { goTo } from '../parts/go.ts';
import { Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';
import { dateText } from '../parts/times.ts';
import { durationSeconds } from '../parts/durations.ts';
import { LabelList, MatchersEditor } from './labels.tsx';
import { allMatch, ofSilence, toSilence } from './matchers.ts';
import type { RouteMatcher } from './notification.ts';
import { amAlerts, fromLocalInput, localInput, type Silence, saveSilence, silences } from './silence.ts';
import { StateBadge } from './state-badge.tsx';

const lengths = ['30m', '1h', '2h', '8h', '1d', '7d'];

export default function SilencePage() {
  const { id } = useParams();
  const [search] = useSearchParams();
  const stored = useLoaded(async (): Promise<{ readonly silence?: Silence }> => {
    const silence = id === undefined ? undefined : (await silences()).find((one) => one.id === id);
    if (id !== undefined && !silence) throw new NotThere('There is no such silence');
    return silence ? { silence } : {};
  }, String(id));
  const given = search.getAll('matcher').flatMap((text) => {
    const found = /^([^=!~]+)(=~|!~|!=|=)"?(.*?)"?$/s.exec(text);
    return found ? [{ label: found[1]!.trim(), type: found[2]!, value: found[3]! }] : [];
  });
  return (
    <Page title={id === undefined ? 'New silence' : 'Edit silence'} above={[{ label: 'Silences', url: '/alerting/silences' }]}>
      <Shown loaded={stored}>
        {({ silence }) => (silence ? silence.accessControl?.write === true : mayAny('alert.instances:create', 'alert.silences:create')) ? <SilenceForm silence={silence} given={given} /> : <Forbidden what="silence these alerts" back="/alerting/silences" />}
      </Shown>
    </Page>
  );
}

function SilenceForm({ silence, given }: { readonly silence: Silence | undefined; readonly given: readonly RouteMatcher[] }) {
  const over = silence?.status.state === 'expired';
  const [draft, setDraft] = useState(() => ({
    from: localInput(silence && !over ? new Date(silence.startsAt) : new Date()), to: localInput(silence && !over ? new Date(silence.endsAt) : new Date(Date.now() + 7_200_000)),
    comment: silence?.comment ?? '', matchers: (silence ? silence.matchers.map(ofSilence) : given.length > 0 ? given : [{ label: '', type: '=', value: '' }]) as readonly RouteMatcher[],
  }));
  const [tried, setTried] = useState(false);
  const change = (some: Partial<typeof draft>) => setDraft((now) => ({ ...now, ...some }));
  const alerts = useLoaded(() => amAlerts().catch(() => []), '');
  const matchers = draft.matchers.filter(({ label }) => label.trim() !== '');
  const found = (alerts.value ?? []).filter(({ labels }) => matchers.length > 0 && allMatch(matchers, labels));
  const fault = matchers.length === 0 ? 'At least one label must be given' : matchers.every(({ value, type }) => value === '' && type === '=') ? 'At least one matcher must ask for a value' : undefined;
  const ended = fromLocalInput(draft.to) <= fromLocalInput(draft.from) ? 'The end comes before the beginning' : fromLocalInput(draft.to) <= new Date() ? 'The end has passed already' : undefined;
  return (
    <Form wide submit={silence && !over ? 'Save silence' : 'Silence'} more={<LinkButton variant="secondary" fill="text" href="/alerting/silences">Cancel</LinkButton>} onSubmit={async () => {
      setTried(true);
      if (fault !== undefined || ended !== undefined) return;
      const now = new Date();
      // The input knows minutes only: one that begins in this minute begins now.
      const from = fromLocalInput(draft.from);
      const startsAt = silence && !over && draft.from === localInput(new Date(silence.startsAt)) ? silence.startsAt : (from < now ? now : from).toISOString();
      const body = { ...(silence && !over ? { id: silence.id } : {}), matchers: matchers.map(toSilence), startsAt, endsAt: fromLocalInput(draft.to).toISOString(), comment: draft.comment, createdBy: silence?.createdBy ?? (user().name || user().login) };
      if (await attempt(() => saveSilence(body), 'The silence is saved', 'The silence could not be saved')) goTo('/alerting/silences');
    }}>
      <div style={{ maxWidth: 640 }}>
        <TextField label="From" type="datetime-local" required value={draft.from} onChange={(from) => change({ from })} />
        <TextField label="Until" type="datetime-local" required value={draft.to} error={ended} onChange={(to) => change({ to })} />
        <RadioButtonGroup aria-label="For how long" options={lengths.map((value) => ({ value, label: value }))} onChange={(length) => change({ to: localInput(new Date(fromLocalInput(draft.from).getTime() + durationSeconds(length)! * 1000)) })} />
      </div>
      <Section title="What is silenced" description="All of these labels must match">
        <MatchersEditor matchers={draft.matchers} onChange={(next) => change({ matchers: next })} />
        {tried && fault !== undefined && <Alert severity="error" title={fault} />}
      </Section>
      <div style={{ maxWidth: 640, marginTop: 16 }}><TextField label="Comment" required value={draft.comment} onChange={(comment) => change({ comment })} /></div>
      <Section title={`Matches ${found.length} ${found.length === 1 ? 'alert' : 'alerts'} now`}>
        <Table label="Matched alerts" rows={found} rowKey={(one) => one.fingerprint} pageSize={10} empty={<p>No alert that is active now matches; later ones will be silenced nevertheless.</p>} columns={[
          { label: 'State', cell: (one) => <StateBadge state={one.status.state} /> }, { label: 'Labels', cell: (one) => <LabelList labels={one.labels} /> }, { label: 'Since', cell: (one) => dateText(one.startsAt) },
        ]} />
      </Section>
    </Form>
  );
}

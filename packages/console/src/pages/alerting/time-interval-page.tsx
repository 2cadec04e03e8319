/** One time interval. */
import { Button, LinkButton } from '@grafana/ui';
import { useState } from 'react';
import { useParams, useSearchParams } from 'react-router-dom';
import { useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { mayAny } from '../../host/boot-data.ts';
import { TextField } from '../parts/fields.tsx';
import { Forbidden } from '../parts/forbidden.tsx';
import { Form } from '../parts/form.tsx';
import { goTo } from '../parts/go.ts';
import { Section } from '../parts/section.tsx';
import { draftOf, type IntervalDraft, intervalOf, timesOf } from './interval.ts';
import { fresh, isProvisioned, named, put, type Resource, type TimeIntervalSpec } from './notification.ts';

export default function TimeIntervalPage() {
  const params = useParams();
  const [search] = useSearchParams();
  const id = params['id'] ?? search.get('muteName') ?? undefined;
  const interval = useLoaded(async () => (id === undefined ? fresh<TimeIntervalSpec>({ name: '', time_intervals: [{}] }) : await named<TimeIntervalSpec>('timeintervals', id, ({ name }) => name)), String(id));
  return <Page title={id === undefined ? 'New time interval' : interval.value?.spec.name ?? 'Time interval'} above={[{ label: 'Time intervals', url: '/alerting/time-intervals' }]}><Shown loaded={interval}>{(value) => mayAny('alert.notifications:write', 'alert.notifications.time-intervals:write') && !isProvisioned(value) ? <IntervalForm resource={value} /> : <Forbidden what={id === undefined ? 'make time intervals' : 'change this time interval'} back="/alerting/time-intervals" />}</Shown></Page>;
}

function IntervalForm({ resource }: { readonly resource: Resource<TimeIntervalSpec> }) {
  const [name, setName] = useState(resource.spec.name);
  const [drafts, setDrafts] = useState<readonly IntervalDraft[]>(resource.spec.time_intervals.map(draftOf));
  const isNew = resource.metadata.resourceVersion === undefined;
  const wrong = drafts.some(({ times }) => timesOf(times) === undefined);
  return (
    <Form submit="Save time interval" disabled={name.trim() === '' || wrong} more={<><Button type="button" variant="secondary" icon="plus" onClick={() => setDrafts([...drafts, draftOf({})])}>Add another span</Button><LinkButton variant="secondary" fill="text" href="/alerting/time-intervals">Cancel</LinkButton></>} onSubmit={async () => {
      if (await attempt(() => put('timeintervals', { ...resource, spec: { name: name.trim(), time_intervals: drafts.map(intervalOf) } }), 'The time interval is saved', 'The time interval could not be saved')) goTo('/alerting/time-intervals');
    }}>
      <TextField label="Name" required disabled={!isNew} value={name} onChange={setName} />
      {drafts.map((draft, index) => {
        const set = (some: Partial<IntervalDraft>) => setDrafts(drafts.map((one, at) => (at === index ? { ...one, ...some } : one)));
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: spans have no identity of their own
          <Section key={index} title={`Span ${index + 1}`} description="What is left empty holds always" actions={drafts.length > 1 && <Button type="button" size="sm" variant="secondary" onClick={() => setDrafts(drafts.filter((_, at) => at !== index))}>Remove</Button>}>
            <div>
              <TextField label="Times" placeholder="09:00-17:00, 20:00-22:00" error={timesOf(draft.times) === undefined ? 'Spans such as 09:00-17:00' : undefined} value={draft.times} onChange={(times) => set({ times })} />
              <TextField label="Days of the week" placeholder="monday:friday, sunday" value={draft.weekdays} onChange={(weekdays) => set({ weekdays })} />
              <TextField label="Days of the month" placeholder="1:5, -1" value={draft.days} onChange={(days) => set({ days })} />
              <TextField label="Months" placeholder="january:march, 12" value={draft.months} onChange={(months) => set({ months })} />
              <TextField label="Years" placeholder="2026:2028" value={draft.years} onChange={(years) => set({ years })} />
              <TextField label="Time zone" placeholder="UTC" value={draft.location} onChange={(location) => set({ location })} />
            </div>
          </Section>
        );
      })}
    </Form>
  );
}

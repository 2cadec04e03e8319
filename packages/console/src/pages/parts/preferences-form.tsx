/** Preferences of a person, a team or an organization: all three are the same form (identity-and-access §5.3). */
import { Field, TimeZonePicker, WeekStartPicker } from '@grafana/ui';
import { useId, useState } from 'react';
import { api, useLoaded } from '../../api/client.ts';
import { Shown } from '../../app/page.tsx';
import { attempt } from '../../app/notify.ts';
import { dashboardsByTitle } from './choices.ts';
import { PickField } from './fields.tsx';
import { Form } from './form.tsx';

interface Preferences {
  readonly theme?: string;
  readonly homeDashboardUID?: string;
  readonly timezone?: string;
  readonly weekStart?: string;
  readonly language?: string;
}

const themes = [{ value: '', label: 'Default' }, { value: 'dark', label: 'Dark' }, { value: 'light', label: 'Light' }, { value: 'system', label: 'As the system' }];
const languages = [{ value: '', label: 'Default' }, ...['en-US', 'fr-FR', 'es-ES', 'de-DE', 'zh-Hans', 'pt-BR', 'zh-Hant', 'it-IT', 'ja-JP', 'id-ID', 'ko-KR', 'ru-RU', 'cs-CZ', 'nl-NL', 'hu-HU', 'pt-PT', 'pl-PL', 'sv-SE', 'tr-TR']
  .map((value) => ({ value, label: new Intl.DisplayNames([value], { type: 'language' }).of(value) ?? value }))];

export interface PreferencesFormProps {
  /** `/api/user/preferences`, `/api/org/preferences`, `/api/teams/:id/preferences`. */
  readonly url: string;
  readonly disabled?: boolean;
  /** What to do once they are saved; one's own change how the page looks, so it starts anew. */
  readonly onSaved: () => void;
}

export function PreferencesForm({ url, disabled = false, onSaved }: PreferencesFormProps) {
  const stored = useLoaded(async () => {
    const preferences = await api.get<Preferences>(url);
    const home = preferences.homeDashboardUID ? (await api.get<readonly { readonly title: string }[]>('/api/search', { dashboardUIDs: preferences.homeDashboardUID })).at(0) : undefined;
    return { preferences, homeTitle: home?.title };
  }, url);
  return <Shown loaded={stored}>{({ preferences, homeTitle }) => <PreferencesFields key={url} stored={preferences} homeTitle={homeTitle} {...{ url, disabled, onSaved }} />}</Shown>;
}

function PreferencesFields({ stored, homeTitle, url, disabled = false, onSaved }: PreferencesFormProps & { readonly stored: Preferences; readonly homeTitle: string | undefined }) {
  const [draft, setDraft] = useState(stored);
  const ids = { zone: useId(), week: useId() };
  const change = (some: Preferences) => setDraft((now) => ({ ...now, ...some }));
  return (
    <Form submit="Save preferences" disabled={disabled} onSubmit={async () => {
      // An empty uid clears the home dashboard; leaving it out would keep it.
      if (await attempt(() => api.put(url, { theme: '', timezone: '', weekStart: '', language: '', ...draft, homeDashboardUID: draft.homeDashboardUID ?? '' }), 'Preferences saved', 'The preferences could not be saved')) onSaved();
    }}>
      <PickField label="Theme" disabled={disabled} value={draft.theme ?? ''} choices={draft.theme !== undefined && !themes.some(({ value }) => value === draft.theme) ? [...themes, { value: draft.theme }] : themes} onChange={(theme) => change({ theme: theme ?? '' })} />
      <PickField label="Home dashboard" disabled={disabled} clearable placeholder="Default" value={draft.homeDashboardUID || null} valueLabel={draft.homeDashboardUID === stored.homeDashboardUID ? homeTitle : undefined} choices={dashboardsByTitle} onChange={(uid) => change({ homeDashboardUID: uid ?? '' })} />
      <Field label="Time zone" htmlFor={ids.zone}><TimeZonePicker inputId={ids.zone} includeInternal value={draft.timezone ?? ''} disabled={disabled} onChange={(timezone) => change({ timezone: timezone ?? '' })} /></Field>
      <Field label="Week start" htmlFor={ids.week}><WeekStartPicker inputId={ids.week} disabled={disabled} {...(draft.weekStart ? { value: draft.weekStart as 'monday' } : {})} onChange={(weekStart) => change({ weekStart: weekStart ?? '' })} /></Field>
      <PickField label="Language" description="This console speaks English; Grafana's frontend follows it" disabled={disabled} value={draft.language ?? ''} choices={languages} onChange={(language) => change({ language: language ?? '' })} />
    </Form>
  );
}


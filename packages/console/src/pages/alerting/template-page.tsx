/** One group of templates, with a preview on an example. */
import { Alert, Button, LinkButton } from '@grafana/ui';
import { useState } from 'react';
import { useLocation, useParams } from 'react-router-dom';
import { api, errorText, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { mayAny } from '../../host/boot-data.ts';
import { CodeBlock } from '../parts/code-block.tsx';
import { AreaField, TextField } from '../parts/fields.tsx';
import { Forbidden } from '../parts/forbidden.tsx';
import { Form } from '../parts/form.tsx';
import { goTo } from '../parts/go.ts';
import { Section } from '../parts/section.tsx';
import { fresh, isProvisioned, named, put, type Resource, type TemplateSpec } from './notification.ts';

const example = '{{ define "greeting" }}\n  {{ len .Alerts.Firing }} firing: {{ range .Alerts.Firing }}{{ .Labels.alertname }} {{ end }}\n{{ end }}';

export default function TemplatePage() {
  const { id } = useParams();
  const { pathname } = useLocation();
  const template = useLoaded(async () => {
    if (id === undefined) return fresh<TemplateSpec>({ title: '', content: example, kind: 'grafana' });
    const found = await named<TemplateSpec>('templategroups', id, ({ title }) => title);
    return pathname.endsWith('/duplicate') ? fresh({ ...found.spec, title: `${found.spec.title} (copy)` }) : found;
  }, pathname);
  return <Page title={id === undefined || pathname.endsWith('/duplicate') ? 'New template' : template.value?.spec.title ?? 'Template'} above={[{ label: 'Templates', url: '/alerting/notifications/templates' }]}><Shown loaded={template}>{(value) => id === undefined && !mayAny('alert.notifications:write', 'alert.notifications.templates:write') ? <Forbidden what="make templates" back="/alerting/notifications/templates" /> : <TemplateForm template={value} />}</Shown></Page>;
}

interface Tested { readonly results?: readonly { readonly name: string; readonly text: string }[]; readonly errors?: readonly { readonly name?: string; readonly message: string }[] }

function TemplateForm({ template }: { readonly template: Resource<TemplateSpec> }) {
  const disabled = isProvisioned(template) || !mayAny('alert.notifications:write', 'alert.notifications.templates:write');
  const [draft, setDraft] = useState(template.spec);
  const [tested, setTested] = useState<Tested | undefined>();
  const preview = async () => {
    try {
      setTested(await api.post<Tested>('/api/alertmanager/grafana/config/api/v1/templates/test', { name: draft.title || 'preview', template: draft.content, alerts: [{ labels: { alertname: 'Example', instance: 'server-1', severity: 'critical' }, annotations: { summary: 'An example alert' } }] }));
    } catch (error) {
      setTested({ errors: [{ message: errorText(error) }] });
    }
  };
  return (
    <Form submit="Save template" disabled={disabled || draft.title.trim() === ''} more={<><Button type="button" variant="secondary" onClick={preview}>Preview</Button><LinkButton variant="secondary" fill="text" href="/alerting/notifications/templates">{disabled ? 'Back' : 'Cancel'}</LinkButton></>} onSubmit={async () => {
      if (await attempt(() => put('templategroups', { ...template, spec: draft }), 'The template is saved', 'The template could not be saved')) goTo('/alerting/notifications/templates');
    }}>
      <TextField label="Name" required disabled={disabled} value={draft.title} onChange={(title) => setDraft({ ...draft, title })} />
      <AreaField code rows={18} label="Content" description="Go templates; contact points call what is defined here" disabled={disabled} value={draft.content} onChange={(content) => setDraft({ ...draft, content })} />
      {tested && (
        <Section title="Preview">
          {tested.errors?.map(({ name, message }) => <Alert key={`${name} ${message}`} severity="error" title={name ?? 'The template is wrong'}>{message}</Alert>)}
          {tested.results?.map(({ name, text }) => <div key={name}><strong>{name}</strong><CodeBlock label={name} text={text} /></div>)}
        </Section>
      )}
    </Form>
  );
}

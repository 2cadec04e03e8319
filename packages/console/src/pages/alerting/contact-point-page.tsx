/** One contact point and its integrations. */
import { Alert, Button, IconButton, LinkButton, Stack } from '@grafana/ui';
import { useState } from 'react';
import { useParams } from 'react-router-dom';
import { api, errorText, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { mayAny } from '../../host/boot-data.ts';
import { CheckField, PickField, TextField } from '../parts/fields.tsx';
import { Forbidden } from '../parts/forbidden.tsx';
import { Form } from '../parts/form.tsx';
import { goTo } from '../parts/go.ts';
import { Permissions } from '../parts/permissions.tsx';
import { Section } from '../parts/section.tsx';
import { type OptionField, OptionFields } from './integration-form.tsx';
import { fresh, type Integration, isProvisioned, named, noted, put, type ReceiverSpec, type Resource } from './notification.ts';

interface Notifier {
  readonly type: string;
  readonly name: string;
  readonly info?: string;
  readonly versions: readonly { readonly version: string; readonly canCreate: boolean; readonly options: readonly OptionField[] }[];
}

export default function ContactPointPage() {
  const { id } = useParams();
  const loaded = useLoaded(async () => {
    const [notifiers, receiver] = await Promise.all([api.get<readonly Notifier[]>('/api/alert-notifiers', { version: 2 }), id === undefined ? fresh<ReceiverSpec>({ title: '', integrations: [] }) : named<ReceiverSpec>('receivers', id, ({ title }) => title)]);
    return { notifiers, receiver };
  }, String(id));
  return (
    <Page title={id === undefined ? 'New contact point' : loaded.value?.receiver.spec.title ?? 'Contact point'} above={[{ label: 'Contact points', url: '/alerting/notifications' }]}>
      {id === undefined && !mayAny('alert.notifications:write', 'alert.notifications.receivers:create') ? <Forbidden what="make contact points" back="/alerting/notifications" /> : <Shown loaded={loaded}>{({ notifiers, receiver }) => <ContactPointForm notifiers={notifiers} receiver={receiver} />}</Shown>}
    </Page>
  );
}

function ContactPointForm({ notifiers, receiver }: { readonly notifiers: readonly Notifier[]; readonly receiver: Resource<ReceiverSpec> }) {
  const isNew = receiver.metadata.resourceVersion === undefined;
  const disabled = !isNew && (isProvisioned(receiver) || noted(receiver, 'access/canWrite') !== 'true');
  const [title, setTitle] = useState(receiver.spec.title);
  const [integrations, setIntegrations] = useState<readonly Integration[]>(isNew ? [{ type: 'email', version: 'v1', settings: {} }] : receiver.spec.integrations);
  const set = (index: number, next: Integration) => setIntegrations((all) => all.map((one, at) => (at === index ? next : one)));
  return (
    <>
      {disabled && <Alert severity="info" title={isProvisioned(receiver) ? 'This contact point is provisioned: it changes where it was provisioned' : 'You may look at this contact point, but not change it'} />}
      <Form submit="Save contact point" disabled={disabled || title.trim() === ''} more={<LinkButton variant="secondary" fill="text" href="/alerting/notifications">{disabled ? 'Back' : 'Cancel'}</LinkButton>} onSubmit={async () => {
        if (await attempt(() => put('receivers', { ...receiver, spec: { title: title.trim(), integrations } }), `${title} is saved`, 'The contact point could not be saved')) goTo('/alerting/notifications');
      }}>
        <TextField label="Name" required autoFocus={isNew} disabled={disabled} value={title} onChange={setTitle} />
        {integrations.map((integration, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: new integrations have no identity yet
          <IntegrationSection key={index} {...{ notifiers, integration, disabled, title }} onChange={(next) => set(index, next)} onRemove={integrations.length > 1 ? () => setIntegrations(integrations.filter((_, at) => at !== index)) : undefined} />
        ))}
        {!disabled && <div style={{ margin: '16px 0' }}><Button type="button" variant="secondary" icon="plus" onClick={() => setIntegrations([...integrations, { type: 'email', version: 'v1', settings: {} }])}>Add another integration</Button></div>}
      </Form>
      {!isNew && noted(receiver, 'access/canAdmin') === 'true' && <Permissions resource="receivers" id={receiver.metadata.name} mayWrite />}
    </>
  );
}

function IntegrationSection({ notifiers, integration, disabled, title, onChange, onRemove }: { readonly notifiers: readonly Notifier[]; readonly integration: Integration; readonly disabled: boolean; readonly title: string; readonly onChange: (integration: Integration) => void; readonly onRemove: (() => void) | undefined }) {
  const [tested, setTested] = useState<{ readonly ok: boolean; readonly text: string } | 'busy' | undefined>();
  const notifier = notifiers.find(({ type }) => type === integration.type);
  const options = notifier?.versions.find(({ version }) => version === integration.version)?.options ?? [];
  const test = async () => {
    setTested('busy');
    try {
      const { uid, type, settings, disableResolveMessage, secureFields = {} } = integration;
      const config = { ...(uid === undefined ? {} : { uid }), name: title || 'test', type, settings, disableResolveMessage: disableResolveMessage ?? false, secureFields };
      const answer = await api.post<{ readonly receivers?: readonly { readonly grafana_managed_receiver_configs: readonly { readonly status: string; readonly error?: string }[] }[] }>('/api/alertmanager/grafana/config/api/v1/receivers/test', { receivers: [{ name: title || 'test', grafana_managed_receiver_configs: [config] }] });
      const failed = answer.receivers?.flatMap((one) => one.grafana_managed_receiver_configs).find(({ status }) => status !== 'ok');
      setTested(failed ? { ok: false, text: failed.error ?? 'It failed' } : { ok: true, text: 'The test notification is sent' });
    } catch (error) {
      setTested({ ok: false, text: errorText(error) });
    }
  };
  return (
    <Section title={notifier?.name ?? integration.type} actions={<Stack direction="row" gap={1} alignItems="center">
      {!disabled && <Button type="button" variant="secondary" icon={tested === 'busy' ? 'spinner' : 'message'} disabled={tested === 'busy'} onClick={test}>Test</Button>}
      {onRemove && !disabled && <IconButton name="trash-alt" aria-label={`Remove ${notifier?.name ?? integration.type}`} onClick={onRemove} />}
    </Stack>}>
      <div>
        <PickField label="Integration" disabled={disabled} value={integration.type} choices={notifiers.filter(({ type, versions }) => type === integration.type || versions.some(({ canCreate }) => canCreate)).map(({ type, name }) => ({ value: type, label: name }))} onChange={(type) => type !== null && onChange({ type, version: notifiers.find((one) => one.type === type)?.versions.find(({ canCreate }) => canCreate)?.version ?? 'v1', settings: {} })} />
        {notifier?.info && <p>{notifier.info}</p>}
        <OptionFields key={integration.type} fields={options} values={integration.settings} stored={integration.secureFields ?? {}} disabled={disabled} onChange={(settings) => onChange({ ...integration, settings })}
          onForget={(path) => onChange({ ...integration, secureFields: { ...integration.secureFields, [path]: false } })} />
        <CheckField label="Do not tell when alerts resolve" disabled={disabled} value={integration.disableResolveMessage === true} onChange={(disableResolveMessage) => onChange({ ...integration, disableResolveMessage })} />
      </div>
      {tested && tested !== 'busy' && <div role="status"><Alert severity={tested.ok ? 'success' : 'error'} title={tested.text} /></div>}
    </Section>
  );
}

/** The settings that every source reached over HTTP has: address, authentication, TLS, headers. */
import { Button, FieldSet, IconButton, Stack } from '@grafana/ui';
import type { SettingsFormProps, SourceSettings } from '../../sources/source-modules.ts';
import { CheckField, NumberField, PickField, SecretField, TagsField, TextField } from '../parts/fields.tsx';
import { Section } from '../parts/section.tsx';
import { headersOf, withoutHeader } from './headers.ts';

type Authentication = 'none' | 'basic' | 'oauth' | 'credentials';

const authenticationOf = ({ basicAuth, withCredentials, jsonData }: SourceSettings): Authentication => (basicAuth ? 'basic' : jsonData['oauthPassThru'] === true ? 'oauth' : withCredentials ? 'credentials' : 'none');

/** Sources that speak something else than HTTP, or to an address of their own. */
export const withoutHttp: readonly string[] = [
  'grafana-testdata-datasource', 'mysql', 'mssql', 'grafana-postgresql-datasource', 'cloudwatch', 'stackdriver', 'grafana-azure-monitor-datasource',
];

export function HttpSettings({ settings, onChange, disabled }: SettingsFormProps & { readonly disabled: boolean }) {
  const { jsonData, secureJsonData, secureJsonFields } = settings;
  const json = (some: Record<string, unknown>) => onChange({ ...settings, jsonData: { ...jsonData, ...some } });
  const secret = (key: string) => ({
    value: secureJsonData[key] ?? '', stored: secureJsonFields[key] === true, disabled,
    onChange: (value: string) => onChange({ ...settings, secureJsonData: { ...secureJsonData, [key]: value } }),
    onReset: () => onChange({ ...settings, secureJsonData: { ...secureJsonData, [key]: '' }, secureJsonFields: { ...secureJsonFields, [key]: false } }),
  });
  const flag = (key: string) => ({ value: jsonData[key] === true, disabled, onChange: (value: boolean) => json({ [key]: value }) });
  const text = (key: string) => ({ value: typeof jsonData[key] === 'string' ? jsonData[key] : '', disabled, onChange: (value: string) => json({ [key]: value }) });
  const headers = headersOf(settings);
  return (
    <>
      <Section title="Connection">
        <TextField label="URL" type="url" required disabled={disabled} placeholder="http://localhost:9090" value={settings.url} onChange={(url) => onChange({ ...settings, url })} />
        <NumberField label="Timeout" description="Seconds; that of the server where empty" disabled={disabled} value={typeof jsonData['timeout'] === 'number' ? jsonData['timeout'] : undefined} onChange={(timeout) => json({ timeout })} />
        <TagsField label="Allowed cookies" description="Cookies of the browser that are passed on, by name" disabled={disabled} value={Array.isArray(jsonData['keepCookies']) ? jsonData['keepCookies'].map(String) : []} onChange={(keepCookies) => json({ keepCookies })} />
      </Section>
      <Section title="Authentication">
        <PickField label="Method" disabled={disabled} value={authenticationOf(settings)} choices={[
          { value: 'none', label: 'No authentication' }, { value: 'basic', label: 'User and password' },
          { value: 'oauth', label: 'Forward the identity', description: 'The OAuth token of whoever queries' }, { value: 'credentials', label: 'Cookies of the browser', description: 'For sources that the browser asks directly' },
        ]} onChange={(method) => onChange({ ...settings, basicAuth: method === 'basic', withCredentials: method === 'credentials', jsonData: { ...jsonData, oauthPassThru: method === 'oauth' } })} />
        {settings.basicAuth && <TextField label="User" required disabled={disabled} value={settings.basicAuthUser} onChange={(basicAuthUser) => onChange({ ...settings, basicAuthUser })} />}
        {settings.basicAuth && <SecretField label="Password" {...secret('basicAuthPassword')} />}
      </Section>
      <Section title="TLS">
        <Stack direction="column" gap={1}>
          <CheckField label="Skip verification of the certificate" {...flag('tlsSkipVerify')} />
          <CheckField label="A certificate authority of one's own" {...flag('tlsAuthWithCACert')} />
          <CheckField label="Authenticate with a client certificate" {...flag('tlsAuth')} />
        </Stack>
        {jsonData['tlsAuthWithCACert'] === true && <SecretField long label="CA certificate" placeholder="-----BEGIN CERTIFICATE-----" {...secret('tlsCACert')} />}
        {jsonData['tlsAuth'] === true && <TextField label="Server name" {...text('serverName')} />}
        {jsonData['tlsAuth'] === true && <SecretField long label="Client certificate" placeholder="-----BEGIN CERTIFICATE-----" {...secret('tlsClientCert')} />}
        {jsonData['tlsAuth'] === true && <SecretField long label="Client key" placeholder="-----BEGIN RSA PRIVATE KEY-----" {...secret('tlsClientKey')} />}
      </Section>
      <Section title="HTTP headers" description="Sent with each request; values are kept encrypted" actions={!disabled && <Button type="button" variant="secondary" size="sm" icon="plus" onClick={() => json({ [`httpHeaderName${headers.length + 1}`]: '' })}>Add header</Button>}>
        {headers.map(({ index, name }) => (
          <FieldSet key={index}>
            <Stack direction="row" gap={1} alignItems="flex-end" wrap="wrap">
              <TextField tight label={`Header ${index}`} placeholder="X-Scope-OrgID" {...text(`httpHeaderName${index}`)} />
              <SecretField tight label={`Value of ${name || `header ${index}`}`} {...secret(`httpHeaderValue${index}`)} />
              {!disabled && <IconButton name="trash-alt" aria-label={`Remove ${name || `header ${index}`}`} onClick={() => onChange(withoutHeader(settings, index))} />}
            </Stack>
          </FieldSet>
        ))}
      </Section>
    </>
  );
}

/** One plugin: what it is, whether it is well, and an app's settings. */
import { css } from '@emotion/css';
import { renderMarkdown, type GrafanaTheme2 } from '@grafana/data';
import { Alert, Badge, Button, LinkButton, Stack, TextLink, useStyles2 } from '@grafana/ui';
import { useState } from 'react';
import { useParams } from 'react-router-dom';
import { api, errorText, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { may } from '../../host/boot-data.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { AreaField } from '../parts/fields.tsx';
import { Form } from '../parts/form.tsx';
import { startAt } from '../parts/go.ts';
import { Facts, Section } from '../parts/section.tsx';
import { mayInstall } from './install.ts';
import { type Plugin, signatureText, typeNames } from './plugin.ts';

interface PluginSettings extends Plugin {
  readonly jsonData: Readonly<Record<string, unknown>> | null;
  readonly secureJsonFields: Readonly<Record<string, boolean>> | null;
  readonly dependencies?: { readonly grafanaDependency?: string };
  readonly includes: readonly { readonly name: string; readonly type: string; readonly path: string }[] | null;
  readonly autoEnabled?: boolean;
}

export default function PluginPage() {
  const { id = '' } = useParams();
  const plugin = useLoaded(() => api.get<PluginSettings>(`/api/plugins/${encodeURIComponent(id)}/settings`), id);
  const { value } = plugin;
  return (
    <Page title={value?.name ?? 'Plugin'} above={[{ label: 'Plugins', url: '/plugins' }]}
      subtitle={value && <Stack direction="row" gap={1} alignItems="center"><img src={value.info.logos.small} alt="" width={24} height={24} />{value.info.description}</Stack>}
      actions={value && (
        <>
          {value.type === 'datasource' && may('datasources:create') && <LinkButton icon="plus" href="/connections/datasources/new">Add data source</LinkButton>}
          {mayInstall() && value.signature !== 'internal' && <Confirmed variant="secondary" label="Update" title={`Update ${value.name}?`} body="The newest version takes the place of this one." onConfirm={async () => {
            if (await attempt(() => api.post(`/api/plugins/${id}/install`, {}), `${value.name} is updated`, 'The plugin could not be updated')) startAt(`/plugins/${id}`);
          }} />}
          {mayInstall() && value.signature !== 'internal' && <Confirmed label="Uninstall" title={`Uninstall ${value.name}?`} body="Dashboards and data sources that need it stop working." onConfirm={async () => {
            if (await attempt(() => api.post(`/api/plugins/${id}/uninstall`, {}), `${value.name} is uninstalled`, 'The plugin could not be uninstalled')) startAt('/plugins');
          }} />}
        </>
      )}>
      <Shown loaded={plugin}>{(settings) => <PluginDetails settings={settings} />}</Shown>
    </Page>
  );
}

function PluginDetails({ settings }: { readonly settings: PluginSettings }) {
  const { id, type, info, signature } = settings;
  return (
    <>
      <Facts facts={[
        ['Id', id], ['Type', typeNames[type] ?? type], ['Version', info.version || 'That of the server'], ['By', info.author.url ? <TextLink key="author" external href={info.author.url}>{info.author.name ?? info.author.url}</TextLink> : info.author.name || '—'],
        ['Signature', <Badge key="signature" color={signature === 'internal' || signature === 'valid' ? 'green' : 'orange'} text={signatureText(signature)} />],
        ['Needs', settings.dependencies?.grafanaDependency || 'Any version'],
        ...(info.links ?? []).map(({ name, url }) => [name, <TextLink key={url} external href={url}>{url}</TextLink>] as const),
      ]} />
      {type === 'app' && <AppSettings key={String(settings.enabled)} settings={settings} />}
      {(type === 'app' || type === 'datasource') && signature !== 'internal' && <PluginHealth id={id} />}
      <Readme id={id} />
    </>
  );
}

function AppSettings({ settings }: { readonly settings: PluginSettings }) {
  const { id, name, enabled, pinned } = settings;
  const [text, setText] = useState(() => JSON.stringify(settings.jsonData ?? {}, null, 2));
  const [fault, setFault] = useState<string | undefined>();
  const mayWrite = may('plugins:write');
  const save = (change: object, done: string) => attempt(async () => {
    await api.post(`/api/plugins/${id}/settings`, { enabled, pinned, jsonData: settings.jsonData ?? {}, ...change });
    // The navigation and the apps come with the page.
    startAt(`/plugins/${id}`);
  }, done, `${name} could not be changed`);
  return (
    <Section title="App" description={enabled ? 'Enabled for this organization' : 'Disabled for this organization'} actions={mayWrite && !settings.autoEnabled && <Button variant={enabled ? 'secondary' : 'primary'} onClick={() => save({ enabled: !enabled, pinned: !enabled }, enabled ? `${name} is disabled` : `${name} is enabled`)}>{enabled ? 'Disable' : 'Enable'}</Button>}>
      {mayWrite && enabled && (
        <Form submit="Save settings" onSubmit={async () => {
          try {
            setFault(undefined);
            await save({ jsonData: JSON.parse(text) as object }, 'Settings saved');
          } catch (error) {
            setFault((error as Error).message);
          }
        }}>
          <AreaField code rows={8} label="Settings" description={Object.keys(settings.secureJsonFields ?? {}).length > 0 ? `Secrets are stored for: ${Object.keys(settings.secureJsonFields ?? {}).join(', ')}` : 'As JSON'} value={text} error={fault} onChange={setText} />
        </Form>
      )}
    </Section>
  );
}

function PluginHealth({ id }: { readonly id: string }) {
  const health = useLoaded(async () => {
    try {
      return await api.get<{ readonly status: string; readonly message: string }>(`/api/plugins/${id}/health`);
    } catch (error) {
      return { status: 'ERROR', message: errorText(error) };
    }
  }, id);
  return <Section title="Health"><Shown loaded={health}>{({ status, message }) => <Alert severity={status === 'OK' ? 'success' : 'warning'} title={message || status} />}</Shown></Section>;
}

function Readme({ id }: { readonly id: string }) {
  const styles = useStyles2(stylesOf);
  const text = useLoaded(() => api.get<string | Record<string, never>>(`/api/plugins/${id}/markdown/README`).catch(() => ''), id);
  const markdown = typeof text.value === 'string' ? text.value : '';
  // Its title is that of the page already.
  const shown = markdown.replace(/^\s*#\s.*\n?/, '');
  if (shown.trim() === '') return null;
  // renderMarkdown sanitises what it gives.
  // biome-ignore lint/security/noDangerouslySetInnerHtml: the text is sanitised
  return <Section title="About"><div className={styles} dangerouslySetInnerHTML={{ __html: renderMarkdown(shown) }} /></Section>;
}

const stylesOf = (theme: GrafanaTheme2) => css({ maxWidth: 900, '& img': { maxWidth: '100%' }, '& a': { color: theme.colors.text.link }, '& pre': { overflowX: 'auto' } });

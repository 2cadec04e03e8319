/** One data source: settings, the dashboards that come with it, permissions where the server has them. */
import { Alert, Badge, Button, LinkButton, Stack } from '@grafana/ui';
import { useState } from 'react';
import { useLocation, useParams } from 'react-router-dom';
import { api, errorText, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { may } from '../../host/boot-data.ts';
import { sourceModules, type SourceSettings } from '../../sources/source-modules.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { SwitchField, TextField } from '../parts/fields.tsx';
import { Form } from '../parts/form.tsx';
import { goTo } from '../parts/go.ts';
import { Permissions } from '../parts/permissions.tsx';
import { Table } from '../parts/table.tsx';
import { sourcesChanged, type StoredSource } from './data-source.ts';
import { exploreUrl } from './data-sources-page.tsx';
import { HttpSettings, withoutHttp } from './http-settings.tsx';
import { JsonSettings } from './json-settings.tsx';

interface Health {
  readonly ok: boolean;
  readonly message: string;
}

export default function DataSourcePage() {
  const { uid = '', tab } = useParams();
  const { pathname } = useLocation();
  const base = `${pathname.split('/edit/')[0]}/edit/${uid}`;
  const source = useLoaded(async () => {
    const stored = await api.get<StoredSource>(`/api/datasources/uid/${encodeURIComponent(uid)}`, { accesscontrol: true });
    const [dashboards, module] = await Promise.all([
      api.get<readonly BundledDashboard[]>(`/api/plugins/${stored.type}/dashboards`).catch(() => []),
      sourceModules[stored.type]?.().then(({ source: known }) => known),
    ]);
    return { stored, dashboards, permissions: stored.accessControl?.['datasources.permissions:read'] === true, module };
  }, uid);
  const { stored, dashboards = [], permissions } = source.value ?? {};
  const tabs = [
    { label: 'Settings', url: base },
    ...(dashboards.length > 0 ? [{ label: 'Dashboards', url: `${base}/dashboards`, counter: dashboards.length }] : []),
    ...(permissions ? [{ label: 'Permissions', url: `${base}/permissions` }] : []),
  ];
  return (
    <Page title={stored?.name ?? 'Data source'} subtitle={stored && <Stack direction="row" gap={1} alignItems="center"><img src={stored.typeLogoUrl} alt="" width={20} height={20} /> {stored.type} {stored.isDefault && <Badge color="blue" text="Default" />}</Stack>}
      above={[{ label: 'Data sources', url: '/connections/datasources' }]} tabs={tabs.length > 1 ? tabs : []}
      actions={stored && may('datasources:explore') && <LinkButton variant="secondary" icon="compass" href={exploreUrl(stored)}>Explore</LinkButton>}>
      <Shown loaded={source}>
        {(value) => tab === 'dashboards' ? <BundledDashboards source={value.stored} dashboards={value.dashboards} onImported={source.reload} />
          : tab === 'permissions' ? <Permissions resource="datasources" id={uid} mayWrite={value.stored.accessControl?.['datasources.permissions:write'] === true} />
            : <Settings key={value.stored.uid} stored={value.stored} Part={value.module?.SettingsForm} onSaved={source.reload} />}
      </Shown>
    </Page>
  );
}

const settingsOf = (stored: StoredSource): SourceSettings => ({ ...stored, secureJsonData: {} });

function Settings({ stored, Part, onSaved }: { readonly stored: StoredSource; readonly Part: NonNullable<Awaited<ReturnType<(typeof sourceModules)[string]>>['source']['SettingsForm']> | undefined; readonly onSaved: () => void }) {
  const [draft, setDraft] = useState(() => settingsOf(stored));
  const [version, setVersion] = useState(stored.version);
  const [health, setHealth] = useState<Health | undefined>();
  const mayWrite = stored.accessControl?.['datasources:write'] === true;
  const disabled = stored.readOnly || !mayWrite;
  const url = `/api/datasources/uid/${encodeURIComponent(stored.uid)}`;
  const test = async () => {
    setHealth(undefined);
    setHealth(await healthOf(url));
  };
  const change = (settings: SourceSettings) => setDraft(settings);
  const shared = { settings: draft, onChange: change, disabled };
  return (
    <Form submit={disabled ? 'Test' : 'Save & test'} more={<>
      <LinkButton variant="secondary" href="/connections/datasources">Back</LinkButton>
      {!stored.readOnly && stored.accessControl?.['datasources:delete'] === true && (
        <Confirmed label="Delete" title={`Delete ${stored.name}?`} body="Dashboards and alert rules that query it stop working." onConfirm={async () => {
          if (!(await attempt(() => api.delete(url), `${stored.name} is deleted`, 'The data source could not be deleted'))) return;
          await sourcesChanged();
          goTo('/connections/datasources');
        }} />
      )}
    </>} onSubmit={async () => {
      if (disabled) return test();
      setHealth(undefined);
      const { secureJsonFields: _, ...settings } = draft;
      // An empty secret that was stored before is taken away; one that nobody touched is left out and stays.
      const save = async () => {
        const { datasource } = await api.put<{ readonly datasource: StoredSource }>(url, { ...stored, ...settings, version, secureJsonData: draft.secureJsonData });
        setVersion(datasource.version);
        setDraft((now) => ({ ...now, secureJsonData: {}, secureJsonFields: datasource.secureJsonFields }));
      };
      if (!(await attempt(save, 'Data source saved', 'The data source could not be saved'))) return;
      await sourcesChanged();
      setHealth(await healthOf(url));
      onSaved();
    }}>
      {stored.readOnly && <Alert severity="info" title="This data source is provisioned">It is described in a file on the server, and changes with that file only. You can test it here.</Alert>}
      {!mayWrite && !stored.readOnly && <Alert severity="info" title="You may look at this data source, but not change it" />}
      <TextField label="Name" required disabled={disabled} value={draft.name} onChange={(name) => setDraft({ ...draft, name })} />
      <SwitchField label="Default" description="Chosen first for new panels and in Explore" disabled={disabled} value={draft.isDefault} onChange={(isDefault) => setDraft({ ...draft, isDefault })} />
      {!withoutHttp.includes(stored.type) && <HttpSettings {...shared} />}
      {Part ? <fieldset disabled={disabled} style={{ border: 0, padding: 0, margin: '16px 0 0' }}><Part settings={draft} onChange={change} /></fieldset> : stored.type === 'grafana-testdata-datasource' ? <p>TestData needs no settings.</p> : <JsonSettings {...shared} />}
      <div role="status" aria-live="polite">{health && <Alert severity={health.ok ? 'success' : 'error'} title={health.message} />}</div>
    </Form>
  );
}

/** The health of a source in words; an answer that is no health answer says what went wrong instead. */
async function healthOf(url: string): Promise<Health> {
  try {
    const { status, message } = await api.get<{ readonly status: string; readonly message: string }>(`${url}/health`);
    return { ok: status === 'OK', message: message || (status === 'OK' ? 'The data source works' : 'The data source does not work') };
  } catch (error) {
    const text = errorText(error);
    return { ok: false, message: /^(plugin )?health check failed$/i.test(text) ? 'The data source does not answer, or refuses the settings' : text };
  }
}

interface BundledDashboard {
  readonly path: string;
  readonly title: string;
  readonly imported: boolean;
  readonly importedUrl: string;
  readonly importedRevision: number;
  readonly revision: number;
  readonly uid: string;
  readonly pluginId: string;
}

function BundledDashboards({ source, dashboards, onImported }: { readonly source: StoredSource; readonly dashboards: readonly BundledDashboard[]; readonly onImported: () => void }) {
  const importOne = (dashboard: BundledDashboard) => attempt(async () => {
    await api.post('/api/dashboards/import', { pluginId: source.type, path: dashboard.path, overwrite: true, inputs: [{ name: '*', type: 'datasource', pluginId: source.type, value: source.name }] });
    onImported();
  }, `${dashboard.title} is imported`, 'The dashboard could not be imported');
  return (
    <Table label="Dashboards" rows={dashboards} rowKey={(dashboard) => dashboard.path} empty={<p>No dashboards come with this source.</p>} columns={[
      { label: 'Title', cell: (dashboard) => (dashboard.imported ? <a href={dashboard.importedUrl}>{dashboard.title}</a> : dashboard.title) },
      { label: 'Actions', actions: true, cell: (dashboard) => (
        <>
          <Button size="sm" variant="secondary" aria-label={`${dashboard.imported ? 'Import again' : 'Import'} ${dashboard.title}`} onClick={() => importOne(dashboard)}>{dashboard.imported ? 'Import again' : 'Import'}</Button>
          {dashboard.imported && <Confirmed iconOnly label={`Delete ${dashboard.title}`} title={`Delete ${dashboard.title}?`} body="The imported dashboard is deleted." confirmText="Delete" onConfirm={() => attempt(async () => { await api.delete(`/api/dashboards/uid/${dashboard.uid}`); onImported(); }, 'The dashboard is deleted', 'The dashboard could not be deleted')} />}
        </>
      ) },
    ]} />
  );
}

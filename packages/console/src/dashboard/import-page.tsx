/** `/dashboard/import`: a dashboard from a file or from text, with the data sources that it asks for. */
import { config, getDataSourceSrv, locationService } from '@grafana/runtime';
import { Alert, Button, Combobox, Field, FileUpload, Input, Stack, TextArea } from '@grafana/ui';
import { useState } from 'react';
import { useSearchParams } from 'react-router-dom';
import { api } from '../api/client.ts';
import { Page } from '../app/page.tsx';
import { attempt } from '../app/notify.ts';
import { may } from '../host/boot-data.ts';
import { localUrl } from './browse-page.tsx';
import { FolderPicker } from './folder-picker.tsx';
import { MayNotMake } from './new-page.tsx';

interface Asked {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly pluginId?: string;
  readonly value?: string;
  readonly description?: string;
}

interface Parsed {
  readonly title?: string;
  readonly uid?: string;
  readonly apiVersion?: string;
  readonly __inputs?: readonly Asked[];
}

export default function ImportPage() {
  return may('dashboards:create') ? <Import /> : <MayNotMake title="Import a dashboard" />;
}

function Import() {
  const [search] = useSearchParams();
  const [text, setText] = useState('');
  const [parsed, setParsed] = useState<Parsed>();
  const [problem, setProblem] = useState<string>();
  const [title, setTitle] = useState('');
  const [folderUid, setFolderUid] = useState(search.get('folderUid') ?? '');
  const [inputs, setInputs] = useState<Readonly<Record<string, string>>>({});

  const read = (json: string) => {
    setText(json);
    try {
      const value = JSON.parse(json) as Parsed & { dashboard?: Parsed; spec?: Parsed };
      const dashboard = value.apiVersion ? value : (value.dashboard ?? value);
      const name = dashboard.title ?? value.spec?.title;
      if (!name) throw new Error('It has no title: is it a dashboard?');
      setParsed(dashboard);
      setTitle(name);
      setInputs(Object.fromEntries((dashboard.__inputs ?? []).map((asked) => [asked.name, asked.type === 'datasource' ? (getDataSourceSrv().getList({ all: true, ...(asked.pluginId ? { pluginId: asked.pluginId } : {}) })[0]?.uid ?? '') : (asked.value ?? '')])));
      setProblem(undefined);
    } catch (error) {
      setParsed(undefined);
      setProblem(json.trim() === '' ? undefined : String(error));
    }
  };
  const save = (overwrite: boolean) => attempt(async () => {
    if (parsed?.apiVersion) {
      const object = parsed as unknown as { apiVersion: string; metadata?: { name?: string }; spec: object };
      const made = await api.post<{ metadata: { name: string } }>(`/apis/${object.apiVersion}/namespaces/${config.namespace}/dashboards`, {
        ...object, kind: 'Dashboard', spec: { ...object.spec, title }, metadata: { ...(object.metadata?.name ? { name: object.metadata.name } : { generateName: 'd' }), annotations: folderUid ? { 'grafana.app/folder': folderUid } : {} },
      });
      return locationService.push(`/d/${made.metadata.name}`);
    }
    const asked = (parsed?.__inputs ?? []).map(({ name, type, pluginId }) => ({ name, type, pluginId, value: inputs[name] ?? '' }));
    const made = await api.post<{ importedUrl: string }>('/api/dashboards/import', { dashboard: { ...parsed, title, id: null }, folderUid, overwrite, inputs: asked });
    locationService.push(localUrl(made.importedUrl));
  }, 'Dashboard imported', 'The dashboard was not imported');
  const lacking = (parsed?.__inputs ?? []).filter((asked) => asked.type === 'datasource' && !inputs[asked.name]);
  const unready = title.trim() === '' || lacking.length > 0;
  return (
    <Page title="Import a dashboard" above={[{ label: 'Dashboards', url: '/dashboards' }]}>
      <div style={{ maxWidth: 700 }}>
        <Field label="From a file"><FileUpload accept="application/json,.json" onFileUpload={(event) => void event.currentTarget.files?.[0]?.text().then(read)} /></Field>
        <Field label="Or paste JSON"><TextArea rows={8} value={text} style={{ fontFamily: 'monospace' }} onChange={(event) => read(event.currentTarget.value)} /></Field>
        {problem && <Alert severity="error" title="This cannot be imported">{problem}</Alert>}
        {parsed && (
          <>
            <Field label="Title"><Input value={title} onChange={(event) => setTitle(event.currentTarget.value)} /></Field>
            <Field label="Folder"><FolderPicker value={folderUid} onChange={setFolderUid} /></Field>
            {(parsed.__inputs ?? []).map((asked) => (
              <Field key={asked.name} label={asked.label} {...(asked.description ? { description: asked.description } : {})}>
                {asked.type === 'datasource'
                  ? <Combobox aria-label={asked.label} placeholder={`Choose a data source${asked.pluginId ? ` of the type ${asked.pluginId}` : ''}`} options={getDataSourceSrv().getList({ all: true, ...(asked.pluginId ? { pluginId: asked.pluginId } : {}) }).map(({ uid, name }) => ({ value: uid, label: name }))} value={inputs[asked.name] || null} onChange={({ value }) => setInputs({ ...inputs, [asked.name]: value })} />
                  : <Input value={inputs[asked.name] ?? ''} onChange={(event) => setInputs({ ...inputs, [asked.name]: event.currentTarget.value })} />}
              </Field>
            ))}
            {lacking.length > 0 && <Alert severity="info" title={`A data source is still to be chosen: ${lacking.map(({ label }) => label).join(', ')}`}>If there is none of its type, add one under Connections first.</Alert>}
            <Stack gap={1}><Button disabled={unready} onClick={() => void save(false)}>Import</Button><Button variant="destructive" fill="outline" disabled={unready} onClick={() => void save(true)}>Import and replace one of the same uid</Button></Stack>
          </>
        )}
      </div>
    </Page>
  );
}

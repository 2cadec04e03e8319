/** What is installed. */
import { Badge, Button, EmptyState, Modal, Stack, TextLink } from '@grafana/ui';
import { useState } from 'react';
import { Link } from 'react-router-dom';
import { api, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { PickField, TextField } from '../parts/fields.tsx';
import { Form } from '../parts/form.tsx';
import { startAt } from '../parts/go.ts';
import { Table } from '../parts/table.tsx';
import { mayInstall } from './install.ts';
import { type Plugin, signatureText, typeNames } from './plugin.ts';

interface Failure {
  readonly pluginId: string;
  readonly errorCode: string;
  readonly message?: string;
}

export default function PluginsPage() {
  const loaded = useLoaded(async () => {
    const [plugins, failures] = await Promise.all([api.get<readonly Plugin[]>('/api/plugins', { embedded: 0, accesscontrol: true }), api.get<readonly Failure[]>('/api/plugins/errors').catch(() => [])]);
    return { plugins, failures };
  }, '');
  const [installing, setInstalling] = useState(false);
  const [type, setType] = useState<string | null>(null);
  return (
    <Page title="Plugins" subtitle="What is installed on this server: data sources, panels and apps" actions={mayInstall() && <Button icon="plus" onClick={() => setInstalling(true)}>Install a plugin</Button>}>
      <Shown loaded={loaded}>
        {({ plugins, failures }) => (
          <>
            {failures.length > 0 && (
              <Table label="Plugins that could not be loaded" rows={failures} rowKey={(failure) => failure.pluginId} empty={null} columns={[
                { label: 'Could not be loaded', cell: (failure) => failure.pluginId }, { label: 'Why', cell: (failure) => failure.message || failure.errorCode },
              ]} />
            )}
            <Table label="Plugins" rows={plugins.filter((plugin) => type === null || plugin.type === type)} rowKey={(plugin) => plugin.id} words={(plugin) => `${plugin.name} ${plugin.id} ${plugin.info.description}`} searchLabel="Search plugins"
              filters={<PickField tight clearable width={24} label="Type" placeholder="All types" value={type} choices={[...new Set(plugins.map((plugin) => plugin.type))].map((value) => ({ value, label: typeNames[value] ?? value }))} onChange={setType} />}
              empty={<EmptyState variant="not-found" message="No plugin of this type is installed" />} columns={[
                { label: 'Name', sort: (plugin) => plugin.name, cell: (plugin) => <Stack direction="row" gap={1} alignItems="center"><img src={plugin.info.logos.small} alt="" width={24} height={24} /><Link to={`/plugins/${plugin.id}`}>{plugin.name}</Link></Stack> },
                { label: 'Type', sort: (plugin) => plugin.type, cell: (plugin) => typeNames[plugin.type] ?? plugin.type },
                { label: 'By', sort: (plugin) => plugin.info.author.name ?? '', cell: (plugin) => plugin.info.author.name },
                { label: 'Version', cell: (plugin) => plugin.info.version || '—' },
                { label: 'Signature', sort: (plugin) => plugin.signature, cell: (plugin) => <Badge color={plugin.signature === 'internal' || plugin.signature === 'valid' ? 'green' : 'orange'} text={signatureText(plugin.signature)} /> },
                { label: 'State', cell: (plugin) => plugin.type === 'app' && (plugin.enabled ? <Badge color="green" text="Enabled" /> : <Badge color="darkgrey" text="Disabled" />) },
              ]} />
          </>
        )}
      </Shown>
      {installing && <InstallModal onClose={() => setInstalling(false)} />}
    </Page>
  );
}

function InstallModal({ onClose }: { readonly onClose: () => void }) {
  const [id, setId] = useState('');
  const [version, setVersion] = useState('');
  return (
    <Modal isOpen title="Install a plugin" onDismiss={onClose}>
      <Form submit="Install" disabled={id.trim() === ''} more={<Button type="button" variant="secondary" fill="text" onClick={onClose}>Cancel</Button>} onSubmit={async () => {
        // What is installed comes with the page.
        if (await attempt(() => api.post(`/api/plugins/${encodeURIComponent(id.trim())}/install`, { version: version.trim() }), `${id} is installed`, 'The plugin could not be installed')) startAt(`/plugins/${id.trim()}`);
      }}>
        <TextField label="Id" required autoFocus placeholder="grafana-clock-panel" description={<>As the <TextLink external inline href="https://grafana.com/grafana/plugins/">catalogue of grafana.com</TextLink> names it</>} value={id} onChange={setId} />
        <TextField label="Version" placeholder="The newest" value={version} onChange={setVersion} />
      </Form>
    </Modal>
  );
}

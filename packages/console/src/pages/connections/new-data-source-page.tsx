/** What can be connected; choosing one makes a source of that type and leads to its settings. */
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Alert, Card, EmptyState, FilterInput, LinkButton, useStyles2 } from '@grafana/ui';
import { useState } from 'react';
import { api, useLoaded } from '../../api/client.ts';
import { notifyError, notifySuccess } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { may } from '../../host/boot-data.ts';
import { goTo } from '../parts/go.ts';
import { Section } from '../parts/section.tsx';
import { addSource, listSources } from './data-source.ts';
import { freeName, inCategories, type Plugin } from './plugin.ts';

export default function NewDataSourcePage() {
  const styles = useStyles2(stylesOf);
  const [search, setSearch] = useState('');
  const [busy, setBusy] = useState<string | undefined>();
  const plugins = useLoaded(() => api.get<readonly Plugin[]>('/api/plugins', { enabled: 1, type: 'datasource' }), '');
  const add = async (plugin: Plugin) => {
    if (busy !== undefined) return;
    setBusy(plugin.id);
    try {
      const name = freeName(plugin.name.toLowerCase().replace(/\s+/g, '-'), (await listSources()).map((source) => source.name));
      const uid = await addSource(plugin.id, name);
      notifySuccess(`${plugin.name} is added; complete its settings`);
      goTo(`/connections/datasources/edit/${uid}`);
    } catch (error) {
      setBusy(undefined);
      notifyError('The data source could not be added', error);
    }
  };
  return (
    <Page title="Add data source" subtitle="Choose what to connect" above={[{ label: 'Data sources', url: '/connections/datasources' }]} actions={<LinkButton variant="secondary" href="/connections/datasources">Cancel</LinkButton>}>
      {!may('datasources:create') && <Alert severity="info" title="You may not add data sources">Ask an administrator of the organization.</Alert>}
      <FilterInput autoFocus aria-label="Search types of data sources" placeholder="Search" escapeRegex={false} value={search} onChange={setSearch} />
      <Shown loaded={plugins}>
        {(all) => {
          const found = all.filter(({ id, name, info }) => `${id} ${name} ${info.description}`.toLowerCase().includes(search.trim().toLowerCase()));
          return found.length === 0 ? <EmptyState variant="not-found" message="No type matches">More types come with plugins.</EmptyState> : inCategories(found).map(({ name, plugins: within }) => (
            <Section key={name} title={name}>
              <div className={styles.grid}>
                {within.map((plugin) => (
                  <Card key={plugin.id} noMargin disabled={!may('datasources:create') || busy !== undefined} onClick={() => add(plugin)}>
                    <Card.Heading>{plugin.name}</Card.Heading>
                    <Card.Figure><img src={plugin.info.logos.small} alt="" width={32} height={32} /></Card.Figure>
                    <Card.Description>{busy === plugin.id ? 'Adding…' : plugin.info.description}</Card.Description>
                  </Card>
                ))}
              </div>
            </Section>
          ));
        }}
      </Shown>
    </Page>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({ grid: css({ display: 'grid', gap: theme.spacing(1), gridTemplateColumns: 'repeat(auto-fill, minmax(340px, 1fr))' }) });

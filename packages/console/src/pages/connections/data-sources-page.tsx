/** The data sources of the organization. */
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Badge, EmptyState, LinkButton, Stack, useStyles2 } from '@grafana/ui';
import { Link } from 'react-router-dom';
import { useLoaded } from '../../api/client.ts';
import { Page, Shown } from '../../app/page.tsx';
import { may } from '../../host/boot-data.ts';
import { Table } from '../parts/table.tsx';
import { listSources } from './data-source.ts';

export default function DataSourcesPage() {
  const styles = useStyles2(stylesOf);
  const sources = useLoaded(listSources, '');
  const add = may('datasources:create') && <LinkButton icon="plus" href="/connections/datasources/new">Add data source</LinkButton>;
  return (
    <Page title="Data sources" subtitle="What dashboards, alert rules and Explore query" actions={add}>
      <Shown loaded={sources}>
        {(rows) => (
          <Table label="Data sources" rows={rows} rowKey={(source) => source.uid} words={(source) => `${source.name} ${source.typeName} ${source.type} ${source.url}`} searchLabel="Search by name, type or address"
            empty={<EmptyState variant="call-to-action" message="No data source is connected" button={add || undefined}>Dashboards and alert rules need one to query.</EmptyState>} columns={[
              { label: 'Name', sort: (source) => source.name, cell: (source) => (
                <Stack direction="row" gap={1} alignItems="center"><img className={styles} src={source.typeLogoUrl} alt="" /><Link to={`/connections/datasources/edit/${source.uid}`}>{source.name}</Link></Stack>
              ) },
              { label: 'Type', sort: (source) => source.typeName, cell: (source) => source.typeName },
              { label: 'Address', sort: (source) => source.url, cell: (source) => source.url },
              { label: 'Marks', cell: (source) => <Stack direction="row" gap={1}>{source.isDefault && <Badge color="blue" text="Default" />}{source.readOnly && <Badge color="purple" icon="lock" text="Provisioned" />}</Stack> },
              { label: 'Actions', actions: true, cell: (source) => may('datasources:explore') && <LinkButton size="sm" variant="secondary" icon="compass" aria-label={`Explore ${source.name}`} href={exploreUrl(source)}>Explore</LinkButton> },
            ]} />
        )}
      </Shown>
    </Page>
  );
}

export const exploreUrl = ({ uid, type }: { readonly uid: string; readonly type: string }) =>
  `/explore?schemaVersion=1&panes=${encodeURIComponent(JSON.stringify({ a: { datasource: uid, queries: [{ refId: 'A', datasource: { type, uid } }], range: { from: 'now-1h', to: 'now' } } }))}`;

const stylesOf = (theme: GrafanaTheme2) => css({ width: theme.spacing(3), height: theme.spacing(3), objectFit: 'contain' });

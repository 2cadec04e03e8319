/** What the server runs with, from its files, environment and command line together. Secrets are masked by the server. */
import { EmptyState, FilterInput } from '@grafana/ui';
import { useState } from 'react';
import { api, useLoaded } from '../../api/client.ts';
import { Page, Shown } from '../../app/page.tsx';
import { Sized } from '../parts/fields.tsx';
import { Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';

type Settings = Readonly<Record<string, Readonly<Record<string, string>>>>;

export default function SettingsPage() {
  const settings = useLoaded(() => api.get<Settings>('/api/admin/settings'), '');
  const [search, setSearch] = useState('');
  const wanted = search.trim().toLowerCase();
  return (
    <Page title="Settings" subtitle="Read-only: they come from the configuration file, the environment and the command line">
      <Sized width={50}><FilterInput aria-label="Search settings" placeholder="Search sections, keys and values" escapeRegex={false} value={search} onChange={setSearch} /></Sized>
      <Shown loaded={settings}>
        {(all) => {
          const found = Object.entries(all).flatMap(([section, keys]) => {
            const rows = Object.entries(keys).filter(([key, value]) => wanted === '' || `${section}.${key}`.toLowerCase().includes(wanted) || value.toLowerCase().includes(wanted));
            return rows.length > 0 ? [[section, rows] as const] : [];
          });
          return found.length === 0 ? <EmptyState variant="not-found" hideImage message="No setting matches" /> : found.map(([section, rows]) => (
            <Section key={section} title={section}>
              <Table label={section} rows={rows} rowKey={([key]) => key} pageSize={500} empty={null} columns={[{ label: 'Key', cell: ([key]) => key }, { label: 'Value', cell: ([, value]) => value }]} />
            </Section>
          ));
        }}
      </Shown>
    </Page>
  );
}

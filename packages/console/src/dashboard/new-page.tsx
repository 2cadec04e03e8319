/** `/dashboard/new`: a dashboard that is not kept yet, for those who may keep one. */
import { EmptyState } from '@grafana/ui';
import { useSearchParams } from 'react-router-dom';
import { Page } from '../app/page.tsx';
import { may } from '../host/boot-data.ts';
import { OneDashboard } from './dashboard-page.tsx';

export default function NewPage() {
  const [search] = useSearchParams();
  return may('dashboards:create') ? <OneDashboard uid={undefined} folderUid={search.get('folderUid') ?? ''} /> : <MayNotMake title="New dashboard" />;
}

/** What those see who came by an old link, and may not make dashboards. */
export function MayNotMake({ title }: { readonly title: string }) {
  return (
    <Page title={title} above={[{ label: 'Dashboards', url: '/dashboards' }]}>
      <EmptyState variant="not-found" message="You may not make dashboards">An editor or an administrator of this organization can, or can let you.</EmptyState>
    </Page>
  );
}

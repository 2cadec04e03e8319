/** The dashboards that anybody with the link may see. `/dashboard/public` */
import { config } from '@grafana/runtime';
import { Badge, ClipboardButton, EmptyState, LinkButton } from '@grafana/ui';
import { Link } from 'react-router-dom';
import { useState } from 'react';
import { api, useLoaded } from '../../api/client.ts';
import { attempt } from '../../app/notify.ts';
import { Page, Shown } from '../../app/page.tsx';
import { may, subPath } from '../../host/boot-data.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { Table } from '../parts/table.tsx';

interface PublicDashboard {
  readonly uid: string;
  readonly accessToken: string;
  readonly title: string;
  readonly dashboardUid: string;
  readonly slug?: string;
  readonly isEnabled: boolean;
}

const pageSize = 50;

export default function PublicDashboardsPage() {
  const [page, setPage] = useState(1);
  const found = useLoaded(() => api.get<{ readonly publicDashboards: readonly PublicDashboard[] | null; readonly totalCount: number }>('/api/dashboards/public-dashboards', { page, perpage: pageSize }), String(page));
  const change = async (work: () => Promise<unknown>, done: string) => {
    if (await attempt(work, done, 'The public dashboard could not be changed')) found.reload();
  };
  const of = ({ dashboardUid, uid }: PublicDashboard) => `/api/dashboards/uid/${dashboardUid}/public-dashboards/${uid}`;
  return (
    <Page title="Public dashboards" subtitle="Anybody with the link sees them, without signing in">
      {config.publicDashboardsEnabled === false ? <EmptyState variant="not-found" message="Public dashboards are switched off">“[public_dashboards] enabled” of the configuration decides about them.</EmptyState> : (
        <Shown loaded={found}>
          {({ publicDashboards, totalCount }) => (
            <Table label="Public dashboards" rows={publicDashboards ?? []} rowKey={(one) => one.uid} paging={{ page, pages: Math.ceil(totalCount / pageSize), onPage: setPage }} empty={<EmptyState variant="call-to-action" message="No dashboard is public" button={<LinkButton variant="secondary" href="/dashboards">Dashboards</LinkButton>}>“Share” on a dashboard makes it public.</EmptyState>} columns={[
              { label: 'Dashboard', cell: (one) => (one.dashboardUid && one.title ? <Link to={`/d/${one.dashboardUid}`}>{one.title}</Link> : 'A dashboard that is gone') },
              { label: 'State', cell: (one) => (one.isEnabled ? <Badge color="green" text="Public" /> : <Badge color="darkgrey" icon="pause" text="Paused" />) },
              { label: 'Actions', actions: true, cell: (one) => (
                <>
                  <ClipboardButton size="sm" variant="secondary" icon="copy" aria-label={`Copy link of ${one.title}`} getText={() => `${location.origin}${subPath()}/public-dashboards/${one.accessToken}`}>Copy link</ClipboardButton>
                  <LinkButton size="sm" variant="secondary" icon="external-link-alt" target="_blank" aria-label={`Look at ${one.title}`} href={`${subPath()}/public-dashboards/${one.accessToken}`}>Look</LinkButton>
                  {may('dashboards.public:write') && <Confirmed size="sm" variant="secondary" label={one.isEnabled ? 'Pause' : 'Go on'} title={one.isEnabled ? `Pause ${one.title}?` : `Make ${one.title} public again?`} body={one.isEnabled ? 'Its link shows nothing until it goes on.' : 'Its link works again.'} onConfirm={() => change(() => api.patch(of(one), { isEnabled: !one.isEnabled }), one.isEnabled ? 'Paused' : 'Public again')} />}
                  {may('dashboards.public:write') && <Confirmed iconOnly label={`Revoke ${one.title}`} title={`Make ${one.title} private?`} body="Its link stops working for good; making it public later gives another one." confirmText="Revoke" onConfirm={() => change(() => api.delete(of(one)), 'No longer public')} />}
                </>
              ) },
            ]} />
          )}
        </Shown>
      )}
    </Page>
  );
}

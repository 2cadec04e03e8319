/** A page that an app plugin brings. `/a/:id/*` */
import { EmptyState, LinkButton } from '@grafana/ui';
import { useParams } from 'react-router-dom';
import { api, useLoaded } from '../../api/client.ts';
import { Page, Shown } from '../../app/page.tsx';

export default function AppPage() {
  const { id = '' } = useParams();
  const plugin = useLoaded(() => api.get<{ readonly name: string; readonly info?: { readonly description?: string } }>(`/api/plugins/${encodeURIComponent(id)}/settings`), id);
  return (
    <Page title={plugin.value?.name ?? 'App'} subtitle={plugin.value?.info?.description}>
      <Shown loaded={plugin}>
        {({ name }) => (
          <EmptyState variant="not-found" message={`${name} has pages of its own, which this console cannot show`} button={<LinkButton variant="secondary" href={`/plugins/${id}`}>Settings of the app</LinkButton>}>
            Its data sources, panels and API work. Its pages are shown by a Grafana frontend that the server is given with “[server] static_root_path”.
          </EmptyState>
        )}
      </Shown>
    </Page>
  );
}

/** `/`: the home dashboard of the preferences, else what is starred and where to go. */
import { config } from '@grafana/runtime';
import { Card, LinkButton, Stack } from '@grafana/ui';
import { Navigate } from 'react-router-dom';
import { api, useLoaded } from '../api/client.ts';
import { Page, Shown } from '../app/page.tsx';
import { may } from '../host/boot-data.ts';
import { localUrl } from './browse-page.tsx';

interface Hit {
  readonly uid: string;
  readonly title: string;
  readonly url: string;
  readonly folderTitle?: string;
}

export default function HomePage() {
  const home = useLoaded(async () => {
    const { redirectUri } = await api.get<{ redirectUri?: string }>('/api/dashboards/home');
    if (redirectUri && localUrl(redirectUri) !== '/') return { redirect: localUrl(redirectUri), starred: [], all: [] };
    const [starred, all] = await Promise.all([api.get<Hit[]>('/api/search', { type: 'dash-db', starred: true, limit: 30 }), api.get<Hit[]>('/api/search', { type: 'dash-db', limit: 30 })]);
    return { redirect: undefined, starred, all: all.filter(({ uid }) => !starred.some((hit) => hit.uid === uid)) };
  }, '');
  return (
    <Shown loaded={home}>
      {({ redirect, starred, all }) => redirect ? <Navigate to={redirect} replace /> : (
        <Page title="Home" actions={may('dashboards:create') && <LinkButton icon="plus" href={`${config.appSubUrl ?? ''}/dashboard/new`}>New dashboard</LinkButton>}>
          {starred.length > 0 && <Cards title="Starred" hits={starred} />}
          {(all.length > 0 || starred.length === 0) && <Cards title={starred.length > 0 ? 'Other dashboards' : 'Dashboards'} hits={all} />}
          <Stack><LinkButton variant="secondary" href={`${config.appSubUrl ?? ''}/dashboards`}>All dashboards and folders</LinkButton></Stack>
        </Page>
      )}
    </Shown>
  );
}

function Cards({ title, hits }: { readonly title: string; readonly hits: readonly Hit[] }) {
  return (
    <section>
      <h2 style={{ fontSize: 16 }}>{title}</h2>
      {hits.length === 0 ? <p>None yet.</p> : (
        <Stack direction="column" gap={1}>
          {hits.map((hit) => <Card key={hit.uid} noMargin href={`${config.appSubUrl ?? ''}${localUrl(hit.url)}`}><Card.Heading>{hit.title}</Card.Heading>{hit.folderTitle && <Card.Meta>{[hit.folderTitle]}</Card.Meta>}</Card>)}
        </Stack>
      )}
    </section>
  );
}

/** `/`: the home dashboard of the preferences, else where one was last, what is starred, and where to begin. */
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { config } from '@grafana/runtime';
import { Alert, Card, LinkButton, Stack, TextLink, useStyles2 } from '@grafana/ui';
import { Navigate, useSearchParams } from 'react-router-dom';
import { api, useLoaded } from '../api/client.ts';
import { localUrl } from '../app/navigation.ts';
import { Page, Shown } from '../app/page.tsx';
import { recentDashboards } from '../app/recent.ts';
import { may, user } from '../host/boot-data.ts';

interface Hit {
  readonly uid: string;
  readonly title: string;
  readonly url: string;
  readonly folderTitle?: string;
  readonly tags?: readonly string[];
}

const recentAtMost = 10;

export default function HomePage() {
  const home = useLoaded(async () => {
    const { redirectUri } = await api.get<{ redirectUri?: string }>('/api/dashboards/home');
    if (redirectUri && localUrl(redirectUri) !== '/') return { redirect: localUrl(redirectUri), starred: [], recent: [], others: [] };
    const uids = recentDashboards(user().orgId).slice(0, recentAtMost);
    const search = (params: object) => api.get<Hit[]>('/api/search', { type: 'dash-db', limit: 30, ...params });
    const [starred, seen, all] = await Promise.all([search({ starred: true }), uids.length > 0 ? search({ dashboardUIDs: uids }) : [], search({})]);
    const recent = uids.flatMap((uid) => seen.find((hit) => hit.uid === uid) ?? []);
    return { redirect: undefined, starred, recent, others: all.filter(({ uid }) => ![...starred, ...recent].some((hit) => hit.uid === uid)) };
  }, '');
  const styles = useStyles2(stylesOf);
  // Who asks for a page that is not theirs is led here.
  const refused = useSearchParams()[0].get('redirectTo');
  return (
    <Shown loaded={home}>
      {({ redirect, starred, recent, others }) => redirect ? <Navigate to={redirect} replace /> : (
        <Page title="Home" actions={may('dashboards:create') && <LinkButton icon="plus" href={`${config.appSubUrl ?? ''}/dashboard/new`}>New dashboard</LinkButton>}>
          {refused !== null && <div><Alert severity="warning" title={`You may not open ${refused.split('?')[0]}`}>An administrator of the organization can give you the permission.</Alert></div>}
          <FirstSteps empty={starred.length + recent.length + others.length === 0} />
          <div className={styles.columns}>
            {recent.length > 0 && <Cards title="Recently viewed" hits={recent} />}
            {(starred.length > 0 || (recent.length > 0 && user().isSignedIn)) && <Cards title="Starred" hits={starred} none="The star beside the name of a dashboard puts it here." />}
            {others.length > 0 && <Cards title={starred.length + recent.length > 0 ? 'Other dashboards' : 'Dashboards'} hits={others} />}
          </div>
          <Stack><LinkButton variant="secondary" href={`${config.appSubUrl ?? ''}/dashboards`}>All dashboards and folders</LinkButton></Stack>
        </Page>
      )}
    </Shown>
  );
}

/** Whoever opens a server on which there is nothing yet learns what comes first. */
function FirstSteps({ empty }: { readonly empty: boolean }) {
  const styles = useStyles2(stylesOf);
  const hasSource = Object.values(config.datasources).some(({ meta }) => !meta.builtIn);
  const steps = [
    ...(!hasSource && may('datasources:create') ? [['/connections/datasources/new', 'Add a data source', 'Dashboards and alert rules ask it'] as const] : []),
    ...(empty && may('dashboards:create') ? [['/dashboard/new', 'Make a dashboard', 'Panels that show what queries find'] as const, ['/dashboard/import', 'Import a dashboard', 'From a file, or by its number at grafana.com'] as const] : []),
  ];
  if (steps.length === 0) return empty ? <p>There are no dashboards that you may see yet. {!user().isSignedIn && <TextLink href="/login">Sign in</TextLink>}</p> : null;
  return (
    <section aria-label="First steps">
      <h2 className={styles.title}>First steps</h2>
      <div className={styles.columns}>{steps.map(([path, title, text]) => <Card key={path} noMargin href={`${config.appSubUrl ?? ''}${path}`}><Card.Heading>{title}</Card.Heading><Card.Description>{text}</Card.Description></Card>)}</div>
    </section>
  );
}

function Cards({ title, hits, none }: { readonly title: string; readonly hits: readonly Hit[]; readonly none?: string }) {
  const styles = useStyles2(stylesOf);
  return (
    <section aria-label={title}>
      <h2 className={styles.title}>{title}</h2>
      {hits.length === 0 ? <p>{none}</p> : (
        <Stack direction="column" gap={1}>
          {hits.map((hit) => <Card key={hit.uid} noMargin href={`${config.appSubUrl ?? ''}${localUrl(hit.url)}`}><Card.Heading>{hit.title}</Card.Heading>{hit.folderTitle && <Card.Meta>{[hit.folderTitle]}</Card.Meta>}</Card>)}
        </Stack>
      )}
    </section>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({
  columns: css({ display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(min(320px, 100%), 1fr))', gap: theme.spacing(1, 3), alignItems: 'start' }),
  title: css({ fontSize: theme.typography.h5.fontSize, marginTop: theme.spacing(1) }),
});

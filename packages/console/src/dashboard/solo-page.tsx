/** One panel without anything around it, for frames of other pages and for the image renderer. `/d-solo/:uid/:slug?` */
import { UrlSyncContextProvider } from '@grafana/scenes';
import { useMemo } from 'react';
import { useParams, useSearchParams } from 'react-router-dom';
import { useLoaded } from '../api/client.ts';
import { Shown } from '../app/page.tsx';
import { loadDashboard } from './dashboard-api.ts';
import type { DashboardJson } from './model.ts';
import { buildScene } from './scene/build-scene.ts';

export default function SoloPage() {
  const { uid = '' } = useParams();
  const [search] = useSearchParams();
  const loaded = useLoaded(() => loadDashboard(uid), uid);
  return <Shown loaded={loaded}>{({ dashboard }) => <Solo dashboard={dashboard} panel={search.get('panelId') ?? search.get('viewPanel') ?? ''} />}</Shown>;
}

function Solo({ dashboard, panel }: { readonly dashboard: DashboardJson; readonly panel: string }) {
  const scene = useMemo(() => {
    const made = buildScene({ ...dashboard, preload: true });
    made.setState({ hideControls: true, viewed: /^\d+$/.test(panel) ? `panel-${panel}` : panel });
    return made;
  }, [dashboard, panel]);
  return <div style={{ position: 'fixed', inset: 0, display: 'flex', flexDirection: 'column' }}><UrlSyncContextProvider scene={scene}><scene.Component model={scene} /></UrlSyncContextProvider></div>;
}

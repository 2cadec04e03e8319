/** Dashboards that are given to visitors as a whole: snapshots, and public ones. */
import { arrayToDataFrame, dataFrameToJSON, toDataFrame, type DataFrameJSON } from '@grafana/data';
import { config } from '@grafana/runtime';
import { UrlSyncContextProvider } from '@grafana/scenes';
import { useMemo } from 'react';
import { useParams } from 'react-router-dom';
import { api, useLoaded } from '../api/client.ts';
import { Shown } from '../app/page.tsx';
import { migrateAngularPanel } from './angular-panels.ts';
import { mapPanels, type DashboardJson, type PanelJson } from './model.ts';
import { buildScene } from './scene/build-scene.ts';

interface Given {
  readonly dashboard: DashboardJson;
  readonly meta: { readonly publicDashboardEnabled?: boolean; readonly timeSelectionEnabled?: boolean };
}

export function SnapshotPage() {
  const { key = '' } = useParams();
  const found = useLoaded(() => api.get<Given>(`/api/snapshots/${encodeURIComponent(key)}`), key);
  return <Shown loaded={found}>{({ dashboard }) => <GivenDashboard dashboard={mapPanels({ ...dashboard, panels: dashboard.panels ?? [] }, withSnapshotData)} note="A snapshot: the data of the time when it was taken" />}</Shown>;
}

export function PublicPage() {
  const { accessToken = '' } = useParams();
  const found = useLoaded(() => {
    // What the data sources of @grafana/runtime ask by, where nobody is signed in.
    config.publicDashboardAccessToken = accessToken;
    return api.get<Given>(`/api/public/dashboards/${encodeURIComponent(accessToken)}`);
  }, accessToken);
  return <Shown loaded={found}>{({ dashboard, meta }) => <GivenDashboard dashboard={mapPanels({ ...dashboard, panels: dashboard.panels ?? [], annotations: { list: [] }, timepicker: { ...dashboard.timepicker, hidden: meta.timeSelectionEnabled !== true } }, migrateAngularPanel)} />}</Shown>;
}

/** Older snapshots keep frames beside the panel. */
function withSnapshotData(panel: PanelJson): PanelJson {
  const frames = panel['snapshotData'];
  const migrated = migrateAngularPanel(panel);
  if (!Array.isArray(frames)) return migrated;
  const snapshot: DataFrameJSON[] = frames.map((frame) => dataFrameToJSON(Array.isArray(frame) ? arrayToDataFrame(frame) : toDataFrame(frame)));
  const ref = { type: 'grafana', uid: 'grafana' };
  return { ...migrated, datasource: ref, targets: [{ refId: 'A', datasource: ref, queryType: 'snapshot', snapshot }] as never };
}

function GivenDashboard({ dashboard, note }: { readonly dashboard: DashboardJson; readonly note?: string }) {
  const scene = useMemo(() => buildScene(dashboard), [dashboard]);
  return (
    <main style={{ display: 'flex', flexDirection: 'column', minHeight: '100vh' }}>
      <header style={{ padding: '12px 16px 0' }}><h1 style={{ fontSize: 20, margin: 0 }}>{dashboard.title}</h1>{note && <p style={{ margin: 0 }}>{note}</p>}</header>
      <UrlSyncContextProvider scene={scene} updateUrlOnInit><scene.Component model={scene} /></UrlSyncContextProvider>
    </main>
  );
}

/** Dashboards of the server: read up to date whatever their age, written in the form that they are kept in. */
import { config, getDataSourceSrv } from '@grafana/runtime';
import { api } from '../api/client.ts';
import { takeEarly } from '../host/early.ts';
import { importPanelPlugin } from '../host/plugin-import.ts';
import { migrateAngularPanel } from './angular-panels.ts';
import { allPanels, mapPanels, withIds, type DashboardJson, type PanelJson } from './model.ts';
import { toV2, withTabs, type V2Spec } from './v2-model.ts';

export interface DashboardAccess {
  readonly canSave: boolean;
  readonly canEdit: boolean;
  readonly canAdmin: boolean;
  readonly canStar: boolean;
  readonly canDelete: boolean;
  readonly slug?: string;
  readonly url?: string;
  readonly isPublic?: boolean;
  readonly annotationsPermissions?: { readonly dashboard: { readonly canAdd: boolean; readonly canEdit: boolean; readonly canDelete: boolean } };
}

interface DashboardObject<Spec> {
  readonly apiVersion: string;
  readonly metadata: {
    readonly name: string; readonly resourceVersion: string; readonly generation: number; readonly creationTimestamp?: string; readonly annotations?: Readonly<Record<string, string>>; readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: Spec;
  readonly access: DashboardAccess;
  readonly status?: { readonly conversion?: { readonly storedVersion?: string; readonly error?: string } };
}

export interface LoadedDashboard {
  readonly uid: string;
  readonly dashboard: DashboardJson;
  readonly access: DashboardAccess;
  readonly folderUid: string;
  readonly version: number;
  readonly resourceVersion: string;
  /** Kept in the second schema; the spec as it is kept. */
  readonly v2?: { readonly apiVersion: string; readonly spec: V2Spec };
  /** Who else looks after it: a file, a repository, Terraform. */
  readonly managedBy?: string;
  readonly sourcePath?: string;
  readonly problem?: string;
}

const objectUrl = (version: string, uid: string) => `/apis/dashboard.grafana.app/${version}/namespaces/${config.namespace}/dashboards/${encodeURIComponent(uid)}`;

export async function loadDashboard(uid: string): Promise<LoadedDashboard> {
  const url = `${objectUrl('v1beta1', uid)}/dto`;
  const found = (await takeEarly<DashboardObject<DashboardJson>>(url)) ?? (await api.get<DashboardObject<DashboardJson>>(url));
  const stored = found.status?.conversion?.storedVersion ?? found.apiVersion.split('/')[1]!;
  const v2 = stored.startsWith('v2') ? (await api.get<DashboardObject<V2Spec>>(objectUrl('v2beta1', uid))).spec : undefined;
  const { annotations = {} } = found.metadata;
  const plain: DashboardJson = { ...found.spec, panels: found.spec.panels ?? [], uid, version: found.metadata.generation };
  const dashboard = await withLibraryPanels(mapPanels(v2 ? withTabs(plain, v2) : withIds(plain), migrateAngularPanel));
  fetchAhead(dashboard);
  const managedBy = annotations['grafana.app/managedBy'];
  return {
    uid, dashboard, access: found.access, folderUid: annotations['grafana.app/folder'] ?? '', version: found.metadata.generation, resourceVersion: found.metadata.resourceVersion,
    ...(v2 ? { v2: { apiVersion: v2ApiVersion, spec: v2 } } : {}), ...(managedBy && annotations['grafana.app/managerAllowsEdits'] !== 'true' ? { managedBy } : {}),
    ...(annotations['grafana.app/sourcePath'] ? { sourcePath: annotations['grafana.app/sourcePath'] } : {}), ...(found.status?.conversion?.error ? { problem: found.status.conversion.error } : {}),
  };
}

/** Panel types and sources come while the scene is being made; who needs one waits for it, and says what is wrong with it. */
function fetchAhead(dashboard: DashboardJson): void {
  const panels = allPanels(dashboard);
  for (const type of new Set(panels.map((panel) => panel.type))) importPanelPlugin(type).catch(() => undefined);
  const refs = new Map(panels.flatMap(({ datasource, targets = [] }) => [datasource, ...targets.map((target) => target.datasource)].flatMap((ref) => (ref?.uid && !ref.uid.includes('$') ? [[ref.uid, ref] as const] : []))));
  for (const ref of refs.values()) getDataSourceSrv().get(ref).catch(() => undefined);
}

interface LibraryElement {
  readonly uid: string;
  readonly name: string;
  readonly model: PanelJson;
}

/** Panels of the library as they are there; one that is gone says so. */
export async function withLibraryPanels(dashboard: DashboardJson): Promise<DashboardJson> {
  const uids = new Set<string>();
  mapPanels(dashboard, (panel) => {
    if (panel.libraryPanel?.uid) uids.add(panel.libraryPanel.uid);
    return panel;
  });
  if (uids.size === 0) return dashboard;
  const elements = new Map(await Promise.all([...uids].map(async (uid) => [uid, await api.get<{ result: LibraryElement }>(`/api/library-elements/${encodeURIComponent(uid)}`).then(({ result }) => result, () => undefined)] as const)));
  return mapPanels(dashboard, (panel) => {
    const { libraryPanel } = panel;
    if (!libraryPanel) return panel;
    const element = elements.get(libraryPanel.uid);
    if (!element) return { ...panel, type: 'text', title: panel.title || libraryPanel.name, options: { mode: 'markdown', content: `The library panel "${libraryPanel.name}" is gone, or you may not see it.` } };
    const { id, gridPos, repeat, repeatDirection, maxPerRow } = panel;
    return { ...migrateAngularPanel(element.model), id, ...(gridPos ? { gridPos } : {}), ...(repeat ? { repeat } : {}), ...(repeatDirection ? { repeatDirection } : {}), ...(maxPerRow ? { maxPerRow } : {}), libraryPanel: { uid: element.uid, name: element.name } };
  });
}

/** As it is kept: of library panels the reference alone. */
export const forSaving = (dashboard: DashboardJson): DashboardJson =>
  mapPanels(dashboard, (panel) => {
    if (!panel.libraryPanel) return panel;
    const { id, gridPos, title, libraryPanel, repeat, repeatDirection, maxPerRow } = panel;
    return { id, title, gridPos, libraryPanel: { uid: libraryPanel.uid, name: libraryPanel.name }, ...(repeat ? { repeat, repeatDirection, maxPerRow } : {}) } as PanelJson;
  });

export interface SaveRequest {
  readonly dashboard: DashboardJson;
  readonly folderUid: string;
  readonly message: string;
  /** Whatever others have written meanwhile. */
  readonly overwrite?: boolean;
}

export interface Saved {
  readonly uid: string;
  readonly url: string;
  readonly version: number;
}

/** Fails with 412 where somebody else has saved meanwhile, or where the name is taken. */
export async function saveDashboard({ dashboard, folderUid, message, overwrite = false }: SaveRequest, loaded?: LoadedDashboard): Promise<Saved> {
  const request = { dashboard, folderUid, message, overwrite };
  const isLoaded = loaded !== undefined && dashboard.uid === loaded.uid;
  if (isLoaded && (loaded.v2 || dashboard.tabs?.length)) return saveV2(request, loaded);
  if (dashboard.tabs?.length) return createV2(request);
  const { id: _, ...json } = forSaving(dashboard);
  return api.post<Saved>('/api/dashboards/db', { dashboard: json, folderUid, message, overwrite });
}

const v2ApiVersion = 'dashboard.grafana.app/v2beta1';

async function createV2({ dashboard, folderUid, message }: SaveRequest): Promise<Saved> {
  const spec = toV2(forSaving(dashboard), { title: dashboard.title, elements: {}, layout: { kind: 'GridLayout', spec: { items: [] } } });
  const made = await api.post<DashboardObject<V2Spec>>(objectUrl('v2beta1', '').replace(/\/$/, ''), { kind: 'Dashboard', apiVersion: v2ApiVersion, metadata: { generateName: 'd', annotations: { ...(folderUid ? { 'grafana.app/folder': folderUid } : {}), ...(message ? { 'grafana.app/message': message } : {}) } }, spec });
  return { uid: made.metadata.name, url: `${config.appSubUrl ?? ''}/d/${made.metadata.name}`, version: made.metadata.generation };
}

async function saveV2({ dashboard, folderUid, message, overwrite }: SaveRequest, { uid, v2, resourceVersion }: LoadedDashboard): Promise<Saved> {
  const url = objectUrl('v2beta1', uid);
  const current = await api.get<DashboardObject<V2Spec>>(url);
  // What has tabs is kept in the second schema from now on: the classic form has no place for them.
  const saved = await api.put<DashboardObject<V2Spec>>(url, {
    kind: 'Dashboard', apiVersion: v2?.apiVersion ?? v2ApiVersion, spec: toV2(forSaving(dashboard), v2?.spec ?? current.spec),
    metadata: { ...current.metadata, managedFields: undefined, resourceVersion: overwrite ? current.metadata.resourceVersion : resourceVersion, annotations: { ...current.metadata.annotations, 'grafana.app/folder': folderUid, 'grafana.app/message': message } },
  });
  return { uid, url: `${config.appSubUrl ?? ''}/d/${uid}`, version: saved.metadata.generation };
}

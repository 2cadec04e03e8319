/** Data sources by uid, name, reference, default or variable, as the server listed them in the page; each is made once and asks the server. */
import {
  DataSourcePlugin, matchPluginId, type DataQuery, type DataSourceApi, type DataSourceInstanceSettings, type DataSourceJsonData, type DataSourcePluginMeta, type DataSourceRef, type ScopedVars,
} from '@grafana/data';
import { config, getBackendSrv, getTemplateSrv, isExpressionReference, type DataSourceSrv, type GetDataSourceListFilters, type RuntimeDataSourceRegistration } from '@grafana/runtime';
import { setDataSourcePluginImporter } from '@grafana/runtime/host/services/dataSource/dataSource';
import { setExpressionDataSourceInstance } from '@grafana/runtime/host/services/dataSource/expressionDs';
import { initDataSourceInstanceSettings, syncDataSourceInstanceSettings } from '@grafana/runtime/host/services/dataSource/settings';
import { sourceModules, type SourceModule } from '../sources/source-modules.ts';
import { createExpressionSource, GrafanaSource, MixedSource, PlainSource } from './special-sources.ts';

type Settings = DataSourceInstanceSettings;

interface ListedSources {
  readonly datasources: Record<string, Settings>;
  readonly defaultDatasource: string;
}

const specialIds = ['grafana', 'mixed', 'dashboard'];
const specialNames = { mixed: '-- Mixed --', dashboard: '-- Dashboard --', grafana: '-- Grafana --' } as const;

/** Sources by their own key, and the ones made so far. Kept over a reload where the settings are the same. */
let byName = new Map<string, Settings>();
let byUid = new Map<string, Settings>();
let defaultName = '';
const runtimeSources = new Map<string, DataSourceApi>();
const made = new Map<string, DataSourceApi>();
const modules = new Map<string, Promise<SourceModule>>();

function keep({ datasources, defaultDatasource }: ListedSources): void {
  const all = Object.values(datasources);
  for (const source of all) source.uid ||= source.name;
  byName = new Map(all.map((source) => [source.name, source]));
  byUid = new Map(all.map((source) => [source.uid, source]));
  defaultName = defaultDatasource;
}

/** What the console has for a kind of source; loaded once, and again after a failure. */
export function sourceModule(meta: Pick<DataSourcePluginMeta, 'id' | 'aliasIDs'>): Promise<SourceModule> {
  const id = [meta.id, ...(meta.aliasIDs ?? [])].find((one) => sourceModules[one]) ?? meta.id;
  let loading = modules.get(id);
  if (!loading) {
    loading = loadModule(id);
    modules.set(id, loading);
    loading.catch(() => modules.delete(id));
  }
  return loading;
}

async function loadModule(id: string): Promise<SourceModule> {
  if (id === 'mixed') return { DataSource: MixedSource };
  if (id === 'dashboard') return { DataSource: (await import('../dashboard/panel-results-source.ts')).PanelResultsSource };
  const known = await sourceModules[id]?.();
  return id === 'grafana' ? { DataSource: GrafanaSource, ...known?.source } : (known?.source ?? {});
}

function instanceOf(settings: Settings, { DataSource = PlainSource, QueryEditor }: SourceModule): DataSourceApi {
  const known = made.get(settings.uid);
  if (known) return known;
  const source = new DataSource(settings);
  source.meta = settings.meta;
  source.components = QueryEditor ? { ...source.components, QueryEditor } : (source.components ?? {});
  made.set(settings.uid, source);
  return source;
}

/** @grafana/runtime constructs what this returns with the settings of one source; it gets the one that `get` gives. */
async function importPlugin(meta: DataSourcePluginMeta): Promise<DataSourcePlugin<DataSourceApi<DataQuery, DataSourceJsonData>>> {
  const module = await sourceModule(meta);
  const plugin = new DataSourcePlugin(function one(settings: Settings) { return instanceOf(settings, module); } as unknown as new (settings: Settings) => DataSourceApi);
  plugin.meta = meta;
  if (module.QueryEditor) plugin.setQueryEditor(module.QueryEditor);
  return plugin as DataSourcePlugin<DataSourceApi<DataQuery, DataSourceJsonData>>;
}

const nameOf = (ref: DataSourceRef | string | null | undefined) => (typeof ref === 'string' ? ref : ref?.uid) || undefined;
const plainValue = (value: unknown) => String(Array.isArray(value) ? value[0] : value);

function settingsOf(ref?: DataSourceRef | string | null, scopedVars?: ScopedVars): Settings | undefined {
  if (isExpressionReference(ref)) return createExpressionSource().instanceSettings;
  const name = nameOf(ref);
  if (name === undefined || name === 'default') {
    const type = typeof ref === 'object' && ref !== null ? ref.type : undefined;
    const ofType = type ? list({ type }) : [];
    return ofType.find((source) => source.isDefault) ?? ofType[0] ?? byName.get(defaultName) ?? byUid.get(defaultName);
  }
  if (name.includes('$')) {
    const chosen = getTemplateSrv().replace(name, scopedVars, plainValue);
    const found = chosen === 'default' ? byName.get(defaultName) : (byUid.get(chosen) ?? byName.get(chosen));
    return found && chosen !== name ? { ...found, isDefault: false, name, uid: name, rawRef: { type: found.type, uid: found.uid } } : undefined;
  }
  return byUid.get(name) ?? byName.get(name) ?? [...byName.values()].find((source) => String(source.id) === name) ?? (runtimeSources.get(name) as { instanceSettings?: Settings } | undefined)?.instanceSettings;
}

const isQueried = ({ metrics, annotations, tracing, logs, alerting }: DataSourcePluginMeta) => [metrics, annotations, tracing, logs, alerting].includes(true);

function list(filters: GetDataSourceListFilters = {}): Settings[] {
  const { metrics, tracing, logs, annotations, alerting, pluginId, filter, type, all, variables, mixed, dashboard } = filters;
  const types = type === undefined ? undefined : [type].flat();
  const found = [...byName.values()].filter(({ meta }) => !specialIds.includes(meta.id)).filter((source) => {
    const { meta } = source;
    return (!metrics || meta.metrics === true) && (!tracing || meta.tracing === true) && (!logs || meta.logs === true || meta.category === 'logging') && (!annotations || meta.annotations === true)
      && (!alerting || meta.alerting === true) && (!pluginId || matchPluginId(pluginId, meta)) && (!filter || filter(source)) && (all || isQueried(meta))
      && (!types || types.some((one) => source.type === one || meta.aliasIDs?.includes(one)));
  });
  if (variables) {
    for (const variable of getTemplateSrv().getVariables()) {
      if (variable.type !== 'datasource') continue;
      const chosen = plainValue(variable.current.value);
      const source = chosen === 'default' ? byName.get(defaultName) : (byName.get(chosen) ?? byUid.get(chosen));
      if (source && found.some(({ uid }) => uid === source.uid)) found.push({ ...source, isDefault: false, name: `\${${variable.name}}`, uid: `\${${variable.name}}` });
    }
  }
  found.sort((a, b) => a.name.localeCompare(b.name, undefined, { sensitivity: 'base' }));
  if (pluginId || alerting || types) return found;
  const special = [mixed && byName.get(specialNames.mixed), dashboard && byName.get(specialNames.dashboard), !tracing && byName.get(specialNames.grafana)];
  return [...found, ...special.flatMap((source) => (source && (!filter || filter(source)) ? [source] : []))];
}

async function get(ref?: DataSourceRef | string | null, scopedVars?: ScopedVars): Promise<DataSourceApi> {
  if (isExpressionReference(ref)) return createExpressionSource();
  const runtime = runtimeSources.get(nameOf(ref) ?? '');
  if (runtime) return runtime;
  const found = settingsOf(ref, scopedVars);
  const settings = found?.rawRef ? settingsOf(found.rawRef) : found;
  if (!settings) throw new Error(`The data source ${nameOf(ref) ?? 'that is the default'} was not found`);
  return instanceOf(settings, await sourceModule(settings.meta));
}

/** Fills @grafana/runtime's own list as well; call it before the first component is made. */
export function createDataSourceSrv(): DataSourceSrv {
  const listed: ListedSources = { datasources: config.datasources, defaultDatasource: config.defaultDatasource };
  keep(listed);
  initDataSourceInstanceSettings(listed.datasources, listed.defaultDatasource);
  setDataSourcePluginImporter(importPlugin);
  setExpressionDataSourceInstance(createExpressionSource());
  return {
    get, getList: list, getInstanceSettings: settingsOf,
    async reload() {
      const now = await getBackendSrv().get<ListedSources>('/api/frontend/settings');
      config.datasources = now.datasources;
      config.defaultDatasource = now.defaultDatasource;
      made.clear();
      keep(now);
      syncDataSourceInstanceSettings(now);
    },
    registerRuntimeDataSource({ dataSource }: RuntimeDataSourceRegistration) {
      if (byUid.has(dataSource.uid) || runtimeSources.has(dataSource.uid)) throw new Error(`A data source with uid ${dataSource.uid} has been registered already`);
      runtimeSources.set(dataSource.uid, dataSource);
    },
  };
}

/** What a dashboard loses before it is handed out: what only a browser at work needs, and what says nothing (dashboards-and-content §15.2). */
import { sameValue } from '../../../util/json-text.ts';
import { objectIn, topPanels, variablesOf, type Json } from './document.ts';
import { isObject, numberOf, objectsOf, textOf } from '../../../util/json-value.ts';

/** Panels that had these from the start keep them, empty as they may be. */
export interface Originals {
  readonly transformations: ReadonlySet<Json>;
  readonly custom: ReadonlySet<Json>;
}

export const panelDefaults = (): Json => ({
  gridPos: { x: 0, y: 0, w: 6, h: 3 }, targets: [{ refId: 'A' }], transparent: false, options: {}, links: [], fieldConfig: { defaults: {}, overrides: [] }, title: '',
});

const dashboardRuntimeKeys = ['meta', 'events', 'originalTime', 'originalDashboard', 'originalTemplating', 'originalLibraryPanels', 'panelInEdit', 'panelInView', 'getVariablesFromState', 'formatDate', 'appEventsSubscription', 'panelsAffectedByVariableChange', 'lastRefresh', 'timeRangeUpdatedDuringEditOrView', 'originalDashboard', 'variables', 'iteration', 'nav', 'pulldowns', 'version'];
const panelRuntimeKeys = ['events', 'hasRefreshed', 'cachedPluginOptions', 'plugin', 'queryRunner', 'replaceVariables', 'configRev', 'hasSavedPanelEditChange', 'getDisplayTitle', 'dataSupport', 'key', 'isNew', 'refreshWhenInView', 'isViewing', 'isEditing', 'isInView', 'fullscreen', 'scopedVars', 'repeatIteration'];

export function cleanUp(dashboard: Json, originals: Originals): void {
  for (const key of dashboardRuntimeKeys) delete dashboard[key];
  for (const key of ['id', 'gnetId']) if (dashboard[key] === null) delete dashboard[key];
  if (dashboard['style'] === 'dark') delete dashboard['style'];
  if (dashboard['hideControls'] === false) delete dashboard['hideControls'];
  variablesOf(dashboard).forEach(cleanVariable);
  dashboard['panels'] = topPanels(dashboard).filter(isOriginal).sort(byPosition).map((panel) => cleanPanel(panel, originals));
}

function cleanVariable(variable: Json): void {
  for (const [key, value] of Object.entries(variable)) if (value === null) delete variable[key];
  delete variable['index'];
  if ((variable['type'] === 'query' && variable['refresh'] !== 0) || variable['type'] === 'datasource') variable['options'] = [];
  if (variable['type'] === 'constant') delete variable['options'];
}

const isOriginal = (panel: Json) => !panel['repeatPanelId'] && !panel['repeatedByRow'];

function byPosition(a: Json, b: Json): number {
  const at = (panel: Json, key: string) => numberOf(objectIn(panel, 'gridPos')?.[key], 0);
  return at(a, 'y') - at(b, 'y') || at(a, 'x') - at(b, 'x');
}

function cleanPanel(panel: Json, originals: Originals): Json {
  if (isObject(panel['libraryPanel'])) return pick(panel, ['id', 'title', 'gridPos', 'libraryPanel']);
  replaceAngular(panel);
  for (const key of panelRuntimeKeys) delete panel[key];
  const { panels: inner } = panel;
  delete panel['panels'];
  removeNulls(panel);
  for (const [key, value] of Object.entries(panelDefaults())) {
    if (!sameValue(panel[key], value)) continue;
    if (key !== 'fieldConfig' || !originals.custom.has(panel)) delete panel[key];
  }
  for (const key of ['targets', 'transformations']) {
    if (Array.isArray(panel[key]) && panel[key].length === 0 && !(key === 'transformations' && originals.transformations.has(panel))) delete panel[key];
  }
  if (panel['type'] === 'row' && panel['repeat'] === '') delete panel['repeat'];
  if (Array.isArray(inner)) panel['panels'] = objectsOf(inner).filter(isOriginal).sort(byPosition).map((each) => cleanPanel(each, originals));
  return panel;
}

const pick = (panel: Json, keys: readonly string[]): Json => Object.fromEntries(keys.filter((key) => panel[key] !== undefined && panel[key] !== null).map((key) => [key, panel[key]]));

function removeNulls(value: unknown): void {
  if (Array.isArray(value)) return value.forEach(removeNulls);
  if (!isObject(value)) return;
  for (const [key, member] of Object.entries(value)) {
    if (member === null) delete value[key];
    else removeNulls(member);
  }
}

const replacedBy: Readonly<Record<string, string>> = {
  graphite: 'timeseries', 'table-old': 'table', singlestat: 'stat', 'grafana-singlestat-panel': 'stat', 'grafana-piechart-panel': 'piechart',
  'grafana-worldmap-panel': 'geomap', 'natel-discrete-panel': 'state-timeline',
};

/** Panels of the older kind become their successors, which know what to do with the old options. */
function replaceAngular(panel: Json): void {
  const type = textOf(panel['type']);
  const successor = type === 'graph' || type === 'graphite' ? graphSuccessor(panel) : Object.hasOwn(replacedBy, type) ? replacedBy[type] : undefined;
  if (successor === undefined) return;
  panel['autoMigrateFrom'] = type;
  panel['type'] = successor;
}

function graphSuccessor(panel: Json): string {
  const mode = objectIn(panel, 'xaxis')?.['mode'];
  if (mode === 'series') return objectIn(panel, 'legend')?.['values'] === true ? 'bargauge' : 'barchart';
  return mode === 'histogram' ? 'histogram' : 'timeseries';
}

/** Brings a classic dashboard up to date (dashboards-and-content §15). Pure: the organization's data sources are handed in. */
import { annotationsOf, objectIn, topPanels, variablesOf, type Json, type SourceLookup } from './document.ts';
import { isObject, numberOf, objectsOf, textOf } from '../../../util/json-value.ts';
import { cleanUp, panelDefaults } from './clean-up.ts';
import { nextRefId, steps } from './steps.ts';

export const latestSchemaVersion = 42;

export interface Migrated {
  readonly dashboard: Json;
  /** Why it is not up to date; undefined when it is. */
  readonly error: string | undefined;
}

/** The document is changed in place, so hand in one that nobody else holds. */
export function migrateDashboard(dashboard: Json, sources: SourceLookup): Migrated {
  for (const key of ['__elements', '__inputs', '__requires']) delete dashboard[key];
  const originals = { transformations: new Set<Json>(), custom: new Set<Json>() };
  for (const panel of everyPanel(dashboard)) {
    if ('transformations' in panel) originals.transformations.add(panel);
    if (objectIn(objectIn(panel, 'fieldConfig') ?? {}, 'defaults')?.['custom'] !== undefined) originals.custom.add(panel);
  }
  fillDefaults(dashboard);
  const from = numberOf(dashboard['schemaVersion'], 0);
  for (let version = Math.max(1, Math.floor(from)) + 1; version <= latestSchemaVersion; version++) {
    steps.get(version)?.(dashboard, sources);
    dashboard['schemaVersion'] = version;
  }
  insertBuiltInAnnotation(dashboard);
  cleanUp(dashboard, originals);
  const error = from > latestSchemaVersion ? `schema migration from version ${from} to ${latestSchemaVersion} failed: schema version not migrated to target version` : undefined;
  return { dashboard, error };
}

const everyPanel = (dashboard: Json): Json[] =>
  [...topPanels(dashboard), ...objectsOf(dashboard['rows']).flatMap((row) => objectsOf(row['panels']))].flatMap((panel) => [panel, ...objectsOf(panel['panels'])]);

function fillDefaults(dashboard: Json): void {
  const defaults: Json = {
    title: 'No Title', tags: [], timezone: '', weekStart: '', editable: true, graphTooltip: 0, time: { from: 'now-6h', to: 'now' }, timepicker: {}, schemaVersion: 0,
    fiscalYearStartMonth: 0, links: [],
  };
  for (const [key, value] of Object.entries(defaults)) if (dashboard[key] === undefined || dashboard[key] === null) dashboard[key] = value;
  for (const key of ['templating', 'annotations']) {
    const holder = objectIn(dashboard, key) ?? {};
    dashboard[key] = { ...holder, list: Array.isArray(holder['list']) ? holder['list'] : [] };
  }
  for (const variable of variablesOf(dashboard)) {
    const current = objectIn(variable, 'current');
    const value = current?.['value'];
    if (current && (value === null || (Array.isArray(value) && value.includes(null)))) delete current['value'];
  }
  const expandedRows = objectsOf(dashboard['rows']).filter((row) => row['collapse'] !== true);
  for (const panel of [...topPanels(dashboard), ...expandedRows.flatMap((row) => objectsOf(row['panels']))]) fillPanel(panel);
  numberPanels(dashboard);
}

function fillPanel(panel: Json): void {
  for (const [key, value] of Object.entries(panelDefaults())) if (panel[key] === undefined || panel[key] === null) panel[key] = value;
  const targets = objectsOf(panel['targets']);
  const used = new Set(targets.map((target) => textOf(target['refId'])));
  for (const target of targets) {
    if (textOf(target['refId']) !== '') continue;
    const refId = nextRefId(used);
    used.add(refId);
    target['refId'] = refId;
  }
}

/** Missing, repeated and impossible numbers are replaced. */
function numberPanels(dashboard: Json): void {
  const top = topPanels(dashboard);
  const panels = [...top, ...top.flatMap((panel) => objectsOf(panel['panels'])), ...objectsOf(dashboard['rows']).flatMap((row) => objectsOf(row['panels']))];
  let max = Math.max(0, ...panels.map((panel) => numberOf(panel['id'], 0)));
  const used = new Set<number>();
  for (const panel of panels) {
    const id = numberOf(panel['id'], 0);
    if (id > 0 && !used.has(id)) used.add(id);
    else {
      panel['id'] = ++max;
      used.add(max);
    }
  }
}

function insertBuiltInAnnotation(dashboard: Json): void {
  if (annotationsOf(dashboard).some((annotation) => annotation['builtIn'] === 1 || annotation['builtIn'] === true)) return;
  const holder = objectIn(dashboard, 'annotations')!;
  const list = Array.isArray(holder['list']) ? holder['list'].filter(isObject) : [];
  holder['list'] = [{
    builtIn: 1, datasource: { type: 'grafana', uid: '-- Grafana --' }, enable: true, hide: true, iconColor: 'rgba(0, 211, 255, 1)', name: 'Annotations & Alerts', type: 'dashboard',
  }, ...list];
}

/** What a dashboard has to be before it is stored through the resource face (dashboards-and-content §14.2). */
import { specOf, type ApiObject } from '../../apiserver/api-object.ts';
import type { Admission } from '../../apiserver/kind.ts';
import { badRequest, causes, invalid, StatusError, type StatusCause } from '../../apiserver/status.ts';
import type { ContentAccess } from '../../services/content/access.ts';
import { durationMs } from '../../services/content/dashboards/dashboard-text.ts';
import { dashboardType, managerOf } from '../../storage/search/content-entry.ts';
import type { ContentIndex } from '../../storage/search/content-index.ts';
import { objectionToUid } from '../../util/short-uid.ts';
import type { Json } from './schema/document.ts';
import { isObject } from '../../util/json-value.ts';
import { isV2 } from './schema/convert.ts';
import { typeOf, wrongTypes } from './schema/classic-types.ts';
import { latestSchemaVersion, migrateDashboard } from './schema/migrate.ts';
import { typedV2, V2TypeError, violationsOfV2 } from './schema/v2-typed.ts';
import type { V2Version } from './schema/v2-schema.ts';
import type { SourceLookups } from './source-lookup.ts';

export interface AdmissionDeps {
  readonly index: ContentIndex;
  readonly access: ContentAccess;
  readonly sources: SourceLookups;
  readonly minRefreshMs: number;
  readonly checkQuota: (orgId: number, target: 'dashboard') => Promise<void>;
  /** `dashboardDisableSchemaValidationV1`, `…V2` */
  readonly validates: (version: string) => boolean;
}

export const internalIdLabel = 'grafana.app/deprecatedInternalID';
const folderAnnotation = 'grafana.app/folder';
const titleBytesMax = 5_000;
const messageLengthMax = 500;
const tagLengthMax = 50;

const named = { group: dashboardType.group, kind: 'Dashboard' };
/** Compat: refusals of storage have neither message nor reason. */
const denied = () => new StatusError(403, '', '');

export async function admitDashboard(admission: Admission, deps: AdmissionDeps): Promise<ApiObject> {
  const { caller, object, previous, dryRun, version } = admission;
  await deps.index.ready();
  const name = object.metadata.name ?? '';
  const sent: unknown = object.spec === undefined && object.specText === undefined ? undefined : specOf<unknown>(object);
  const labels = { ...object.metadata.labels };
  const spec = withoutIdentity(sent, labels);
  if (previous && labels[internalIdLabel] !== undefined && labels[internalIdLabel] !== String(previous.legacyId)) {
    throw badRequest(`cannot change the ID of a dashboard. set the label ${internalIdLabel} to the previous value`);
  }
  const strict = admission.fieldValidation !== 'Ignore' && admission.fieldValidation !== 'Warn' && deps.validates(version);
  await deps.sources.load(caller.orgId);
  const stored = version === 'v1beta1' ? migrated(name, spec, caller.orgId, strict, deps) : isV2(version) ? secondGeneration(name, spec, version, strict) : spec;
  checkContent(name, stored, object.metadata.annotations?.['grafana.app/message'] ?? '', version, deps.minRefreshMs);
  await checkPlace(admission, deps);
  if (!previous && !dryRun) await deps.checkQuota(caller.orgId, 'dashboard');
  const text = JSON.stringify(stored);
  return {
    ...object, metadata: { ...object.metadata, labels }, spec: stored,
    // Compat: a write of v1beta1 always counts as a change, so the text must not be the same.
    specText: version === 'v1beta1' && previous?.spec === text ? `${text} ` : text,
  };
}

/** Uid, version and number of a dashboard are not part of it. */
function withoutIdentity(sent: unknown, labels: Record<string, string>): Json | undefined {
  if (!isObject(sent)) return undefined;
  const { uid: _, version: __, id, ...spec } = sent;
  if (typeof id === 'number' && id > 0 && labels[internalIdLabel] === undefined) labels[internalIdLabel] = String(Math.trunc(id));
  return spec;
}

function migrated(name: string, spec: Json | undefined, orgId: number, strict: boolean, { sources }: AdmissionDeps): Json {
  if (!spec) throw notMigrated(name, `schema migration from version 0 to ${latestSchemaVersion} failed: dashboard is nil`);
  const { dashboard, error } = migrateDashboard(spec, sources.current(orgId));
  const wrong = strict ? wrongTypes(dashboard) : [];
  if (wrong.length > 0) throw invalid(named, name, wrong.map(({ path, message }) => ({ reason: 'FieldValueInvalid', field: `spec.${path}`, message: `Invalid value: ${message}` })));
  if (strict && error) throw notMigrated(name, error);
  const missing = strict ? missingSources(dashboard) : [];
  if (missing.length > 0) throw invalid(named, name, missing);
  return dashboard;
}

const notMigrated = (name: string, why: string) => invalid(named, name, [causes.invalid('spec', name, why)]);

const conflicting = (field: string, value: unknown, wanted: string): StatusCause => ({
  reason: 'FieldValueInvalid', field,
  message: `Invalid value: conflicting values ${JSON.stringify(value)} and ${wanted} (mismatched types ${typeOf(value)} and ${wanted})`,
});

/** The schema knows no panel whose data source is null. */
function missingSources(dashboard: Json): StatusCause[] {
  const panels = Array.isArray(dashboard['panels']) ? dashboard['panels'] : [];
  return panels.flatMap((panel: unknown, i): StatusCause[] => {
    const targets = isObject(panel) && Array.isArray(panel['targets']) ? panel['targets'] : [];
    return targets.flatMap((target: unknown, j) => (isObject(target) && target['datasource'] === null ? [conflicting(`spec.panels.${i}.targets.${j}.datasource`, null, 'struct')] : []));
  });
}

/** In the form of the second generation: what is unknown goes, what is missing is empty. */
function secondGeneration(name: string, spec: Json | undefined, version: V2Version, strict: boolean): Json {
  let full: Json;
  try {
    full = typedV2(spec, version);
  } catch (error) {
    if (error instanceof V2TypeError) throw badRequest(`Dashboard in version "${version}" cannot be handled as a Dashboard: ${error.message}`);
    throw error;
  }
  full['layout'] ??= { kind: 'GridLayout', spec: { items: null } };
  const violations = strict && version === 'v2beta1' ? violationsOfV2(full, version) : [];
  if (violations.length > 0) throw invalid(named, name, violations.map(({ path, message }) => ({ reason: 'FieldValueInvalid', field: `DashboardSpec.${path}`, message: `Invalid value: ${message}` })));
  return full;
}

function checkContent(name: string, spec: Json | undefined, message: string, version: string, minRefreshMs: number): void {
  const title = spec?.['title'];
  if (typeof title !== 'string' || (title === '' && version !== 'v1beta1')) throw badRequest('Dashboard title cannot be empty');
  if (Buffer.byteLength(title) > titleBytesMax) throw badRequest('Dashboard title cannot contain more than 5 000 characters');
  const objection = objectionToUid(name);
  if (objection) throw badRequest(objection === 'too-long' ? 'uid too long, max 40 characters' : 'uid contains illegal characters');
  if ([...message].length > messageLengthMax) throw badRequest('message too long, max 500 characters');
  const refresh = isV2(version) ? (spec?.['timeSettings'] as Json | null | undefined)?.['autoRefresh'] : spec?.['refresh'];
  if (typeof refresh === 'string' && refresh !== '' && refresh !== 'auto') {
    const ms = durationMs(refresh);
    if (ms === undefined) throw badRequest(`parsing refresh duration ${JSON.stringify(refresh)} failed: time: invalid duration ${JSON.stringify(refresh)}`);
    if (ms < minRefreshMs) throw badRequest('Dashboard refresh interval is too low');
  }
  const tags = spec?.['tags'];
  if (Array.isArray(tags) && tags.some((tag) => typeof tag === 'string' && [...tag].length > tagLengthMax)) throw badRequest('dashboard tag too long, max 50 characters');
}

async function checkPlace({ caller, object, previous, dryRun }: Admission, { index, access }: AdmissionDeps): Promise<void> {
  const { identity, namespace } = caller;
  const folder = object.metadata.annotations?.[folderAnnotation] ?? '';
  const moved = previous !== undefined && previous.folder !== folder;
  if (previous && !access.mayOnDashboard(identity, 'dashboards:write', previous.name, previous.folder)) throw denied();
  const found = folder === '' ? undefined : index.folder(namespace, folder);
  if (folder !== '' && !found && !dryRun && (!previous || moved)) {
    throw new StatusError(404, 'NotFound', `folders.folder.grafana.app "${folder}" not found`, { name: folder, group: 'folder.grafana.app', kind: 'folders' });
  }
  if ((!previous || moved) && !access.mayOnFolder(identity, 'dashboards:create', folder)) throw denied();
  if (found?.manager?.kind !== 'repo') return;
  const own = managerOf(object.metadata.annotations ?? {});
  if (!own) throw badRequest('folder is managed by a repository, but the dashboard is not managed');
  if (own.kind !== 'repo' || own.id !== found.manager.id) throw badRequest('folder is managed by a repository, but the dashboard is not managed by the same manager');
}

/** Importing dashboards that were exported for others, and those that plugins ship (dashboards-and-content §3.8, §3.9). */
import { dashboardUrl } from '../urls.ts';
import { Type, type Static } from '../../../web/schema.ts';
import { namespaceOf } from '../../../util/namespace.ts';
import { slugify } from '../../../util/slug.ts';
import type { ContentIndex } from '../../../storage/search/content-index.ts';
import { orgAdmin, permission } from '../../../web/access.ts';
import { ApiError, defineErrors } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';
import type { Routes } from '../../../web/route.ts';
import { dashboardErrors, type DashboardService } from './dashboard.ts';
import { isObject, objectOf, textOf } from '../../../util/json-value.ts';

/** Dashboards that plugins bring along. */
export interface PluginDashboards {
  /** Undefined: no such plugin. */
  list(pluginId: string): Promise<readonly { readonly path: string; readonly dashboard: Readonly<Record<string, unknown>> }[] | undefined>;
  /** Throws for an app that the organization has not switched on. */
  demandEnabled(orgId: number, pluginId: string): Promise<unknown>;
}

export interface ImportDeps {
  readonly dashboards: Pick<DashboardService, 'find' | 'save'>;
  readonly index: ContentIndex;
  readonly plugins: PluginDashboards;
  readonly checkQuota: (orgId: number, target: 'dashboard') => Promise<void>;
  /** Makes the library panels that an imported dashboard refers to. `elements` is the document's `__elements`. */
  readonly createLibraryPanels: (identity: Identity, folderUid: string, dashboard: unknown, elements: unknown) => Promise<void>;
  readonly subPath: string;
  /** Whether a dashboard can be had with its inputs filled in, without being stored. */
  readonly interpolates: boolean;
}

const Input = Type.Object({ type: Type.String(), pluginId: Type.String(), name: Type.String(), value: Type.String() });
const ImportBody = Type.Object({
  pluginId: Type.String(), path: Type.String(), overwrite: Type.Boolean(), dashboard: Type.Unknown(), inputs: Type.Array(Input), folderId: Type.Integer(), folderUid: Type.String(),
});

type Inputs = readonly Static<typeof Input>[];
type Document = Readonly<Record<string, unknown>>;

export const importErrors = {
  ...defineErrors('dashboard-import', {
    nothing: [422, 'Dashboard must be set'],
    pluginNotFound: [404, 'Plugin not found'],
  }),
  missingInput: (name: string) => new ApiError(400, `dashboard import failed: missing dashboard input variable ${name}`),
  unknownPlugin: (id: string) => new ApiError(404, `Dashboard API error: plugin with ID '${id}' not found`),
  unknownPath: () => new ApiError(404, 'Dashboard API error: plugin dashboard file not found'),
};

export function importRoutes(routes: Routes, deps: ImportDeps): void {
  const { dashboards, index, plugins, subPath } = deps;

  routes.post('/api/dashboards/import', { access: permission('dashboards:create'), name: 'importDashboard', tag: 'dashboards', body: ImportBody, exactNumbers: true, bodyTooLarge: dashboardErrors.tooLarge }, async ({ identity, body }) => {
    if (body.pluginId === '' && (body.dashboard === undefined || body.dashboard === null)) throw importErrors.nothing();
    await deps.checkQuota(identity.orgId, 'dashboard');
    const document = body.pluginId === '' ? objectOf(body.dashboard) : await shipped(body.pluginId, body.path);
    const { __inputs: _inputs, __requires: _requires, __elements: elements, ...filled } = fillInputs(document, body.inputs);
    await deps.createLibraryPanels(identity, body.folderUid, filled, elements);
    const stored = await dashboards.save(identity, {
      dashboard: filled, text: JSON.stringify(filled), overwrite: body.overwrite, message: '', folderUid: body.folderUid, folderId: body.folderId,
      ...(body.pluginId === '' ? {} : { annotations: { 'grafana.app/managedBy': 'plugin', 'grafana.app/managerId': body.pluginId } }),
    });
    const slug = slugify(stored.title);
    return {
      uid: stored.name, pluginId: body.pluginId, title: stored.title, imported: true, importedUri: `db/${slug}`, importedUrl: dashboardUrl(subPath, stored.name, slug), slug,
      dashboardId: stored.legacyId, folderId: 0, folderUid: stored.folder, description: body.pluginId === '' ? textOf(filled['description']) : '', path: body.path, removed: false,
      ...(body.pluginId !== '' && typeof filled['revision'] === 'number' ? { importedRevision: filled['revision'], revision: filled['revision'] } : {}),
    };
  });

  if (deps.interpolates) {
    routes.post('/api/dashboards/interpolate', { access: permission('dashboards:create'), name: 'interpolateDashboard', tag: 'dashboards', body: ImportBody, exactNumbers: true, bodyTooLarge: dashboardErrors.tooLarge }, async ({ body }) => {
      if (body.pluginId === '' && (body.dashboard === undefined || body.dashboard === null)) throw importErrors.nothing();
      const { __inputs: _inputs, __requires: _requires, __elements: _elements, ...filled } = fillInputs(body.pluginId === '' ? objectOf(body.dashboard) : await shipped(body.pluginId, body.path), body.inputs);
      return filled;
    });
  }

  routes.get('/api/plugins/:pluginId/dashboards', { access: orgAdmin, name: 'getPluginDashboards', tag: 'plugins' }, async ({ identity, params }) => {
    const pluginId = params['pluginId'] ?? '';
    await plugins.demandEnabled(identity.orgId, pluginId);
    const candidates = await plugins.list(pluginId);
    if (!candidates) throw importErrors.pluginNotFound();
    await index.ready();
    const imported = index.entries(namespaceOf(identity.orgId), 'dashboard').filter(({ manager }) => manager?.kind === 'plugin' && manager.id === pluginId);
    const left = new Set(imported);
    const importedRevision = async (uid: string) => revisionOf(objectOf(JSON.parse((await dashboards.find(identity.orgId, uid))?.spec ?? '{}')));
    const rows = await Promise.all(candidates.map(async ({ path, dashboard }) => {
      const title = textOf(dashboard['title']);
      const found = imported.find((entry) => slugify(entry.title) === slugify(title));
      if (found) left.delete(found);
      return row(pluginId, {
        uid: found?.name ?? textOf(dashboard['uid']), title, description: '', path, removed: false,
        revision: revisionOf(dashboard), importedRevision: found ? await importedRevision(found.name) : 0,
      }, found);
    }));
    for (const gone of left) rows.push(row(pluginId, { uid: gone.name, title: gone.title, description: '', path: '', removed: true, revision: 0, importedRevision: 0 }, gone));
    return rows;
  });

  function row(
    pluginId: string, about: { uid: string; title: string; description: string; path: string; removed: boolean; revision: number; importedRevision: number },
    found: { readonly name: string; readonly title: string; readonly legacyId: number } | undefined,
  ) {
    const slug = found ? slugify(found.title) : '';
    return {
      ...about, pluginId, imported: found !== undefined, importedUri: found ? `db/${slug}` : '', importedUrl: found ? dashboardUrl(subPath, found.name, slug) : '',
      // Compat: lists leave the slug empty, only the import itself names it.
      slug: '', dashboardId: found?.legacyId ?? 0,
    };
  }

  async function shipped(pluginId: string, path: string): Promise<Document> {
    const all = await plugins.list(pluginId);
    if (!all) throw importErrors.unknownPlugin(pluginId);
    const found = all.find((candidate) => candidate.path === path);
    if (!found) throw importErrors.unknownPath();
    return found.dashboard;
  }
}

const revisionOf = (dashboard: Document): number => (typeof dashboard['revision'] === 'number' ? dashboard['revision'] : 1);

/** Puts the supplied inputs in the place of `${NAME}`, in every string. Throws when one that the document asks for is not supplied. */
export function fillInputs(document: Document, inputs: Inputs): Record<string, unknown> {
  const values = new Map<string, string>();
  const wanted = Array.isArray(document['__inputs']) ? (document['__inputs'] as unknown[]).map(objectOf) : [];
  for (const { name, type, pluginId } of wanted) {
    const supplied = inputs.find((input) => (input.name === name || input.name === '*') && input.type === type);
    const value = supplied?.value ?? (pluginId === '__expr__' ? '__expr__' : undefined);
    if (value === undefined) throw importErrors.missingInput(textOf(name));
    values.set(textOf(name), value);
  }
  return substitute(document, values) as Record<string, unknown>;
}

function substitute(value: unknown, values: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return value.includes('${') ? value.replace(/\$\{(\w+)\}/g, (whole, name: string) => values.get(name) ?? whole) : value;
  if (Array.isArray(value)) return value.map((item) => substitute(item, values));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, substitute(member, values)]));
}

import { parseId } from './data-source-id.ts';
import { Type, type Static } from '../../../web/schema.ts';
import type { PluginCatalog } from '../../../plugins/client/plugin-client.ts';
import { permission } from '../../../web/access.ts';
import { ApiError } from '../../../web/errors.ts';
import { json, jsonText, note, type Reply } from '../../../web/reply.ts';
import type { RequestContext, Routes } from '../../../web/route.ts';
import type { AccessControl } from '../../identity/accesscontrol/accesscontrol.ts';
import { dataSourceErrors, type DataSource, type DataSourceRef, type DataSourceService, type DataSourceWrite } from './data-source.ts';
import { uidScope } from './data-source-service.ts';
import { needsUrl, parseTargetUrl } from './data-source-url.ts';
import { jsonDataOf } from './json-data.ts';

export interface DataSourceApiDeps {
  readonly dataSources: DataSourceService;
  readonly catalog: PluginCatalog;
  readonly access: Pick<AccessControl, 'metadata' | 'scopes'>;
  /** Name of the auth-proxy header where auth proxy is on: no data source may set it. */
  readonly authProxyHeader?: string;
  /** Throws the refusal when the org, or the server, has its fill of data sources. */
  readonly checkQuota?: (ctx: Pick<RequestContext, 'identity'>) => Promise<void>;
}

const DataSourceBody = Type.Object({
  name: Type.String(),
  type: Type.String({ minLength: 1 }),
  access: Type.String({ minLength: 1 }),
  url: Type.String(),
  user: Type.String(),
  database: Type.String(),
  basicAuth: Type.Boolean(),
  basicAuthUser: Type.String(),
  withCredentials: Type.Boolean(),
  isDefault: Type.Boolean(),
  jsonData: Type.Unknown(),
  secureJsonData: Type.Record(Type.String(), Type.String()),
  uid: Type.String(),
  apiVersion: Type.String(),
});
const UpdateBody = Type.Object({ ...DataSourceBody.properties, name: Type.String({ minLength: 1 }), version: Type.Integer() });
const WithAccessControl = Type.Object({ accesscontrol: Type.Boolean() });

const scopeByUid = 'datasources:uid:{uid}';
const scopeById = 'datasources:id:{id}';
const scopeByName = 'datasources:name:{name}';

/** queries-and-frames §2 */
export function dataSourceRoutes(routes: Routes, { dataSources, catalog, access, authProxyHeader, checkQuota }: DataSourceApiDeps): void {
  access.scopes.register('datasources:id:', (orgId, scope) => uidScope(dataSources, orgId, { id: Number(scope.slice('datasources:id:'.length)) }));
  access.scopes.register('datasources:name:', (orgId, scope) => uidScope(dataSources, orgId, { name: scope.slice('datasources:name:'.length) }));

  const single = (dataSource: DataSource, withAccess?: RequestContext['identity']) =>
    singleJson(dataSource, catalog, withAccess && access.metadata(withAccess, `datasources:uid:${dataSource.uid}`));

  routes.get('/api/datasources', { access: permission('datasources:read'), name: 'getDataSources', tag: 'datasources' }, async ({ identity }) =>
    jsonText(`[${(await dataSources.list(identity.orgId)).map((dataSource) => listItemJson(dataSource, catalog)).join(',')}]`));

  routes.post('/api/datasources', { access: permission('datasources:create'), name: 'addDataSource', tag: 'datasources', body: DataSourceBody }, async (ctx) => {
    const { identity, body, rawBody } = ctx;
    await checkQuota?.(ctx);
    const write = toWrite(body, rawBody.toString('utf8'));
    if (write.url !== '' && !parseTargetUrl(write.type, write.url)) throw dataSourceErrors.urlDoesNotParse();
    checkHeaders(write.jsonData, authProxyHeader, 'Failed to add datasource');
    if (hasTeamHeaders(write.jsonData)) throw dataSourceErrors.teamHeaders();
    const dataSource = await dataSources.create(identity.orgId, write);
    return written(dataSource, 'Datasource added');
  });

  routes.get('/api/datasources/uid/:uid', { access: permission('datasources:read', scopeByUid), name: 'getDataSourceByUID', tag: 'datasources', query: WithAccessControl },
    async ({ identity, params, query }) => jsonText(single(await dataSources.get(identity.orgId, { uid: params['uid']! }), query.accesscontrol ? identity : undefined)));
  routes.get('/api/datasources/:id', { access: permission('datasources:read', scopeById), name: 'getDataSourceByID', tag: 'datasources', query: WithAccessControl },
    async ({ identity, params, query }) => {
      const id = parseId(params['id']!);
      if (id === 0) throw dataSourceErrors.idMissing();
      return jsonText(single(await dataSources.get(identity.orgId, { id }), query.accesscontrol ? identity : undefined));
    });
  routes.get('/api/datasources/name/:name', { access: permission('datasources:read', scopeByName), name: 'getDataSourceByName', tag: 'datasources' },
    async ({ identity, params }) => jsonText(single(await dataSources.get(identity.orgId, { name: params['name']! }))));
  routes.get('/api/datasources/id/:name', { access: permission('datasources.id:read', scopeByName), name: 'getDataSourceIdByName', tag: 'datasources' },
    async ({ identity, params }) => json({ id: (await dataSources.get(identity.orgId, { name: params['name']! })).id }));

  const update = async (orgId: number, ref: DataSourceRef, body: Static<typeof UpdateBody>, text: string): Promise<Reply> => {
    const write = toWrite(body, text);
    if ((write.url !== '' || needsUrl(write.type)) && !validUrl(write)) throw dataSourceErrors.urlDoesNotParse();
    checkHeaders(write.jsonData, authProxyHeader, 'Failed to update datasource');
    const current = await dataSources.get(orgId, ref);
    if (current.readOnly) throw dataSourceErrors.updateReadOnly();
    const changed = await dataSources.update(current, { ...write, jsonData: withStoredTeamHeaders(write.jsonData, current.jsonData) }, { version: body.version, secrets: 'merge' });
    return written(changed, 'Datasource updated');
  };
  routes.put('/api/datasources/uid/:uid', { access: permission('datasources:write', scopeByUid), name: 'updateDataSourceByUID', tag: 'datasources', body: UpdateBody },
    ({ identity, params, body, rawBody }) => update(identity.orgId, { uid: params['uid']! }, body, rawBody.toString('utf8')));
  routes.put('/api/datasources/:id', { access: permission('datasources:write', scopeById), name: 'updateDataSourceByID', tag: 'datasources', body: UpdateBody },
    ({ identity, params, body, rawBody }) => {
      const id = parseId(params['id']!);
      // Compat: the reference fails on id 0 instead of finding nothing.
      if (id === 0) throw dataSourceErrors.uidChanges();
      return update(identity.orgId, { id }, body, rawBody.toString('utf8'));
    });

  const remove = async (orgId: number, ref: DataSourceRef): Promise<DataSource> => {
    const dataSource = await dataSources.get(orgId, ref);
    if (dataSource.readOnly) throw dataSourceErrors.deleteReadOnly();
    await dataSources.delete(dataSource);
    return dataSource;
  };
  routes.delete('/api/datasources/uid/:uid', { access: permission('datasources:delete', scopeByUid), name: 'deleteDataSourceByUID', tag: 'datasources' },
    async ({ identity, params }) => deleted(await remove(identity.orgId, { uid: params['uid']! })));
  routes.delete('/api/datasources/name/:name', { access: permission('datasources:delete', scopeByName), name: 'deleteDataSourceByName', tag: 'datasources' },
    async ({ identity, params }) => deleted(await remove(identity.orgId, { name: params['name']! })));
  routes.delete('/api/datasources/:id', { access: permission('datasources:delete', scopeById), name: 'deleteDataSourceByID', tag: 'datasources' },
    async ({ identity, params }) => {
      const id = parseId(params['id']!);
      if (id <= 0) throw dataSourceErrors.idNotValid();
      await remove(identity.orgId, { id });
      return note('Data source deleted');
    });

  function written(dataSource: DataSource, message: string): Reply {
    return jsonText(`{"datasource":${single(dataSource)},"id":${dataSource.id},"message":${JSON.stringify(message)},"name":${JSON.stringify(dataSource.name)}}`);
  }
}

const deleted = ({ id }: DataSource) => json({ id, message: 'Data source deleted' });

/** A decimal 64-bit number, a sign allowed; what a double cannot hold exists nowhere. */
function toWrite({ jsonData: _, ...body }: Omit<Static<typeof DataSourceBody>, 'name'> & { name: string }, text: string): DataSourceWrite {
  return { ...body, jsonData: jsonDataOf(text) };
}

const validUrl = ({ url, type }: DataSourceWrite) => url !== '' && parseTargetUrl(type, url) !== undefined;

function checkHeaders(jsonData: string, authProxyHeader: string | undefined, message: string): void {
  if (authProxyHeader === undefined || !jsonData.includes('httpHeaderName')) return;
  const members: unknown = JSON.parse(jsonData);
  for (const [key, value] of Object.entries(members ?? {})) {
    if (key.startsWith('httpHeaderName') && typeof value === 'string' && value.toLowerCase() === authProxyHeader.toLowerCase()) throw new ApiError(400, message);
  }
}

const hasTeamHeaders = (jsonData: string) => jsonData.includes('"teamHttpHeaders"') && isObject(JSON.parse(jsonData), 'teamHttpHeaders');
const isObject = (value: unknown, key: string): value is Record<string, unknown> => typeof value === 'object' && value !== null && Object.hasOwn(value, key);

/** Team headers are not changed here: what is stored stays, what is sent is dropped. */
function withStoredTeamHeaders(sent: string, stored: string): string {
  if (!sent.includes('"teamHttpHeaders"') && !stored.includes('"teamHttpHeaders"')) return sent;
  const value: unknown = JSON.parse(sent);
  const before: unknown = JSON.parse(stored);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return sent;
  const { teamHttpHeaders: _, ...rest } = value as Record<string, unknown>;
  return JSON.stringify(isObject(before, 'teamHttpHeaders') ? { ...rest, teamHttpHeaders: before['teamHttpHeaders'] } : rest);
}

const genericLogo = 'public/img/icn-datasource.svg';

/** Members in the reference's order; `jsonData` is spliced in as it is stored. */
function listItemJson(d: DataSource, catalog: PluginCatalog): string {
  const plugin = catalog.find(d.type);
  const head = JSON.stringify({
    id: d.id, uid: d.uid, orgId: d.orgId, name: d.name, type: plugin?.id ?? d.type, typeName: plugin?.name ?? d.type, typeLogoUrl: plugin?.logoUrl ?? genericLogo,
    access: d.access, url: d.url, user: d.user, database: d.database, basicAuth: d.basicAuth, isDefault: d.isDefault,
  });
  return `${head.slice(0, -1)},"jsonData":${d.jsonData},"readOnly":${d.readOnly}}`;
}

function singleJson(d: DataSource, catalog: PluginCatalog, accessControl?: Record<string, true>): string {
  const plugin = catalog.find(d.type);
  const head = JSON.stringify({
    id: d.id, uid: d.uid, orgId: d.orgId, name: d.name, type: plugin?.id ?? d.type, typeLogoUrl: plugin?.logoUrl ?? genericLogo, access: d.access, url: d.url,
    user: d.user, database: d.database, basicAuth: d.basicAuth, basicAuthUser: d.basicAuthUser, withCredentials: d.withCredentials, isDefault: d.isDefault,
  });
  const tail = JSON.stringify({
    secureJsonFields: Object.fromEntries(d.secretKeys.map((key) => [key, true])), version: d.version, readOnly: d.readOnly,
    ...(accessControl && { accessControl }), apiVersion: d.apiVersion,
  });
  return `${head.slice(0, -1)},"jsonData":${d.jsonData},${tail.slice(1)}`;
}

/**
 * `<plugin>.datasource.grafana.app` (queries-and-frames §8): the data sources of one plugin as objects, a second face of the classic
 * records. Behind `queryServiceWithConnections`.
 */
import { createHash } from 'node:crypto';
import { specOf, type ApiObject } from '../../apiserver/api-object.ts';
import { defineKind, verbsWithoutWatch, type Authorizer, type Caller, type Kind, type SubresourceRequest } from '../../apiserver/kind.ts';
import { InlineSecureValues } from '../../apiserver/secure-values.ts';
import { alreadyExists, badRequest, objectNotFound } from '../../apiserver/status.ts';
import type { PluginCatalog } from '../../plugins/client/plugin-client.ts';
import { resultsJson } from '../../services/datasources/query/query-json.ts';
import type { QueryService } from '../../services/datasources/query/query.ts';
import type { DataSource, DataSourceService, DataSourceWrite } from '../../services/datasources/records/data-source.ts';
import { canonicalJson } from '../../services/datasources/records/json-data.ts';
import type { AccessControl } from '../../services/identity/accesscontrol/accesscontrol.ts';
import { rfc3339 } from '../../storage/resource-changes.ts';
import { bindJson } from '../../web/bind.ts';
import { json, Reply } from '../../web/reply.ts';
import type { Identity } from '../../web/identity.ts';
import { Type } from '../../web/schema.ts';
import { createdColumn, nameColumn } from '../../apiserver/table.ts';
import { listOf, specColumn } from '../iam/iam-kinds.ts';
import { answered, statusOf } from '../query/query-group.ts';

const version = 'v0alpha1';
const QueryBody = Type.Object({ from: Type.String(), to: Type.String(), queries: Type.Array(Type.Unknown()) });

export interface DataSourceKindDeps {
  readonly dataSources: DataSourceService;
  readonly catalog: PluginCatalog;
  readonly queries: Pick<QueryService, 'run'>;
  readonly access: Pick<AccessControl, 'metadata'>;
  /** Throws where the org has as many data sources as it may. */
  readonly checkQuota: (identity: Identity) => Promise<void>;
}

interface DataSourceSpec {
  readonly title?: string;
  readonly access?: string;
  readonly url?: string;
  readonly database?: string;
  readonly user?: string;
  readonly basicAuth?: boolean;
  readonly basicAuthUser?: string;
  readonly withCredentials?: boolean;
  readonly isDefault?: boolean;
  readonly readOnly?: boolean;
  readonly jsonData?: unknown;
}

/** What a client says of a secret; it never reads one. */
type SecureValue = { readonly create?: string; readonly remove?: boolean };

export function dataSourceKinds(pluginId: string, { dataSources, catalog, queries, access, checkQuota }: DataSourceKindDeps): readonly Kind[] {
  const group = `${pluginId}.datasource.grafana.app`;
  const typeOf = ({ type }: DataSource) => catalog.find(type)?.id ?? type;

  async function find({ orgId }: Caller, name: string): Promise<DataSource> {
    const found = await dataSources.find(orgId, { uid: name });
    if (!found || typeOf(found) !== pluginId) throw objectNotFound(kind, name);
    return found;
  }

  function asObject({ namespace }: Caller, d: DataSource): ApiObject {
    const jsonData: unknown = JSON.parse(d.jsonData);
    const spec: DataSourceSpec = {
      access: d.access || undefined, basicAuth: d.basicAuth || undefined, basicAuthUser: d.basicAuthUser || undefined, database: d.database || undefined, isDefault: d.isDefault || undefined,
      jsonData: d.jsonData === '{}' ? undefined : jsonData, readOnly: d.readOnly || undefined, title: d.name, url: d.url || undefined, user: d.user || undefined, withCredentials: d.withCredentials || undefined,
    };
    return {
      kind: 'DataSource', apiVersion: `${group}/${version}`,
      metadata: {
        name: d.uid, namespace, uid: createHash('sha256').update(`${group}/${namespace}/${d.uid}`).digest('base64url'), resourceVersion: String(d.updated), generation: d.version,
        creationTimestamp: rfc3339(d.created), labels: { 'grafana.app/deprecatedInternalID': String(d.id) },
      },
      spec,
      ...(d.secretKeys.length > 0 && { more: { secure: Object.fromEntries(d.secretKeys.map((key) => [key, { name: secretName(d.uid, key) }])) } }),
    };
  }

  function toWrite(object: ApiObject): DataSourceWrite {
    const spec = specOf<DataSourceSpec>(object);
    const secure = (object.more?.['secure'] ?? {}) as Record<string, SecureValue>;
    const secureJsonData: Record<string, string> = {};
    for (const [key, value] of Object.entries(secure)) {
      if (typeof value?.create === 'string') secureJsonData[key] = value.create;
      else if (value?.remove === true) secureJsonData[key] = '';
    }
    const text = (value: unknown, name: string): string => {
      if (value === undefined || value === null) return '';
      if (typeof value !== 'string') throw badRequest(`spec.${name} is not a string`);
      return value;
    };
    return {
      uid: object.metadata.name ?? '', name: text(spec.title, 'title'), type: pluginId, access: text(spec.access, 'access') || 'proxy', url: text(spec.url, 'url'), user: text(spec.user, 'user'),
      database: text(spec.database, 'database'), basicAuth: spec.basicAuth === true, basicAuthUser: text(spec.basicAuthUser, 'basicAuthUser'), withCredentials: spec.withCredentials === true,
      isDefault: spec.isDefault === true, jsonData: canonicalJson(JSON.stringify(spec.jsonData ?? {})), secureJsonData, apiVersion: version,
    };
  }

  const action = (verb: string, subresource: string) =>
    subresource !== '' ? 'datasources:query' : verb === 'get' || verb === 'list' ? 'datasources:read' : verb === 'delete' || verb === 'deletecollection' ? 'datasources:delete' : 'datasources:write';
  const authorize: Authorizer = ({ verb, subresource, name }, { permissions }) => {
    const needed = action(verb, subresource);
    return permissions.has(needed, ...(name === '' ? [] : [`datasources:uid:${name}`])) ? 'allow' : { deny: 'unauthorized request' };
  };

  const runQueries = async ({ caller, name, rawBody }: SubresourceRequest) => {
    const source = await find(caller, name);
    const body = bindJson(QueryBody, rawBody.toString('utf8'));
    const models = body.queries.map((query) => ({ ...(query as object), datasource: { uid: source.uid, type: pluginId } }));
    const results = await answered(models, () => queries.run({ ...body, queries: models }, { orgId: caller.orgId, identity: caller.identity, signal: caller.signal, queryRanges: true }));
    return new Reply(statusOf(results), resultsJson(results), { 'content-type': 'application/json' });
  };
  const notImplemented = async () => json({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code: 501 }, 501);

  const kind: Kind = defineKind({
    group, kind: 'DataSource', plural: 'datasources', singular: 'datasource', versions: [{ name: version, more: { secure: InlineSecureValues } }], verbs: verbsWithoutWatch, managesFields: false, authorize,
    columns: [nameColumn, specColumn('Title', 'title', 'The data source title'), createdColumn],
    subresources: [
      { name: 'query', kind: 'QueryDataResponse', verbs: ['create'], handle: runQueries },
      {
        name: 'access', kind: 'DatasourceAccessInfo', verbs: ['get'],
        async handle({ caller, name }) {
          const { uid } = await find(caller, name);
          return { kind: 'DatasourceAccessInfo', apiVersion: `${group}/${version}`, Permissions: access.metadata(caller.identity, `datasources:uid:${uid}`) };
        },
      },
      { name: 'health', kind: 'HealthCheckResult', verbs: ['get'], handle: notImplemented },
      { name: 'resource', kind: 'Status', verbs: ['create', 'delete', 'get', 'patch', 'update'], handle: notImplemented },
    ],
    backend: {
      get: async ({ caller, name }) => asObject(caller, await find(caller, name)),
      async list(request) {
        const { caller } = request;
        const own = (await dataSources.list(caller.orgId)).filter((d) => typeOf(d) === pluginId && caller.identity.permissions.has('datasources:read', `datasources:uid:${d.uid}`));
        return listOf(kind, request, own.map((d) => asObject(caller, d)), undefined);
      },
      async create({ caller, object, dryRun }) {
        const write = toWrite(object);
        if (await dataSources.find(caller.orgId, { uid: write.uid })) throw alreadyExists(kind, write.uid);
        if (dryRun) return object;
        await checkQuota(caller.identity);
        return asObject(caller, await dataSources.create(caller.orgId, write));
      },
      async update({ caller, name, change, dryRun }) {
        const current = await find(caller, name);
        if (current.readOnly) throw badRequest('the data source is read-only');
        const object = await change(asObject(caller, current));
        if (dryRun) return { object, created: false };
        return { object: asObject(caller, await dataSources.update(current, toWrite(object), { version: current.version, secrets: 'merge' })), created: false };
      },
      async delete({ caller, name, dryRun }) {
        const current = await find(caller, name);
        if (current.readOnly) throw badRequest('the data source is read-only');
        if (!dryRun) await dataSources.delete(current);
        return { object: asObject(caller, current), answer: 'status' };
      },
    },
  });

  // Shown in discovery only: the classic clients of these names ask the query group.
  const connections = defineKind({
    group, kind: 'QueryDataResponse', plural: 'connections', singular: 'connection', versions: [{ name: version }], verbs: ['get'], authorize, backend: {},
    subresources: [{ name: 'query', kind: 'QueryDataResponse', verbs: ['create'], handle: runQueries }],
  });
  const conversion = defineKind({ group, kind: 'QueryDataRequest', plural: 'queryconvert', singular: 'queryconvert', versions: [{ name: version }], verbs: ['create'], authorize, backend: {} });
  return [kind, connections, conversion];
}

const secretName = (uid: string, key: string) => `lds-sv-${createHash('sha256').update(`${uid}|${key}`).digest('hex').slice(0, 10)}`;

/** `query.grafana.app` (queries-and-frames §8): queries over the Kubernetes-style API. Behind `queryService` and `queryServiceWithConnections`. */
import { defineKind, type GroupRoute, type GroupRouteRequest, type Kind } from '../../apiserver/kind.ts';
import type { Field } from '@belvedere/dataframe';
import { valueAt } from '@belvedere/dataframe';
import type { PluginCatalog } from '../../plugins/client/plugin-client.ts';
import { resultsJson } from '../../services/datasources/query/query-json.ts';
import { queryErrors, stringForm, type QueryResult, type QueryService } from '../../services/datasources/query/query.ts';
import { dataSourceErrors, type DataSourceService } from '../../services/datasources/records/data-source.ts';
import { bindJson } from '../../web/bind.ts';
import { ApiError } from '../../web/errors.ts';
import { Reply } from '../../web/reply.ts';
import { Type } from '../../web/schema.ts';

const group = 'query.grafana.app';
const version = 'v0alpha1';
const QueryBody = Type.Object({ from: Type.String(), to: Type.String(), queries: Type.Array(Type.Unknown()) });

export interface QueryGroupDeps {
  readonly queries: Pick<QueryService, 'run'>;
  readonly dataSources: Pick<DataSourceService, 'list'>;
  readonly catalog: PluginCatalog;
  readonly withConnections: boolean;
}

/** What discovery shows; nothing is stored under these names. */
export function queryKinds(): readonly Kind[] {
  const nothing = { metadata: {}, items: [] };
  return [
    defineKind({
      group, kind: 'DataSourceApiServer', plural: 'datasourceapiservers', singular: 'datasourceapiserver', versions: [{ name: version }], verbs: ['get', 'list'],
      backend: { list: async () => ({ kind: 'DataSourceApiServerList', apiVersion: `${group}/${version}`, ...nothing }) },
    }),
    defineKind({ group, kind: 'QueryDataResponse', plural: 'query', singular: 'query', versions: [{ name: version }], verbs: ['create'], backend: {} }),
  ];
}

export function queryGroupRoutes({ queries, dataSources, catalog, withConnections }: QueryGroupDeps): readonly GroupRoute[] {
  const mayQuery: GroupRoute['authorize'] = (_, { permissions }) => (permissions.has('datasources:query') ? 'allow' : { deny: 'unauthorized request' });
  const run = async ({ caller, headers, rawBody }: GroupRouteRequest) => {
    const body = bindJson(QueryBody, rawBody.toString('utf8'));
    return answered(body.queries, () => queries.run(body, {
      orgId: caller.orgId, identity: caller.identity, signal: caller.signal, headers: forwarded(headers), queryRanges: true,
    }));
  };
  const routes: GroupRoute[] = [
    {
      group, version, path: 'query', methods: ['POST'], authorize: mayQuery,
      async handle(request) {
        const results = await run(request);
        return new Reply(statusOf(results), resultsJson(results), { 'content-type': 'application/json', 'x-ds-querier': 'query-service' });
      },
    },
    {
      group, version, path: 'sqlschemas', methods: ['POST'], authorize: mayQuery,
      async handle(request) {
        const results = await run(request);
        return { kind: 'QueryResponseSQLSchemas', apiVersion: `${group}/${version}`, sqlSchemas: Object.fromEntries([...results].map(([refId, result]) => [refId, schemaOf(result)])) };
      },
    },
  ];
  if (withConnections) {
    routes.push({
      group, version, path: 'connections', methods: ['GET'], authorize: (_, { permissions }) => (permissions.has('datasources:read') ? 'allow' : { deny: 'unauthorized request' }),
      async handle({ caller, search }) {
        const name = search.get('name');
        const plugin = search.get('plugin');
        const items = (await dataSources.list(caller.orgId))
          .map((dataSource) => ({ dataSource, pluginId: catalog.find(dataSource.type)?.id ?? dataSource.type }))
          .filter(({ dataSource, pluginId }) => (!name || dataSource.uid === name) && (!plugin || pluginId === plugin) && caller.identity.permissions.has('datasources:read', `datasources:uid:${dataSource.uid}`))
          .map(({ dataSource, pluginId }) => ({ title: dataSource.name, name: dataSource.uid, group: `${pluginId}.datasource.grafana.app`, version, plugin: pluginId }));
        // Compat: JSON, called text.
        return new Reply(200, `${JSON.stringify({ kind: 'DataSourceConnectionList', apiVersion: `${group}/${version}`, items }, null, 2)}\n`, { 'content-type': 'text/plain; charset=utf-8' });
      },
    });
  }
  return routes;
}

const forwardedNames = /^(x-rule-.*|fromalert|x-cache-skip|x-grafana-org-id|x-query-group-id|x-panel-id|x-panel-title|x-panel-plugin-id|x-dashboard-uid|x-dashboard-title|x-datasource-uid|x-grafana-from-expr|x-real-ip|x-forwarded-for|cookie)$/;
const forwarded = (headers: GroupRouteRequest['headers']) => Object.fromEntries(Object.entries(headers).filter(([name]) => forwardedNames.test(name)));

/** Errors of the request as a whole are those of its first query. */
export async function answered(models: readonly unknown[], work: () => Promise<ReadonlyMap<string, QueryResult>>): Promise<ReadonlyMap<string, QueryResult>> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const first = models[0] as { refId?: unknown } | null | undefined;
    const refId = typeof first?.refId === 'string' ? first.refId : 'A';
    const notFound = error.status === 404 && error.message === dataSourceErrors.notFound().message;
    const text = notFound ? 'data source not found' : error.message === queryErrors.malformed().message ? 'expression request error' : stringForm(error).trim();
    return new Map([[refId, { error: text, errorSource: 'downstream' as const, status: 400 }]]);
  }
}

/** That of the first failing result; what is a source's own fault is 400. */
export function statusOf(results: ReadonlyMap<string, QueryResult>): number {
  const failed = [...results.values()].filter(({ error }) => error !== undefined);
  if (failed.length === 0) return 200;
  const status = failed[0]!.status ?? 400;
  return status >= 500 && failed.some(({ errorSource }) => errorSource === 'downstream') ? 400 : status < 400 ? 400 : status;
}

const mysqlTypes: Readonly<Record<string, string>> = {
  int8: 'TINYINT', int16: 'SMALLINT', int32: 'INT', int64: 'BIGINT', uint8: 'TINYINT UNSIGNED', uint16: 'SMALLINT UNSIGNED', uint32: 'INT UNSIGNED', uint64: 'BIGINT UNSIGNED',
  float32: 'FLOAT', float64: 'DOUBLE', string: 'TEXT', bool: 'TINYINT(1)', time: 'DATETIME', json: 'JSON', enum: 'TEXT',
};
const sampleRowsMax = 3;

/** Columns and a few rows of a result: what the editor of SQL expressions shows. */
function schemaOf({ frames, error }: QueryResult): object {
  const fields: readonly Field[] = frames?.[0]?.fields ?? [];
  const rows = Math.min(sampleRowsMax, fields[0]?.values.length ?? 0);
  const cell = (field: Field, row: number) => {
    const value = valueAt(field, row);
    return typeof value === 'bigint' ? Number(value) : value;
  };
  return {
    columns: fields.map((field) => ({ name: field.name, mysqlType: mysqlTypes[field.type], nullable: field.nullable, dataFrameFieldType: (field.nullable ? '*' : '') + (field.type === 'time' ? 'time.Time' : field.type) })),
    sampleRows: Array.from({ length: rows }, (_, row) => fields.map((field) => cell(field, row))),
    ...(error !== undefined && { error }),
  };
}

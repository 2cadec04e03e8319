/** Sources that are not a kind of their own: the plain one, which asks the server; `-- Mixed --`, `-- Grafana --` and expressions. */
import {
  arrayToDataFrame, DataSourceApi, dataFrameFromJSON, DataTopic, LoadingState, parseLiveChannelAddress, toDataFrame, type AnnotationQuery, type DataFrame, type DataFrameJSON, type DataQuery,
  type DataQueryRequest, type DataQueryResponse, type DataSourceInstanceSettings, type DataSourcePluginMeta, type MetricFindValue, type ScopedVars, type TestDataSourceResponse,
} from '@grafana/data';
import { DataSourceWithBackend, frameToMetricFindValue, getBackendSrv, getDataSourceSrv, getGrafanaLiveSrv, getTemplateSrv, isExpressionReference } from '@grafana/runtime';
import { from, lastValueFrom, map, merge, mergeMap, of, type Observable } from 'rxjs';

/** Every text of a query with its variables' values. */
export function interpolated<T>(value: T, scopedVars: ScopedVars): T {
  if (typeof value === 'string') return (value.includes('$') || value.includes('[[') ? getTemplateSrv().replace(value, scopedVars) : value) as T;
  if (Array.isArray(value)) return value.map((one) => interpolated(one, scopedVars)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, key === 'datasource' ? one : interpolated(one, scopedVars)])) as T;
}

/** Any source with a backend: its queries go to the server with the variables put in, and variables are found with an ordinary query. */
export class PlainSource extends DataSourceWithBackend {
  override annotations = {};

  override applyTemplateVariables(query: DataQuery, scopedVars: ScopedVars): DataQuery {
    return interpolated(query, scopedVars);
  }

  override async metricFindQuery(query: unknown, options?: { readonly scopedVars?: ScopedVars; readonly range?: DataQueryRequest['range'] }): Promise<MetricFindValue[]> {
    const target = typeof query === 'string' ? { refId: 'variable', query, rawSql: query, expr: query } : { refId: 'variable', ...(query as object) };
    const request = {
      requestId: `variable-${this.uid}`, range: options?.range, targets: [target as DataQuery], scopedVars: options?.scopedVars ?? {}, intervalMs: 60_000, interval: '1m', maxDataPoints: 1_000, app: 'dashboard', timezone: 'browser', startTime: Date.now(),
    } as DataQueryRequest;
    const { data, errors } = await lastValueFrom(this.query(request));
    if (errors?.[0]) throw new Error(errors[0].message ?? 'The query of the variable failed');
    return (data as DataFrame[]).flatMap((frame) => frameToMetricFindValue(frame));
  }
}

const expressionMeta = { id: '__expr__', type: 'datasource', name: 'Expression', module: '', baseUrl: '', info: { logos: { small: '', large: '' }, author: { name: '' }, description: '', links: [], screenshots: [], updated: '', version: '' } } as unknown as DataSourcePluginMeta;
const expressionSettings: DataSourceInstanceSettings = { uid: '__expr__', name: '__expr__', type: '__expr__', access: 'proxy', meta: expressionMeta, jsonData: {}, readOnly: true };

/** Sends expressions together with the queries that they are over, each with its own source's variables put in. */
class ExpressionSource extends DataSourceWithBackend {
  readonly instanceSettings = expressionSettings;

  override query(request: DataQueryRequest): Observable<DataQueryResponse> {
    const prepared = Promise.all(request.targets.map(async (target) => {
      if (isExpressionReference(target.datasource)) return interpolated(target, request.scopedVars);
      const source = await getDataSourceSrv().get(target.datasource, request.scopedVars);
      const [ready = target] = source.interpolateVariablesInQueries?.([target], request.scopedVars, request.filters) ?? [target];
      return { ...ready, datasource: source.getRef() };
    }));
    return from(prepared).pipe(mergeMap((targets) => super.query({ ...request, targets })));
  }
}

let expressions: ExpressionSource | undefined;

export function createExpressionSource(): ExpressionSource {
  if (!expressions) {
    expressions = new ExpressionSource(expressionSettings);
    expressions.meta = expressionMeta;
  }
  return expressions;
}

/** Each query goes to its own source; the answers come as they arrive. */
export class MixedSource extends DataSourceApi {
  override query(request: DataQueryRequest): Observable<DataQueryResponse> {
    const groups = new Map<string, DataQuery[]>();
    for (const target of request.targets.filter(({ hide, datasource }) => hide !== true && datasource)) {
      // Several chosen sources of a variable are asked each.
      for (const datasource of chosenSources(target, request.scopedVars)) {
        const key = datasource?.uid ?? datasource?.type ?? '';
        groups.set(key, [...(groups.get(key) ?? []), { ...target, datasource }]);
      }
    }
    if (groups.size === 0) return of({ data: [] });
    return merge(...[...groups].map(([key, targets], index) => from(getDataSourceSrv().get(targets[0]!.datasource, request.scopedVars)).pipe(
      mergeMap((source) => from(source.query({ ...request, requestId: `${request.requestId}-${index}`, targets: targets.filter((target) => source.filterQuery?.(target) ?? true) }))),
      map((answer): DataQueryResponse => ({ ...answer, key: `${key}-${index}-${answer.key ?? ''}`, state: answer.state ?? LoadingState.Done })),
    )));
  }

  override testDatasource(): Promise<TestDataSourceResponse> {
    return Promise.resolve({ status: 'success', message: 'Mixed asks the sources of its queries' });
  }
}

function chosenSources(target: DataQuery, scopedVars: ScopedVars): DataQuery['datasource'][] {
  const uid = target.datasource?.uid;
  if (!uid?.includes('$')) return [target.datasource];
  const chosen = JSON.parse(getTemplateSrv().replace(uid, scopedVars, (value: unknown) => JSON.stringify([value].flat()))) as string[];
  return chosen.length > 1 ? chosen.map((one) => ({ ...target.datasource, uid: one })) : [target.datasource];
}

/** Query of `-- Grafana --`: random data, a live channel, a snapshot's frames or annotations. */
export interface GrafanaQuery extends DataQuery {
  readonly queryType?: string;
  readonly channel?: string;
  readonly snapshot?: readonly DataFrameJSON[];
  readonly limit?: number;
  readonly matchAny?: boolean;
  readonly tags?: readonly string[];
  readonly type?: 'dashboard' | 'tags';
}

export class GrafanaSource extends DataSourceWithBackend<GrafanaQuery> {
  override annotations = {
    prepareAnnotation: (json: AnnotationQuery<GrafanaQuery>) => json,
    prepareQuery: (annotation: AnnotationQuery<GrafanaQuery>): GrafanaQuery => ({
      ...(annotation.target ?? { type: annotation.builtIn ? 'dashboard' : 'tags', limit: 100, matchAny: false, tags: [] }), refId: annotation.name, queryType: 'annotations', datasource: { type: 'grafana', uid: 'grafana' },
    }),
  };

  override query(request: DataQueryRequest<GrafanaQuery>): Observable<DataQueryResponse> {
    const answers = request.targets.filter(({ hide }) => hide !== true).map((target): Observable<DataQueryResponse> => {
      const { queryType, snapshot, channel, refId } = target;
      if (queryType === 'annotations') return from(this.annotationFrames(target, request));
      if (queryType === 'snapshot') return of({ key: refId, data: (snapshot ?? []).map((frame) => ({ ...dataFrameFromJSON(frame), refId })) });
      if (queryType === 'measurements') {
        const addr = parseLiveChannelAddress(channel);
        return addr ? getGrafanaLiveSrv().getDataStream({ addr, key: `${request.requestId}-${refId}` }) : of({ key: refId, data: [] });
      }
      return super.query({ ...request, targets: [{ ...target, queryType: queryType ?? 'randomWalk' }] }).pipe(map((answer) => ({ ...answer, key: refId })));
    });
    return answers.length === 0 ? of({ data: [] }) : merge(...answers);
  }

  private async annotationFrames(target: GrafanaQuery, request: DataQueryRequest): Promise<DataQueryResponse> {
    const { limit = 100, matchAny, tags = [], type } = target;
    const params = type === 'dashboard' || tags.length === 0
      ? { dashboardUID: request.dashboardUID }
      : { tags: tags.flatMap((tag) => getTemplateSrv().replace(tag, request.scopedVars, (value: unknown) => [value].flat().join('\n')).split('\n')), ...(matchAny ? { matchAny } : {}) };
    if ('dashboardUID' in params && !params.dashboardUID) return { data: [] };
    const { from: start, to: end } = request.range;
    const found = await getBackendSrv().get<Record<string, unknown>[]>('/api/annotations', { from: start.valueOf(), to: end.valueOf(), limit, ...params });
    const frame = arrayToDataFrame(found);
    frame.meta = { ...frame.meta, dataTopic: DataTopic.Annotations };
    return { key: target.refId, data: found.length === 0 ? [] : [toDataFrame(frame)] };
  }
}

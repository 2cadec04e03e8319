/** Asks a data source and turns its packets into the state of a panel: loading, data so far, done, or an error in words. */
import {
  DataTopic, dateMath, isDataFrame, LoadingState, preProcessPanelData, rangeUtil, toDataFrame, type DataFrame, type DataQueryError, type DataQueryRequest, type DataQueryResponse,
  type DataSourceApi, type PanelData, type QueryRunner, type QueryRunnerOptions, type TimeRange,
} from '@grafana/data';
import { isExpressionReference, toDataQueryError } from '@grafana/runtime';
import { getDataSourceInstance } from '@grafana/runtime/unstable';
import { catchError, defer, from, isObservable, map, merge, type Observable, of, ReplaySubject, share, type Subscription, switchMap, takeUntil, timer } from 'rxjs';

/** An answer that takes longer shows that it is under way. */
const showLoadingMs = 200;

/** Emits at least once. A failure is a state with `errors`, never a failing stream; to unsubscribe cancels the requests under way. */
export function runRequest(dataSource: DataSourceApi, request: DataQueryRequest, query?: DataSourceApi['query']): Observable<PanelData> {
  const empty: PanelData = { state: LoadingState.Done, series: [], request, timeRange: request.range };
  if (request.targets.length === 0) {
    request.endTime = Date.now();
    return of(empty);
  }
  const packets = new Map<string, DataQueryResponse>();
  const answers = defer(() => asked(dataSource, request, query)).pipe(
    map((packet) => {
      packets.set(packet.key ?? 'A', packet);
      return panelDataOf([...packets.values()], packet, request);
    }),
    catchError((error: unknown) => {
      request.endTime = Date.now();
      return of({ ...empty, state: LoadingState.Error, errors: [toDataQueryError(error)], error: toDataQueryError(error) });
    }),
    share(),
  );
  return merge(timer(showLoadingMs).pipe(map((): PanelData => ({ ...empty, state: LoadingState.Loading })), takeUntil(answers)), answers);
}

function asked(dataSource: DataSourceApi, request: DataQueryRequest, query: DataSourceApi['query'] | undefined): Observable<DataQueryResponse> {
  const hasExpression = request.targets.some((target) => isExpressionReference(target.datasource));
  // A hidden query is still needed by the expressions over it; the server leaves its result out.
  const targets = request.targets.filter((target) => (hasExpression || target.hide !== true) && (isExpressionReference(target.datasource) || (dataSource.filterQuery?.(target) ?? true)));
  if (targets.length === 0) return of({ data: [] });
  const asking = { ...request, targets };
  if (hasExpression && !query) return from(getDataSourceInstance({ uid: '__expr__', type: '__expr__' })).pipe(switchMap((expressions) => streamOf(expressions.query(asking))));
  return streamOf(query ? query(asking) : dataSource.query(asking));
}

const streamOf = (answer: Promise<DataQueryResponse> | Observable<DataQueryResponse>) => (isObservable(answer) ? answer : from(answer));

function panelDataOf(packets: readonly DataQueryResponse[], last: DataQueryResponse, request: DataQueryRequest): PanelData {
  request.endTime = Date.now();
  const frames = packets.flatMap(({ data }) => (data ?? []) as DataFrame[]);
  const isAnnotation = (frame: DataFrame) => frame.meta?.dataTopic === DataTopic.Annotations;
  const errors: DataQueryError[] = packets.flatMap((packet) => packet.errors ?? (packet.error ? [packet.error] : []));
  const state = errors.length > 0 ? LoadingState.Error : (last.state ?? LoadingState.Done);
  return {
    state, request, series: frames.filter((frame) => !isAnnotation(frame)), annotations: frames.filter(isAnnotation).map((frame) => (isDataFrame(frame) ? frame : toDataFrame(frame))),
    timeRange: state === LoadingState.Streaming ? rangeNow(request.range) : request.range,
    ...(errors.length > 0 ? { errors, error: errors[0]! } : {}),
  };
}

/** A stream goes on; the range that it is drawn in moves along. */
function rangeNow(range: TimeRange): TimeRange {
  const { raw } = range;
  if (typeof raw.from !== 'string' || typeof raw.to !== 'string' || !raw.to.includes('now')) return range;
  return { raw, from: dateMath.toDateTime(raw.from, { roundUp: false }) ?? range.from, to: dateMath.toDateTime(raw.to, { roundUp: true }) ?? range.to };
}

/** Requests of two runners are told apart: one of the same id would take the other's place. */
let counter = 0;

/** The runner that `createQueryRunner` of @grafana/runtime gives to those that query without a scene. */
export function createQueryRunner(): QueryRunner {
  const results = new ReplaySubject<PanelData>(1);
  let running: Subscription | undefined;
  return {
    get: () => results,
    run(options: QueryRunnerOptions) {
      running?.unsubscribe();
      const { datasource, queries, timeRange, timezone, maxDataPoints, minInterval, app, cacheTimeout, queryCachingTTL, scopedVars = {} } = options;
      running = from(typeof datasource === 'object' && datasource !== null && 'query' in datasource ? Promise.resolve(datasource) : getDataSourceInstance(datasource)).pipe(
        switchMap((source) => {
          const { interval, intervalMs } = rangeUtil.calculateInterval(timeRange, maxDataPoints ?? 500, minInterval ?? source.interval);
          return runRequest(source, {
            app: app ?? 'unknown', requestId: `console-runner-${++counter}`, timezone: timezone ?? 'browser', range: timeRange, targets: queries, maxDataPoints: maxDataPoints ?? 500, interval, intervalMs,
            startTime: Date.now(), ...(cacheTimeout ? { cacheTimeout } : {}), ...(queryCachingTTL ? { queryCachingTTL } : {}),
            scopedVars: { ...scopedVars, __interval: { text: interval, value: interval }, __interval_ms: { text: String(intervalMs), value: intervalMs } },
          });
        }),
        catchError((error: unknown) => of<PanelData>({ state: LoadingState.Error, series: [], timeRange, errors: [toDataQueryError(error)] })),
      ).subscribe((data) => results.next(preProcessPanelData(data)));
    },
    cancel: () => running?.unsubscribe(),
    destroy: () => {
      running?.unsubscribe();
      results.complete();
    },
  };
}

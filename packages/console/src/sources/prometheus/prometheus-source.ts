/** Prometheus as the console asks it: queries through the server, names and values through its resources. */
import { FieldType, formatLabels, type AdHocVariableFilter, type AnnotationQuery, type DataFrame, type DataQuery, type DataQueryRequest, type DataQueryResponse, type DataSourceInstanceSettings, type MetricFindValue, type ScopedVars, type TimeRange } from '@grafana/data';
import { getTemplateSrv } from '@grafana/runtime';
import { lastValueFrom, map, of, type Observable } from 'rxjs';
import { PlainSource } from '../../host/special-sources.ts';
import { eventsOf } from './annotation-events.ts';
import { formatted, type PromFormat } from './results.ts';
import { variableQueryOf } from './variable-query.ts';

export interface PromQuery extends DataQuery {
  readonly expr: string;
  readonly range?: boolean;
  readonly instant?: boolean;
  readonly exemplar?: boolean;
  readonly format?: PromFormat;
  readonly legendFormat?: string;
  readonly interval?: string;
  readonly editorMode?: string;
}

interface StoredVariableQuery {
  readonly query?: string;
  readonly refId?: string;
}

/** A value within a PromQL string; one of several within a regular expression. */
const inString = (value: string) => value.replace(/\\/g, '\\\\').replace(/"/g, '\\"');
const inRegex = (value: string) => value.replace(/[$^*{}[\]'+?.()|\\]/g, '\\\\$&');

function promFormat(value: unknown, variable: { readonly multi?: boolean; readonly includeAll?: boolean }): string {
  if (Array.isArray(value)) return value.length === 1 ? inRegex(String(value[0])) : `(${value.map((one) => inRegex(String(one))).join('|')})`;
  return variable.multi || variable.includeAll ? inRegex(String(value)) : inString(String(value));
}

/** The server knows the step, so it fills these in. */
const ofServer = ['__interval', '__interval_ms', '__rate_interval', '__rate_interval_ms'];

/** The server's words for what people choose. */
const operatorNames: Readonly<Record<string, string>> = { '=': 'equals', '!=': 'not-equals', '=~': 'regex-match', '!~': 'regex-not-match', '=|': 'one-of', '!=|': 'not-one-of' };

const seconds = (range: TimeRange | undefined) => (range ? { start: String(Math.floor(range.from.valueOf() / 1000)), end: String(Math.ceil(range.to.valueOf() / 1000)) } : {});

export class PrometheusSource extends PlainSource {
  private readonly settings: DataSourceInstanceSettings;
  private range: TimeRange | undefined;
  private readonly answers = new Map<string, Promise<unknown>>();

  constructor(settings: DataSourceInstanceSettings) {
    super(settings);
    this.settings = settings;
    this.annotations = {
      prepareQuery: (annotation: AnnotationQuery) => {
        const { expr, step, target } = annotation as AnnotationQuery & { readonly expr?: string; readonly step?: string };
        const query = { ...(target as PromQuery | undefined), refId: target?.refId ?? 'Anno' } as PromQuery;
        return { ...query, expr: query.expr || expr || '', interval: query.interval ?? step ?? '60s', range: true, instant: false, exemplar: false };
      },
      processEvents: (annotation: AnnotationQuery, frames: DataFrame[]) => of(eventsOf(annotation as never, frames)),
    } as never;
  }

  override getDefaultQuery(): Partial<PromQuery> {
    return { expr: '', range: true, instant: false };
  }

  override filterQuery(query: DataQuery): boolean {
    return (query as PromQuery).hide !== true && Boolean((query as PromQuery).expr);
  }

  override query(request: DataQueryRequest): Observable<DataQueryResponse> {
    this.range = request.range;
    const formats = new Map(request.targets.map((target) => [target.refId, (target as PromQuery).format]));
    if (![...formats.values()].some((format) => format === 'table' || format === 'heatmap')) return super.query(request);
    return super.query(request).pipe(map((answer) => ({ ...answer, data: formatted(answer.data as DataFrame[], formats) })));
  }

  override applyTemplateVariables(query: DataQuery, scopedVars: ScopedVars, filters?: AdHocVariableFilter[]): DataQuery {
    const own = Object.fromEntries(Object.entries(scopedVars).filter(([name]) => !ofServer.includes(name)));
    const { expr, legendFormat, interval } = query as PromQuery;
    const templates = getTemplateSrv();
    return {
      ...query, expr: templates.replace(expr, own, promFormat as never), ...(legendFormat ? { legendFormat: templates.replace(legendFormat, own) } : {}), ...(interval ? { interval: templates.replace(interval, own) } : {}),
      ...(filters && filters.length > 0 ? { adhocFilters: filters.map(({ key, operator, value, values }) => ({ key, operator: operatorNames[operator] ?? operator, value, ...(values ? { values } : {}) })) } : {}),
    } as DataQuery;
  }

  override interpolateVariablesInQueries(queries: DataQuery[], scopedVars: ScopedVars, filters?: AdHocVariableFilter[]): DataQuery[] {
    return queries.map((query) => ({ ...this.applyTemplateVariables(query, scopedVars, filters), datasource: this.getRef() }));
  }

  /** Names and values change slowly: an answer is kept while the page is open. */
  private ask<T>(path: string, params: Record<string, string | readonly string[]>): Promise<T> {
    const key = `${path} ${JSON.stringify(params)}`;
    let answer = this.answers.get(key) as Promise<T> | undefined;
    if (!answer) {
      answer = this.getResource<{ data: T }>(`api/v1/${path}`, params).then(({ data }) => data);
      this.answers.set(key, answer);
      answer.catch(() => this.answers.delete(key));
    }
    return answer;
  }

  /** The range in steps of five minutes, so that asking again finds the answer that is there. */
  private near(range = this.range): Record<string, string> {
    const { start, end } = seconds(range);
    return start && end ? { start: String(Math.floor(Number(start) / 300) * 300), end: String(Math.ceil(Number(end) / 300) * 300) } : {};
  }

  metricNames(range?: TimeRange): Promise<string[]> {
    return this.ask('label/__name__/values', this.near(range));
  }

  labelNames(match: string, range?: TimeRange): Promise<string[]> {
    return this.ask('labels', { ...this.near(range), ...(match ? { 'match[]': match } : {}) });
  }

  labelValues(label: string, match: string, range?: TimeRange): Promise<string[]> {
    return this.ask(`label/${encodeURIComponent(label)}/values`, { ...this.near(range), ...(match ? { 'match[]': match } : {}) });
  }

  metadata(): Promise<Record<string, readonly { readonly type?: string; readonly help?: string }[]>> {
    return this.ask('metadata', {});
  }

  override async metricFindQuery(query: unknown, options?: { readonly scopedVars?: ScopedVars; readonly range?: TimeRange }): Promise<MetricFindValue[]> {
    const text = typeof query === 'string' ? query : ((query as StoredVariableQuery | undefined)?.query ?? '');
    if (text.trim() === '') return [];
    const asked = variableQueryOf(getTemplateSrv().replace(text, options?.scopedVars ?? {}, promFormat as never));
    const range = options?.range;
    const named = (values: readonly string[]) => values.map((value) => ({ text: value }));
    switch (asked.kind) {
      case 'label names':
        return named((await this.labelNames(asked.match, range)).filter((name) => name !== '__name__'));
      case 'label values':
        return named(await this.labelValues(asked.label, asked.match, range));
      case 'metrics': {
        const pattern = new RegExp(asked.pattern);
        return named((await this.metricNames(range)).filter((name) => pattern.test(name)));
      }
      case 'query result':
        return this.resultTexts(asked.expr, options);
      case 'series': {
        const series = await this.ask<readonly Record<string, string>[]>('series', { ...this.near(range), 'match[]': asked.match });
        return series.map(({ __name__ = '', ...labels }) => ({ text: `${__name__}${formatLabels(labels, '', true)}` }));
      }
    }
  }

  private async resultTexts(expr: string, options: { readonly scopedVars?: ScopedVars; readonly range?: TimeRange } | undefined): Promise<MetricFindValue[]> {
    const { data, errors } = await lastValueFrom(super.query({
      requestId: `variable-${this.uid}`, range: options?.range, targets: [{ refId: 'V', expr, instant: true, range: false } as DataQuery], scopedVars: options?.scopedVars ?? {}, intervalMs: 60_000, interval: '1m', maxDataPoints: 1_000, app: 'dashboard',
      timezone: 'browser', startTime: Date.now(),
    } as DataQueryRequest));
    if (errors?.[0]) throw new Error(errors[0].message ?? 'The query failed');
    return (data as DataFrame[]).flatMap((frame) => {
      const time = frame.fields.find(({ type }) => type === FieldType.time);
      return frame.fields.filter(({ type }) => type === FieldType.number).flatMap((field) => {
        const { __name__ = '', ...labels } = field.labels ?? {};
        return Array.from(field.values, (value, i) => ({ text: `${__name__}${Object.keys(labels).length > 0 ? formatLabels(labels, '', true) : ''} ${value} ${time?.values[i] ?? ''}`.trim() }));
      });
    });
  }

  override async getTagKeys({ timeRange }: { timeRange?: TimeRange } = {}): Promise<MetricFindValue[]> {
    return (await this.labelNames('', timeRange)).map((text) => ({ text }));
  }

  override async getTagValues({ key, timeRange }: { key: string; timeRange?: TimeRange }): Promise<MetricFindValue[]> {
    return (await this.labelValues(key, '', timeRange)).map((text) => ({ text }));
  }

  override getQueryDisplayText(query: DataQuery): string {
    return (query as PromQuery).expr ?? '';
  }

  /** Shown where an editor lists what a source is. */
  get httpMethod(): string {
    return String((this.settings.jsonData as { readonly httpMethod?: string }).httpMethod ?? 'POST');
  }
}

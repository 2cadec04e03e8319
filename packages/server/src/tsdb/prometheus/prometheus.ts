/** The Prometheus source (tsdb-backends §2): queries, resources, health. */
import { STATUS_CODES } from 'node:http';
import type {
  BackendPlugin, CallResourceRequest, CallResourceResponse, CheckHealthRequest, CheckHealthResult, DataQuery, DataResponse, DataSourceInstanceSettings, ErrorSource,
  QueryDataRequest,
} from '@belvedere/plugin-sdk';
import type { Frame } from '@belvedere/dataframe';
import { httpHeadersOf } from '../../plugins/client/forwarded-headers.ts';
import { eachOf } from '../../util/each-of.ts';
import { formatGoDuration } from '../../util/interval.ts';
import { isTimeout, networkErrorSource, type HttpClient, type UpstreamResponse } from '../http-client/http-client.ts';
import { httpOptionsOf } from '../http-client/http-options.ts';
import { createInstances } from '../http-client/instances.ts';
import { AddressError, cacheHeaders, callHeaders, problemText, requestFailure, targetUrl } from '../http-client/upstream-address.ts';
import type { BuiltInSourceDeps } from '../registry/built-in-sources.ts';
import { mergeExemplars } from './exemplars.ts';
import { applyFilters, FilterError } from './promql/filters.ts';
import { PromqlError } from './promql/expression.ts';
import { alignedRange, displayName, QueryModelError, readQuery, secondsText, type PrometheusQuery } from './query-model.ts';
import { AnswerReader, readAnswer, UnreadableAnswer } from './response-reader.ts';
import { suggestionsRequest } from './suggestions.ts';

interface Instance {
  readonly client: HttpClient;
  readonly url: string;
  readonly getOnly: boolean;
  readonly timeInterval: string;
  readonly queryTimeout: string;
  readonly customParameters: readonly (readonly [string, string])[];
}

type Forward = Readonly<Record<string, string>>;
type Params = readonly (readonly [string, string])[];

const parsedStatuses = (status: number) => (status >= 200 && status < 300) || status === 400 || status === 422 || status === 503;
const errorTextBytesMax = 1024;

export function createPrometheusPlugin({ http, dataProxy, userAgent, log }: BuiltInSourceDeps): BackendPlugin {
  const instances = createInstances<Instance>((settings) => ({
    client: http.create(httpOptionsOf(settings, dataProxy, userAgent)), url: settings.url, getOnly: textOf(settings, 'httpMethod').toUpperCase() === 'GET',
    timeInterval: textOf(settings, 'timeInterval'), queryTimeout: textOf(settings, 'queryTimeout'), customParameters: parameters(textOf(settings, 'customQueryParameters')),
  }));

  return {
    async queryData({ pluginContext, headers, queries, signal }: QueryDataRequest) {
      if (queries.length === 0) throw new Error('query contains no queries');
      const instance = await instances.get(pluginContext.dataSourceInstanceSettings);
      const forward = httpHeadersOf(headers);
      const fromAlert = headers['FromAlert'] === 'true';
      const responses = new Map<string, DataResponse>();
      await eachOf(queries, dataProxy.concurrentQueryCount, async (query) => {
        responses.set(query.refId, await answerQuery(instance, query, { forward, fromAlert, signal }));
      });
      return { responses };
    },

    async checkHealth({ pluginContext, headers, signal }: CheckHealthRequest): Promise<CheckHealthResult> {
      const instance = await instances.get(pluginContext.dataSourceInstanceSettings);
      const forward = httpHeadersOf(headers);
      const [problem, details] = await Promise.all([healthProblem(instance, forward, signal), buildInformation(instance, forward, signal)]);
      if (problem !== undefined) return { status: 'ERROR', message: `${problem} - There was an error returned querying the Prometheus API.` };
      return { status: 'OK', message: 'Successfully queried the Prometheus API.', ...(details && { details }) };
    },

    async callResource(request: CallResourceRequest): Promise<CallResourceResponse> {
      const instance = await instances.get(request.pluginContext.dataSourceInstanceSettings);
      const answer = await resource(instance, request);
      return { ...answer, headers: { ...answer.headers, ...cacheHeaders(request.headers) } };
    },

    dispose: () => instances.dispose(),
  };

  async function answerQuery(instance: Instance, query: DataQuery, call: { forward: Forward; fromAlert: boolean; signal: AbortSignal }): Promise<DataResponse> {
    let model: PrometheusQuery;
    try {
      const read = readQuery(query, { timeInterval: instance.timeInterval, fromAlert: call.fromAlert });
      model = { ...read, expr: applyFilters(read.expr, read.scopeFilters, read.adhocFilters, read.groupByKeys) };
    } catch (error) {
      if (error instanceof QueryModelError) return { error: error.message, errorSource: 'downstream', status: 500 };
      if (error instanceof PromqlError || error instanceof FilterError) return { error: error.message, errorSource: 'plugin', status: 500 };
      throw error;
    }
    const { start, end } = alignedRange(model);
    const range: Params = [['query', model.expr], ['start', secondsText(start)], ['end', secondsText(end)]];
    const timeout: Params = instance.queryTimeout === '' ? [] : [['timeout', instance.queryTimeout]];
    const ask = (path: string, params: Params) => askUpstream(instance, path, params, model, call);
    const [instant, ranged, exemplars] = await Promise.all([
      model.instant ? ask('api/v1/query', [['query', model.expr], ['time', secondsText(model.toMs / 1000)], ...timeout]) : undefined,
      model.range ? ask('api/v1/query_range', [...range, ['step', secondsText(model.stepMs / 1000)], ...timeout]) : undefined,
      model.exemplar ? ask('api/v1/query_exemplars', range) : undefined,
    ]);
    if (exemplars?.error !== undefined) log.warn('Exemplar query failed', { error: exemplars.error, refId: model.refId });
    const parts = [instant, ranged].filter((part) => part !== undefined);
    const errors = parts.filter((part) => part.error !== undefined);
    const frames = [...parts.flatMap((part) => part.frames ?? []), ...(exemplars ? exemplarFrames(exemplars, model) : [])];
    if (errors.length === 0) return { status: 200, frames };
    return { error: errors.map(({ error }) => error).join(' '), status: errors[0]!.status, errorSource: errors[0]!.errorSource, frames };
  }

  async function askUpstream(instance: Instance, path: string, params: Params, model: PrometheusQuery, call: { forward: Forward; signal: AbortSignal }): Promise<DataResponse> {
    let response: UpstreamResponse;
    const reader = new AnswerReader();
    try {
      response = await send(instance, path, params, call);
      if (!parsedStatuses(response.status)) {
        const text = (await response.bytes()).subarray(0, errorTextBytesMax).toString('utf8');
        return {
          error: `unexpected response with status code ${response.status}: ${text}`, status: 500, errorSource: 'downstream',
          frames: [{ name: '', refId: '', fields: [], meta: { executedQueryString: executedQuery(model) } }],
        };
      }
      await response.each((part) => reader.part(part));
    } catch (error) {
      if (call.signal.aborted) throw error;
      return { error: problemText(error), status: isTimeout(error) ? 504 : 502, errorSource: error instanceof AddressError ? 'downstream' : networkErrorSource(error), frames: [] };
    }
    try {
      const answer = reader.end();
      if (answer.error !== undefined) return failure(model, answer.error, response.status, 'downstream');
      const frames = answer.frames.length > 0 || model.exemplar ? answer.frames : [{ name: '', refId: '', fields: [] }];
      return { frames: finished(frames, model), status: 200 };
    } catch (error) {
      if (error instanceof UnreadableAnswer) return failure(model, error.message, response.status, 'downstream');
      throw error;
    }
  }
}

const executedQuery = (model: PrometheusQuery) => `Expr: ${model.expr}\nStep: ${formatGoDuration(model.stepMs)}`;

const failure = (model: PrometheusQuery, error: string, status: number, errorSource: ErrorSource): DataResponse => ({
  error, status, errorSource, frames: [{ name: '', refId: '', fields: [], meta: headMeta({ name: '', refId: '', fields: [] }, model) }],
});

function headMeta({ meta }: Frame, model: PrometheusQuery): Frame['meta'] {
  return { ...meta, custom: { ...(meta?.custom as object | undefined), calculatedMinStep: model.stepMs }, executedQueryString: executedQuery(model) };
}

/** Intervals, names and what was asked (tsdb-backends §2.7). */
function finished(frames: readonly Frame[], model: PrometheusQuery): Frame[] {
  const timeConfig = { interval: model.stepMs };
  return frames.map((frame, i) => {
    const meta = i === 0 ? headMeta(frame, model) : frame.meta;
    const [time, value, ...rest] = frame.fields;
    if (!time || !value) return { ...frame, ...(meta && { meta }) };
    const name = displayName(model.legendFormat, value.labels ?? {}, model.expr);
    const metric = value.labels?.['__name__'];
    return {
      ...frame, ...(meta && { meta }),
      fields: [
        { ...time, config: timeConfig },
        {
          ...value, ...(name !== undefined && { config: { displayNameFromDS: name } }),
          ...(metric !== undefined && metric !== '' && meta?.type !== 'heatmap-cells' && { name: metric }),
        },
        ...rest,
      ],
    };
  });
}

/** Of an exemplar request: one frame of all, or what a failure left behind. */
function exemplarFrames({ error, frames = [] }: DataResponse, model: PrometheusQuery): readonly Frame[] {
  if (error !== undefined) return frames.filter(({ meta }) => meta?.executedQueryString !== undefined && meta.custom === undefined);
  const merged = mergeExemplars(frames, model.stepMs);
  return merged ? [merged] : [];
}

/** A query: form or query string, as the source is set up. Errors say which request failed. */
async function send(instance: Instance, path: string, params: Params, { forward, signal }: { forward: Forward; signal: AbortSignal }): Promise<UpstreamResponse> {
  const method = instance.getOnly ? 'GET' : 'POST';
  let url = instance.url;
  try {
    const target = targetUrl(instance.url, path, instance.getOnly ? [...params, ...instance.customParameters] : instance.customParameters);
    url = target.origin + target.pathname;
    return await instance.client.fetch({
      method, url: target.href, signal, forward, repeatable: true,
      ...(instance.getOnly ? {} : { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams(params.map(([k, v]): [string, string] => [k, v])).toString() }),
    });
  } catch (error) {
    if (error instanceof AddressError && instance.url === '') throw error;
    throw requestFailure(error, `${method === 'GET' ? 'Get' : 'Post'} ${JSON.stringify(url)}`);
  }
}

/** Undefined: the source answers. */
async function healthProblem(instance: Instance, forward: Forward, signal: AbortSignal): Promise<string | undefined> {
  try {
    const response = await send(instance, 'api/v1/query', [['query', '1+1'], ['time', '4']], { forward, signal });
    const body = await response.bytes();
    if (response.status !== 200) return `${response.status} ${STATUS_CODES[response.status] ?? response.statusText}`.trim();
    return readAnswer(body).error;
  } catch (error) {
    if (signal.aborted) throw error;
    return error instanceof UnreadableAnswer ? error.message : problemText(error);
  }
}

async function buildInformation(instance: Instance, forward: Forward, signal: AbortSignal): Promise<Record<string, unknown> | undefined> {
  try {
    const response = await instance.client.fetch({ method: 'GET', url: targetUrl(instance.url, 'api/v1/status/buildinfo', instance.customParameters).href, signal, forward });
    if (response.status !== 200) {
      await response.bytes();
      return undefined;
    }
    const answer = JSON.parse(await response.text()) as { status?: unknown; data?: { features?: Record<string, unknown> } };
    if (answer.status !== 'success') return undefined;
    const mimir = Object.keys(answer.data?.features ?? {}).length > 0;
    return { application: mimir ? 'Mimir' : 'Prometheus', features: { rulerApiEnabled: mimir } };
  } catch {
    // Without this answer the details are left out, nothing more.
    return undefined;
  }
}

async function resource(instance: Instance, request: CallResourceRequest): Promise<CallResourceResponse> {
  const mark = request.url.indexOf('?');
  let { path, method, body } = request;
  let query: Params | URLSearchParams = new URLSearchParams(mark < 0 ? '' : request.url.slice(mark + 1));
  if (path.toLowerCase() === 'suggestions') {
    ({ path, query } = suggestionsRequest(body));
    method = 'GET';
    body = new Uint8Array();
  }
  if (method === 'POST' && instance.getOnly) return { status: 405, headers: {}, body: new Uint8Array() };
  const url = targetUrl(instance.url, encodeURI(path).replace(/[?#]/g, encodeURIComponent), [...query, ...instance.customParameters]);
  const headers = callHeaders(request.headers);
  if (method === 'POST') headers['Content-Type'] = 'application/x-www-form-urlencoded';
  const response = await instance.client.fetch({
    method, url: url.href, headers, signal: request.signal,
    ...(body.length > 0 && method !== 'GET' && method !== 'HEAD' && { body }),
  });
  const answered: Record<string, readonly string[]> = {};
  for (const [name, value] of Object.entries(response.headers)) if (value !== undefined && name !== 'content-length') answered[name] = [value].flat();
  return { status: response.status, headers: answered, body: response.status === 204 ? new Uint8Array() : await response.bytes() };
}

function textOf({ jsonData }: DataSourceInstanceSettings, key: string): string {
  const value = jsonData[key];
  return typeof value === 'string' ? value : '';
}

/** `a=b&c=d`; nothing of it where one escape is broken. */
function parameters(text: string): [string, string][] {
  return text === '' || /%(?![0-9a-fA-F]{2})/.test(text) || text.includes(';') ? [] : [...new URLSearchParams(text)];
}

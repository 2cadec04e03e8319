/** The Loki source (tsdb-backends §3): queries, resources, health. */
import type { BackendPlugin, CallResourceRequest, CallResourceResponse, CheckHealthResult, DataResponse, QueryDataRequest } from '@belvedere/plugin-sdk';
import { httpHeadersOf } from '../../plugins/client/forwarded-headers.ts';
import { eachOf } from '../../util/each-of.ts';
import { isObject, textOf } from '../../util/json-value.ts';
import { isTimeout, networkErrorSource, statusErrorSource, type HttpClient, type UpstreamResponse } from '../http-client/http-client.ts';
import { httpOptionsOf } from '../http-client/http-options.ts';
import { createInstances } from '../http-client/instances.ts';
import { AddressError, cacheHeaders, callHeaders, problemText, targetUrl } from '../http-client/upstream-address.ts';
import { filters } from '../prometheus/query-model.ts';
import { matchersOf } from '../prometheus/promql/filters.ts';
import { UnreadableAnswer } from '../prometheus/response-reader.ts';
import type { BuiltInSourceDeps } from '../registry/built-in-sources.ts';
import { withMatchers } from './logql-selectors.ts';
import { lokiFrames } from './loki-frames.ts';
import { readQuery, type LokiQuery } from './loki-query.ts';

interface Instance {
  readonly client: HttpClient;
  readonly url: string;
}

type Forward = Readonly<Record<string, string>>;

const root = 'loki/api/v1';
const parallelMax = 10;

export function createLokiPlugin({ http, dataProxy, userAgent, toggles, log }: BuiltInSourceDeps): BackendPlugin {
  const instances = createInstances<Instance>((settings) => ({ client: http.create(httpOptionsOf(settings, dataProxy, userAgent)), url: settings.url }));
  const dataplane = toggles.has('lokiLogsDataplane');
  const scopes = toggles.has('logQLScope');
  const atOnce = toggles.has('lokiRunQueriesInParallel') ? parallelMax : 1;

  return {
    async queryData({ pluginContext, headers, queries, signal }: QueryDataRequest) {
      // Compat: one query that cannot be read fails them all.
      const models = queries.map((query) => readQuery(query, { scopes }));
      const instance = await instances.get(pluginContext.dataSourceInstanceSettings);
      const forward = httpHeadersOf(headers);
      const responses = new Map<string, DataResponse>(queries.map(({ refId }) => [refId, {}]));
      await eachOf(models, atOnce, async (model) => {
        responses.set(model.refId, await answerQuery(instance, model, { forward, signal, dataplane }));
      });
      return { responses };
    },

    async checkHealth({ pluginContext, headers, signal }): Promise<CheckHealthResult> {
      const healthy: CheckHealthResult = { status: 'OK', message: 'Data source successfully connected.' };
      const problem: CheckHealthResult = { status: 'ERROR', message: 'Unable to connect with Loki. Please check the server logs for more details.' };
      const instance = await instances.get(pluginContext.dataSourceInstanceSettings);
      const { error, frames = [] } = await answerQuery(instance, healthQuery, { forward: httpHeadersOf(headers), signal, dataplane });
      const [frame] = frames;
      const value = frame?.fields[1]?.values;
      if (error === undefined && frames.length === 1 && frame?.fields.length === 2 && value?.length === 1 && value[0] === 2) return healthy;
      log.warn('Loki is not healthy', { error: error ?? 'an unexpected answer', source: pluginContext.dataSourceInstanceSettings?.uid });
      return problem;
    },

    async callResource(request) {
      const instance = await instances.get(request.pluginContext.dataSourceInstanceSettings);
      const answer = await resource(instance, request);
      return { ...answer, headers: { ...answer.headers, ...cacheHeaders(request.headers) } };
    },

    dispose: () => instances.dispose(),
  };
}

const healthQuery = readQuery(
  { refId: '__healthcheck__', queryType: 'instant', maxDataPoints: 1, intervalMs: 1000, timeRange: { from: 3000, to: 4000 }, json: { expr: 'vector(1)+vector(1)', queryType: 'instant' } }, { scopes: false });

async function answerQuery({ client, url }: Instance, query: LokiQuery, { forward, signal, dataplane }: { forward: Forward; signal: AbortSignal; dataplane: boolean }): Promise<DataResponse> {
  let response: UpstreamResponse;
  let body: Buffer;
  try {
    response = await client.fetch({ method: 'GET', url: targetUrl(url, `${root}/${query.path}`, query.params).href, headers: query.headers, forward, signal });
    body = await response.bytes();
  } catch (error) {
    if (signal.aborted) throw error;
    if (error instanceof AddressError) return { error: error.message, status: 500, errorSource: 'plugin' };
    return { error: problemText(error), status: isTimeout(error) ? 504 : 502, errorSource: networkErrorSource(error) };
  }
  const { status } = response;
  if (status < 200 || status >= 300) return { error: messageOf(body), status, errorSource: statusErrorSource(status) };
  try {
    const frames = lokiFrames(body, query, { dataplane });
    return { status, ...(frames && { frames }) };
  } catch (error) {
    if (error instanceof UnreadableAnswer) return { error: error.message, status: 500, errorSource: 'plugin' };
    throw error;
  }
}

/** What the upstream says of a failure: the `message` of a JSON answer, else the answer. */
function messageOf(body: Buffer): string {
  const text = body.toString('utf8');
  try {
    const answer: unknown = JSON.parse(text);
    if (isObject(answer) && textOf(answer['message']) !== '') return textOf(answer['message']);
  } catch {
    // Plain text, then.
  }
  return text;
}

async function resource({ client, url }: Instance, request: CallResourceRequest): Promise<CallResourceResponse> {
  const mark = request.url.indexOf('?');
  const { path, query } = request.path.toLowerCase() === 'suggestions'
    ? suggestions(request.body)
    : { path: encodeURI(request.path.replace(/^\/+/, '')).replace(/[?#]/g, encodeURIComponent), query: new URLSearchParams(mark < 0 ? '' : request.url.slice(mark + 1)) };
  if (path.split('/').includes('..')) throw new Error('the path leaves the API');
  const response = await client.fetch({ method: 'GET', url: targetUrl(url, `${root}/${path}`, query).href, headers: callHeaders(request.headers), signal: request.signal });
  const body = await response.bytes();
  const { status } = response;
  if (status >= 500) throw new Error(`Loki answered ${status}: ${messageOf(body).slice(0, 1024)}`);
  const encoding = response.headers['content-encoding'];
  const headers = { 'content-type': ['application/json'], ...(encoding !== undefined && { 'content-encoding': [encoding] }) };
  if (status < 200 || status >= 300) return { status, headers: { 'content-type': ['application/json'] }, body: Buffer.from(JSON.stringify({ message: messageOf(body) })) };
  return { status, headers, body: status === 204 ? new Uint8Array() : body };
}

/** Label names and values that fit a query and its scopes (tsdb-backends §3.5). Throws for a body that cannot be read. */
function suggestions(body: Uint8Array): { readonly path: string; readonly query: [string, string][] } {
  const model: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
  if (!isObject(model)) throw new Error('the body is not an object');
  const label = textOf(model['labelName']);
  const matchers = matchersOf(filters(model, 'scopes'), []);
  const query: [string, string][] = matchers.length > 0 ? [['query', withMatchers(textOf(model['query']), matchers)]] : [];
  for (const key of ['start', 'end'] as const) if (textOf(model[key]) !== '') query.push([key, textOf(model[key])]);
  return { path: label === '' ? 'labels' : `label/${encodeURIComponent(label)}/values`, query };
}

import type {
  CallResourceResponse, DataResponse, DataSourceInstanceSettings, ErrorSource, PluginContext, PluginUser, QueryDataResponse, StreamRequest,
} from '@belvedere/plugin-sdk';
import type { Logger } from '../../infra/log/log.ts';
import { namespaceOf } from '../../util/namespace.ts';
import { ApiError } from '../../web/errors.ts';
import type { Identity } from '../../web/identity.ts';
import { headerKey, headerText, hopByHopHeaders, keptCookies } from './forwarded-headers.ts';
import type { PluginEndpoint, PluginRequestMetrics } from './plugin-request-metrics.ts';
import {
  pluginErrors, type BackendRegistry, type CallOrigin, type PluginCatalog, type PluginClient, type PluginTarget, type RegisteredBackend,
} from './plugin-client.ts';

/** A signed-in person's token of their identity provider. */
export interface OAuthToken {
  readonly type: string;
  readonly accessToken: string;
  readonly idToken?: string;
}

/** What forwarding takes from the identity services. */
export interface ForwardedCredentials {
  /** Signed id token of the identity (`X-Grafana-Id`); undefined when there is none. */
  idToken(identity: Identity): Promise<string | undefined> | string | undefined;
  /** Refreshed where it is about to expire. */
  oauthToken(identity: Identity): Promise<OAuthToken | undefined>;
}

export interface ForwardingSettings {
  readonly loginCookieName: string;
  /** `[dataproxy] send_user_header` */
  readonly sendUserHeader: boolean;
  /** Headers that sign people in, lower-case: they never leave the server. */
  readonly signInHeaders: ReadonlySet<string>;
}

export interface PluginClientDeps {
  readonly catalog: PluginCatalog;
  readonly backends: BackendRegistry;
  readonly credentials: ForwardedCredentials;
  readonly settings: ForwardingSettings;
  /** plugins §21.2. The same object for every call. */
  readonly grafanaConfig: (pluginId: string) => Readonly<Record<string, string>>;
  readonly userAgent: string;
  readonly log: Logger;
  readonly metrics?: PluginRequestMetrics;
}

const tracingHeaders = [
  'X-Query-Group-Id', 'X-Panel-Id', 'X-Dashboard-Uid', 'X-Datasource-Uid', 'X-Grafana-From-Expr', 'X-Grafana-Org-Id', 'X-Panel-Plugin-Id', 'X-Dashboard-Title', 'X-Panel-Title',
];
const alertHeaders = ['X-Rule-Name', 'X-Rule-Uid', 'X-Rule-Folder', 'X-Rule-Source', 'X-Rule-Type', 'X-Rule-Version', 'FromAlert'];

export function createPluginClient({ catalog, backends, credentials, settings, grafanaConfig, userAgent, log, metrics }: PluginClientDeps): PluginClient {
  async function backendOf(pluginId: string): Promise<{ id: string; version: string; backend: RegisteredBackend | undefined }> {
    const plugin = catalog.find(pluginId);
    const id = plugin?.id ?? pluginId;
    const backend = await backends.find(id).catch((error: unknown) => {
      log.error('A plugin back end cannot be made', { pluginId: id, error });
      return undefined;
    });
    if (!backend && !plugin) throw pluginErrors.notRegistered();
    return { id, version: plugin?.version ?? '', backend };
  }

  const context = (target: PluginTarget, id: string, version: string, identity: Identity | undefined): PluginContext => ({
    orgId: target.orgId, pluginId: id, pluginVersion: version, apiVersion: '', namespace: namespaceOf(target.orgId), userAgent, grafanaConfig: grafanaConfig(id),
    ...(identity && identity.kind !== 'nobody' && { user: userOf(identity) }),
    ...(target.dataSource && { dataSourceInstanceSettings: target.dataSource }),
    ...(target.app && { appInstanceSettings: target.app }),
  });

  /** The middlewares of plugins §22 that set headers, for calls whose headers begin empty: `set` takes canonical names. */
  async function forward(origin: CallOrigin, dataSource: DataSourceInstanceSettings | undefined, set: (name: string, value: string) => void, sort: 'query' | 'health' | 'stream' | 'resource'): Promise<void> {
    const { identity, headers, ownHeaders } = origin;
    if (headers && sort !== 'resource') copy(headers, tracingHeaders, set);
    if (headers && dataSource && sort !== 'stream') {
      if (dataSource.jsonData['oauthPassThru'] === true && identity) await setOAuth(identity, set);
      const cookies = keptCookies(headers.cookie, dataSource.jsonData['keepCookies'], settings.loginCookieName);
      if (cookies !== '') set('Cookie', cookies);
    }
    const idToken = identity && (await credentials.idToken(identity));
    if (idToken) set('X-Grafana-Id', idToken);
    if (headers && sort === 'query') copy(headers, alertHeaders, set);
    if (settings.sendUserHeader && headers && identity && identity.kind !== 'anonymous' && identity.login !== '') set('X-Grafana-User', identity.login);
    for (const [name, value] of Object.entries(ownHeaders ?? {})) set(name, value);
  }

  async function setOAuth(identity: Identity, set: (name: string, value: string) => void): Promise<void> {
    const token = await credentials.oauthToken(identity);
    if (!token) return;
    set('Authorization', `${token.type} ${token.accessToken}`);
    if (token.idToken) set('X-Id-Token', token.idToken);
  }

  async function headerMap(origin: CallOrigin, dataSource: DataSourceInstanceSettings | undefined, sort: 'query' | 'health' | 'stream'): Promise<Record<string, string>> {
    const map: Record<string, string> = {};
    await forward(origin, dataSource, (name, value) => {
      map[headerKey(name)] = value;
    }, sort);
    return map;
  }

  interface Called {
    readonly id: string;
    readonly version: string;
    readonly endpoint: PluginEndpoint;
    readonly inProcess: boolean;
    readonly size?: number;
  }

  async function call<T>({ id, version, endpoint, inProcess, size }: Called, signal: AbortSignal | undefined, work: () => Promise<T>, wrap: (cause: unknown) => ApiError, sourceOf?: (answer: T) => ErrorSource | undefined): Promise<T> {
    const startedAt = performance.now();
    const done = (status: 'ok' | 'cancelled' | 'error', statusSource: ErrorSource, connectionUnavailable = false) =>
      metrics?.called({ pluginId: id, version, inProcess, endpoint, status, statusSource, connectionUnavailable, seconds: (performance.now() - startedAt) / 1000, ...(size !== undefined && { size }) });
    try {
      const answer = await work();
      const failedBy = sourceOf?.(answer);
      done(failedBy === undefined ? 'ok' : 'error', failedBy ?? 'plugin');
      return answer;
    } catch (error) {
      if (signal?.aborted) {
        done('cancelled', 'plugin');
        throw pluginErrors.requestCanceled({ cause: error });
      }
      done('error', 'plugin', error instanceof ApiError && error.messageId === 'plugin.connectionUnavailable');
      if (error instanceof ApiError) throw error;
      log.error('Plugin request failed', { pluginId: id, endpoint, error });
      throw wrap(error);
    }
  }

  const failed = (cause: unknown) => pluginErrors.requestFailure({ cause });

  async function streamCall(target: PluginTarget, origin: CallOrigin, stream: { path: string; data: Uint8Array }, signal: AbortSignal) {
    const { id, version, backend } = await backendOf(target.pluginId);
    if (!backend) throw pluginErrors.unavailable();
    const request: StreamRequest = {
      pluginContext: context(target, id, version, origin.identity), path: stream.path, data: stream.data, headers: await headerMap(origin, target.dataSource, 'stream'), signal,
    };
    return { called: { id, version, inProcess: backend.inProcess }, plugin: backend.plugin, request };
  }

  return {
    async queryData(target, origin, queries, signal) {
      const { id, version, backend } = await backendOf(target.pluginId);
      if (!backend) throw pluginErrors.unavailable();
      const { plugin, inProcess } = backend;
      if (!plugin.queryData) throw pluginErrors.notImplemented();
      const headers = await headerMap(origin, target.dataSource, 'query');
      const pluginContext = context(target, id, version, origin.identity);
      const answer = await call({ id, version, inProcess, endpoint: 'queryData' }, signal, () => plugin.queryData!({ pluginContext, headers, queries, signal }), failed, failedBy);
      return completed(answer, inProcess);
    },

    async checkHealth(target, origin, signal) {
      const { id, version, backend } = await backendOf(target.pluginId);
      if (!backend) throw pluginErrors.unavailable();
      const { plugin, inProcess } = backend;
      if (!plugin.checkHealth) throw pluginErrors.notImplemented();
      const headers = await headerMap(origin, target.dataSource, 'health');
      const pluginContext = context(target, id, version, origin.identity);
      return call({ id, version, inProcess, endpoint: 'checkHealth' }, signal, () => plugin.checkHealth!({ pluginContext, headers, signal }), (cause) => pluginErrors.healthCheck({ cause }));
    },

    async callResource(target, origin, { path, method, url, headers, body }, signal) {
      const { id, version, backend } = await backendOf(target.pluginId);
      // Compat: a plugin without a back end or without resources fails like one that threw.
      if (!backend?.plugin.callResource) throw pluginErrors.requestFailure();
      const { plugin, inProcess } = backend;
      const sent: Record<string, readonly string[]> = {};
      for (const [name, values] of Object.entries(headers)) {
        const key = name.toLowerCase();
        if (key === 'cookie' || settings.signInHeaders.has(key)) continue;
        sent[name] = values;
      }
      await forward(origin, target.dataSource, (name, value) => {
        sent[name] = [value];
      }, 'resource');
      const pluginContext = context(target, id, version, origin.identity);
      return cleaned(await call({ id, version, inProcess, endpoint: 'callResource', size: body.length }, signal, () => plugin.callResource!({ pluginContext, path, method, url, headers: sent, body, signal }), failed));
    },

    async collectMetrics(pluginId) {
      const { id, version, backend } = await backendOf(pluginId);
      if (!backend) throw pluginErrors.requestFailure();
      const { plugin, inProcess } = backend;
      if (!plugin.collectMetrics) return { prometheusMetrics: new Uint8Array() };
      return call({ id, version, inProcess, endpoint: 'collectMetrics' }, undefined, () => plugin.collectMetrics!(), failed);
    },

    async subscribeStream(target, origin, stream, signal) {
      const { called, plugin, request } = await streamCall(target, origin, stream, signal);
      if (!plugin.subscribeStream) return { status: 'NOT_FOUND' };
      return call({ ...called, endpoint: 'subscribeStream' }, signal, () => plugin.subscribeStream!(request), failed);
    },
    async publishStream(target, origin, stream, signal) {
      const { called, plugin, request } = await streamCall(target, origin, stream, signal);
      if (!plugin.publishStream) return { status: 'PERMISSION_DENIED' };
      return call({ ...called, endpoint: 'publishStream' }, signal, () => plugin.publishStream!(request), failed);
    },
    async runStream(target, origin, stream, sender, signal) {
      const { called, plugin, request } = await streamCall(target, origin, stream, signal);
      if (!plugin.runStream) throw pluginErrors.notImplemented();
      await call({ ...called, endpoint: 'runStream' }, signal, () => plugin.runStream!(request, sender), failed);
    },
  };
}

function copy(headers: NonNullable<CallOrigin['headers']>, names: readonly string[], set: (name: string, value: string) => void): void {
  for (const name of names) {
    const value = headers[name.toLowerCase()];
    if (typeof value === 'string' && value !== '') set(name, headerText(value));
  }
}

const userOf = ({ login, name, email, orgRole }: Identity): PluginUser => ({ login, name: name || login, email, role: orgRole });

/** Whose fault a query answer's errors are: downstream only if none of them is the plugin's. Undefined: there are none. */
function failedBy({ responses }: QueryDataResponse): ErrorSource | undefined {
  let source: ErrorSource | undefined;
  for (const { error, errorSource } of responses.values()) {
    if (error === undefined || error === '') continue;
    if (errorSource !== 'downstream') return 'plugin';
    source = 'downstream';
  }
  return source;
}

/** Fills in what a back end left open: source and status of errors, and 200 for success (queries-and-frames §10.4). */
function completed(answer: QueryDataResponse, inProcess: boolean): QueryDataResponse {
  const responses = new Map<string, DataResponse>();
  for (const [refId, response] of answer.responses) responses.set(refId, completedResponse(response, inProcess));
  return { responses };
}

function completedResponse(response: DataResponse, inProcess: boolean): DataResponse {
  const { error, status, errorSource } = response;
  const known = status !== undefined && status >= 100 && status <= 599;
  if (error === undefined || error === '') {
    if (known) return response;
    return { ...response, status: inProcess ? 200 : 500 };
  }
  if (known && errorSource) return response;
  return { ...response, status: known ? status : 500, errorSource: errorSource ?? 'plugin' };
}

/** Answer headers that a resource may not set; several values of one name are kept. */
function cleaned(response: CallResourceResponse): CallResourceResponse {
  const headers: Record<string, readonly string[]> = {};
  for (const [name, values] of Object.entries(response.headers)) {
    const key = name.toLowerCase();
    if (!hopByHopHeaders.has(key) && key !== 'set-cookie' && key !== 'content-security-policy' && key !== 'x-frame-options') headers[key] = values;
  }
  headers['content-security-policy'] = ['sandbox'];
  if (!headers['content-type'] && response.status !== 204 && response.status !== 304) headers['content-type'] = ['application/json'];
  return { ...response, headers };
}

/**
 * Calls on plugins (plugins §20–§22): whoever wants something of a plugin back end says which one, for whom and from which
 * request, and the same middlewares run before a built-in source, a TypeScript plugin and a Go plugin.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type {
  AppInstanceSettings, BackendPlugin, CallResourceResponse, CheckHealthResult, CollectMetricsResult, DataQuery, DataSourceInstanceSettings,
  PublishStreamResult, QueryDataResponse, StreamSender, SubscribeStreamResult,
} from '@belvedere/plugin-sdk';
import { defineErrors } from '../../web/errors.ts';
import type { Identity } from '../../web/identity.ts';

/** One entry of `routes` in plugin.json: how the proxies rewrite a request (plugins §9). */
export interface PluginRoute {
  readonly path: string;
  readonly method?: string;
  readonly reqRole?: string;
  readonly reqAction?: string;
  readonly url?: string;
  readonly urlParams?: readonly { readonly name: string; readonly content: string }[];
  readonly headers?: readonly { readonly name: string; readonly content: string }[];
  readonly authType?: string;
  readonly tokenAuth?: PluginTokenAuth;
  readonly jwtTokenAuth?: PluginTokenAuth;
  readonly body?: unknown;
}

export interface PluginTokenAuth {
  readonly url?: string;
  readonly scopes?: readonly string[];
  readonly params?: Readonly<Record<string, string>>;
}

/** What callers of a plugin need to know of it, without reaching into the plugin host. */
export interface PluginSummary {
  /** Canonical id. */
  readonly id: string;
  readonly type: 'datasource' | 'app' | 'panel' | 'renderer' | 'secretsmanager';
  readonly name: string;
  readonly version: string;
  /** `logos.small` as the API shows it. */
  readonly logoUrl: string;
  /** Whether plugin.json declares a back end. */
  readonly backend: boolean;
  readonly routes: readonly PluginRoute[];
}

/** All plugins that this server knows: built-in ones and those of the plugin folders. */
export interface PluginCatalog {
  /** By id or alias id; undefined when there is no such plugin. */
  find(idOrAlias: string): PluginSummary | undefined;
}

/** A back end and how it is reached. `inProcess` ones share our HTTP client, external ones have a process or worker of their own. */
export interface RegisteredBackend {
  readonly plugin: BackendPlugin;
  readonly inProcess: boolean;
}

/**
 * Where back ends are found. Built-in sources are made on first use; external ones are put in by the plugin host when their process
 * is up, replaced when it was restarted, and removed when it is gone for good.
 */
export interface BackendRegistry {
  /** Undefined: nothing is registered under this id. Rejects when a built-in source cannot be made. */
  find(pluginId: string): Promise<RegisteredBackend | undefined>;
  /** Adds or replaces. */
  register(pluginId: string, backend: BackendPlugin, options?: { readonly inProcess?: boolean }): void;
  unregister(pluginId: string): void;
  /** Ids with a back end, for listings. */
  ids(): readonly string[];
}

/** Whose behalf, and which HTTP request it came from. Alert rules and other callers inside the server give neither headers nor, mostly, an identity. */
export interface CallOrigin {
  readonly identity?: Identity;
  /** Of the incoming request; absent when there is none, and then nothing of it can be forwarded. */
  readonly headers?: IncomingHttpHeaders;
  /** Headers that the server itself sends along with queries: `FromAlert`, `X-Rule-Uid` … */
  readonly ownHeaders?: Readonly<Record<string, string>>;
}

export interface PluginTarget {
  /** Canonical id or an alias. */
  readonly pluginId: string;
  readonly orgId: number;
  readonly dataSource?: DataSourceInstanceSettings;
  readonly app?: AppInstanceSettings;
}

export interface ResourceCall {
  /** Decoded, without leading slash. */
  readonly path: string;
  readonly method: string;
  /** Path re-encoded, with query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: Uint8Array;
}

/** Throws members of `pluginErrors`; what a back end threw is their `cause` and goes to the log only. */
export interface PluginClient {
  queryData(target: PluginTarget, origin: CallOrigin, queries: readonly DataQuery[], signal: AbortSignal): Promise<QueryDataResponse>;
  checkHealth(target: PluginTarget, origin: CallOrigin, signal: AbortSignal): Promise<CheckHealthResult>;
  /** Request headers are scrubbed here; the caller adds only `X-Forwarded-For` and `X-Grafana-Referer` (see `resourceHeaders`). */
  callResource(target: PluginTarget, origin: CallOrigin, call: ResourceCall, signal: AbortSignal): Promise<CallResourceResponse>;
  /** Empty where the plugin has none. */
  collectMetrics(pluginId: string): Promise<CollectMetricsResult>;
  subscribeStream(target: PluginTarget, origin: CallOrigin, stream: { readonly path: string; readonly data: Uint8Array }, signal: AbortSignal): Promise<SubscribeStreamResult>;
  publishStream(target: PluginTarget, origin: CallOrigin, stream: { readonly path: string; readonly data: Uint8Array }, signal: AbortSignal): Promise<PublishStreamResult>;
  runStream(target: PluginTarget, origin: CallOrigin, stream: { readonly path: string; readonly data: Uint8Array }, sender: StreamSender, signal: AbortSignal): Promise<void>;
}

/** Plugins §20.4. */
export const pluginErrors = defineErrors('plugin', {
  notRegistered: [404, 'Plugin not registered', 'plugin.notRegistered'],
  unavailable: [500, 'Plugin unavailable', 'plugin.unavailable'],
  notImplemented: [404, 'Method not implemented', 'plugin.notImplemented'],
  connectionUnavailable: [500, 'Data source became unavailable during request. Please try again.', 'plugin.connectionUnavailable'],
  resourceExhausted: [
    500, 'The response is too large. Please try to reduce the time range or narrow down your query to return fewer data points.', 'plugin.resourceExhausted',
  ],
  requestCanceled: [499, 'Plugin request canceled', 'plugin.requestCanceled'],
  healthCheck: [500, 'Plugin health check failed', 'plugin.healthCheck'],
  missingWrite: [500, 'InternalError', 'web.missingWrite'],
  requestFailure: [500, 'An error occurred within the plugin', 'plugin.requestFailureError'],
});

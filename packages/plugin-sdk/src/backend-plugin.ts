import type { Frame } from '@belvedere/dataframe';

/** User on whose behalf a call is made; absent for alert rules and other server-side callers. */
export interface PluginUser {
  readonly login: string;
  readonly name: string;
  readonly email: string;
  /** `Viewer`, `Editor`, `Admin`, `None`. */
  readonly role: string;
}

export interface DataSourceInstanceSettings {
  readonly id: number;
  readonly uid: string;
  readonly type: string;
  readonly name: string;
  readonly url: string;
  readonly user: string;
  readonly database: string;
  readonly basicAuthEnabled: boolean;
  readonly basicAuthUser: string;
  readonly jsonData: Readonly<Record<string, unknown>>;
  readonly decryptedSecureJsonData: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch: an instance is made anew when it changes. */
  readonly updated: number;
  readonly apiVersion: string;
}

export interface AppInstanceSettings {
  readonly jsonData: Readonly<Record<string, unknown>>;
  readonly decryptedSecureJsonData: Readonly<Record<string, string>>;
  readonly updated: number;
  readonly apiVersion: string;
}

export interface PluginContext {
  readonly orgId: number;
  readonly pluginId: string;
  readonly pluginVersion: string;
  readonly apiVersion: string;
  readonly namespace: string;
  readonly user?: PluginUser;
  readonly appInstanceSettings?: AppInstanceSettings;
  readonly dataSourceInstanceSettings?: DataSourceInstanceSettings;
  /** The host's configuration map (plugins §21.2). */
  readonly grafanaConfig: Readonly<Record<string, string>>;
  readonly userAgent: string;
}

export interface TimeRange {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
}

export interface DataQuery {
  readonly refId: string;
  readonly queryType: string;
  readonly maxDataPoints: number;
  /** Milliseconds. */
  readonly intervalMs: number;
  readonly timeRange: TimeRange;
  /** The query model as the client sent it. */
  readonly json: Readonly<Record<string, unknown>>;
}

export interface QueryDataRequest {
  readonly pluginContext: PluginContext;
  readonly headers: Readonly<Record<string, string>>;
  readonly queries: readonly DataQuery[];
  readonly signal: AbortSignal;
}

export type ErrorSource = 'plugin' | 'downstream';

/** The answer to one refId. */
export interface DataResponse {
  /** Absent where the source answered without any (the answer then has no `frames` at all); an empty list is written as one. */
  readonly frames?: readonly Frame[];
  readonly error?: string;
  /** HTTP status of the error; 200 for success. */
  readonly status?: number;
  readonly errorSource?: ErrorSource;
}

export interface QueryDataResponse {
  readonly responses: ReadonlyMap<string, DataResponse>;
}

export interface CheckHealthRequest {
  readonly pluginContext: PluginContext;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export interface CheckHealthResult {
  readonly status: 'OK' | 'ERROR' | 'UNKNOWN';
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface CallResourceRequest {
  readonly pluginContext: PluginContext;
  /** Path below `resources/`, without a leading slash and without query. */
  readonly path: string;
  readonly method: string;
  /** Path and query as the client sent them. */
  readonly url: string;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: Uint8Array;
  readonly signal: AbortSignal;
}

/** The first part carries status and headers, later ones only body. */
export interface CallResourceResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
}

export interface CollectMetricsResult {
  /** Prometheus text exposition. */
  readonly prometheusMetrics: Uint8Array;
}

export interface StreamRequest {
  readonly pluginContext: PluginContext;
  readonly path: string;
  /** JSON that the subscriber sent along. */
  readonly data: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export type StreamStatus = 'OK' | 'NOT_FOUND' | 'PERMISSION_DENIED';

export interface SubscribeStreamResult {
  readonly status: StreamStatus;
  /** Sent to the subscriber first: a frame (schema, schema and data) or JSON. */
  readonly initialData?: Uint8Array;
}

export interface PublishStreamResult {
  readonly status: StreamStatus;
  /** JSON to publish; absent: nothing. */
  readonly data?: Uint8Array;
}

/** Where `runStream` puts what it has: JSON bytes of one packet (a frame's JSON, usually). */
export interface StreamSender {
  send(json: Uint8Array): void | Promise<void>;
}

/** A defect of the plugin: ends the whole request, not only the query at fault. The host does not show its text. */
export class PluginPanic extends Error {
  override readonly name = 'PluginPanic';
}

/** The one interface of built-in sources, TypeScript plugins and Go plugins. Whatever a plugin lacks it leaves out. */
export interface BackendPlugin {
  queryData?(request: QueryDataRequest): Promise<QueryDataResponse>;
  checkHealth?(request: CheckHealthRequest): Promise<CheckHealthResult>;
  callResource?(request: CallResourceRequest): Promise<CallResourceResponse>;
  collectMetrics?(): Promise<CollectMetricsResult>;
  subscribeStream?(request: StreamRequest): Promise<SubscribeStreamResult>;
  publishStream?(request: StreamRequest): Promise<PublishStreamResult>;
  /** Runs until the signal aborts or there is nothing more to send. */
  runStream?(request: StreamRequest, sender: StreamSender): Promise<void>;
  dispose?(): Promise<void> | void;
}

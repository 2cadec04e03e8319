/** The messages of the plugin protocol (plugins §17.4, §18). */
import type { FieldType, MessageTable } from './protobuf-message.ts';

const field = (number: number, type: FieldType) => ({ number, type });
const always = (number: number, type: FieldType) => ({ number, type, always: true });
const repeated = (number: number, type: FieldType) => ({ number, type, repeated: true });
const message = (table: MessageTable): FieldType => ({ message: table });
const texts: FieldType = { mapOf: 'string' };

const AppInstanceSettings: MessageTable = {
  jsonData: field(3, 'bytes'), decryptedSecureJsonData: field(4, texts), lastUpdatedMS: field(5, 'int64'), apiVersion: field(6, 'string'),
};
const DataSourceInstanceSettings: MessageTable = {
  id: field(1, 'int64'), name: field(2, 'string'), url: field(3, 'string'), user: field(4, 'string'), database: field(5, 'string'), basicAuthEnabled: field(6, 'bool'),
  basicAuthUser: field(7, 'string'), jsonData: field(8, 'bytes'), decryptedSecureJsonData: field(9, texts), lastUpdatedMS: field(10, 'int64'), uid: field(11, 'string'),
  apiVersion: field(12, 'string'),
};
const User: MessageTable = { login: field(1, 'string'), name: field(2, 'string'), email: field(3, 'string'), role: field(4, 'string') };
const PluginContext: MessageTable = {
  orgId: field(1, 'int64'), pluginId: field(2, 'string'), user: field(3, message(User)), appInstanceSettings: field(4, message(AppInstanceSettings)),
  dataSourceInstanceSettings: field(5, message(DataSourceInstanceSettings)), grafanaConfig: field(6, texts), pluginVersion: field(7, 'string'), userAgent: field(8, 'string'),
  apiVersion: field(9, 'string'), namespace: field(10, 'string'),
};
// Go plugins read these without looking whether they are there.
const context = always(1, message(PluginContext));

export const StringList: MessageTable = { values: repeated(1, 'string') };
const headerLists: FieldType = { mapOf: message(StringList) as { message: MessageTable } };

export const CallResourceRequest: MessageTable = {
  pluginContext: context, path: field(2, 'string'), method: field(3, 'string'), url: field(4, 'string'), headers: field(5, headerLists), body: field(6, 'bytes'),
};
export const CallResourceResponse: MessageTable = { code: field(1, 'int32'), headers: field(2, headerLists), body: field(3, 'bytes') };

const TimeRange: MessageTable = { fromEpochMS: field(1, 'int64'), toEpochMS: field(2, 'int64') };
const DataQuery: MessageTable = {
  refId: field(1, 'string'), maxDataPoints: field(2, 'int64'), intervalMS: field(3, 'int64'), timeRange: always(4, message(TimeRange)), json: field(5, 'bytes'), queryType: field(6, 'string'),
};
export const QueryDataRequest: MessageTable = { pluginContext: context, headers: field(2, texts), queries: repeated(3, message(DataQuery)) };
const DataResponse: MessageTable = { frames: repeated(1, 'bytes'), error: field(2, 'string'), status: field(4, 'int32'), errorSource: field(5, 'string') };
export const QueryDataResponse: MessageTable = { responses: field(1, { mapOf: message(DataResponse) as { message: MessageTable } }) };

export const CheckHealthRequest: MessageTable = { pluginContext: context, headers: field(2, texts) };
export const CheckHealthResponse: MessageTable = { status: field(1, 'enum'), message: field(2, 'string'), jsonDetails: field(3, 'bytes') };
export const CollectMetricsRequest: MessageTable = { pluginContext: context };
export const CollectMetricsResponse: MessageTable = { metrics: field(1, message({ prometheus: field(1, 'bytes') })) };

export const StreamRequest: MessageTable = { pluginContext: context, path: field(2, 'string'), data: field(3, 'bytes'), headers: field(4, texts) };
export const StreamStatusResponse: MessageTable = { status: field(1, 'enum'), data: field(2, 'bytes') };
export const StreamPacket: MessageTable = { data: field(1, 'bytes') };

export const Empty: MessageTable = {};
export const StdioData: MessageTable = { channel: field(1, 'enum'), data: field(2, 'bytes') };

/** Method paths on the plugin's server. */
export const methods = {
  callResource: '/pluginv2.Resource/CallResource',
  queryData: '/pluginv2.Data/QueryData',
  checkHealth: '/pluginv2.Diagnostics/CheckHealth',
  collectMetrics: '/pluginv2.Diagnostics/CollectMetrics',
  subscribeStream: '/pluginv2.Stream/SubscribeStream',
  runStream: '/pluginv2.Stream/RunStream',
  publishStream: '/pluginv2.Stream/PublishStream',
  streamStdio: '/plugin.GRPCStdio/StreamStdio',
  shutdown: '/plugin.GRPCController/Shutdown',
  startBroker: '/plugin.GRPCBroker/StartStream',
  checkProbe: '/grpc.health.v1.Health/Check',
} as const;

/** `grpc.health.v1`: readiness of the process, not of a data source. */
export const ProbeRequest: MessageTable = { service: field(1, 'string') };
export const ProbeResponse: MessageTable = { status: field(1, 'enum') };

/** `google.rpc.Status` with the one detail that the host reads: on whose side a failed call went wrong (plugins §20.4). */
export const RpcStatus: MessageTable = { code: field(1, 'int32'), message: field(2, 'string'), details: repeated(3, message({ typeUrl: field(1, 'string'), value: field(2, 'bytes') })) };
export const ErrorInfo: MessageTable = { reason: field(1, 'string'), domain: field(2, 'string'), metadata: field(3, texts) };

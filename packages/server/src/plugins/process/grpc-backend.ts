/** A plugin behind gRPC, seen as any other back end (plugins §18, §20). */
import type { Client, ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import type {
  BackendPlugin, CallResourceResponse, DataResponse, PluginContext, PublishStreamResult, QueryDataResponse, StreamRequest, StreamStatus, SubscribeStreamResult,
} from '@belvedere/plugin-sdk';
import { ApiError } from '../../web/errors.ts';
import { pluginErrors } from '../client/plugin-client.ts';
import * as v2 from '@belvedere/plugin-sdk/protocol';
import { decodeMessage, encodeMessage, type MessageTable } from '@belvedere/plugin-sdk/protocol';

type Message = Record<string, unknown>;

const grpcStatus = { canceled: 1, resourceExhausted: 8, unimplemented: 12, unavailable: 14 } as const;
const isCode = (error: unknown, code: number) => error instanceof Error && (error as ServiceError).code === code;

export function createGrpcBackend(client: Client): BackendPlugin {
  function unary(path: string, request: MessageTable, response: MessageTable, values: Message, signal: AbortSignal | undefined): Promise<Message> {
    return new Promise((resolve, reject) => {
      const call = client.makeUnaryRequest(path, (m: Message) => encodeMessage(request, m), (b: Buffer) => decodeMessage(response, b), values, (error, value) => {
        signal?.removeEventListener('abort', cancel);
        if (error) reject(error);
        else resolve(value ?? {});
      });
      const cancel = () => call.cancel();
      if (signal?.aborted) cancel();
      else signal?.addEventListener('abort', cancel, { once: true });
    });
  }

  function streaming(path: string, request: MessageTable, response: MessageTable, values: Message, signal: AbortSignal): ClientReadableStream<Message> {
    const call = client.makeServerStreamRequest(path, (m: Message) => encodeMessage(request, m), (b: Buffer) => decodeMessage(response, b), values);
    const cancel = () => call.cancel();
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel, { once: true });
    call.once('close', () => signal.removeEventListener('abort', cancel));
    // Whoever reads hears of it; a call that nobody reads any more must not end the process.
    call.on('error', () => {});
    return call;
  }

  async function streamStatus(path: string, { pluginContext, path: channel, data, headers, signal }: StreamRequest) {
    const answer = await unary(path, v2.StreamRequest, v2.StreamStatusResponse, { pluginContext: contextOf(pluginContext), path: channel, data, headers }, signal);
    const status = (['OK', 'NOT_FOUND', 'PERMISSION_DENIED'] as const)[answer['status'] as number];
    // A number that the protocol does not know is handed on as no status; whoever asked takes it for a failure.
    return { status: status ?? ('UNKNOWN' as StreamStatus), data: answer['data'] as Buffer };
  }

  return {
    async queryData({ pluginContext, headers, queries, signal }): Promise<QueryDataResponse> {
      const sent = {
        pluginContext: contextOf(pluginContext), headers,
        queries: queries.map(({ refId, queryType, maxDataPoints, intervalMs, timeRange, json }) => ({
          refId, queryType, maxDataPoints, intervalMS: intervalMs, timeRange: { fromEpochMS: timeRange.from, toEpochMS: timeRange.to }, json: jsonBytes(json),
        })),
      };
      let answer: Message;
      try {
        answer = await unary(v2.methods.queryData, v2.QueryDataRequest, v2.QueryDataResponse, sent, signal);
      } catch (cause) {
        if (isCode(cause, grpcStatus.unimplemented)) throw pluginErrors.notImplemented({ cause });
        if (isCode(cause, grpcStatus.unavailable)) throw pluginErrors.connectionUnavailable({ cause });
        if (isCode(cause, grpcStatus.resourceExhausted)) throw pluginErrors.resourceExhausted({ cause });
        throw cause;
      }
      const { readArrowFrame } = await import('@belvedere/dataframe/arrow');
      const responses = new Map<string, DataResponse>();
      for (const [refId, response] of answer['responses'] as Map<string, Message>) {
        const frames = ((response['frames'] as Buffer[] | undefined) ?? []).map((bytes) => {
          const frame = readArrowFrame(bytes);
          return frame.refId === '' ? { ...frame, refId } : frame;
        });
        const error = response['error'] as string | undefined;
        const errorSource = response['errorSource'];
        responses.set(refId, {
          frames, status: (response['status'] as number | undefined) ?? 0,
          ...(error ? { error } : {}), ...(errorSource === 'plugin' || errorSource === 'downstream' ? { errorSource } : {}),
        });
      }
      return { responses };
    },

    async checkHealth({ pluginContext, headers, signal }) {
      let answer: Message;
      try {
        answer = await unary(v2.methods.checkHealth, v2.CheckHealthRequest, v2.CheckHealthResponse, { pluginContext: contextOf(pluginContext), headers }, signal);
      } catch (error) {
        if (isCode(error, grpcStatus.unimplemented)) return { status: 'UNKNOWN', message: 'Health check not implemented' };
        throw error;
      }
      const details = answer['jsonDetails'] as Buffer;
      return {
        status: (['UNKNOWN', 'OK', 'ERROR'] as const)[answer['status'] as number] ?? 'UNKNOWN', message: answer['message'] as string,
        ...(details.length > 0 ? { details: detailsOf(details) } : {}),
      };
    },

    async callResource({ pluginContext, path, method, url, headers, body, signal }): Promise<CallResourceResponse> {
      const lists = Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, { values }]));
      const call = streaming(v2.methods.callResource, v2.CallResourceRequest, v2.CallResourceResponse, { pluginContext: contextOf(pluginContext), path, method, url, headers: lists, body }, signal);
      const messages = call[Symbol.asyncIterator]() as AsyncIterator<Message>;
      const first = await messages.next();
      if (first.done) throw pluginErrors.missingWrite();
      const sentHeaders: Record<string, readonly string[]> = {};
      for (const [name, list] of first.value['headers'] as Map<string, Message>) sentHeaders[name] = (list['values'] as string[] | undefined) ?? [];
      return { status: first.value['code'] as number, headers: sentHeaders, body: bodies(first.value['body'] as Buffer, messages) };
    },

    async collectMetrics() {
      try {
        const answer = await unary(v2.methods.collectMetrics, v2.CollectMetricsRequest, v2.CollectMetricsResponse, {}, undefined);
        return { prometheusMetrics: ((answer['metrics'] as Message | undefined)?.['prometheus'] as Buffer | undefined) ?? new Uint8Array() };
      } catch (error) {
        if (isCode(error, grpcStatus.unimplemented)) return { prometheusMetrics: new Uint8Array() };
        throw error;
      }
    },

    async subscribeStream(request): Promise<SubscribeStreamResult> {
      const { status, data } = await streamStatus(v2.methods.subscribeStream, request);
      return { status, ...(data.length > 0 ? { initialData: data } : {}) };
    },

    async publishStream(request): Promise<PublishStreamResult> {
      const { status, data } = await streamStatus(v2.methods.publishStream, request);
      return { status, ...(data.length > 0 ? { data } : {}) };
    },

    async runStream({ pluginContext, path, data, headers, signal }, sender) {
      const call = streaming(v2.methods.runStream, v2.StreamRequest, v2.StreamPacket, { pluginContext: contextOf(pluginContext), path, data, headers }, signal);
      for await (const packet of call as AsyncIterable<Message>) {
        const bytes = packet['data'] as Buffer;
        // What is no JSON ends the stream; nobody could read it.
        JSON.parse(bytes.toString('utf8'));
        await sender.send(bytes);
      }
    },
  };
}

async function* bodies(first: Buffer, rest: AsyncIterator<Message>): AsyncIterable<Uint8Array> {
  if (first.length > 0) yield first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value['body'] as Buffer;
}

function detailsOf(bytes: Buffer): Record<string, unknown> {
  try {
    const details: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof details === 'object' && details !== null && !Array.isArray(details)) return details as Record<string, unknown>;
  } catch {
    // Answered below.
  }
  throw new ApiError(500, 'Failed to unmarshal detailed response from backend plugin');
}

const jsonBytes = (value: unknown) => Buffer.from(JSON.stringify(value));

function contextOf(context: PluginContext): Message {
  const { dataSourceInstanceSettings: dataSource, appInstanceSettings: app, ...rest } = context;
  return {
    ...rest,
    ...(dataSource ? { dataSourceInstanceSettings: { ...dataSource, jsonData: jsonBytes(dataSource.jsonData), lastUpdatedMS: dataSource.updated } } : {}),
    ...(app ? { appInstanceSettings: { ...app, jsonData: jsonBytes(app.jsonData), lastUpdatedMS: app.updated } } : {}),
  };
}

import { chmodSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { Metadata, Server, ServerCredentials, status as grpcStatus, type handleUnaryCall, type ServerWritableStream, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { writeArrowFrame } from '@belvedere/dataframe/arrow';
import { PluginPanic, type BackendPlugin, type DataResponse, type StreamRequest } from './backend-plugin.ts';
import { mapOf, readContext, readQuery } from './context.ts';
import { isNetworkFailure } from './errors.ts';
import { createPluginLog, type PluginLog } from './plugin-log.ts';
import * as v2 from './protocol/protocol.ts';

/** Runs a back end in a process of its own, under Belvedere and under Grafana alike (plugins §26): `servePlugin(plugin)` is the whole main program. */

export interface ServeOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly log?: PluginLog;
  /** The one line of the handshake; stdout has nothing else to say. */
  readonly announce?: (line: string) => void;
  readonly exit?: (code: number) => void;
}

export interface ServedPlugin {
  /** `unix:<path>` or `host:port`. */
  readonly address: string;
  stop(): Promise<void>;
}

type Message = Record<string, unknown>;

const unlimited = -1;
const stopWithinMs = 1500;

export async function servePlugin(plugin: BackendPlugin, options: ServeOptions = {}): Promise<ServedPlugin> {
  const { env = process.env, log = createPluginLog(), announce = (line) => { process.stdout.write(line); }, exit = (code) => process.exit(code) } = options;
  if (env['grafana_plugin_type'] !== 'datasource') {
    process.stderr.write('This program is a plugin: the server starts it. It is not meant to be run by hand.\n');
    exit(1);
    throw new Error('not started by a host');
  }
  const versions = env['PLUGIN_PROTOCOL_VERSIONS'];
  if (versions !== undefined && !versions.split(',').includes('2')) throw new Error(`the host speaks plugin protocol ${versions}, this plugin 2`);
  // Ctrl-C reaches the whole process group; it is the host that stops its plugins.
  const ignore = () => undefined;
  process.on('SIGINT', ignore);

  const server = new Server({ 'grpc.max_receive_message_length': unlimited, 'grpc.max_send_message_length': unlimited });
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= end());
  for (const service of services(plugin, log, () => { void stop().finally(() => exit(0)); })) server.addService(service.definition, service.implementation);

  const listening = await listen(server, env);
  process.once('SIGTERM', () => void stop().finally(() => exit(0)));

  async function end(): Promise<void> {
    process.off('SIGINT', ignore);
    const forced = setTimeout(() => server.forceShutdown(), stopWithinMs).unref();
    await new Promise<void>((done) => server.tryShutdown(() => done()));
    clearTimeout(forced);
    if (listening.socket !== undefined) rmSync(listening.socket, { force: true });
    await plugin.dispose?.();
  }

  announce(listening.handshake);
  return { address: listening.address, stop };
}

interface Listening { readonly address: string; readonly handshake: string; readonly socket?: string }

async function listen(server: Server, env: Readonly<Record<string, string | undefined>>): Promise<Listening> {
  const bind = (address: string) => new Promise<number>((resolve, reject) => server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => (error ? reject(error) : resolve(port))));
  if (process.platform !== 'win32') {
    const socket = join(env['PLUGIN_UNIX_SOCKET_DIR'] || tmpdir(), `plugin${randomBytes(6).toString('hex')}`);
    await bind(`unix:${socket}`);
    chmodSync(socket, 0o600);
    return { address: `unix:${socket}`, handshake: `1|2|unix|${socket}|grpc|\n`, socket };
  }
  const from = Number(env['PLUGIN_MIN_PORT'] ?? 10_000);
  const to = Number(env['PLUGIN_MAX_PORT'] ?? 25_000);
  for (let port = from; port <= to; port++) {
    try {
      await bind(`127.0.0.1:${port}`);
      return { address: `127.0.0.1:${port}`, handshake: `1|2|tcp|127.0.0.1:${port}|grpc|\n` };
    } catch {
      // Taken: the next one.
    }
  }
  throw new Error(`no free port between ${from} and ${to}`);
}

interface Service { readonly definition: ServiceDefinition; readonly implementation: UntypedServiceImplementation }

interface Method {
  readonly path: string;
  readonly request: v2.MessageTable;
  readonly response: v2.MessageTable;
  readonly responseStream?: boolean;
  readonly requestStream?: boolean;
  readonly handle: UntypedServiceImplementation[string];
}

function service(...methods: readonly Method[]): Service {
  const definition: Record<string, ServiceDefinition[string]> = {};
  const implementation: UntypedServiceImplementation = {};
  for (const { path, request, response, requestStream = false, responseStream = false, handle } of methods) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    definition[name] = {
      path, requestStream, responseStream, originalName: name,
      requestSerialize: (value: Message) => v2.encodeMessage(request, value), requestDeserialize: (bytes: Buffer) => v2.decodeMessage(request, bytes),
      responseSerialize: (value: Message) => v2.encodeMessage(response, value), responseDeserialize: (bytes: Buffer) => v2.decodeMessage(response, bytes),
    };
    implementation[name] = handle;
  }
  return { definition: definition as ServiceDefinition, implementation };
}

const unary = (path: string, request: v2.MessageTable, response: v2.MessageTable, answer: (message: Message, signal: AbortSignal) => Promise<Message>): Method => ({
  path, request, response,
  handle: ((call, callback) => {
    const abort = new AbortController();
    call.on('cancelled', () => abort.abort());
    answer(call.request as Message, abort.signal).then((value) => callback(null, value), (error: unknown) => callback(serviceError(error)));
  }) as handleUnaryCall<Message, Message>,
});

const streamed = (path: string, request: v2.MessageTable, response: v2.MessageTable, answer: (message: Message, write: (value: Message) => Promise<void>, signal: AbortSignal) => Promise<void>): Method => ({
  path, request, response, responseStream: true,
  handle: (call: ServerWritableStream<Message, Message>) => {
    const abort = new AbortController();
    call.on('cancelled', () => abort.abort());
    // A full buffer makes the writer wait for the reader.
    const write = (value: Message) => new Promise<void>((done) => {
      if (abort.signal.aborted || call.write(value)) return done();
      call.once('drain', done);
      abort.signal.addEventListener('abort', () => done(), { once: true });
    });
    answer(call.request, write, abort.signal).then(() => call.end(), (error: unknown) => { if (!abort.signal.aborted) call.emit('error', serviceError(error)); });
  },
});

/** A failed call, and on whose side (plugins §20.4). */
function serviceError(error: unknown) {
  const message = error instanceof PluginPanic ? `panic triggered: ${error.message}` : error instanceof Error ? error.message : String(error);
  const info = v2.encodeMessage(v2.ErrorInfo, { reason: 'PLUGIN_ERROR', domain: 'plugin', metadata: { errorSource: isNetworkFailure(error) ? 'downstream' : 'plugin' } });
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', v2.encodeMessage(v2.RpcStatus, { code: grpcStatus.UNKNOWN, message, details: [{ typeUrl: 'type.googleapis.com/google.rpc.ErrorInfo', value: info }] }));
  return { code: grpcStatus.UNKNOWN, details: message, metadata };
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

function responseMessage(refId: string, { frames = [], error, status, errorSource }: DataResponse): Message {
  return {
    frames: frames.map((frame) => writeArrowFrame(frame, refId)), error: error ?? '', status: status ?? (error === undefined ? 200 : 500),
    errorSource: errorSource ?? (error === undefined ? '' : 'plugin'),
  };
}

const probeStatus = { unknown: 3, serving: 1 } as const;

function services(plugin: BackendPlugin, log: PluginLog, shutdown: () => void): Service[] {
  const { queryData, callResource, subscribeStream, publishStream, runStream } = plugin;
  const list: Service[] = [
    service(unary(v2.methods.checkProbe, v2.ProbeRequest, v2.ProbeResponse, async ({ service: name }) => ({ status: name === '' || name === 'plugin' ? probeStatus.serving : probeStatus.unknown }))),
    service(unary(v2.methods.shutdown, v2.Empty, v2.Empty, async () => { setImmediate(shutdown); return {}; })),
    // Both stay open and silent: there is nothing on stdout, and no second connection.
    service({ path: v2.methods.streamStdio, request: v2.Empty, response: v2.StdioData, responseStream: true, handle: () => undefined }),
    service({ path: v2.methods.startBroker, request: v2.Empty, response: v2.Empty, requestStream: true, responseStream: true, handle: (call: NodeJS.ReadableStream) => { call.resume(); } }),
    service(
      unary(v2.methods.checkHealth, v2.CheckHealthRequest, v2.CheckHealthResponse, async ({ pluginContext, headers }, signal) => {
        const { status, message, details } = await (plugin.checkHealth?.({ pluginContext: readContext(pluginContext), headers: mapOf(headers), signal }) ?? { status: 'OK', message: 'Plugin is running', details: undefined });
        return { status: ['UNKNOWN', 'OK', 'ERROR'].indexOf(status), message, ...(details && { jsonDetails: json(details) }) };
      }),
      unary(v2.methods.collectMetrics, v2.CollectMetricsRequest, v2.CollectMetricsResponse, async () => ({ metrics: { prometheus: (await plugin.collectMetrics?.())?.prometheusMetrics ?? new Uint8Array() } })),
    ),
  ];
  if (queryData) {
    list.push(service(unary(v2.methods.queryData, v2.QueryDataRequest, v2.QueryDataResponse, async ({ pluginContext, headers, queries }, signal) => {
      const { responses } = await queryData.call(plugin, { pluginContext: readContext(pluginContext), headers: mapOf(headers), queries: (queries as Message[]).map(readQuery), signal });
      return { responses: Object.fromEntries([...responses].map(([refId, response]) => [refId, responseMessage(refId, response)])) };
    })));
  }
  if (callResource) {
    list.push(service(streamed(v2.methods.callResource, v2.CallResourceRequest, v2.CallResourceResponse, async (message, write, signal) => {
      const headers = Object.fromEntries([...(message['headers'] as Map<string, Message>)].map(([name, values]) => [name, (values['values'] as string[] | undefined) ?? []]));
      const response = await callResource.call(plugin, {
        pluginContext: readContext(message['pluginContext']), path: message['path'] as string, method: message['method'] as string, url: message['url'] as string, headers, body: message['body'] as Uint8Array, signal,
      });
      const first = { code: response.status, headers: Object.fromEntries(Object.entries(response.headers).map(([name, values]) => [name, { values }])) };
      if (response.body instanceof Uint8Array) return write({ ...first, body: response.body });
      await write(first);
      for await (const chunk of response.body) { if (signal.aborted) break; await write({ body: chunk }); }
    })));
  }
  if (subscribeStream || publishStream || runStream) {
    const request = (message: Message, signal: AbortSignal): StreamRequest =>
      ({ pluginContext: readContext(message['pluginContext']), path: message['path'] as string, data: message['data'] as Uint8Array, headers: mapOf(message['headers']), signal });
    const statusOf = (status: string) => ['OK', 'NOT_FOUND', 'PERMISSION_DENIED'].indexOf(status);
    list.push(service(
      unary(v2.methods.subscribeStream, v2.StreamRequest, v2.StreamStatusResponse, async (message, signal) => {
        const { status, initialData } = await (subscribeStream?.call(plugin, request(message, signal)) ?? { status: 'NOT_FOUND' as const, initialData: undefined });
        return { status: statusOf(status), ...(initialData && { data: initialData }) };
      }),
      unary(v2.methods.publishStream, v2.StreamRequest, v2.StreamStatusResponse, async (message, signal) => {
        const { status, data } = await (publishStream?.call(plugin, request(message, signal)) ?? { status: 'PERMISSION_DENIED' as const, data: undefined });
        return { status: statusOf(status), ...(data && { data }) };
      }),
      streamed(v2.methods.runStream, v2.StreamRequest, v2.StreamPacket, async (message, write, signal) => {
        await runStream?.call(plugin, request(message, signal), { send: (data) => write({ data }) });
        log.debug('A stream ended', { path: message['path'] });
      }),
    ));
  }
  return list;
}

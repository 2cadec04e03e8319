/** A gRPC server for services that are data (apiserver-and-storage §8.3). Whoever imports it loads grpc-js: only where one is started. */
import { readFileSync, rmSync, statSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Metadata, Server, ServerCredentials, type sendUnaryData, type ServerDuplexStream, type ServerReadableStream, type ServerUnaryCall, type ServerWritableStream, type ServiceDefinition,
  type UntypedHandleCall, type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { decodeMessage, encodeMessage } from '@belvedere/plugin-sdk/protocol';
import type { GrpcSettings } from '../../setting/grpc-settings.ts';
import type { Logger } from '../log/log.ts';
import { fullName, GrpcError, grpcCode, type GrpcCall, type Handler, type Message, type ServedService } from './grpc-service.ts';

export interface GrpcServer {
  /** Answers where: `host:port` or `unix:path`. */
  listen(): Promise<string>;
  /** What is under way has its time, then it is cut. */
  close(): Promise<void>;
}

export interface GrpcServerDeps {
  readonly settings: GrpcSettings;
  readonly services: readonly ServedService[];
  readonly log: Logger;
}

const receiveBytesMaxDefault = 4 * 1_048_576;

interface AnyCall {
  readonly metadata: Metadata;
  readonly cancelled: boolean;
  on(event: 'cancelled', listener: () => void): unknown;
}

type Outgoing = ServerWritableStream<Message, Message> | ServerDuplexStream<Message, Message>;

export function createGrpcServer({ settings, services, log }: GrpcServerDeps): GrpcServer {
  const unlessZero = (name: string, value: number) => (value > 0 ? { [name]: value } : {});
  const server = new Server({
    'grpc.max_receive_message_length': settings.receiveBytesMax || receiveBytesMaxDefault, ...unlessZero('grpc.max_send_message_length', settings.sendBytesMax),
    ...unlessZero('grpc.max_connection_age_ms', settings.connectionAgeMs), ...unlessZero('grpc.max_connection_age_grace_ms', settings.connectionAgeGraceMs),
    ...unlessZero('grpc.max_connection_idle_ms', settings.connectionIdleMs), ...unlessZero('grpc.keepalive_time_ms', settings.keepaliveMs),
    ...unlessZero('grpc.keepalive_timeout_ms', settings.keepaliveTimeoutMs),
  });
  for (const service of services) server.addService(definitionOf(service), implementationOf(service));
  let socket: string | undefined;

  function definitionOf({ file, service, handlers }: ServedService): ServiceDefinition {
    const definition: Record<string, ServiceDefinition[string]> = {};
    for (const name of Object.keys(handlers)) {
      const shape = file.services[service]?.[name];
      const [request, response] = [file.messages[shape?.request ?? ''], file.messages[shape?.response ?? '']];
      if (!shape || !request || !response) throw new Error(`${file.name} does not describe ${service}.${name}`);
      definition[name] = {
        path: `/${fullName(file, service)}/${name}`, requestStream: shape.clientStreams ?? false, responseStream: shape.serverStreams ?? false,
        requestSerialize: (value: Message) => encodeMessage(request, value), requestDeserialize: (bytes: Buffer) => decodeMessage(request, bytes),
        responseSerialize: (value: Message) => encodeMessage(response, value), responseDeserialize: (bytes: Buffer) => decodeMessage(response, bytes),
      };
    }
    return definition;
  }

  function implementationOf(service: ServedService): UntypedServiceImplementation {
    return Object.fromEntries(Object.entries(service.handlers).map(([name, handler]) => [name, answering(service, name, handler)]));
  }

  function answering(service: ServedService, name: string, handler: Handler): UntypedHandleCall {
    const path = `${fullName(service.file, service.service)}/${name}`;
    const told = (error: unknown) => {
      if (error instanceof GrpcError) return { code: error.code, details: error.message, metadata: new Metadata() };
      log.error('A gRPC call failed', { error, method: path });
      return { code: grpcCode.internal, details: 'internal error', metadata: new Metadata() };
    };
    async function begun(call: AnyCall): Promise<GrpcCall> {
      if (settings.logCalls) log.info('gRPC call', { method: path });
      const seen = callOf(call);
      await service.authenticate?.(seen);
      return seen;
    }
    const answerOnce = (call: AnyCall, answer: sendUnaryData<Message>, work: (seen: GrpcCall) => Promise<Message>) =>
      void begun(call).then(work).then((value) => answer(null, value), (error: unknown) => answer(told(error)));
    const answerMany = (call: AnyCall & Outgoing, work: (seen: GrpcCall) => AsyncIterable<Message>) =>
      void begun(call).then((seen) => pour(call, work(seen), seen.signal)).then(() => call.end(), (error: unknown) => call.emit('error', told(error)));
    switch (handler.kind) {
      case 'unary': return (call: ServerUnaryCall<Message, Message>, answer: sendUnaryData<Message>) => answerOnce(call, answer, (seen) => handler.handle(call.request, seen));
      case 'client-stream': return (call: ServerReadableStream<Message, Message>, answer: sendUnaryData<Message>) => answerOnce(call, answer, (seen) => handler.handle(call, seen));
      case 'server-stream': return (call: ServerWritableStream<Message, Message>) => answerMany(call, (seen) => handler.handle(call.request, seen));
      case 'both': return (call: ServerDuplexStream<Message, Message>) => answerMany(call, (seen) => handler.handle(call, seen));
      default: return handler satisfies never;
    }
  }

  return {
    async listen() {
      const { tls, network } = settings;
      const credentials = tls
        ? ServerCredentials.createSsl(null, [{ cert_chain: readFileSync(tls.certFile), private_key: readFileSync(tls.keyFile) }], false)
        : ServerCredentials.createInsecure();
      if (network === 'unix') socket = freeSocket(settings.address);
      const address = socket === undefined ? settings.address : `unix:${socket}`;
      const port = await new Promise<number>((done, fail) => {
        server.bindAsync(address, credentials, (error, bound) => (error ? fail(new Error(`the gRPC server cannot listen on ${address}`, { cause: error })) : done(bound)));
      });
      return socket === undefined ? `${address.slice(0, address.lastIndexOf(':'))}:${port}` : address;
    },
    async close() {
      const forced = setTimeout(() => server.forceShutdown(), settings.shutdownMs);
      await new Promise<void>((done) => server.tryShutdown(() => done()));
      clearTimeout(forced);
      if (socket !== undefined) rmSync(socket, { force: true });
    },
  };
}

/** Waits while the reader is behind, and stops when it is gone. */
async function pour(call: Outgoing, messages: AsyncIterable<Message>, signal: AbortSignal): Promise<void> {
  for await (const message of messages) {
    if (signal.aborted) return;
    if (call.write(message)) continue;
    await new Promise<void>((resolve) => {
      const done = () => {
        call.off('drain', done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      call.once('drain', done);
      signal.addEventListener('abort', done, { once: true });
    });
  }
}

function callOf(call: AnyCall): GrpcCall {
  const gone = new AbortController();
  if (call.cancelled) gone.abort(new Error('the caller went'));
  else call.on('cancelled', () => gone.abort(new Error('the caller went')));
  const headers = (name: string) => call.metadata.get(name).map((value) => value.toString());
  return {
    headers, header: (name) => headers(name)[0] ?? '', signal: gone.signal,
    hasHeaders: Object.keys(call.metadata.getMap()).length > 0,
  };
}

/** A socket that somebody left behind goes; anything else that is there is somebody's. */
function freeSocket(path: string): string {
  if (path === '') return join(tmpdir(), `belvedere-grpc-${randomBytes(8).toString('hex')}.sock`);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found && !found.isSocket()) throw new Error(`[grpc_server] address: ${path} is there already, and no socket`);
  if (found) rmSync(path);
  return path;
}

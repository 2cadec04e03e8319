/**
 * Calls of a storage server (apiserver-and-storage §8.1, §8.2): who asks travels as headers, or as an access token where one can be had. Whoever
 * imports it loads grpc-js: only where content is kept elsewhere.
 */
import { Client, credentials, Metadata, status, type ServiceError } from '@grpc/grpc-js';
import type { Clock } from '../../infra/clock.ts';
import type { Message } from '../../infra/grpc/grpc-service.ts';
import type { RemoteStorageSettings } from '../../setting/unified-storage-settings.ts';
import { objectOf, numberOf, textOf } from '../../util/json-value.ts';
import { orgIdOf } from '../../util/namespace.ts';
import { wireOf } from '../storage-server/storage-protocol.ts';
import { createAccessTokens } from './access-token.ts';
import { storageClientErrors, type StorageRefusal } from './storage-client.ts';

/** Who asks, and where: `user:<uid>` and a namespace. */
export interface Asker {
  readonly author: string;
  readonly namespace: string;
}

export interface Answer {
  readonly message: Message;
  /** What the server refuses: the call itself was fine. */
  readonly refusal: StorageRefusal | undefined;
  /** An earlier attempt may have been done although nothing was heard of it. */
  readonly repeated: boolean;
}

export interface StorageChannel {
  /** `ResourceStore.Read`. Throws a 503 when the server cannot be reached. */
  call(method: string, request: Message, asker: Asker): Promise<Answer>;
  /** Ends when the server does, or was silent for long: it may be gone without a word. Throws a `StreamEnd` otherwise. */
  stream(method: string, request: Message, asker: Asker, signal: AbortSignal): AsyncIterable<Message>;
  /** A stream of nothing: `collections` are emptied. */
  empty(collections: readonly string[], asker: Asker): Promise<StorageRefusal | undefined>;
  close(): void;
}

/** How a stream of events ended. `final`: asking again is of no use. */
export class StreamEnd extends Error {
  readonly final: boolean;

  constructor(message: string, final: boolean) {
    super(message);
    this.name = 'StreamEnd';
    this.final = final;
  }
}

/** After the first. */
const retriesMax = 3;
const firstRetryMs = 1_000;
/** A call that takes longer is given up. */
const callMsMax = 60_000;
/** A stream that says nothing for so long is asked for again. */
const idleMsMax = 300_000;
const receivedBytesMax = 128 * 1_048_576;

export interface StorageChannelDeps {
  readonly settings: RemoteStorageSettings;
  readonly clock: Clock;
}

export function createStorageChannel({ settings, clock }: StorageChannelDeps): StorageChannel {
  const client = new Client(settings.address, credentials.createInsecure(), {
    'grpc.max_receive_message_length': receivedBytesMax, 'grpc.max_send_message_length': -1, 'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
    'grpc.initial_reconnect_backoff_ms': 200, 'grpc.max_reconnect_backoff_ms': 5_000,
    ...(settings.keepaliveMs > 0 ? { 'grpc.keepalive_time_ms': settings.keepaliveMs, 'grpc.keepalive_permit_without_calls': 1 } : {}),
  });
  const tokens = settings.exchange && createAccessTokens({ exchange: settings.exchange, clock });
  const closed = new AbortController();

  function shapeOf(method: string) {
    const [service = '', name = ''] = method.split('.');
    return wireOf(service, name);
  }

  async function headersOf({ author, namespace }: Asker): Promise<Metadata> {
    const headers = new Metadata();
    const [type, uid = ''] = author.includes(':') ? [author.slice(0, author.indexOf(':')), author.slice(author.indexOf(':') + 1)] : ['user', author];
    headers.set('grafana-login', printable(uid) || 'grafana');
    // Compat: the reference wants a number here; it is known by the uid.
    headers.set('grafana-user-id', `${type}:0`);
    headers.set('grafana-user-uid', `${type}:${printable(uid)}`);
    headers.set('grafana-org-id', String(orgIdOf(namespace) ?? 0));
    headers.set('grafana-org-role', 'Admin');
    if (tokens) headers.set('x-access-token', await tokens.tokenFor(namespace));
    return headers;
  }

  async function once(method: string, request: Message, asker: Asker): Promise<Message> {
    const { path, write, read } = shapeOf(method);
    const headers = await headersOf(asker);
    return new Promise((done, fail) => {
      client.makeUnaryRequest(path, write, read, request, headers, { deadline: clock.now() + callMsMax }, (error, message) => (error ? fail(error) : done(message!)));
    });
  }

  return {
    async call(method, request, asker) {
      for (let attempt = 0; ; attempt++) {
        try {
          const message = await once(method, request, asker);
          return { message, refusal: refusalOf(message), repeated: attempt > 0 };
        } catch (error) {
          const { code } = error as ServiceError;
          if (code !== status.UNAVAILABLE || attempt >= retriesMax || closed.signal.aborted) throw mishap(error);
          await clock.sleep(firstRetryMs * 2 ** attempt, closed.signal).catch(() => {
            throw mishap(error);
          });
        }
      }
    },
    async *stream(method, request, asker, signal) {
      const { path, write, read } = shapeOf(method);
      const stream = client.makeServerStreamRequest(path, write, read, request, await headersOf(asker));
      let idle = false;
      const stop = () => stream.cancel();
      const silence = setTimeout(() => {
        idle = true;
        stop();
      }, idleMsMax);
      signal.addEventListener('abort', stop, { once: true });
      // A stream that nobody reads any more still says how it ended.
      stream.on('error', () => {});
      try {
        if (signal.aborted) return;
        for await (const message of stream) {
          silence.refresh();
          yield message as Message;
        }
      } catch (error) {
        if (signal.aborted || idle) return;
        const { code, details } = error as ServiceError;
        throw new StreamEnd(details || 'the stream broke', code === status.OUT_OF_RANGE || code === status.UNIMPLEMENTED);
      } finally {
        clearTimeout(silence);
        signal.removeEventListener('abort', stop);
        stream.cancel();
      }
    },
    async empty(collections, asker) {
      const { path, write, read } = shapeOf('BulkStore.BulkProcess');
      const headers = await headersOf(asker);
      for (const collection of collections) headers.add('x-gf-batch-collection', collection);
      headers.set('x-gf-batch-skip-validation', 'true');
      return new Promise((done, fail) => {
        client.makeClientStreamRequest(path, write, read, headers, (error, message) => (error ? fail(mishap(error)) : done(refusalOf(message!)))).end();
      });
    },
    close() {
      closed.abort();
      client.close();
    },
  };
}

/** What may stand in a header. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '');

function refusalOf(message: Message): StorageRefusal | undefined {
  if (message['error'] === undefined) return undefined;
  const error = objectOf(message['error']);
  return { code: numberOf(error['code'], 500), reason: textOf(error['reason']), message: textOf(error['message']) };
}

function mishap(error: unknown): Error {
  switch ((error as Partial<ServiceError>).code) {
    case status.UNAVAILABLE: case status.DEADLINE_EXCEEDED: case status.CANCELLED: return storageClientErrors.unreachable({ cause: error });
    case status.UNAUTHENTICATED: case status.PERMISSION_DENIED: return storageClientErrors.refused({ cause: error });
    case status.RESOURCE_EXHAUSTED: return storageClientErrors.tooLarge({ cause: error });
    default: return storageClientErrors.failed({ cause: error });
  }
}

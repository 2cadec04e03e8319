/** The data source proxy (queries-and-frames §7): requests of browsers to a source's own address, with the credentials of its record. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { defineErrors } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';
import type { Reply } from '../../../web/reply.ts';
import type { ResolvedDataSource } from '../records/data-source.ts';

export interface ProxyRequest {
  readonly method: string;
  /** Behind `/proxy/uid/<uid>/`, still escaped. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
  /** Address of the socket's other end. */
  readonly remoteAddress: string;
  readonly identity: Identity;
  readonly signal: AbortSignal;
}

export interface DataSourceProxy {
  /** Throws a member of `proxyErrors` when the request is refused. An upstream that fails is an answer. */
  forward(source: ResolvedDataSource, request: ProxyRequest): Promise<Reply>;
  /** A WebSocket to the source, both ways until one side closes. Throws as `forward` does, before anything is written to the socket. */
  upgrade(source: ResolvedDataSource, request: ProxyRequest, socket: Duplex, head: Buffer): Promise<void>;
}

export const proxyErrors = defineErrors('data source proxy', {
  uidInvalid: [400, 'UID is invalid'],
  notFound: [404, 'Unable to find datasource'],
  pluginNotFound: [404, 'Unable to find datasource plugin'],
  urlInvalid: [400, 'Invalid data source URL'],
  notListed: [403, 'Data proxy hostname and ip are not included in whitelist'],
  elasticDelete: [403, 'deletes not allowed on proxied Elasticsearch datasource'],
  elasticPut: [403, 'puts not allowed on proxied Elasticsearch datasource'],
  elasticPost: [403, 'posts not allowed on proxied Elasticsearch datasource except on /_msearch'],
  prometheusMethod: [403, 'non allow-listed requests not allowed on proxied Prometheus datasource'],
  routeDenied: [403, 'plugin proxy route access denied'],
  badTls: [400, 'Unable to load TLS certificate'],
});

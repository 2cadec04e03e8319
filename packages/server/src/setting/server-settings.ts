import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ini } from './ini.ts';

/** `[server]` (config-and-operations §2.1, §9). */
export interface ServerSettings {
  readonly protocol: 'http' | 'https' | 'h2' | 'socket';
  readonly address: string;
  readonly port: number;
  readonly domain: string;
  readonly enforceDomain: boolean;
  /** With a trailing slash. */
  readonly rootUrl: string;
  /** Path of the root URL without trailing slash; '' for none. */
  readonly subUrl: string;
  readonly serveFromSubPath: boolean;
  readonly routerLogging: boolean;
  readonly enableGzip: boolean;
  readonly certFile: string;
  readonly certKey: string;
  readonly certPass: string;
  readonly certsWatchIntervalMs: number;
  readonly minTlsVersion: 'TLSv1.2' | 'TLSv1.3';
  readonly socket: string;
  readonly socketMode: number;
  readonly socketGid: number;
  readonly cdnUrl: string;
  readonly readTimeoutMs: number;
  readonly customResponseHeaders: Readonly<Record<string, string>>;
  readonly userFacingError: string;
}

export function readServerSettings(ini: Ini): ServerSettings {
  const server = ini.section('server');
  const address = server.string('http_addr');
  if (address !== '' && !isIP(address)) server.fail('http_addr', `invalid IP address: ${address}`);
  const port = server.int('http_port', 3000);
  if (port < 0 || port > 65_535) server.fail('http_port', `not a port: ${port}`);
  const url = URL.parse(server.string('root_url', 'http://localhost:3000/'));
  if (!url) return server.fail('root_url', 'not a URL');
  const rootUrl = server.string('root_url').replace(/\/?$/, '/');
  const tls = server.string('min_tls_version', 'TLS1.2');
  if (tls !== 'TLS1.2' && tls !== 'TLS1.3') server.fail('min_tls_version', `is TLS1.2 or TLS1.3, not ${tls}`);
  const headers = ini.section('server.custom_response_headers');
  return {
    protocol: server.oneOf('protocol', ['http', 'https', 'h2', 'socket'], 'http'),
    address, port,
    domain: server.string('domain', 'localhost'),
    enforceDomain: server.bool('enforce_domain'),
    rootUrl,
    subUrl: url.pathname.replace(/\/$/, ''),
    serveFromSubPath: server.bool('serve_from_sub_path'),
    routerLogging: server.bool('router_logging'),
    enableGzip: server.bool('enable_gzip'),
    certFile: server.string('cert_file'),
    certKey: server.string('cert_key'),
    certPass: server.string('cert_pass'),
    certsWatchIntervalMs: server.duration('certs_watch_interval'),
    minTlsVersion: tls === 'TLS1.3' ? 'TLSv1.3' : 'TLSv1.2',
    socket: server.string('socket', join(tmpdir(), 'grafana.sock')),
    socketMode: Number.parseInt(server.string('socket_mode', '0660'), 8),
    socketGid: server.int('socket_gid', -1),
    cdnUrl: server.string('cdn_url'),
    readTimeoutMs: server.duration('read_timeout'),
    customResponseHeaders: Object.fromEntries(headers.keys().map((key) => [key, headers.string(key)]).filter(([, value]) => value !== '')),
    userFacingError: ini.section('log').string('user_facing_default_error', 'please inspect Grafana server log for details'),
  };
}

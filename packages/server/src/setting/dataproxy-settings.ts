import type { Ini } from './ini.ts';

/** `[dataproxy]` and `[datasources]` (config-and-operations §2.2; tsdb-backends §1.2): how data sources are reached. */
export interface DataProxySettings {
  readonly logging: boolean;
  readonly timeoutMs: number;
  readonly dialTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly tlsHandshakeTimeoutMs: number;
  /** 0: no limit. */
  readonly connectionsPerHostMax: number;
  readonly idleConnectionsMax: number;
  readonly idleConnectionTimeoutMs: number;
  /** Bytes of an answer, 0 for no limit. */
  readonly responseLimit: number;
  readonly rowLimit: number;
  readonly sendUserHeader: boolean;
  /** '' for the default. */
  readonly userAgent: string;
  /** How many data sources a list shows. */
  readonly dataSourceLimit: number;
  /** Queries of one request that a source runs at a time. */
  readonly concurrentQueryCount: number;
  /** Data sources that one request asks at a time; 0 for the number of processors. */
  readonly concurrentQueryLimit: number;
  readonly sigV4Enabled: boolean;
}

export function readDataProxySettings(ini: Ini): DataProxySettings {
  const proxy = ini.section('dataproxy');
  const sources = ini.section('datasources');
  const seconds = (key: string, otherwise: number) => proxy.int(key, otherwise) * 1000;
  return {
    logging: proxy.bool('logging'),
    timeoutMs: seconds('timeout', 30),
    dialTimeoutMs: seconds('dialTimeout', 10),
    keepAliveMs: seconds('keep_alive_seconds', 30),
    tlsHandshakeTimeoutMs: seconds('tls_handshake_timeout_seconds', 10),
    connectionsPerHostMax: proxy.int('max_conns_per_host', 0),
    idleConnectionsMax: proxy.int('max_idle_connections', 100),
    idleConnectionTimeoutMs: seconds('idle_conn_timeout_seconds', 90),
    responseLimit: proxy.int('response_limit', 0),
    rowLimit: proxy.int('row_limit', 1_000_000),
    sendUserHeader: proxy.bool('send_user_header'),
    userAgent: proxy.string('user_agent'),
    dataSourceLimit: sources.int('datasource_limit', 5000),
    concurrentQueryCount: sources.int('concurrent_query_count', 10),
    concurrentQueryLimit: ini.section('query').int('concurrent_query_limit', 0),
    sigV4Enabled: ini.section('auth').bool('sigv4_auth_enabled'),
  };
}

/** `[grpc_server]` (apiserver-and-storage §8.3). */
import type { Ini } from './ini.ts';

export interface GrpcSettings {
  readonly network: 'tcp' | 'unix';
  /** `host:port`, or a path. */
  readonly address: string;
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  readonly logCalls: boolean;
  /** 0: as the library has it. */
  readonly receiveBytesMax: number;
  readonly sendBytesMax: number;
  readonly connectionAgeMs: number;
  readonly connectionAgeGraceMs: number;
  readonly connectionIdleMs: number;
  readonly keepaliveMs: number;
  readonly keepaliveTimeoutMs: number;
  readonly shutdownMs: number;
}

const shutdownMsDefault = 10_000;

export function readGrpcSettings(ini: Ini): GrpcSettings {
  const section = ini.section('grpc_server');
  const network = section.string('network', 'tcp');
  if (network !== 'tcp' && network !== 'unix') section.fail('network', `tcp or unix, not ${network}`);
  const useTls = section.bool('use_tls');
  const [certFile, keyFile] = [section.string('cert_file'), section.string('cert_key')];
  if (useTls && (certFile === '' || keyFile === '')) section.fail(certFile === '' ? 'cert_file' : 'cert_key', 'is required with use_tls');
  return {
    network: network as 'tcp' | 'unix', address: section.string('address', network === 'tcp' ? '127.0.0.1:10000' : ''), ...(useTls ? { tls: { certFile, keyFile } } : {}),
    logCalls: section.bool('enable_logging'), receiveBytesMax: Math.max(0, section.int('max_recv_msg_size', 0)), sendBytesMax: Math.max(0, section.int('max_send_msg_size', 0)),
    connectionAgeMs: section.duration('max_connection_age', 0), connectionAgeGraceMs: section.duration('max_connection_age_grace', 0), connectionIdleMs: section.duration('max_connection_idle', 0),
    keepaliveMs: section.duration('keepalive_time', 0), keepaliveTimeoutMs: section.duration('keepalive_timeout', 0),
    shutdownMs: section.duration('graceful_shutdown_timeout', shutdownMsDefault),
  };
}

/** How a data source is reached over HTTP, read from its record (tsdb-backends §1.2; queries-and-frames §7.4). */
import { createSecureContext } from 'node:tls';
import type { DataSourceInstanceSettings } from '@belvedere/plugin-sdk';
import type { RequestedSource } from './http-client-metrics.ts';
import type { DataProxySettings } from '../../setting/dataproxy-settings.ts';

export interface HttpOptions {
  /** To the head of the answer, and between two parts of its body. */
  readonly timeoutMs: number;
  readonly dialTimeoutMs: number;
  readonly idleConnectionTimeoutMs: number;
  /** 0: no limit. */
  readonly connectionsPerHostMax: number;
  readonly tls: TlsOptions;
  readonly basicAuth?: { readonly user: string; readonly password: string };
  /** They replace whatever has the same name; two of one name are both sent. */
  readonly customHeaders: readonly (readonly [name: string, value: string])[];
  readonly userAgent: string;
  /** Whose requests these are, for metrics. */
  readonly source?: RequestedSource;
  /** Bytes, 0 for no limit. */
  readonly responseLimit: number;
}

export interface TlsOptions {
  readonly skipVerify: boolean;
  readonly serverName?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Certificates or keys that cannot be used. Never holds the material. */
export class TlsMaterialError extends Error {
  constructor(cause: unknown) {
    super('TLS certificate or key cannot be loaded', { cause });
    this.name = 'TlsMaterialError';
  }
}

/** Throws TlsMaterialError. */
export function httpOptionsOf(settings: DataSourceInstanceSettings, proxy: DataProxySettings, userAgent: string): HttpOptions {
  const { jsonData, decryptedSecureJsonData: secrets } = settings;
  return {
    timeoutMs: millisecondsOf(jsonData['timeout'], proxy.timeoutMs),
    dialTimeoutMs: millisecondsOf(jsonData['dialTimeout'], proxy.dialTimeoutMs),
    idleConnectionTimeoutMs: millisecondsOf(jsonData['httpIdleConnTimeout'], proxy.idleConnectionTimeoutMs),
    connectionsPerHostMax: numberOf(jsonData['httpMaxConnsPerHost'], proxy.connectionsPerHostMax),
    tls: tlsOptionsOf(jsonData, secrets),
    ...basicAuthOf(settings),
    customHeaders: customHeadersOf(jsonData, secrets),
    userAgent: proxy.userAgent || userAgent,
    ...(settings.name && { source: { name: settings.name, type: settings.type } }),
    responseLimit: proxy.responseLimit,
  };
}

/** Seconds as a number or its text; what is not above zero means the default. */
function millisecondsOf(value: unknown, otherwiseMs: number): number {
  const seconds = typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : 0;
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : otherwiseMs;
}

const numberOf = (value: unknown, otherwise: number) => (typeof value === 'number' && value > 0 ? Math.trunc(value) : otherwise);

function tlsOptionsOf(jsonData: Readonly<Record<string, unknown>>, secrets: Readonly<Record<string, string>>): TlsOptions {
  const client = jsonData['tlsAuth'] === true;
  const ownCa = jsonData['tlsAuthWithCACert'] === true;
  const options: TlsOptions = {
    skipVerify: jsonData['tlsSkipVerify'] === true,
    ...(typeof jsonData['serverName'] === 'string' && jsonData['serverName'] !== '' && { serverName: jsonData['serverName'] }),
    ...(ownCa && secrets['tlsCACert'] && { ca: secrets['tlsCACert'] }),
    ...(client && { cert: secrets['tlsClientCert'] ?? '', key: secrets['tlsClientKey'] ?? '' }),
  };
  if (options.ca === undefined && options.cert === undefined) return options;
  try {
    createSecureContext({ ca: options.ca, cert: options.cert, key: options.key });
  } catch (cause) {
    throw new TlsMaterialError(cause);
  }
  if (client && (options.cert === '' || options.key === '')) throw new TlsMaterialError(undefined);
  return options;
}

function basicAuthOf({ basicAuthEnabled, basicAuthUser, user, decryptedSecureJsonData: secrets }: DataSourceInstanceSettings): Pick<HttpOptions, 'basicAuth'> {
  if (basicAuthEnabled) return { basicAuth: { user: basicAuthUser, password: secrets['basicAuthPassword'] ?? '' } };
  return user === '' ? {} : { basicAuth: { user, password: secrets['password'] ?? '' } };
}

function customHeadersOf(jsonData: Readonly<Record<string, unknown>>, secrets: Readonly<Record<string, string>>): [string, string][] {
  const headers: [string, string][] = [];
  for (let n = 1; ; n++) {
    const name = jsonData[`httpHeaderName${n}`];
    if (typeof name !== 'string' || name === '') return headers;
    headers.push([name, secrets[`httpHeaderValue${n}`] ?? '']);
  }
}

export const basicAuthHeader = ({ user, password }: { readonly user: string; readonly password: string }): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

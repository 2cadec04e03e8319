/** Writes series to the Prometheus behind a data source (alerting-rules §12). */
import type { HttpClient } from '../../../tsdb/http-client/http-client.ts';
import { grafanaVersion } from '../../../util/version.ts';
import type { DataSourceService, ResolvedDataSource } from '../../datasources/records/data-source.ts';
import { writeRequest, type WrittenSeries } from './write-request.ts';

export interface RemoteWriter {
  /** Rejects with the reason, without anything of the data source's secrets. */
  write(orgId: number, datasourceUid: string, series: readonly WrittenSeries[]): Promise<void>;
}

export interface RemoteWriterDeps {
  readonly dataSources: Pick<DataSourceService, 'resolve'>;
  readonly clientFor: (source: ResolvedDataSource) => HttpClient;
  readonly timeoutMs: number;
  readonly headers: Readonly<Record<string, string>>;
}

export function createRemoteWriter({ dataSources, clientFor, timeoutMs, headers }: RemoteWriterDeps): RemoteWriter {
  return {
    async write(orgId, uid, series) {
      const source = uid === '' ? undefined : await dataSources.resolve(orgId, { uid });
      if (!source) throw new Error('remote write failed: data source not found');
      if (source.record.type !== 'prometheus') throw new Error('remote write failed: the target is not a Prometheus data source');
      const url = writeUrl(source);
      if (url === undefined) throw new Error('remote write failed: the data source has no usable address');
      const answer = await clientFor(source).fetch({
        method: 'POST', url, body: writeRequest(series), signal: AbortSignal.timeout(timeoutMs),
        headers: {
          ...headers, 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy', 'x-prometheus-remote-write-version': '0.1.0', 'user-agent': `Grafana/${grafanaVersion}`,
        },
      });
      const text = (await answer.text()).trim();
      if (answer.status < 200 || answer.status > 299) throw new Error(`remote write failed: status ${answer.status}${text === '' ? '' : `: ${text.slice(0, 200)}`}`);
    },
  };
}

/** Where this kind of server takes remote writes. Mimir and Cortex have them beside what they answer queries from. */
export function writeUrl({ settings }: Pick<ResolvedDataSource, 'settings'>): string | undefined {
  const url = URL.parse(settings.url);
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined;
  url.username = '';
  url.password = '';
  const path = url.pathname.replace(/\/+$/, '');
  if (settings.jsonData['prometheusType'] === 'Prometheus') url.pathname = `${path}/api/v1/write`;
  else if (path.endsWith('/api/prom')) url.pathname = `${path}/push`;
  else if (path.endsWith('/prometheus')) url.pathname = `${path.slice(0, -'/prometheus'.length)}/api/v1/push`;
  else url.pathname = `${path}/api/v1/push`;
  return url.toString();
}

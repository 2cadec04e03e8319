/** Lines written to a Loki, and read from it. */
import type { HttpClient } from '../../../tsdb/http-client/http-client.ts';
import { objectOf, objectsOf } from '../../../util/json-value.ts';

export interface LokiSettings {
  /** Without a slash at the end. */
  readonly readUrl: string;
  readonly writeUrl: string;
  readonly tenantId: string;
  readonly queryLengthMaxMs: number;
  readonly queryBytesMax: number;
  readonly externalLabels: Readonly<Record<string, string>>;
}

export interface HistoryLine {
  /** Nanoseconds since the epoch. */
  readonly at: bigint;
  readonly line: string;
  readonly labels: unknown;
}

export interface LokiClient {
  /** Rejects with what Loki says. */
  push(stream: Readonly<Record<string, string>>, lines: readonly string[], at: number): Promise<void>;
  /** Times in milliseconds. Rejects with what Loki says. */
  lines(query: string, start: number, end: number, limit: number): Promise<readonly HistoryLine[]>;
}

const writeTimeoutMs = 60_000;
const readTimeoutMs = 30_000;

export function createLokiClient({ settings, client }: { readonly settings: LokiSettings; readonly client: HttpClient }): LokiClient {
  const tenant: Record<string, string> = settings.tenantId === '' ? {} : { 'X-Scope-OrgID': settings.tenantId };
  const refused = (status: number, text: string) => new Error(`Loki answered ${status}: ${text.slice(0, 200)}`);
  return {
    async push(stream, lines, at) {
      const nanos = `${Math.trunc(at)}000000`;
      const answer = await client.fetch({
        method: 'POST', url: `${settings.writeUrl}/loki/api/v1/push`, headers: { ...tenant, 'content-type': 'application/json' }, signal: AbortSignal.timeout(writeTimeoutMs),
        body: JSON.stringify({ streams: [{ stream, values: lines.map((line) => [nanos, line]) }] }),
      });
      const text = await answer.text();
      if (answer.status < 200 || answer.status > 299) throw refused(answer.status, text);
    },
    async lines(query, start, end, limit) {
      const search = new URLSearchParams({ query, start: `${start}000000`, end: `${end}000000`, limit: String(limit) });
      const response = await client.fetch({ method: 'GET', url: `${settings.readUrl}/loki/api/v1/query_range?${search}`, headers: tenant, signal: AbortSignal.timeout(readTimeoutMs) });
      const text = await response.text();
      if (response.status !== 200) throw refused(response.status, text);
      return objectsOf(objectOf(objectOf(JSON.parse(text))['data'])['result']).flatMap(({ stream, values }) =>
        rowsOf(values).filter(([at]) => typeof at === 'string' && /^\d+$/.test(at)).map(([at, line]) => ({ at: BigInt(at as string), line: String(line ?? ''), labels: stream })));
    },
  };
}

const rowsOf = (value: unknown): unknown[][] => (Array.isArray(value) ? value.filter((row) => Array.isArray(row)) : []);

import { expect, test } from 'vitest';
import { systemClock } from '../../../infra/clock.ts';
import { silentLogger } from '../../../infra/log/log.ts';
import type { HttpClient, OutgoingRequest } from '../../../tsdb/http-client/http-client.ts';
import type { DataSourceService } from '../../datasources/records/data-source.ts';
import { ExternalSender, sanitized } from './external-sender.ts';

const alert = (n: number) => ({ labels: { alertname: `a${n}` }, annotations: {}, generatorURL: 'http://g', startsAt: 0, endsAt: 60_000 });

function senderTo(sources: { url: string; jsonData: Record<string, unknown> }[]) {
  const requests: OutgoingRequest[] = [];
  const dataSources = {
    list: async () => sources.map((s, i) => ({ uid: String(i), type: 'alertmanager', jsonData: JSON.stringify(s.jsonData) })),
    resolve: async (_org: number, { uid }: { uid: string }) => ({ settings: sources[Number(uid)] }),
  } as unknown as DataSourceService;
  const client = { fetch: async (request: OutgoingRequest) => (requests.push(request), { status: 200, bytes: async () => Buffer.alloc(0) }) } as unknown as HttpClient;
  const sender = new ExternalSender({ clock: systemClock, log: silentLogger, dataSources, clientFor: () => client, pollIntervalMs: 1000 });
  return { sender, requests, settle: () => sender.run(AbortSignal.abort()) };
}

test('alerts go in batches to every Alertmanager that takes them', async () => {
  const { sender, requests, settle } = senderTo([
    { url: 'http://user:secret@one:9093/p/', jsonData: { handleGrafanaManagedAlerts: true } },
    { url: 'http://two', jsonData: { handleGrafanaManagedAlerts: true, implementation: 'mimir' } },
    { url: 'http://three', jsonData: { handleGrafanaManagedAlerts: false } },
    { url: 'ftp://four', jsonData: { handleGrafanaManagedAlerts: true } },
  ]);
  await sender.send(1, Array.from({ length: 70 }, (_, n) => alert(n)));
  await settle();
  const sizes = (url: string) => requests.filter((r) => r.url === url).map((r) => (JSON.parse(String(r.body)) as unknown[]).length);
  expect(new Set(requests.map((r) => r.url))).toEqual(new Set(['http://one:9093/p/api/v2/alerts', 'http://two/alertmanager/api/v2/alerts']));
  expect([sizes('http://one:9093/p/api/v2/alerts'), sizes('http://two/alertmanager/api/v2/alerts')]).toEqual([[64, 6], [64, 6]]);
  expect(JSON.parse(String(requests[0]!.body))[0]).toEqual({ labels: { alertname: 'a0' }, annotations: {}, startsAt: '1970-01-01T00:00:00.000Z', endsAt: '1970-01-01T00:01:00.000Z', generatorURL: 'http://g' });
});

test('names become those of Prometheus', () => {
  expect(sanitized({ ok_1: 'a', 'with blank': 'b', 'a.b': 'c', a_b: 'd', 'ü': 'e', '1x': 'f', ' ': 'g' })).toEqual({ ok_1: 'a', withblank: 'b', a_b: 'c', 'a_b_dbf08e': 'd', _0xfc: 'e', _x: 'f' });
});

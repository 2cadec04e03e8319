import { expect, test, vi } from 'vitest';
import { silentLogger } from '../../../infra/log/log.ts';
import type { HttpClient, OutgoingRequest } from '../../../tsdb/http-client/http-client.ts';
import { createNotificationHistory, deliveryLine, type Delivery } from './notification-history.ts';

const flushedAt = Date.UTC(2026, 0, 2, 3, 4, 5);
const alert = (host: string, endsAt: number) => ({ labels: { alertname: 'CPU', host, __alert_rule_uid__: 'cpu' }, annotations: {}, generatorURL: '', startsAt: flushedAt - 60_000, endsAt, updatedAt: flushedAt, fingerprint: host });
const delivery = (more: Partial<Delivery> = {}): Delivery => ({
  orgId: 2, receiver: 'ops', integration: 'email', integrationIndex: 0, groupKey: '{}:{alertname="CPU"}', groupLabels: { alertname: 'CPU' }, alerts: [alert('a', flushedAt + 60_000), alert('b', flushedAt - 1)],
  flushedAt, endedAt: flushedAt + 250, durationMs: 12.5, retried: false, error: '', ...more,
});

function loki(answer: unknown = {}, status = 200) {
  const asked: OutgoingRequest[] = [];
  const client = { fetch: async (request: OutgoingRequest) => (asked.push(request), { status, text: async () => JSON.stringify(answer) }) } as unknown as HttpClient;
  const history = createNotificationHistory({
    client, log: silentLogger, now: () => flushedAt + 1_000,
    settings: { readUrl: 'http://read', writeUrl: 'http://write', tenantId: '', queryLengthMaxMs: 3_600_000, queryBytesMax: 500, externalLabels: { region: 'eu' } },
  });
  return { history, asked };
}

test('a delivery is a line: of what, to whom, how it went', async () => {
  const { history, asked } = loki();
  history.record(delivery({ error: 'no route', retried: true }));
  await vi.waitFor(() => expect(asked).toHaveLength(1), { timeout: 15_000 });
  const { streams } = JSON.parse(String(asked[0]!.body)) as { streams: { stream: object; values: [string, string][] }[] };
  expect(streams[0]!.stream).toEqual({ region: 'eu', from: 'notify-history', orgID: '2' });
  expect(streams[0]!.values[0]![0]).toBe(`${flushedAt + 250}000000`);
  expect(JSON.parse(streams[0]!.values[0]![1])).toMatchObject({
    receiver: 'ops', integration: 'email', status: 'firing', outcome: 'error', error: 'no route', retry: true, duration: 12_500_000, ruleUIDs: ['cpu'], pipelineTime: '2026-01-02T03:04:05.000Z',
    alerts: [{ status: 'firing', labels: { host: 'a' } }, { status: 'resolved', labels: { host: 'b' } }],
  });
});

test('questions: Loki filters what it can, newest first; rules and group labels are looked at here', async () => {
  const lines = [delivery(), delivery({ groupLabels: { alertname: 'RAM' }, endedAt: flushedAt + 500 }), delivery({ alerts: [{ ...alert('c', flushedAt - 1), labels: { alertname: 'CPU' } }], endedAt: flushedAt + 750 })];
  const answer = { data: { result: [{ stream: {}, values: [...lines.map((line) => [`${line.endedAt}000000`, deliveryLine(line)]), ['1', 'no json'], ['2', '7']] }] } };
  const ask = async (body: unknown) => {
    const { history, asked } = loki(answer);
    return { ...(await history.query(2, body)), url: new URL(asked[0]!.url) };
  };
  const all = await ask(undefined);
  expect(all.entries).toMatchObject([{ status: 'resolved' }, { groupLabels: { alertname: 'RAM' } }, { receiver: 'ops', outcome: 'success', retry: false, duration: 12_500_000, groupKey: '{}:{alertname="CPU"}' }]);
  expect(Object.keys(all.entries[0]!)).toEqual(['timestamp', 'receiver', 'status', 'outcome', 'groupLabels', 'alerts', 'retry', 'duration', 'pipelineTime', 'groupKey']);
  const narrow = await ask({ receiver: 'o"ps', status: 'firing', outcome: 'success', from: '2020-01-01T00:00:00Z', limit: 1 });
  expect(narrow.url.searchParams.get('query')).toBe('{orgID="2",from="notify-history"} | json | receiver="o\\"ps" | status="firing" | outcome="success"');
  // No further back than Loki is asked.
  expect(narrow.url.searchParams.get('start')).toBe(`${flushedAt + 1_000 - 3_600_000}000000`);
  expect(narrow.entries).toHaveLength(1);
  expect((await ask({ ruleUID: 'cpu' })).entries).toHaveLength(2);
  expect((await ask({ groupLabels: { alertname: 'RAM' } })).entries).toHaveLength(1);
  expect((await ask({ groupLabels: [{ type: '!=', label: 'alertname', value: 'RAM' }] })).entries).toHaveLength(2);
});

test.each([[7], [{ from: 'soon' }], [{ status: 'quiet' }], [{ outcome: 1 }], [{ limit: -1 }], [{ limit: 'all' }], [{ groupLabels: 'x' }], [{ groupLabels: [{ type: '~', label: 'a', value: 'b' }] }], [{ groupLabels: [{}] }], [{ receiver: 'x'.repeat(600) }]])(
  '%j is no question', async (body) => expect(loki().history.query(1, body)).rejects.toMatchObject({ status: 400 }),
);

test('a Loki that refuses is an error without its text', async () => {
  await expect(loki({ secret: 'x' }, 500).history.query(1, {})).rejects.toMatchObject({ status: 502, message: expect.not.stringContaining('secret') });
});

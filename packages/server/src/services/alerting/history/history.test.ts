import { expect, test, vi } from 'vitest';
import { silentLogger } from '../../../infra/log/log.ts';
import type { HttpClient, OutgoingRequest } from '../../../tsdb/http-client/http-client.ts';
import type { AlertRule } from '../rules/alert-rule.ts';
import type { RemoteWriter } from '../recording/remote-writer.ts';
import { staleMarker } from '../recording/write-request.ts';
import type { InstanceState, Transition } from '../state/state-machine.ts';
import type { HistoryQuery, StateHistory } from './history.ts';
import { createLokiHistory, logQueries } from './loki-history.ts';
import { createMultipleHistory } from './multiple-history.ts';
import { createPrometheusHistory } from './prometheus-history.ts';

const rule = { id: 7, uid: 'cpu', orgId: 1, title: 'CPU', group: 'g', folderUid: 'box', condition: 'C', dashboardUid: 'dash', panelId: 4 } as unknown as AlertRule;
const moved = (previousState: InstanceState, state: InstanceState, labels: Record<string, string> = { host: 'a', __own__: 'x' }): Transition =>
  ({ previousState, previousReason: '', instance: { state, reason: '', labels, values: { A: 1.5 }, error: undefined } }) as unknown as Transition;
const aQuery = (more: Partial<HistoryQuery> = {}): HistoryQuery =>
  ({ orgId: 1, ruleUid: '', dashboardUid: '', panelId: 0, from: 0, to: 0, limit: 0, previous: '', current: '', labels: {}, folderUids: undefined, ...more });

function loki(answer: unknown = {}, status = 200) {
  const asked: OutgoingRequest[] = [];
  const client = { fetch: async (request: OutgoingRequest) => (asked.push(request), { status, text: async () => JSON.stringify(answer) }) } as unknown as HttpClient;
  const history = createLokiHistory({
    client, log: silentLogger, now: () => 100_000_000,
    settings: { readUrl: 'http://read', writeUrl: 'http://write', tenantId: 'acme', queryLengthMaxMs: 721 * 3_600_000, queryBytesMax: 200, externalLabels: { region: 'eu' } },
  });
  return { history, asked };
}

test('Loki gets a line for each transition worth one', async () => {
  const { history, asked } = loki();
  history.record(rule, [moved('Normal', 'Alerting'), moved('Normal', 'Normal')], 1_700_000_000_000);
  await vi.waitFor(() => expect(asked).toHaveLength(1), { timeout: 15_000 });
  expect([asked[0]!.url, asked[0]!.headers]).toEqual(['http://write/loki/api/v1/push', { 'X-Scope-OrgID': 'acme', 'content-type': 'application/json' }]);
  const { streams } = JSON.parse(String(asked[0]!.body)) as { streams: { stream: object; values: [string, string][] }[] };
  expect(streams.map((s) => s.stream)).toEqual([{ region: 'eu', from: 'state-history', orgID: '1', group: 'g', folderUID: 'box' }]);
  expect(streams[0]!.values.map(([at, line]) => [at, JSON.parse(line)])).toEqual([['1700000000000000000', {
    schemaVersion: 1, previous: 'Normal', current: 'Alerting', values: { A: 1.5 }, condition: 'C', dashboardUID: 'dash', panelID: 4, fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/), ruleTitle: 'CPU', ruleID: 7,
    ruleUID: 'cpu', labels: { host: 'a' },
  }]]);
});

test('queries name org and folders, and filter after reading the line', () => {
  expect(logQueries(aQuery(), 1000)).toEqual(['{orgID="1",from="state-history"}']);
  expect(logQueries(aQuery({ ruleUid: 'cpu', previous: 'Normal', current: 'Alerting', panelId: 4, dashboardUid: 'd', labels: { b: 'x"y', a: '1' }, folderUids: ['a.b', 'c'] }), 1000)).toEqual([
    '{orgID="1",from="state-history",folderUID=~"a\\\\.b|c"} | json | ruleUID="cpu" | dashboardUID="d" | panelID=4 | previous=~"^Normal.*" | current=~"^Alerting.*" | labels_a="1" | labels_b="x\\"y"',
  ]);
});

test('many folders are asked for in several queries; none is too long', () => {
  const folderUids = Array.from({ length: 20 }, (_, i) => `folder-${i}`);
  const queries = logQueries(aQuery({ folderUids }), 120);
  expect(queries.length).toBeGreaterThan(1);
  expect(Math.max(...queries.map((q) => q.length))).toBeLessThanOrEqual(120);
  expect(queries.flatMap((q) => /folderUID=~"([^"]*)"/.exec(q)![1]!.split('|'))).toEqual(folderUids);
  expect(() => logQueries(aQuery({ ruleUid: 'x'.repeat(200) }), 120)).toThrow('exceeded');
  expect(logQueries(aQuery({ folderUids: [] }), 120)).toEqual([]);
});

test('lines of all streams come as one frame, oldest first', async () => {
  const { history, asked } = loki({ data: { result: [{ stream: { group: 'a' }, values: [['3000000', '{"n":3}'], ['1000000', '{"n":1}']] }, { stream: { group: 'b' }, values: [['2000000', 'no json'], ['x', 'bad']] }] } });
  const { data } = await history.query(aQuery({ limit: 10 }), undefined);
  expect(data.values).toEqual([[1, 2, 3], [{ n: 1 }, 'no json', { n: 3 }], [{ group: 'a' }, { group: 'b' }, { group: 'a' }]]);
  const { searchParams } = new URL(asked[0]!.url);
  expect([searchParams.get('start'), searchParams.get('end'), searchParams.get('limit')]).toEqual(['78400000000000', '100000000000000', '10']);
});

test('a Loki that refuses is an error without its text', async () => {
  await expect(loki({ secret: 'x' }, 500).history.query(aQuery(), undefined)).rejects.toMatchObject({ status: 502, message: expect.not.stringContaining('secret') });
});

test('Prometheus gets a series while something is wrong, and its end', async () => {
  const written: Parameters<RemoteWriter['write']>[] = [];
  const history = createPrometheusHistory({ writer: { write: async (...args) => void written.push(args) }, datasourceUid: 'prom', metric: 'GRAFANA_ALERTS', log: silentLogger });
  history.record(rule, [moved('Normal', 'Normal')], 1);
  history.record(rule, [moved('Pending', 'Alerting'), moved('Alerting', 'Normal', { host: 'b' }), moved('Alerting', 'Alerting', { host: 'c' })], 2);
  const labels = (host: string, alertstate: string, grafana_alertstate: string) => ({ host, alertname: 'CPU', grafana_rule_uid: 'cpu', alertstate, grafana_alertstate, __name__: 'GRAFANA_ALERTS' });
  await vi.waitFor(() => expect(written).toHaveLength(1), { timeout: 15_000 });
  expect(written[0]).toEqual([1, 'prom', [
    { labels: labels('a', 'pending', 'pending'), samples: [{ value: staleMarker, at: 2 }] }, { labels: labels('a', 'firing', 'alerting'), samples: [{ value: 1, at: 2 }] },
    { labels: labels('b', 'firing', 'alerting'), samples: [{ value: staleMarker, at: 2 }] }, { labels: labels('c', 'firing', 'alerting'), samples: [{ value: 1, at: 2 }] },
  ]]);
  expect(history.keepsAll).toBe(true);
  await expect(history.query(aQuery(), undefined)).rejects.toMatchObject({ status: 400 });
});

test('of several backends the first answers, all are written to', async () => {
  const backend = (name: string) => ({ keepsAll: name === 'b', record: vi.fn<StateHistory['record']>(), query: async () => ({ schema: { name, fields: [] }, data: { values: [] } }) }) satisfies StateHistory;
  const [a, b] = [backend('a'), backend('b')];
  const both = createMultipleHistory(a, [b]);
  both.record(rule, [], 1);
  expect([a.record.mock.calls.length, b.record.mock.calls.length, both.keepsAll, (await both.query(aQuery(), undefined)).schema.name]).toEqual([1, 1, true, 'a']);
});

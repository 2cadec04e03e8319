/**
 * The main job on real input: Prometheus scrapes Belvedere, Belvedere shows and watches what Prometheus has, and all of it is there
 * again after a restart. Repeated on every database that the machine has.
 */
import { Centrifuge } from 'centrifuge';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type Belvedere, basic, freePort, removeFolder, startBelvedere, temporaryFolder } from './support/belvedere.ts';
import { eventually } from './support/eventually.ts';
import { describeWith, mysqlUrl, postgresUrl, prometheusBinary, startPrometheus, startReceiver } from './support/services.ts';
import { freshDatabase } from './support/fresh-database.ts';

const databases = [
  { name: 'sqlite', present: true },
  { name: 'postgres', present: postgresUrl },
  { name: 'mysql', present: mysqlUrl },
] as const;

const provisioning = (prometheus: string, hook: string): Record<string, string> => ({
  'datasources/prometheus.yaml': JSON.stringify({
    apiVersion: 1,
    datasources: [{ name: 'Prometheus', uid: 'prom', type: 'prometheus', access: 'proxy', url: prometheus, isDefault: true, jsonData: { timeInterval: '1s' } },
      { name: 'TestData', uid: 'testdata', type: 'grafana-testdata-datasource' }],
  }),
  'dashboards/files.yaml': JSON.stringify({ apiVersion: 1, providers: [{ name: 'files', type: 'file', folder: 'Watched', options: { path: '$PROVISIONING/dashboards/json' } }] }),
  'dashboards/json/http.json': JSON.stringify({
    uid: 'http', title: 'HTTP', schemaVersion: 41,
    panels: ['rate(grafana_http_request_duration_seconds_count[10s])', 'histogram_quantile(0.9, sum by (le) (rate(grafana_http_request_duration_seconds_bucket[10s])))', 'up']
      .map((expr, i) => ({ id: i + 1, type: i === 2 ? 'table' : 'timeseries', title: expr, datasource: { type: 'prometheus', uid: 'prom' },
        gridPos: { x: 0, y: i * 8, w: 24, h: 8 }, targets: [{ refId: 'A', expr, instant: i === 2, range: i !== 2 }] })),
  }),
  'alerting/rule.yaml': JSON.stringify({
    apiVersion: 1,
    contactPoints: [{ orgId: 1, name: 'hook', receivers: [{ uid: 'hook', type: 'webhook', settings: { url: hook } }] }],
    policies: [{ orgId: 1, receiver: 'hook', group_by: ['alertname'], group_wait: '1s', group_interval: '2s', repeat_interval: '1h' }],
    groups: [{ orgId: 1, name: 'every-ten-seconds', folder: 'Watched', interval: '10s', rules: [{
      uid: 'server-up', title: 'Server is up', condition: 'B', for: '10s', noDataState: 'OK', execErrState: 'Error', labels: { severity: 'info' },
      data: [
        { refId: 'A', relativeTimeRange: { from: 60, to: 0 }, datasourceUid: 'prom', model: { refId: 'A', expr: 'up{job="belvedere"}', instant: true, range: false } },
        { refId: 'B', relativeTimeRange: { from: 60, to: 0 }, datasourceUid: '__expr__',
          model: { refId: 'B', type: 'threshold', expression: 'A', conditions: [{ evaluator: { type: 'gt', params: [0.5] } }] } },
      ],
    }] }],
  }),
});

for (const database of databases) {
  describeWith(database.name === 'sqlite' ? 'Prometheus' : `Prometheus and ${database.name}`, prometheusBinary && database.present, `the main job on ${database.name}`, () => {
    let server: Belvedere;
    let prometheus: Awaited<ReturnType<typeof startPrometheus>>;
    let receiver: Awaited<ReturnType<typeof startReceiver>>;
    const dir = temporaryFolder(`main-job-${database.name}`);
    let start: () => Promise<Belvedere>;
    let drop: () => Promise<void> = async () => {};

    beforeAll(async () => {
      const port = await freePort();
      receiver = await startReceiver();
      prometheus = await startPrometheus(`127.0.0.1:${port}`);
      const fresh = database.name === 'sqlite' ? undefined : await freshDatabase(database.name);
      if (fresh) drop = fresh.drop;
      const files = provisioning(prometheus.base, receiver.url);
      start = () => startBelvedere({ dir, port, provisioning: files, env: { PROVISIONING: `${dir}/provisioning`, ...(fresh ? { GF_DATABASE_URL: fresh.url } : {}) } });
      server = await start();
    }, 120_000);

    afterAll(async () => {
      await server?.stop();
      await prometheus?.stop();
      await receiver?.stop();
      await drop();
      removeFolder(dir);
    }, 60_000);

    const ask = async (expr: string, range: { from: number; to: number }) => {
      const { status, body } = await server.call('POST', '/api/ds/query', {
        from: String(range.from), to: String(range.to),
        queries: [{ refId: 'A', datasource: { type: 'prometheus', uid: 'prom' }, expr, range: true, instant: false, intervalMs: 1000, maxDataPoints: 100 }],
      });
      expect([status, body.results?.A?.error]).toEqual([200, undefined]);
      return body.results.A.frames as { schema: { fields: { labels?: Record<string, string> }[] }; data: { values: number[][] } }[];
    };

    test('the provisioned dashboard is there, in its folder', async () => {
      const { status, body } = await server.call('GET', '/api/dashboards/uid/http');
      expect([status, body.dashboard?.title, body.meta?.folderTitle, body.meta?.provisioned]).toEqual([200, 'HTTP', 'Watched', true]);
    });

    test('numbers agree with what Prometheus itself answers', async () => {
      await eventually('Prometheus has scraped a few times', async () => {
        const now = Date.now();
        const frames = await ask('grafana_http_request_duration_seconds_count', { from: now - 60_000, to: now });
        return (frames[0]?.data.values[0]?.length ?? 0) >= 8;
      }, { withinMs: 60_000, everyMs: 500 });
      const to = Math.floor(Date.now() / 1000) * 1000 - 2000;
      const from = to - 4000;
      const frames = await ask('grafana_http_request_duration_seconds_count', { from, to });
      const step = (frames[0]?.data.values[0]?.length ?? 0) > 1 ? (frames[0]!.data.values[0]![1]! - frames[0]!.data.values[0]![0]!) / 1000 : 1;
      const url = `${prometheus.base}/api/v1/query_range?query=grafana_http_request_duration_seconds_count&start=${from / 1000}&end=${to / 1000}&step=${step}`;
      const own = (await (await fetch(url)).json()) as { data: { result: { metric: Record<string, string>; values: [number, string][] }[] } };
      expect(own.data.result.length).toBeGreaterThan(0);
      const byLabels = new Map(frames.map((f) => [JSON.stringify(Object.entries(f.schema.fields[1]!.labels ?? {}).toSorted()), f]));
      let compared = 0;
      for (const series of own.data.result) {
        const { __name__: _, ...labels } = series.metric;
        const key = JSON.stringify(Object.entries({ __name__: series.metric['__name__'], ...labels }).toSorted());
        const frame = byLabels.get(key) ?? byLabels.get(JSON.stringify(Object.entries(labels).toSorted()));
        expect(frame, `a frame for ${key}`).toBeDefined();
        const values = new Map(frame!.data.values[0]!.map((t, i) => [t, frame!.data.values[1]![i]]));
        for (const [t, v] of series.values) {
          if (!values.has(t * 1000)) continue;
          expect(values.get(t * 1000)).toBe(Number(v));
          compared++;
        }
      }
      expect(compared).toBeGreaterThan(0);
    }, 90_000);

    test('the alert goes through its states and the webhook hears of it', async () => {
      const state = async () => {
        const { body } = await server.call('GET', '/api/prometheus/grafana/api/v1/rules');
        return body.data?.groups?.find((g: { name: string }) => g.name === 'every-ten-seconds')?.rules?.[0]?.state as string | undefined;
      };
      const seen = new Set<string>();
      await eventually('the alert fires', async () => {
        const now = await state();
        if (now) seen.add(now);
        return now === 'firing';
      }, { withinMs: 60_000, everyMs: 500 });
      expect([...seen]).toContain('pending');
      const note = (await eventually('the webhook arrives', () => receiver.received[0], { withinMs: 30_000 })) as { status: string; alerts: { labels: Record<string, string> }[] };
      expect([note.status, note.alerts[0]!.labels['alertname'], note.alerts[0]!.labels['severity']]).toEqual(['firing', 'Server is up', 'info']);
    }, 120_000);

    test('a live channel delivers', async () => {
      const client = new Centrifuge(`${server.base.replace('http', 'ws')}/api/live/ws`, {
        websocket: class extends WebSocket { constructor(url: string, protocols?: string[]) { super(url, protocols, { headers: { authorization: basic('admin', 'admin') } }); } } as never,
      });
      const got = Promise.withResolvers<unknown>();
      const subscription = client.newSubscription('default/ds/testdata/random-2s-stream');
      subscription.on('publication', ({ data }) => got.resolve(data));
      subscription.on('error', ({ error }) => got.reject(new Error(error.message)));
      client.on('error', ({ error }) => got.reject(new Error(error.message)));
      subscription.subscribe();
      client.connect();
      try {
        expect(await got.promise).toHaveProperty('data.values');
      } finally {
        client.disconnect();
      }
    }, 30_000);

    test('after a restart everything is there again', async () => {
      const made = await server.call('POST', '/api/dashboards/db', { dashboard: { title: 'By hand', panels: [] }, folderUid: '' });
      expect(made.status).toBe(200);
      await server.stop();
      server = await start();
      expect((await server.call('GET', `/api/dashboards/uid/${made.body.uid}`)).body.dashboard.title).toBe('By hand');
      expect((await server.call('GET', '/api/datasources/uid/prom')).body.name).toBe('Prometheus');
      // The state was kept: a firing alert does not wait out its pending period again.
      const seen: string[] = [];
      await eventually('the alert fires still', async () => {
        const { body } = await server.call('GET', '/api/prometheus/grafana/api/v1/rules');
        seen.push(body.data.groups[0]?.rules[0]?.state);
        return seen.at(-1) === 'firing';
      }, { withinMs: 15_000 });
      expect(seen).not.toContain('pending');
    }, 120_000);
  });
}

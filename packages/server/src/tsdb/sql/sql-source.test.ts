import { createServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { frameDataJson, type Frame } from '@belvedere/dataframe';
import type { BackendPlugin, DataSourceInstanceSettings, PluginContext } from '@belvedere/plugin-sdk';
import { onEveryDatabase } from '../../infra/db/on-every-database.ts';
import { silentLogger } from '../../infra/log/log.ts';
import { createMysqlPlugin } from '../mysql/mysql.ts';
import { createPostgresqlPlugin } from '../postgresql/postgresql.ts';

const from = 1_700_000_000_000;
const to = 1_700_001_500_000;
const deps = { clock: { now: () => Date.UTC(2026, 10, 25), sleep: async () => {} }, dataProxy: { dialTimeoutMs: 20_000 } as never, log: silentLogger };
const makers = { postgres: createPostgresqlPlugin, mysql: createMysqlPlugin } as const;

const open: BackendPlugin[] = [];
afterEach(async () => {
  for (const plugin of open.splice(0)) await plugin.dispose?.();
});

function sourceAt(engine: keyof typeof makers, address: string, settings: Partial<DataSourceInstanceSettings> = {}) {
  const plugin = makers[engine](deps);
  open.push(plugin);
  const url = new URL(address);
  const record = {
    id: 1, uid: 'sql', type: engine, name: 'sql', url: url.host, user: url.username, database: '', basicAuthEnabled: false, basicAuthUser: '', updated: 1, apiVersion: '',
    jsonData: { database: url.pathname.slice(1), sslmode: 'disable' }, decryptedSecureJsonData: { password: url.password }, ...settings,
  };
  const context = (role = 'Admin') => ({ dataSourceInstanceSettings: record, grafanaConfig: { GF_SQL_ROW_LIMIT: '40' }, user: { role } }) as unknown as PluginContext;
  return {
    async ask(rawSql: unknown, format: unknown = 'table', more: Record<string, unknown> = {}, signal = new AbortController().signal) {
      const query = { refId: 'A', queryType: '', maxDataPoints: 100, intervalMs: 60_000, timeRange: { from, to }, json: { rawSql, format, ...more } };
      const { responses } = await plugin.queryData!({ pluginContext: context(), headers: {}, queries: [query], signal });
      return responses.get('A');
    },
    health: (role?: string) => plugin.checkHealth!({ pluginContext: context(role), headers: {}, signal: new AbortController().signal }),
  };
}

const columns = (frame: Frame | undefined) => frame?.fields.map(({ name, type, labels }) => [name, type, ...(labels ? [labels] : [])]);
const data = (frame: Frame | undefined) => JSON.parse(frameDataJson(frame!)).values;
const executed = (frame: Frame | undefined) => frame?.meta?.executedQueryString;

onEveryDatabase('a SQL source', (openDatabase, database) => {
  if (database === 'sqlite') {
    test('is no source', () => expect(Object.keys(makers)).not.toContain(database));
    return;
  }
  const postgres = database === 'postgres';
  const address = process.env[postgres ? 'BELVEDERE_TEST_POSTGRES_URL' : 'BELVEDERE_TEST_MYSQL_URL']!;
  const source = sourceAt.bind(undefined, database, address);

  /** `at`, `host`, `v` every 150 s with a gap, and the name of the table. */
  async function metrics(): Promise<string> {
    const db = await openDatabase();
    const place = (await db.prepare<{ name: string }>(`select ${postgres ? 'current_schema()' : 'database()'} as name`).first())!.name;
    await db.prepare(`create table metric (at ${postgres ? 'timestamptz' : 'datetime'}, host varchar(10), v double precision)`).run();
    const times = [0, 1, 2, 6, 7].flatMap((i) => ['a', 'b'].map((host) => `(${postgres ? 'to_timestamp' : 'from_unixtime'}(${1_700_000_000 + i * 150}), '${host}', ${i}.5)`));
    await db.prepare(`insert into metric values ${times.join(', ')}`).run();
    return `${place}.metric`;
  }

  test('makes a series of every label, and fills the gaps as it is told', async () => {
    const table = await metrics();
    const answer = await source().ask(`SELECT $__timeGroupAlias(at,'5m',NULL), host, max(v) AS v FROM ${table} WHERE $__timeFilter(at) GROUP BY 1, 2 ORDER BY 1, 2`, 'time_series');
    expect(answer).toMatchObject({ status: 200 });
    const [frame] = answer!.frames!;
    expect(columns(frame)).toEqual([['Time', 'time'], ['v', 'float64', { host: 'a' }], ['v', 'float64', { host: 'b' }]]);
    const series = [0.5, 2.5, null, 6.5, 7.5, null];
    expect(data(frame)).toEqual([[1_699_999_800_000, 1_700_000_100_000, 1_700_000_400_000, 1_700_000_700_000, 1_700_001_000_000, 1_700_001_300_000], series, series]);
    expect(executed(frame)).toContain(postgres ? 'floor(extract(epoch from at)/300)*300 AS "time"' : 'UNIX_TIMESTAMP(at) DIV 300 * 300 AS "time"');
    expect(executed(frame)).toContain(postgres ? "at BETWEEN '2023-11-14T22:13:20Z' AND '2023-11-14T22:38:20Z'" : 'at BETWEEN FROM_UNIXTIME(1700000000) AND FROM_UNIXTIME(1700001500)');
  });

  test('a metric column names the series', async () => {
    const table = await metrics();
    const { frames: [frame] = [] } = (await source().ask(`SELECT at AS time, host AS metric, v FROM ${table} ORDER BY at, host`, 'time_series'))!;
    expect(columns(frame)).toEqual([['Time', 'time'], ['a', 'float64'], ['b', 'float64']]);
  });

  test('tables keep their columns, and times however they are written', async () => {
    const { frames: [frame] = [] } = (await source().ask('SELECT 1703161287 AS time, \'x\' AS host, 1.5 AS v, NULL AS nothing'))!;
    expect(columns(frame)).toEqual([['time', 'time'], ['host', 'string'], ['v', 'float64'], ['nothing', 'string']]);
    expect(data(frame)).toEqual([[1_703_161_287_000], ['x'], [1.5], [null]]);
    for (const written of ['1703161287724', '1703161287724919000']) {
      expect(data((await source().ask(`SELECT ${written} AS time`))!.frames![0])).toEqual([[1_703_161_287_724]]);
    }
  });

  test('rows end at the limit, and the answer says so', async () => {
    const many = (n: number) => (postgres ? `SELECT i FROM generate_series(1, ${n}) i` : `WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < ${n}) SELECT i FROM r`);
    const at = async (n: number) => (await source().ask(many(n)))!.frames![0]!;
    const notice = { severity: 'warning', text: 'Results have been limited to 40 because the SQL row limit was reached' };
    expect((await at(39)).meta?.notices).toBeUndefined();
    expect((await at(40)).meta?.notices).toEqual(postgres ? undefined : [notice]);
    const over = await at(900);
    expect(over.meta?.notices).toEqual([notice]);
    expect(over.fields[0]!.values).toHaveLength(40);
  });

  test('failures say which stage, and no more than people may know', async () => {
    const { ask } = source();
    expect(await ask('SELECT $__nope(x)')).toMatchObject({ error: `interpolation failed: unknown macro ${postgres ? '"__nope"' : '__nope'}`, status: 500, errorSource: postgres ? 'downstream' : 'plugin' });
    expect(await ask("SELECT $__timeGroup(t,'soon')")).toMatchObject({ error: "interpolation failed: error parsing interval 'soon'" });
    expect((await ask('SELECT nope'))!.error).toMatch(postgres ? /^db query error: ERROR: column "nope" does not exist \(SQLSTATE 42703\)$/ : /^db query error: Error 1054 \(42S22\): Unknown column 'nope'/);
    expect(executed((await ask('SELECT nope'))!.frames![0])).toBe('SELECT nope');
    expect((await ask('SELECT 1 AS v', 'time_series'))!.error).toMatch(/^db has no time column: time column is missing;/);
    expect((await ask('SELECT bv_nope(1)'))!.error).toMatch(postgres ? /function bv_nope\(integer\) does not exist/ : /^db query error: query failed - please inspect Grafana server log for details$/);
    if (!postgres) expect((await ask('select user()'))!.error).toBe('interpolation failed: invalid query - please inspect Grafana server log for details');
    expect(await ask('SELECT 1 AS a')).toMatchObject({ status: 200 });
  });

  test('a request that no editor makes is refused whole, an empty query has no answer', async () => {
    const { ask } = source();
    expect(await ask('')).toBeUndefined();
    await expect(ask('SELECT 1', 5)).rejects.toThrow('error unmarshal query json');
    await expect(ask('SELECT 1', 'table', { fill: true })).rejects.toThrow('query fill-parameters not supported');
  });

  test('a query that is given up ends, and the source goes on', async () => {
    const { ask } = source();
    const giveUp = new AbortController();
    const sleep = postgres ? 'SELECT pg_sleep(601)' : 'SELECT sleep(601)';
    const running = async () => {
      const listed = await ask(postgres ? "SELECT query AS q FROM pg_stat_activity WHERE state = 'active'" : 'SELECT info AS q FROM information_schema.processlist');
      return (listed!.frames![0]!.fields[0]!.values as string[]).includes(sleep);
    };
    const waiting = ask(sleep, 'table', {}, giveUp.signal);
    await expect.poll(running, { timeout: 30_000 }).toBe(true);
    giveUp.abort();
    expect(await waiting).toMatchObject({ errorSource: 'downstream', error: expect.stringContaining('aborted') });
    await expect.poll(running, { timeout: 30_000 }).toBe(false);
  });

  test('health tells administrators what is wrong', async () => {
    expect(await source().health()).toEqual({ status: 'OK', message: 'Database Connection OK' });
    const refused = await source({ decryptedSecureJsonData: { password: 'wrong' }, user: 'nobody_here' }).health();
    expect(refused).toMatchObject({ status: 'ERROR', message: postgres ? expect.stringContaining('server error: FATAL') : expect.stringMatching(/MySQL error number: 1045$/) });
    expect(JSON.stringify(refused)).not.toContain('wrong');
  });

  if (postgres) {
    test('several statements add up where they are alike', async () => {
      const { ask } = source();
      expect(data((await ask("SET application_name='g'; SELECT 1 AS a; SELECT 2 AS a"))!.frames![0])).toEqual([[1, 2]]);
      expect((await ask('SELECT 1 AS a; SELECT 2 AS b'))!.error).toBe('convert frame from rows error: column name mismatch at position 0: expected "a", got "b"');
    });

    test('a group before a comma is the alias', async () => {
      const table = await metrics();
      expect(executed((await source().ask(`SELECT $__timeGroup(at,'5m'), max(v) FROM ${table} GROUP BY 1 ORDER BY 1`, 'time_series'))!.frames![0])).toContain('AS "time", max(v)');
    });
  } else {
    test('numbers beyond 64 bits and columns of one name are errors', async () => {
      const { ask } = source();
      expect((await ask('SELECT 18446744073709551615 AS a'))!.error).toContain('value out of range');
      expect((await ask('SELECT 1 AS a, 2 AS a'))!.error).toContain('duplicate column names are not allowed');
      expect(await ask('SELECT 1 AS a')).toMatchObject({ status: 200 });
    });
  }
});

describe.each(['postgres', 'mysql'] as const)('%s that is not there', (engine) => {
  test('is a network error, whose text administrators see', async () => {
    const listener = createServer();
    await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
    const { port } = listener.address() as AddressInfo;
    await new Promise((done) => listener.close(done));
    const source = sourceAt(engine, `x://u:p@127.0.0.1:${port}/d`);
    expect(await source.ask('SELECT 1')).toMatchObject({ error: 'db query error: failed to connect to server - please inspect Grafana server log for details', errorSource: 'downstream' });
    const problem = await source.health();
    expect(problem).toMatchObject({ status: 'ERROR', message: 'Network error: Failed to connect to the server. Error message: connect: connection refused' });
    expect(problem.details).toHaveProperty('errorDetailsLink');
    expect(await source.health('Viewer')).toEqual({ status: 'ERROR', message: 'failed to connect to server - please inspect Grafana server log for details' });
  });

  test('settings that cannot be used are the health of the source', async () => {
    const problem = engine === 'postgres' ? { url: '127.0.0.1', jsonData: { sslmode: 'verify-ca', sslRootCertFile: '/nowhere/ca.pem' } } : { url: 'a:b:c:d/e' };
    const source = sourceAt(engine, 'x://u:p@127.0.0.1:1/d', problem);
    await expect(source.ask('SELECT 1')).rejects.toThrow();
    expect(await source.health()).toMatchObject({ status: 'ERROR', message: engine === 'postgres' ? "invalid TLS certificate file paths: certificate file doesn't exist" : 'error parsing mysql url' });
  });
});

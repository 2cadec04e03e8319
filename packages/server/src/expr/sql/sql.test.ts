import { describe, expect, test } from 'vitest';
import { boolField, floatField, frame, frameJson, int64Field, stringField, timeField, valueAt } from '@belvedere/dataframe';
import { evaluate, expression, source, type Answers } from '../expr-fixtures.ts';
import { createExpressionService } from '../expr-service.ts';
import { createSqlCommand, type SqlLimits } from './sql-command.ts';
import { parseSql, tablesOf } from './sql-parser.ts';

const limits: SqlLimits = { sqlInputCellsMax: 100_000, sqlOutputCellsMax: 100_000, sqlQueryLengthMax: 10_000, sqlTimeoutMs: 10_000 };
const nullable = { nullable: true };
const A = [frame('', [
  stringField('item', ['apple', 'pear', 'leek', 'milk'], nullable), stringField('kind', ['fruit', 'fruit', 'vegetable', null], nullable), floatField('price', [1.5, 2, 0.75, 1.2], nullable),
  int64Field('count', [3n, 1n, 10n, null], nullable), boolField('fresh', [true, false, true, null], nullable), timeField('at', [1704164645000, 1706918400000, 1709510400000, null], nullable),
])];
const B = [frame('', [stringField('kind', ['fruit', 'vegetable', 'fish']), int64Field('aisle', [4n, 5n, 6n])])];

async function run(sql: string, { answers = { A, B }, format, with: more = {} }: { answers?: Answers; format?: string; with?: Partial<SqlLimits> } = {}) {
  const results = await evaluate(answers, [expression('X', { type: 'sql', expression: sql, ...(format && { format }) })], {}, { sqlCommand: createSqlCommand({ ...limits, ...more }) });
  return results.get('X')!;
}
/** Rows of a query, each a list. */
async function rows(sql: string, options?: Parameters<typeof run>[1]): Promise<unknown[][]> {
  const { frames, error } = await run(sql, options);
  if (error) throw new Error(error.text);
  const fields = frames[0]?.fields ?? [];
  return Array.from({ length: fields[0]?.values.length ?? 0 }, (_, row) => fields.map((field) => { const value = valueAt(field, row); return typeof value === 'bigint' ? Number(value) : value; }));
}
const types = async (sql: string) => (await run(sql)).frames[0]?.fields.map((field) => field.type + (field.nullable ? '?' : ''));

describe('queries', () => {
  test.each<[string, unknown[][]]>([
    ["SELECT item FROM A WHERE kind = 'fruit' AND price > 1.5", [['pear']]],
    ['SELECT kind, COUNT(*) n, SUM(price) s FROM A GROUP BY kind ORDER BY kind', [[null, 1, 1.2], ['fruit', 2, 3.5], ['vegetable', 1, 0.75]]],
    ['SELECT kind AS k, COUNT(*) AS n FROM A GROUP BY k HAVING n > 1', [['fruit', 2]]],
    ['SELECT COUNT(*) FROM A WHERE 1 = 0', [[0]]],
    ['SELECT A.item, b.aisle FROM A LEFT JOIN B b ON A.kind = b.kind ORDER BY 1', [['apple', 4], ['leek', 5], ['milk', null], ['pear', 4]]],
    ['SELECT B.kind, item FROM A RIGHT JOIN B ON A.kind = B.kind WHERE item IS NULL', [['fish', null]]],
    ['SELECT kind, item, aisle FROM A JOIN B USING (kind) ORDER BY item', [['fruit', 'apple', 4], ['vegetable', 'leek', 5], ['fruit', 'pear', 4]]],
    ['SELECT item FROM A WHERE price > (SELECT AVG(price) FROM A) ORDER BY item', [['apple'], ['pear']]],
    ['SELECT item FROM A a WHERE price = (SELECT MAX(price) FROM A b WHERE b.kind = a.kind) ORDER BY item', [['leek'], ['pear']]],
    ['SELECT item FROM A WHERE EXISTS (SELECT 1 FROM B WHERE B.kind = A.kind AND aisle > 4)', [['leek']]],
    ['SELECT item FROM A WHERE kind NOT IN (SELECT kind FROM B WHERE aisle = 4)', [['leek']]],
    ['WITH f AS (SELECT * FROM A WHERE fresh) SELECT COUNT(*) FROM f', [[2]]],
    ['WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT SUM(i) FROM n', [[15]]],
    ['SELECT item FROM A WHERE price > 1.4 UNION SELECT kind FROM A WHERE kind IS NOT NULL ORDER BY item LIMIT 2', [['apple'], ['fruit']]],
    ['SELECT kind FROM B EXCEPT SELECT kind FROM A', [['fish']]],
    ['SELECT item, RANK() OVER (PARTITION BY kind ORDER BY price DESC) r, SUM(price) OVER (PARTITION BY kind) s FROM A ORDER BY item', [['apple', 2, 3.5], ['leek', 1, 0.75], ['milk', 1, 1.2], ['pear', 1, 3.5]]],
    ['SELECT item, LAG(price) OVER (ORDER BY price) p, SUM(count) OVER (ORDER BY price ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) s FROM A ORDER BY price', [['leek', null, 10], ['milk', 0.75, 10], ['apple', 1.2, 3], ['pear', 1.5, 4]]],
    ["SELECT GROUP_CONCAT(DISTINCT kind ORDER BY kind DESC SEPARATOR '|') FROM A", [['vegetable|fruit']]],
    ['SELECT DISTINCT kind FROM A ORDER BY kind DESC', [['vegetable'], ['fruit'], [null]]],
    ['SELECT item FROM A ORDER BY price LIMIT 1, 2', [['milk'], ['apple']]],
    ['SELECT b.* FROM (SELECT kind k, COUNT(*) n FROM A GROUP BY kind) b ORDER BY n DESC LIMIT 1', [['fruit', 2]]],
    ["SELECT DATE_FORMAT(at, '%Y-%m'), COUNT(*) FROM A WHERE at IS NOT NULL GROUP BY 1 ORDER BY 1 LIMIT 1", [['2024-01', 1]]],
  ])('%s', async (sql, want) => expect(await rows(sql)).toEqual(want));

  test.each<[string, unknown]>([
    ['7 DIV 2', 3], ['7 / 2', 3.5], ['1 / 0', null], ['-7 % 4', -3], ['2 + 3 * 4', 14], ["'3 apples' + 1", 4], ['NULL IS NULL', true], ['NOT NULL', null], ['NULL AND FALSE', false], ['NULL OR TRUE', true], ['1 <=> NULL', false],
    ["'a' = 'A'", false], ["'abc' LIKE 'a%'", true], ["'a%c' LIKE 'a\\%c'", true], ["'abc' REGEXP '^a.c$'", true], ['2 BETWEEN 1 AND 3', true], ['NULL IN (1, 2)', null], ['3 NOT IN (1, NULL)', null], ["CASE 2 WHEN 1 THEN 'x' WHEN 2 THEN 'y' END", 'y'],
    ['ROUND(2.5)', 3], ['ROUND(-1.255, 2)', -1.26], ['TRUNCATE(1.999, 1)', 1.9], ["SUBSTRING('hello', -3, 2)", 'll'], ["CONCAT_WS('-', 'a', NULL, 'b')", 'a-b'], ["LPAD('7', 3, '0')", '007'], ["SUBSTRING_INDEX('a.b.c', '.', 2)", 'a.b'], ["CHAR_LENGTH('ž😀')", 2],
    ["DATE_FORMAT('2024-02-03 04:05:06', '%d.%m.%y %H:%i')", '03.02.24 04:05'], ["'2024-01-31' + INTERVAL 1 MONTH", '2024-02-29 00:00:00'], ["DATEDIFF('2024-03-01', '2024-02-01')", 29], ["TIMESTAMPDIFF(MONTH, '2024-01-15', '2024-03-14')", 1], ["UNIX_TIMESTAMP('2024-01-01')", 1704067200],
    ["CAST('12abc' AS SIGNED)", 12], ["JSON_EXTRACT('{\"a\":[1,2]}', '$.a[1]')", '2'], ["JSON_UNQUOTE('{\"a\":\"x\"}' -> '$.a')", 'x'], ['GREATEST(1, 3, 2)', 3], ['COALESCE(NULL, NULL, 3)', 3], ['9007199254740993 + 0 > 9007199254740992', true],
  ])('%s', async (sql, want) => expect((await rows(`SELECT ${sql} AS v`))[0]?.[0]).toEqual(want));

  test('types are the narrowest', async () => {
    expect(await types("SELECT 1 a, 300 b, 1.5 c, 'x' d, TRUE e, 1 + 1 f, LENGTH(item) g, price * 2 h, count + 1 i, kind IS NULL j, YEAR(at) k, COUNT(*) OVER () l FROM A"))
      .toEqual(['int8', 'int16', 'float64?', 'string', 'bool', 'int64', 'int32?', 'float64?', 'int64?', 'bool', 'int32?', 'int64']);
  });
});

describe('refusals', () => {
  const refused = async (sql: string) => (await run(sql)).error?.text;
  test.each([
    ['SELECT colour FROM A', '[sse.sql.column_not_found]'], ['SELECT SLEEP(1) FROM A', "the sql function 'SLEEP' is not in the allowed list of functions"], ["SELECT LOAD_FILE('/etc/passwd')", 'LOAD_FILE'],
    ["SELECT item INTO OUTFILE '/tmp/x' FROM A", "the sql keyword 'sqlparser.Variables'"], ['DROP TABLE A', '*sqlparser.DDL'], ['SET @a = 1', '*sqlparser.Set'], ['SELECT kind, item FROM A GROUP BY kind', 'only_full_group_by'],
    ['SELECT NULL AS n', 'unsupported type for column n of type null'], ['SELECT (SELECT item FROM A)', 'more than 1 row'], ["SELECT 'a' REGEXP '(a+)+$'", 'too complex'], ['SELECT kind FROM A, B', 'ambiguous column name "kind"'],
    ['WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i FROM n) SELECT * FROM n', 'does not end'],
  ])('%s', async (sql, why) => expect(await refused(sql)).toContain(why));

  test.each([
    ['SELECT FROM WHERE', "syntax error at position 18 near 'WHERE'"], ['SELECT 1; SELECT 2', "syntax error at position 17 near 'SELECT'"], ['   ', 'empty statement'], [`SELECT ${'('.repeat(5000)}1`, 'nested too deeply'], ["SELECT 'open", 'syntax error'],
  ])('%s', (sql, why) => expect(() => parseSql(sql)).toThrow(why));

  test('what is wrong before anything runs is a parse error', () => {
    const service = createExpressionService({ enabled: true, sqlCommand: createSqlCommand(limits) });
    const build = (sql: unknown, more = [source('A')]) => () => service.build([...more, expression('X', { type: 'sql', expression: sql })]);
    expect(build('')).toThrow('[sse.sql.empty_query]');
    expect(build(`SELECT ${'1,'.repeat(6000)}1`)).toThrow('[sse.sql.query_too_long]');
    expect(build(5)).toThrow('expected sql expression to be type string, but got type float64');
    expect(build('SELECT * FROM q')).toThrow('selects from table (refId/query) [q] and that table was not found');
    expect(build('SELECT * FROM C', [expression('C', { type: 'math', expression: '1' })] as never)).toThrow('only data source queries');
    expect(() => createExpressionService({ enabled: true }).build([expression('X', { type: 'sql', expression: 'SELECT 1' })])).toThrow("'sql' is not a recognized expression type");
  });
});

test('tables are those that are not defined in the query itself', () => {
  expect(tablesOf(parseSql('WITH c AS (SELECT * FROM A) SELECT * FROM c JOIN (SELECT * FROM B) d, dual WHERE x IN (SELECT y FROM `C`)'))).toEqual(['A', 'B', 'C']);
});

describe('inputs', () => {
  test('series become one long table', async () => {
    const series = (labels: Record<string, string>, ...values: number[]) => frame('', [timeField('t', values.map((_, i) => i)), floatField('v', values, { labels })], { meta: { type: 'timeseries-multi' } });
    expect(await rows('SELECT * FROM A', { answers: { A: [series({ h: 'b' }, 1, 2), series({ h: 'a', z: 'y' }, 3, Number.NaN)] } })).toEqual([[0, 1, 'v', 'b', null], [0, 3, 'v', 'a', 'y'], [1, 2, 'v', 'b', null], [1, null, 'v', 'a', 'y']]);
  });
  test('frames that are neither are refused', async () => {
    const results = await evaluate({ A: [A[0]!, B[0]!] }, [expression('X', { type: 'sql', expression: 'SELECT * FROM A' })], {}, { sqlCommand: createSqlCommand(limits) });
    expect(results.get('A')?.error?.messageId).toBe('sse.sql.input_conversion');
    expect(results.get('X')?.error?.text).toBe('[sse.sql.failed_dependency] could not run sql expression [X] because it selects from the results of query [A] which has an error');
  });
  test('no data', async () => expect((await run('SELECT * FROM A', { answers: { A: [] } })).frames.map((f) => frameJson(f))).toEqual(['{"schema":{"name":"X","refId":"X","fields":[]},"data":{"values":[]}}']));
});

describe('limits', () => {
  const wide = (n: number) => [frame('', [int64Field('n', Array.from({ length: n }, (_, i) => BigInt(i)))])];
  test('cells in', async () => expect((await run('SELECT * FROM A', { answers: { A: wide(100) }, with: { sqlInputCellsMax: 50 } })).error?.messageId).toBe('sse.sql.input_limit_exceeded'));
  test('cells out', async () => {
    const { frames } = await run('SELECT n, n FROM A', { answers: { A: wide(100) }, with: { sqlOutputCellsMax: 51 } });
    expect([frames[0]?.fields[0]?.values.length, frames[0]?.meta?.notices?.[0]?.text]).toEqual([25, 'Query exceeded max output cells (51). Only 50 cells returned.']);
  });
  test('texts', async () => {
    expect((await run("SELECT REPEAT('x', 100000) FROM A", { answers: { A: wide(1000) } })).error?.text).toContain('the result is too large');
    expect((await run("WITH RECURSIVE t AS (SELECT 'xx' AS s UNION ALL SELECT CONCAT(s, s) FROM t) SELECT * FROM t")).error?.text).toContain('too long');
  });
  test('a costly query runs on a thread, and no longer than it may', async () => {
    expect(await rows('SELECT COUNT(*) FROM A a, A b WHERE a.n < b.n', { answers: { A: wide(300) } })).toEqual([[44850]]);
    expect((await run('SELECT COUNT(*) FROM A a, A b, A c', { answers: { A: wide(1000) }, with: { sqlTimeoutMs: 300 } })).error?.messageId).toBe('sse.sql.timeout');
  });
});

describe('for alerts', () => {
  test('a number a row', async () => {
    const { frames } = await run('SELECT kind, AVG(price) v FROM A WHERE kind IS NOT NULL GROUP BY kind ORDER BY kind', { format: 'alerting' });
    expect(frames.map(({ meta, fields }) => [meta?.type, fields[0]?.name, fields[0]?.labels, fields[0]?.values[0]])).toEqual([['numeric-multi', 'v', { kind: 'fruit' }, 1.75], ['numeric-multi', 'v', { kind: 'vegetable' }, 0.75]]);
  });
  test('labels tell the rows apart', async () => expect((await run("SELECT 'x' k, price FROM A", { format: 'alerting' })).error?.text).toContain('[sse.sql.duplicate_string_columns]'));
});


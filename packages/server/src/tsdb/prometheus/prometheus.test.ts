import { expect, test } from 'vitest';
import { floatField, frame, frameDataJson, framesJson, timeField, valueAt, type Frame } from '@belvedere/dataframe';
import { applyFilters } from './promql/filters.ts';
import { parsePromql, writePromql } from './promql/expression.ts';
import { alignedRange, displayName, readQuery, secondsText } from './query-model.ts';
import { mergeExemplars } from './exemplars.ts';
import { AnswerReader, readAnswer, UnreadableAnswer } from './response-reader.ts';
import { suggestionsRequest } from './suggestions.ts';

const aQuery = (json: Record<string, unknown>, from = 1_700_000_007_000, to = 1_700_003_607_000) =>
  ({ refId: 'A', queryType: '', maxDataPoints: 1000, intervalMs: 15_000, timeRange: { from, to }, json: { intervalMs: 15_000, ...json } });
const read = (json: Record<string, unknown>, timeInterval = '') => readQuery(aQuery(json), { timeInterval, fromAlert: false });
const answer = (body: string) => readAnswer(Buffer.from(body));
const matrix = (series: string) => answer(`{"status":"success","data":{"resultType":"matrix","result":[${series}]}}`).frames;
const rows = (f: ReturnType<typeof matrix>[number] | undefined) => Array.from({ length: f?.fields[0]?.values.length ?? 0 }, (_, i) => f!.fields.map((field) => valueAt(field, i)));

test('samples are read exactly, however they are written', () => {
  const values = ['0', '-0', '1.5', '-3e4', '1e-7', '0.1', '123456789012345678', '0.016666666666666666', '9007199254740993', '1.7976931348623157e308', '5e-324', 'NaN', '+Inf', '-Inf', '00012.50'];
  const [series] = matrix(`{"metric":{"a":"b"},"values":[${values.map((v, i) => `[${1_700_000_000 + i},"${v}"]`).join(' , ')}]}`);
  expect(rows(series).map(([, value]) => value)).toEqual(values.map((v) => Number(v.replace('+Inf', 'Infinity').replace('-Inf', '-Infinity'))));
});

test('numbers of any length are the nearest double', () => {
  let seed = 42;
  const random = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  const digits = (n: number) => Array.from({ length: n }, () => Math.floor(random() * 10)).join('');
  const texts = ['0.016666666666666666', '123456789.123456789', '999999999999999999', '0.1', '9007199254740993', '9007199254740992.5', '4503599627370496.5', '4503599627370497.5', '0.000000000000000001', '123456789012345678.0', '0.30000000000000004'];
  for (let i = 0; i < 20_000; i++) texts.push(i % 3 === 0 ? String(random() * 10 ** Math.floor(random() * 12)) : `${random() < 0.3 ? '-' : ''}${digits(1 + Math.floor(random() * 12))}.${digits(1 + Math.floor(random() * 16))}`);
  const [series] = matrix(`{"metric":{},"values":[${texts.map((v, i) => `[${i},"${v}"]`).join(',')}]}`);
  const wrong = texts.filter((text, i) => !Object.is((series!.fields[1]!.values as Float64Array)[i], Number(text)));
  expect(wrong).toEqual([]);
});

test('values are written out as they would be printed', () => {
  const alike = ['0', '-0', '5', '-12', '0.5', '1700000000.25', '0.30000000000000004', '123456789012345680', '0.000001'];
  const different = ['1.50', '1.', '007', '00.5', '0.0', '0.0000001', '123456789012345678', '1e3', 'NaN', '+Inf'];
  const data = (texts: readonly string[]) => frameDataJson(matrix(`{"metric":{},"values":[${texts.map((v, i) => `[${i},"${v}"]`).join(',')}]}`)[0]!);
  expect(data(alike)).toBe(`{"values":[[${alike.map((_, i) => i * 1000).join(',')}],[${alike.join(',')}]]}`);
  for (const text of different) {
    const value = text === 'NaN' ? Number.NaN : text === '+Inf' ? Number.POSITIVE_INFINITY : Number(text);
    const printed = frameDataJson(frame('', [timeField('Time', Float64Array.of(0, 1000)), floatField('Value', Float64Array.of(1, value))]));
    expect(data(['1', text]), text).toBe(printed);
  }
});

test('times are cut to milliseconds, and equal ones are shared', () => {
  const [a, b, c] = matrix('{"metric":{},"values":[[1700000000.4567,"1"],[1700000001.999999,"2"]]},{"metric":{},"values":[[1700000000.4567,"3"],[1700000001.999999,"4"]]},{"metric":{},"values":[[1700000000.4567,"3"]]}');
  expect(rows(a).map(([time]) => time)).toEqual([1_700_000_000_456, 1_700_000_001_999]);
  expect(b?.fields[0]?.values).toBe(a?.fields[0]?.values);
  expect(rows(c)).toEqual([[1_700_000_000_456, 3]]);
});

const long = Array.from({ length: 400 }, (_, i) => `[${1_700_000_000 + i * 15},"${i % 50 === 0 ? '1e-7' : i / 3}"]`).join(',');
const inData = (result: string, rest = '') => `{"status":"success","data":{"resultType":"matrix","result":[${result}]${rest}}`;
test.each([
  ['series', `${inData([1, 2, 3].map((n) => `{"metric":{"n":"${n}"},"values":[${long}]}`).join(','))}}`],
  ['what follows the series', `${inData(`{"metric":{"n":"1"},"values":[${long}]} , {"values":[[1,"2"]],"metric":{}}`, ',"stats":{"a":[[1]]}')},"warnings":["w"],"infos":["i"]}`],
  ['no series', `${inData('')}}`],
  ['an end of series within a label', `${inData(`{"metric":{"n":"\\"]]},{"},"values":[${long}]},{"metric":{"n":"ž"},"values":[[1,"2"]]}`)}}`],
  ['histograms', `${inData('{"metric":{"a":"b"},"histograms":[[1,{"count":"3","buckets":[[1,"-4","-2","1"],[0,"1","+Inf","2"]]}]]},{"metric":{},"values":[[1,"2"]]}')}}`],
  ['an error after series', `${inData(`{"metric":{},"values":[${long}]}`)},"status":"error","errorType":"t","error":"e"}`],
  ['a broken sample', `${inData(`{"metric":{},"values":[${long}]},{"metric":{},"values":[[1,"0x10"]]},{"metric":{},"values":[[1,"2"]]}`)}}`],
  ['a broken list', `${inData(`{"metric":{},"values":[${long}]}{"metric":{},"values":[[1,"2"]]}`)}}`],
  ['an end too early', inData(`{"metric":{},"values":[${long}]},{"metric":{},"values":[${long}`).slice(0, -5)],
  ['nothing', ''],
  ['an instant answer', '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"2"]}]}}'],
])('an answer that comes in parts reads like one that comes whole: %s', (_, text) => {
  const body = Buffer.from(text);
  const outcome = (read: () => { frames: readonly Frame[]; error?: string }) => {
    try {
      const { frames, error } = read();
      return { frames: framesJson(frames), error };
    } catch (error) {
      expect(error).toBeInstanceOf(UnreadableAnswer);
      return (error as Error).message;
    }
  };
  const whole = outcome(() => readAnswer(body));
  for (const size of [1, 7, 64, 1000, 5000]) {
    const parts = outcome(() => {
      const reader = new AnswerReader();
      // The bytes are only lent.
      for (let at = 0; at < body.length; at += size) {
        const part = Buffer.from(body.subarray(at, at + size));
        reader.part(part);
        part.fill(55);
      }
      return reader.end();
    });
    expect(parts, `parts of ${size}`).toEqual(whole);
  }
});

test('many samples', () => {
  const n = 5000;
  const [series] = matrix(`{"metric":{},"values":[${Array.from({ length: n }, (_, i) => `[${i},"${i / 7}"]`).join(',')}]}`);
  expect(Array.from(series!.fields[1]!.values as Float64Array)).toEqual(Array.from({ length: n }, (_, i) => i / 7));
});

test('the type may come after the result, and labels hold any text', () => {
  const { frames } = answer('{"data":{"result":[{"value":[1,"2"],"metric":{"__name__":"x","__proto__":"p","ž":"\\u00e9\\n\\"ключ"}}],"resultType":"vector"},"status":"success"}');
  expect(frames[0]?.meta?.type).toBe('numeric-multi');
  expect(Object.entries(frames[0]?.fields[1]?.labels ?? {})).toEqual([['__name__', 'x'], ['__proto__', 'p'], ['ž', 'é\n"ключ']]);
});

test.each([
  ['<html>', /^response from prometheus couldn't be parsed. it is non-json: /],
  ['', /^response from prometheus couldn't be parsed. it is non-json: /],
  ['{"status":"success","warnings":"no list"}', /non-json/],
  ['{"status":"success","data":{"resultType":"mat', /^expected|^a |^e/],
  ['{"status":"success","data":{"result":[]}}', /^no resultType found$/],
  ['{"status":"success","data":{"resultType":"table","result":[]}}', /^unknown result type: table$/],
  ['{"status":"success","data":"text"}', /^expected object type$/],
  ['{"status":"success","data":{"resultType":"matrix","result":[{"values":[[1,"1e400"]]}]}}', /out of range/],
  ['{"status":"success","data":{"resultType":"matrix","result":[{"values":[[1,"0x10"]]}]}}', /invalid syntax/],
  ['{"status":"success","data":{"resultType":"matrix","result":[{"values":[[1,5]]}]}}', /./],
  ['{"status":"success","data":{"resultType":"matrix","result":[{"values":[["1","5"]]}]}}', /./],
  ['{"status":"success","data":{"resultType":"matrix","result":[{"values":[[1,"5"', /./],
])('%j is refused', (body, message) => {
  expect(() => answer(body)).toThrow(UnreadableAnswer);
  expect(() => answer(body)).toThrow(message);
});

test('an error says its type, warnings and infos are notices on every frame', () => {
  expect(answer('{"status":"error","errorType":"bad_data","error":"boom"}')).toEqual({ frames: [], error: 'bad_data: boom' });
  const noted = answer('{"status":"success","warnings":["w"],"infos":["i"],"data":{"resultType":"matrix","result":[]}}').frames;
  expect(noted).toMatchObject([{ name: 'Warnings', meta: { notices: [{ severity: 'warning', text: 'w' }, { severity: 'info', text: 'i' }] } }]);
});

test('native histograms are one row a bucket', () => {
  const [f] = matrix('{"metric":{"a":"b"},"values":[[1,"2"]],"histograms":[[1,{"count":"3","buckets":[[1,"-4","-2","1"],[0,"1","+Inf","2"]]}]]}');
  expect(rows(f)).toEqual([[1000, -4, -2, 1, 1], [1000, 1, Number.POSITIVE_INFINITY, 2, 0]]);
  expect(f?.meta).toEqual({ type: 'heatmap-cells' });
});

test.each([
  [{ interval: '2m' }, '', 120_000], [{ interval: '45' }, '', 45_000], [{ intervalFactor: 4 }, '', 60_000], [{ intervalMs: undefined }, '30s', 30_000],
  [{ interval: '$__rate_interval' }, '', 60_000], [{ interval: '$__rate_interval' }, '1m', 240_000], [{ interval: '${__interval}' }, '', 15_000], [{ intervalMs: 20_000.5 }, '', 20_000],
])('the step of %j with scrape interval %j', (json, timeInterval, step) => {
  expect(read(json, timeInterval).stepMs).toBe(step);
});

test('variables are replaced, longer names first', () => {
  const expr = 'a[$__interval] b[$__interval_ms] c[$__range] d[${__range_s}] f[$__rate_interval] g[${__rate_interval_ms}]';
  expect(read({ expr }).expr).toBe('a[15s] b[15000] c[3600s] d[3600] f[1m0s] g[60000]');
  expect(read({ expr: '$__rate_interval $__interval', interval: '2m' }).expr).toBe('8m0s 2m');
});

test('ranges begin and end at whole steps', () => {
  expect(alignedRange(read({}))).toEqual({ start: 1_699_999_995, end: 1_700_003_595 });
  expect(secondsText(1e-7)).toBe('0.0000001');
});

test.each([
  ['', { __name__: 'up', job: 'a', b: 'c"d' }, 'up{b="c\\"d", job="a"}'], ['', {}, 'expr'], ['__auto', { a: 'b' }, undefined], ['__auto', {}, 'expr'],
  ['{{ job }}-{{nope}}', { job: 'a' }, 'a-'], ['{{nope}}', { job: 'a' }, undefined], ['{{}}', { job: 'a' }, '{{}}'], ['{}', { job: 'a' }, 'expr'],
])('legend %j of %j', (format, labels, name) => {
  expect(displayName(format, labels as Record<string, string>, 'expr')).toBe(name);
});

test.each([
  ['sum by (job)(rate(x{a="b"}[5m]))/up', 'sum by (job) (rate(x{a="b"}[5m])) / up'],
  ['sum(x) without(b) ', 'sum without (b) (x)'], ['-x^2', '-x ^ 2'], ['a or b and c == bool 1', 'a or b and c == bool 1'], ['a*on(b)group_left(c)d', 'a * on (b) group_left (c) d'],
  ['x[90m:] offset -5m', 'x[1h30m:] offset -5m'], ['x @ 12 offset 14d', 'x @ 12.000 offset 2w'], ['rate(x[1h] @ end())', 'rate(x[1h] @ end())'],
  ['{"http.x", a=~"b"}', '{"http.x",a=~"b"}'], ['{__name__="y",a="b"}', 'y{a="b"}'], ["label_replace(x, 'a', `b`, \"c\", \"d\")", 'label_replace(x, "a", "b", "c", "d")'],
  ['quantile by (le) (0.9, x) > 1e3', 'quantile by (le) (0.9, x) > 1000'], ['(a + b) * 2', '(a + b) * 2'], ['topk(5, x) # best', 'topk(5, x)'],
])('PromQL %j is written again', (text, again) => {
  expect(writePromql(parsePromql(text))).toBe(again);
  expect(writePromql(parsePromql(again))).toBe(again);
});

test.each([['sum by (', '1:9: parse error: unclosed left parenthesis'], ['', '1:1: parse error: no expression found in input'], ['a b', /parse error: unexpected word "b"/], [`${'('.repeat(5000)}x`, /nested too deeply/]])(
  'PromQL %j is refused', (text, message) => {
    expect(() => parsePromql(text)).toThrow(message);
  });

test('filters join every selector, group-by keys every aggregation', () => {
  const filter = (key: string, operator: string, value: string, values: string[] = []) => ({ key, operator, value, values });
  expect(applyFilters('up{job="api",x!="y"} and down', [], [filter('job', 'equals', 'web')], [])).toBe('up{job="web",x!="y"} and down{job="web"}');
  expect(applyFilters('up', [filter('env', 'equals', 'a'), filter('env', 'equals', 'b')], [filter('z', 'one-of', '', ['1', '2'])], [])).toBe('up{env=~"a|b",z=~"1|2"}');
  expect(applyFilters('sum(x) + max without (b) (z)', [], [], ['pod'])).toBe('sum by (pod) (x) + max without (b, pod) (z)');
  expect(() => applyFilters('up', [], [filter('a', '=~', 'b')], [])).toThrow('unknown operator "=~"');
});

test('exemplars are merged and thinned out', () => {
  const exemplars = [1, 2, 3, 50, 51, 100, 99, 98].map((v, i) => ({ labels: { id: `i${i}`, ...(i === 5 && { job: 'own' }) }, value: String(v), timestamp: 1_700_000_000 + i / 10 }));
  const { frames } = answer(JSON.stringify({ status: 'success', data: [{ seriesLabels: { job: 'a' }, exemplars }, { seriesLabels: {}, exemplars: [] }] }));
  const merged = mergeExemplars(frames, 15_000);
  expect(merged?.fields.map(({ name }) => name)).toEqual(['Time', 'Value', 'id', 'job']);
  expect(rows(merged)).toEqual([[1_700_000_000_200, 3, 'i2', ''], [1_700_000_000_500, 100, 'i5', 'own']]);
});

test('suggestions ask for the metrics of the queries', () => {
  const ask = (body: unknown) => suggestionsRequest(Buffer.from(JSON.stringify(body)));
  expect(ask({ labelName: 'job', queries: ['sum(rate(b[$__rate_interval])) / a', 'sum by ('], limit: 3 })).toEqual({
    path: 'api/v1/label/job/values', query: [['match[]', 'a'], ['match[]', 'b'], ['limit', '3']],
  });
  expect(ask({ adhocFilters: [{ key: 't', operator: 'one-of', values: ['a', 'b'] }] }).query).toEqual([['match[]', '{t=~"a|b"}']]);
});

test('a hostile legend is done with in one pass', () => {
  const hostile = `${'{{'.repeat(200_000)}${' '.repeat(200_000)}`;
  expect(displayName(hostile, { a: 'b' }, 'expr')).toBe(hostile);
});

test.each([{ intervalFactor: 1e308 }, { utcOffsetSec: 1e308 }, { intervalFactor: 1.5 }, { range: 'yes' }, { expr: 5 }])('%j is refused', (json) => {
  expect(() => read(json)).toThrow(/^error unmarshaling query: /);
});

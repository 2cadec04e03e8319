import { describe, expect, test } from 'vitest';
import { floatField, frame, labelsFingerprint, stringField, timeField } from '@belvedere/dataframe';
import { PluginPanic } from '@belvedere/plugin-sdk';
import { ApiError } from '../web/errors.ts';
import { evaluate, expression, math, numberFrame, seriesFrame, shown, source } from './expr-fixtures.ts';
import { createExpressionService } from './expr-service.ts';
import { exprResponses, ExprGraphError } from './expr.ts';
import { parseMath } from './math-parser.ts';

const constant = async (text: string) => shown(await evaluate({}, [math('X', text)]))[0]?.[1];

describe('math', () => {
  test.each([
    ['1 + 2 * 3', 7], ['2 ** 3 ** 2', 64], ['-2 ** 2', 4], ['-7 % 4', -3], ['1 / 0', Number.POSITIVE_INFINITY], ['010', 8], ['08', 8], ['0x1F', 31], ['1 < 2 < 3', 1], ['1 == 1 && 2 == 3 || 1', 1],
    ['round(-2.5)', -3], ['is_nan(null())', Number.NaN], ['is_null(null())', 1], ['is_number(inf())', 0], ['null() + 1', null], ['nan() || 0', 1], ['0 && nan()', 0], ['1 && nan()', Number.NaN], ['! nan()', Number.NaN],
  ])('%s', async (text, value) => expect(await constant(text)).toEqual([value]));

  test.each([
    ['$A*-1', 'unexpected *- in root input'], ['foo(1)', 'non existent function foo'], ['abs()', 'parse: not enough arguments for abs'], ['nan(1)', 'parse: too many arguments for nan'],
    ['1 +', 'unexpected EOF in input: F()'], ['${A', 'unexpected unterminated variable missing closing } in input: F()'], ['0x', 'illegal number syntax: "0x"'], ['1 ? 2', 'unexpected invalid character: ? in root input'],
  ])('%s is refused', (text, why) => expect(() => parseMath(text)).toThrow(why));

  test('what is nested without end is refused, not followed', () => {
    expect(() => parseMath('('.repeat(100_000))).toThrow('nested too deeply');
    expect(() => parseMath(`${'- '.repeat(50_000)}1`)).toThrow('nested too deeply');
  });

  test('series find each other by labels', async () => {
    const results = await evaluate({ A: [seriesFrame({ h: 'a' }, 1, 2), seriesFrame({ h: 'b' }, 3, 4)], B: [numberFrame({ a: 10, b: 20 })] }, [expression('N', { type: 'reduce', expression: 'B', reducer: 'sum' }), math('X', '$A + $A'), math('Y', '$A + 1')]);
    expect(shown(results)).toEqual([[{ h: 'a' }, [2, 4]], [{ h: 'b' }, [6, 8]]]);
    expect(shown(results, 'Y')).toEqual([[{ h: 'a' }, [2, 3]], [{ h: 'b' }, [4, 5]]]);
  });

  test('the larger of two label sets wins, and what is left over is told', async () => {
    const results = await evaluate({ A: [seriesFrame({ h: 'a' }, 1), seriesFrame({ h: 'b' }, 2)], B: [seriesFrame({ h: 'a', d: 'x' }, 10), seriesFrame({ h: 'c', d: 'x' }, 20)] }, [math('X', '$A * $B')]);
    expect(shown(results)).toEqual([[{ h: 'a', d: 'x' }, [10]]]);
    expect(results.get('X')?.frames[0]?.meta?.notices?.[0]?.text).toBe('2 items dropped from union(s): ["$A * $B": ($A: {h=b}) ($B: {d=x, h=c})] ');
  });

  test('many series match by lookup as they do one by one', async () => {
    const many = (f: number) => Array.from({ length: 40 }, (_, i) => seriesFrame({ h: `${i}` }, i * f));
    const results = await evaluate({ A: many(1), B: [...many(10).slice(5)] }, [math('X', '$A + $B')]);
    expect(shown(results)).toEqual(Array.from({ length: 35 }, (_, i) => [{ h: `${i + 5}` }, [(i + 5) * 11]]));
    expect(results.get('X')?.frames[0]?.meta?.notices?.[0]?.text).toBe('5 items dropped from union(s): ["$A + $B": ($A: {h=0} {h=1} {h=2} {h=3} {h=4})]');
  });

  test('a lookup finds what comparing each with each finds', async () => {
    let seed = 3;
    const random = (n: number) => { seed = (Math.imul(seed, 1103515245) + 12345) >>> 0; return Math.floor((seed / 2 ** 32) * n); };
    const labels = () => Object.fromEntries(['a', 'b', 'c'].filter(() => random(3) > 0).map((key) => [key, String(random(3))]));
    const within = (part: object, whole: object) => Object.entries(part).every(([key, value]) => (whole as Record<string, string>)[key] === value);
    for (let round = 0; round < 20; round++) {
      const [l, r] = [Array.from({ length: 30 }, labels), Array.from({ length: 30 }, labels)];
      const wanted = l.flatMap((a, i) => r.flatMap((b, j) => (within(a, b) ? [[b, [i + j * 100]]] : within(b, a) ? [[a, [i + j * 100]]] : [])));
      const results = await evaluate({ A: l.map((set, i) => seriesFrame(set, i)), B: r.map((set, j) => seriesFrame(set, j * 100)) }, [math('X', '$A + $B')]);
      expect(shown(results), `round ${round}`).toEqual(wanted);
    }
  });

  test('series join on equal instants, in the order of the left', async () => {
    const at = (times: number[], values: number[]) => frame('', [timeField('t', times), floatField('v', values)]);
    expect(shown(await evaluate({ A: [at([3, 1, 2], [30, 10, 20])], B: [at([1, 3], [1, 3])] }, [math('X', '$A + $B')]))).toEqual([[undefined, [33, 11]]]);
  });

  test('a product of all with all ends somewhere', async () => {
    const many = Array.from({ length: 600 }, (_, i) => seriesFrame(undefined, i));
    await expect(evaluate({ A: many, B: many }, [math('X', '$A + $B')]).then(shown)).rejects.toThrow('too many values match in $A and $B');
  });

  test('no data absorbs', async () => {
    const results = await evaluate({ A: [], B: [seriesFrame({ h: 'a' }, 1)] }, [math('X', '$A + $B')]);
    expect(results.get('X')?.frames[0]).toMatchObject({ name: 'no data', fields: [], meta: { notices: [{ text: '1 items dropped from union(s): ["$A + $B": ($B: {h=a})]' }] } });
  });
});

const reduce = (reducer: string, settings?: object, input = 'A') => expression('X', { type: 'reduce', expression: input, reducer, ...(settings && { settings }) });

describe('reduce', () => {
  const holes = [seriesFrame(undefined, 1, null, 3, Number.NaN)];
  test.each([
    ['mean', undefined, Number.NaN], ['mean', { mode: 'dropNN' }, 2], ['mean', { mode: 'replaceNN', replaceWithValue: 0 }, 1], ['count', undefined, 4], ['count', { mode: 'dropNN' }, 2], ['LAST', undefined, Number.NaN],
    ['median', { mode: 'replaceNN', replaceWithValue: -1 }, 0], ['sum', { mode: '' }, Number.NaN],
  ])('%s %j', async (reducer, settings, value) => expect(shown(await evaluate({ A: holes }, [reduce(reducer, settings)]))).toEqual([[undefined, [value]]]));

  test('empty series', async () => {
    const empty = { A: [seriesFrame(undefined)] };
    expect(shown(await evaluate(empty, [reduce('sum')]))[0]?.[1]).toEqual([0]);
    expect(shown(await evaluate(empty, [reduce('mean')]))[0]?.[1]).toEqual([Number.NaN]);
    expect(shown(await evaluate(empty, [reduce('mean', { mode: 'dropNN' })]))[0]?.[1]).toEqual([null]);
  });

  test('numbers pass with a notice', async () => {
    const results = await evaluate({ A: [numberFrame({ a: 1, b: null })] }, [reduce('sum')]);
    expect(shown(results)).toEqual([[{ host: 'a' }, [1]], [{ host: 'b' }, [null]]]);
    expect(results.get('X')?.frames[0]?.meta?.notices?.[0]?.text).toContain('Input query or expression A is already reduced data.');
  });
});

test('resample: several to one, none by the upsampler', async () => {
  const resample = (more: object) => expression('X', { type: 'resample', expression: 'A', window: '2m', downsampler: 'mean', upsampler: 'pad', ...more });
  const A = [seriesFrame(undefined, 1, 2, 4)];
  expect(shown(await evaluate({ A }, [resample({})]))).toEqual([[undefined, [1, 3, 4]]]);
  expect(shown(await evaluate({ A }, [resample({ upsampler: 'fillna' })]))).toEqual([[undefined, [1, 3, null]]]);
  await expect(evaluate({ A }, [resample({ window: '1h' })]).then(shown)).rejects.toThrow('the time range is shorter than the interval');
  await expect(evaluate({ A }, [resample({ window: '1us' })]).then(shown)).rejects.toThrow('Resample series length to large, max allowed 1000000, wanted 300000000');
});

const threshold = (condition: object) => expression('X', { type: 'threshold', expression: 'A', conditions: [condition] });
const is = (type: string, ...params: number[]) => ({ type, params });

describe('threshold', () => {
  test.each([
    [is('gt', 2), [0, 0, 1, null, 0]], [is('ne', 2), [1, 0, 1, null, 1]], [is('within_range', 1, 3), [0, 1, 0, null, 0]], [is('outside_range_included', 1, 3), [1, 0, 1, null, 0]], [is('within_range', 3, 1), [0, 0, 0, null, 0]],
  ])('%j', async (evaluator, values) => expect(shown(await evaluate({ A: [seriesFrame(undefined, 1, 2, 3, null, Number.NaN)] }, [threshold({ evaluator })]))).toEqual([[undefined, values]]));

  test('what is loaded stays until it is unloaded', async () => {
    const A = [numberFrame({ a: 50, b: 50, c: 90, d: 10 })];
    const condition = { evaluator: is('gt', 80), unloadEvaluator: is('lt', 20) };
    expect(shown(await evaluate({ A }, [threshold(condition)]))).toEqual([[{ host: 'a' }, [0]], [{ host: 'b' }, [0]], [{ host: 'c' }, [1]], [{ host: 'd' }, [0]]]);
    const loaded = new Map([['X', new Set([{ host: 'a' }, { host: 'd' }].map(labelsFingerprint))]]);
    expect(shown(await evaluate({ A }, [threshold(condition)], { loadedDimensions: loaded }))).toEqual([[{ host: 'b' }, [0]], [{ host: 'c' }, [1]], [{ host: 'a' }, [1]], [{ host: 'd' }, [0]]]);
  });
});

describe('classic conditions', () => {
  const condition = (refId: string, evaluator: object, reducer = 'max', operator = 'and') => ({ evaluator, operator: { type: operator }, query: { params: [refId] }, reducer: { type: reducer } });
  const classic = async (...conditions: object[]) => {
    const results = await evaluate({ A: [seriesFrame({ h: 'a' }, 1, 4)], N: [] }, [expression('X', { type: 'classic_conditions', conditions })]);
    return { value: shown(results)[0]?.[1], matches: results.get('X')?.frames[0]?.meta?.custom };
  };
  test('a match is told as text', async () => expect(await classic(condition('A', is('gt', 3)))).toEqual({ value: [1], matches: [{ value: '4', metric: 'v', labels: { h: 'a' } }] }));
  test('no data', async () => expect(await classic(condition('N', is('gt', 3)))).toEqual({ value: [null], matches: [{ value: '', metric: 'NoData', labels: {} }] }));
  test('no value is wanted', async () => expect((await classic(condition('N', is('no_value')))).value).toEqual([1]));
  test('no data and firing is neither', async () => expect((await classic(condition('N', is('gt', 3)), condition('A', is('gt', 3)))).value).toEqual([0]));
  test('logic-or stops at the first that fires', async () => expect((await classic(condition('A', is('gt', 3)), condition('N', is('gt', 3), 'max', 'logic-or'))).value).toEqual([1]));
});

describe('the graph', () => {
  const service = createExpressionService({ enabled: true });
  test.each([
    ['a missing node', [math('X', '$Z')], "unable to find dependent node 'Z'"], ['itself', [math('X', '$X')], "expression 'X' cannot reference itself"], ['a circle', [math('X', '$Y'), math('Y', '$X')], 'topo: no topological ordering: cyclic components: [[X Y]]'],
    ['two circles and what waits for one', [math('D', '$A'), math('B', '$A'), math('A', '$B'), math('P', '$R'), math('R', '$Q'), math('Q', '$P')], 'cyclic components: [[A B] [P Q R]]'],
    ['an unknown type', [expression('X', { type: 'Math', expression: '1' })], 'not a recognized'], ['hide as text', [math('X', '1', { hide: 'true' })], 'hide'], ['an interval of text', [source('A', { intervalMs: '5' })], 'intervalMs'],
  ])('%s', (_name, queries, why) => {
    expect(() => service.build(queries)).toThrow(ExprGraphError);
    expect(() => service.build(queries)).toThrow(why);
  });

  test('a parse error names the expression', () => {
    const error = (() => { try { service.build([math('X', '1 +')]); } catch (e) { return e as ApiError; } return undefined; })();
    expect(error).toMatchObject({ status: 400, messageId: 'sse.parseError', message: 'failed to parse expression [X]: invalid math command: expr: unexpected EOF in input: F()', extra: { refId: 'X' } });
  });

  test('order does not matter, hidden steps are not answered', async () => {
    const results = await evaluate({ A: [seriesFrame(undefined, 1)] }, [math('D', '$C + 1'), math('C', '$B * 2', { hide: true }), math('B', '$A + 1')]);
    expect(shown(results, 'D')).toEqual([[undefined, [5]]]);
    expect([...exprResponses(results).keys()]).toEqual(['A', 'B', 'D']);
  });

  test('failure travels down and keeps its root', async () => {
    const results = await evaluate({ A: { error: 'down' }, B: new ApiError(404, 'Plugin not registered', { messageId: 'plugin.notRegistered' }) }, [math('X', '$A'), math('Y', '$X'), math('Z', '$B'), math('W', '1')]);
    expect(results.get('A')?.error).toMatchObject({ kind: 'query', text: '[sse.dataQueryError] failed to execute query [A]: down' });
    expect(results.get('Y')?.error).toMatchObject({ kind: 'dependency', refId: 'A', datasourceUid: 'ds', text: '[sse.dependencyError] did not execute expression [Y] due to a failure of the dependent expression or query [X]' });
    expect(results.get('B')?.error?.text).toBe('[sse.dataQueryError] failed to execute query [B]: [plugin.notRegistered] Plugin not registered');
    expect(shown(results, 'W')).toEqual([[undefined, [1]]]);
  });

  test('a defect of a plugin ends the request', () => expect(evaluate({ A: new PluginPanic('boom') }, [math('X', '$A')])).rejects.toThrow('boom'));

  test('a pipeline is built once and run at many moments', async () => {
    const seen: unknown[] = [];
    const built = service.build([{ ...source('A'), timeRange: { fromAgoMs: 600, toAgoMs: 100 } }]);
    for (const now of [1000, 2000]) {
      await service.run(built, { now, signal: new AbortController().signal, queryData: async (_, [query]) => { seen.push(query?.timeRange); return { responses: new Map() }; } });
    }
    expect(seen).toEqual([{ from: 400, to: 900 }, { from: 1400, to: 1900 }]);
  });

  test.each([[false, [['A'], ['B']]], [true, [['A', 'B']]]])('queries of one source in one call: %s', async (groupByDatasource, calls) => {
    const seen: string[][] = [];
    const grouping = createExpressionService({ enabled: true, groupByDatasource });
    const results = await grouping.run(grouping.build([source('A'), math('X', '$A + $B'), source('B')]), {
      signal: new AbortController().signal,
      queryData: async (_, queries) => { seen.push(queries.map((q) => q.refId)); return { responses: new Map(queries.map((q) => [q.refId, { frames: [seriesFrame(undefined, 1)] }])) }; },
    });
    expect([seen, shown(results)]).toEqual([calls, [[undefined, [2]]]]);
  });

  test('switched off', () => expect(() => createExpressionService({ enabled: false }).build([math('X', '1')])).toThrow(ExprGraphError));
});

describe('frames become values', () => {
  const read = async (...frames: Parameters<typeof frame>[1][]) => shown(await evaluate({ A: frames.map((fields) => frame('', fields)) }, []), 'A');
  test('long frames without a type are refused', async () => {
    await expect(read([timeField('t', [1]), floatField('v', [1]), stringField('s', ['x'])])).rejects.toThrow('[sse.readDataError] [A] got error: input data must be a wide series but got type long (input refid)');
  });
  test('dataplane: a long frame is split by its text, sorted by name and labels', async () => {
    const long = frame('', [timeField('t', [1, 1, 2]), floatField('v', [1, 2, 3]), stringField('h', ['b', 'a', 'b'])], { meta: { type: 'timeseries-long', typeVersion: [0, 1] } });
    expect(shown(await evaluate({ A: [long] }, []), 'A')).toEqual([[{ h: 'a' }, [2]], [{ h: 'b' }, [1, 3]]]);
  });
  test('dataplane: a wide number frame gives a number a column', async () => {
    const wide = frame('', [floatField('v', [1], { labels: { h: 'b' } }), floatField('v', [2], { labels: { h: 'a' } })], { meta: { type: 'numeric-wide', typeVersion: [0, 1] } });
    expect(shown(await evaluate({ A: [wide] }, []), 'A')).toEqual([[{ h: 'a' }, [2]], [{ h: 'b' }, [1]]]);
  });
  test('dataplane: typed but empty is no data', async () => {
    const results = await evaluate({ A: [frame('', [], { meta: { type: 'timeseries-multi', typeVersion: [0, 1] } })] }, []);
    expect(results.get('A')?.frames).toMatchObject([{ fields: [], meta: { type: 'timeseries-multi' } }]);
  });
  test('a frame name takes the place of column names', async () => {
    const results = await evaluate({ A: [frame('n', [timeField('t', [1]), floatField('v', [1])])] }, []);
    expect(results.get('A')?.frames[0]?.fields[1]?.name).toBe('n');
  });
});

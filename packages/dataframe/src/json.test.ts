import { describe, expect, test } from 'vitest';
import { boolField, columnBuilder, enumField, field, floatField, frame, int64Field, jsonField, stringField, timeField } from './build.ts';
import { readFrame } from './json-reader.ts';
import { floatText, frameJson, framesJson } from './json-writer.ts';

const json = (...fields: Parameters<typeof frame>[1]) => frameJson(frame('', fields));
const dataOf = (...fields: Parameters<typeof frame>[1]) => JSON.parse(json(...fields)).data;

describe('writing frames', () => {
  test('an empty frame keeps its fields and values', () => {
    expect(json()).toBe('{"schema":{"fields":[]},"data":{"values":[]}}');
  });
  test('meta always has its version, and inspect is a number', () => {
    const text = frameJson(frame('n', [], { refId: 'A', meta: { custom: { x: '<b>' }, notices: [{ severity: 'warning', text: 'w', inspect: 'stats' }] } }));
    expect(text).toBe('{"schema":{"name":"n","refId":"A","meta":{"typeVersion":[0,0],"custom":{"x":"\\u003cb\\u003e"},"notices":[{"severity":"warning","text":"w","inspect":4}]},"fields":[]},"data":{"values":[]}}');
  });
  test('config has the order of the reference, labels are not escaped', () => {
    expect(json(floatField('v', [1], { labels: { a: '<' }, config: { custom: 1, unit: '<', mine: true, displayName: 'x' } }))).toContain('"labels":{"a":"<"},"config":{"displayName":"x","unit":"\\u003c","custom":1,"mine":true}');
  });
  test('labels are sorted and present when empty', () => {
    expect(json(floatField('v', [1], { labels: { b: '2', a: '1' } }))).toContain('"labels":{"a":"1","b":"2"}');
    expect(json(floatField('v', [1], { labels: {} }))).toContain('"labels":{}');
  });
  test('what a double cannot say is an entity', () => {
    expect(dataOf(floatField('a', [1, Number.NaN, null, Number.POSITIVE_INFINITY]), stringField('b', ['', '', '', '']), floatField('c', [Number.NEGATIVE_INFINITY, 0, 0, 0])))
      .toEqual({ values: [[1, null, null, null], ['', '', '', ''], [null, 0, 0, 0]], entities: [{ NaN: [1], Inf: [3] }, null, { NegInf: [0] }] });
  });
  test('numbers keep the form of the reference', () => {
    expect([1e21, 1e-7, 1.5e-10, -0, 0.000001, 123456789012345680000, -2.5e-8].map(floatText)).toEqual(['1e+21', '1e-07', '1.5e-10', '-0', '0.000001', '123456789012345680000', '-2.5e-08']);
    expect(json(field('float32', 'f', Float32Array.of(0.1, 3.4028235e38, 1e-7, 3853001.25)))).toContain('[0.1,3.4028235e+38,1e-07,3853001.2]');
    expect(json(int64Field('i', [9007199254740993n, -9223372036854775808n]))).toContain('[9007199254740993,-9223372036854775808]');
  });
  test('times are milliseconds with nanoseconds apart', () => {
    expect(dataOf(timeField('t', [1700000000000, 1700000001005, null, -1, 0, 999999999], { nanos: Int32Array.of(0, 1500, 0, 0, 0, 0) })))
      .toEqual({ values: [[1700000000000, 1700000001005, null, -1, 0, 999999999]], nanos: [[0, 1500, 0, 0, 0, 0]] });
  });
  test('text, bools, enums and JSON', () => {
    expect(json(stringField('s', ['a<b>&\u2028', null]), boolField('b', [true, null]), enumField('e', [0, 1], ['x', 'y']), jsonField('j', ['{"a":1}', null])))
      .toBe('{"schema":{"fields":[{"name":"s","type":"string","typeInfo":{"frame":"string","nullable":true}},{"name":"b","type":"boolean","typeInfo":{"frame":"bool","nullable":true}},' +
        '{"name":"e","type":"enum","typeInfo":{"frame":"enum"},"config":{"type":{"enum":{"text":["x","y"]}}}},{"name":"j","type":"other","typeInfo":{"frame":"json.RawMessage","nullable":true}}]},' +
        '"data":{"values":[["a\\u003cb\\u003e\\u0026\\u2028",null],[true,null],[0,1],[{"a":1},null]]}}');
  });
  test('columns of different length do not pass', () => {
    expect(() => json(floatField('a', [1]), floatField('b', [1, 2]))).toThrow('frame has different field lengths');
  });
  test('frames may share a column', () => {
    const time = timeField('t', Float64Array.of(1700000000000));
    const text = framesJson([frame('a', [time, floatField('v', [1])]), frame('b', [time, floatField('v', [2])])], 'A');
    expect(JSON.parse(text).map((f: { data: unknown }) => f.data)).toEqual([{ values: [[1700000000000], [1]] }, { values: [[1700000000000], [2]] }]);
  });
});

describe('reading frames', () => {
  test('a written frame comes back the same', () => {
    const original = frameJson(frame('n', [
      timeField('t', [1700000000000, null], { nanos: Int32Array.of(7, 0) }), floatField('v', [Number.NaN, -0], { nullable: true, labels: { a: 'b' }, config: { unit: 's' } }),
      int64Field('i', [9007199254740993n, null]), field('uint64', 'u', [18446744073709551615n, 0n]), stringField('s', ['x', null]), boolField('b', [true, false]), jsonField('j', ['[1]', '{}']),
      enumField('e', [1, 0], ['x', 'y']),
    ], { refId: 'A', meta: { type: 'table', typeVersion: [0, 1], notices: [{ severity: 'info', text: 't', inspect: 'error' }] } }));
    expect(frameJson(readFrame(original))).toBe(original);
  });
  test('the schema has to come first', () => {
    expect(() => readFrame('{"data":{"values":[]},"schema":{"fields":[]}}')).toThrow('fields is nil, malformed key order or frame without schema');
  });
  test('an unknown type is named', () => {
    expect(() => readFrame('{"schema":{"fields":[{"name":"a","typeInfo":{"frame":"decimal"}}]},"data":{"values":[[]]}}')).toThrow('unknown field type: decimal');
  });
});

test('a column that grows keeps its nulls', () => {
  const build = columnBuilder('float64', 'v');
  for (let i = 0; i < 300; i++) build.push(i % 7 === 0 ? null : i);
  const done = build.field();
  expect(done.values.length).toBe(300);
  expect([...(done.valid ?? [])].every((v, i) => v === (i % 7 === 0 ? 0 : 1))).toBe(true);
  expect(done.values[299]).toBe(299);
  const texts = columnBuilder('string', 's');
  for (let i = 0; i < 200; i++) texts.push(i % 3 === 0 ? null : `${i}`);
  expect([...(texts.field().valid ?? [])].every((v, i) => v === (i % 3 === 0 ? 0 : 1))).toBe(true);
});

import { RecordBatchReader, Table, tableToIPC, Utf8View, vectorFromArray } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { readArrowFrame, writeArrowFrame } from './arrow.ts';
import { allocate, boolField, enumField, field, floatField, frame, int64Field, jsonField, stringField, timeField } from './build.ts';
import type { ElementType, Frame } from './frame.ts';
import { frameJson } from './json-writer.ts';
import { valueAt } from './value.ts';

const roundTrip = (f: Frame) => frameJson(readArrowFrame(writeArrowFrame(f)));

const all = frame('every type', [
  ...(['int8', 'int16', 'int32', 'uint8', 'uint16', 'uint32', 'float32'] as const).flatMap((type) => [field(type, type, [1, 2, 3]), field(type, `${type}?`, [1, null, 3])]),
  int64Field('int64', [9007199254740993n, -1n, 0n]), int64Field('int64?', [null, -9223372036854775808n, 1n]), field('uint64', 'uint64', [18446744073709551615n, 0n, 1n]),
  floatField('f', [Number.NaN, Number.POSITIVE_INFINITY, -0], { labels: { b: '2', a: '1' }, config: { unit: 's', min: 1 } }), floatField('f?', [null, 0.1, Number.NEGATIVE_INFINITY]),
  stringField('s', ['', 'ž😀', '<b>']), stringField('s?', [null, 'x', null]), boolField('b', [true, false, true]), boolField('b?', [null, true, false]),
  timeField('t', [1700000000001, -1, 0], { nanos: Int32Array.of(999999, 1, 0) }), timeField('t?', [null, 1, null]), jsonField('j', ['{"a":[1]}', 'null', '"x"']), jsonField('j?', [null, '1', null]),
  enumField('e', [0, 1, 0], ['x', 'y']),
], { refId: 'A', meta: { type: 'table', typeVersion: [0, 1], custom: { k: [1] }, notices: [{ severity: 'warning', text: 'w' }] } });

describe('Arrow files', () => {
  test('every type comes back the same', () => expect(roundTrip(all)).toBe(frameJson(all)));

  test('no rows: a schema without a batch', async () => {
    const empty = frame('', [timeField('t', []), stringField('s', [], { nullable: true, labels: {} })]);
    const bytes = writeArrowFrame(empty, 'B');
    expect(Buffer.from(bytes.subarray(0, 6)).toString()).toBe('ARROW1');
    expect([...RecordBatchReader.from(bytes)].filter((batch) => batch.numRows > 0)).toEqual([]);
    const back = readArrowFrame(bytes);
    expect(frameJson(back)).toBe('{"schema":{"refId":"B","fields":[{"name":"t","type":"time","typeInfo":{"frame":"time.Time"}},{"name":"s","type":"string","typeInfo":{"frame":"string","nullable":true},"labels":{}}]},"data":{"values":[[],[]]}}');
  });

  test('no columns', () => expect(roundTrip(frame('nothing', []))).toBe('{"schema":{"name":"nothing","fields":[]},"data":{"values":[]}}'));

  test('random columns of random lengths', () => {
    let seed = 7;
    const random = () => { seed = (Math.imul(seed, 1103515245) + 12345) >>> 0; return seed / 2 ** 32; };
    const types: ElementType[] = ['float64', 'string', 'bool', 'time', 'int32'];
    for (let round = 0; round < 40; round++) {
      const rows = Math.floor(random() * 70);
      const made = frame('r', types.map((type) => {
        const values = allocate(type, rows) as unknown[];
        const valid = Uint8Array.from({ length: rows }, () => (random() < 0.3 ? 0 : 1));
        for (let i = 0; i < rows; i++) values[i] = type === 'string' ? (valid[i] ? String(random()) : '') : valid[i] === 0 ? 0 : type === 'bool' ? Math.round(random()) : Math.floor((random() - 0.3) * 1e9);
        return field(type, type, values as never, { valid, nullable: true });
      }));
      expect(roundTrip(made), `round ${round}`).toBe(frameJson(made));
    }
  });

  test('times far and near, to the nanosecond', () => {
    const ms = [0, -1, 1, 1_048_576, -1_048_577, 1_700_000_000_123, -62_135_596_800_000 / 10, 4_102_444_800_000, 9_000_000_000_000, -9_000_000_000_000];
    const times = frame('', [timeField('t', ms, { nanos: Int32Array.from(ms, (_, i) => i * 111_111) })]);
    expect(roundTrip(times)).toBe(frameJson(times));
  });

  test('string views are strings', () => {
    const texts = ['a', null, 'a text that is too long to stand in the view'];
    const [field] = readArrowFrame(tableToIPC(new Table({ s: vectorFromArray(texts, new Utf8View()) }), 'file')).fields;
    expect([field?.type, texts.map((_, i) => field && valueAt(field, i))]).toEqual(['string', texts]);
  });

  test('what is no Arrow is refused', () => {
    expect(() => readArrowFrame(Buffer.from('hello'))).toThrow();
  });
});

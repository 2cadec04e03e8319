import { expect, test } from 'vitest';
import { boolField, floatField, frame, stringField, timeField } from './build.ts';
import { frameJson } from './json-writer.ts';
import { fingerprintText, labelsFingerprint, labelsText } from './labels.ts';
import { fillWide, longToWide, wideToLong } from './long-wide.ts';

const read = (f: ReturnType<typeof frame>) => {
  const { schema, data } = JSON.parse(frameJson(f));
  return schema.fields.map((x: { name: string; labels?: unknown }, i: number) => [x.name, x.labels, data.values[i]]);
};

const long = frame('f', [
  timeField('t', [1000, 1000, 2000]), floatField('v', [1, 2, 3]), stringField('host', ['b', 'a', 'a']), boolField('up', [true, false, false]),
]);

test('long becomes wide, a field a tuple', () => {
  const wide = longToWide(long);
  expect(read(wide)).toEqual([
    ['t', undefined, [1000, 2000]],
    ['v', { host: 'a', up: 'false' }, [2, 3]],
    ['v', { host: 'b', up: 'true' }, [1, 0]],
  ]);
  expect(wide.meta).toEqual({ type: 'timeseries-wide', typeVersion: [0, 1] });
});

test('gaps can be null, the previous value or a constant', () => {
  const lastColumn = (mode: Parameters<typeof longToWide>[1]) => read(longToWide(long, mode)).at(-1)[2];
  expect(lastColumn({ mode: 'null' })).toEqual([1, null]);
  expect(lastColumn({ mode: 'previous' })).toEqual([1, 1]);
  expect(lastColumn({ mode: 'value', value: 7 })).toEqual([1, 7]);
});

test('what cannot be wide says why', () => {
  expect(() => longToWide(frame('', [timeField('t', []), floatField('v', []), stringField('s', [])]))).toThrow('can not convert to wide series, input fields have no rows');
  expect(() => longToWide(frame('', [floatField('v', [1])]))).toThrow('expected long format series input but got not series');
  expect(() => longToWide(frame('', [timeField('t', [2, 1]), floatField('v', [1, 1]), stringField('s', ['', ''])]))).toThrow('not sorted in ascending order');
  expect(() => longToWide(frame('', [timeField('t', [null]), floatField('v', [1]), stringField('s', [''])]))).toThrow('null time values');
});

test('wide becomes long', () => {
  const wide = frame('', [timeField('t', [1, 2]), floatField('v', [1, 2], { labels: { h: 'b' } }), floatField('v', [3, 4], { labels: { h: 'a' } }), floatField('m', [5, 6], { labels: { h: 'a' } })]);
  expect(read(wideToLong(wide))).toEqual([
    ['t', undefined, [1, 1, 2, 2]], ['m', undefined, [5, 0, 6, 0]], ['v', undefined, [3, 1, 4, 2]], ['h', undefined, ['a', 'b', 'a', 'b']],
  ]);
});

test('a wide frame is filled on the grid', () => {
  const wide = frame('', [timeField('t', [1000, 3000]), floatField('v', [1, 3])]);
  expect(read(fillWide(wide, 1000, 4000, 1000, { mode: 'null' }))).toEqual([['t', undefined, [1000, 2000, 3000, 4000]], ['v', undefined, [1, null, 3, null]]]);
  expect(read(fillWide(wide, 1000, 4000, 1000, { mode: 'previous' }))[1][2]).toEqual([1, 1, 3, 3]);
});

test('labels have one text and one fingerprint', () => {
  expect(labelsText({ b: '2', a: '1' })).toBe('a=1, b=2');
  expect(fingerprintText(labelsFingerprint({}))).toBe('cbf29ce484222325');
});

import { describe, expect, test } from 'vitest';
import { framesOf } from './line-frames.ts';
import { LineProtocolError, parseLineProtocol } from './line-protocol.ts';

const frames = (text: string, format: 'labels_column' | 'wide' = 'labels_column') =>
  framesOf(parseLineProtocol(text), format, 1_000_000_000n).map(({ name, schema, data }) => ({ name, fields: JSON.parse(schema).fields, ...JSON.parse(data) }));
const T = 1_700_000_000_000_000_000n;

describe('lines', () => {
  test('are read with escapes, quotes, comments and odd spacing', () => {
    expect(parseLineProtocol('# c\n\nm\\ x,a\\ b=c\\,d,e\\=f=g my\\ field=1,t="x\\\\y \\"q\\"\nz" -1\r\n  n v=t\n')).toEqual([
      { measurement: 'm x', tags: [['a b', 'c,d'], ['e=f', 'g']], fields: [['my field', 1], ['t', 'x\\y "q"\nz']], time: -1n },
      { measurement: 'n', tags: [], fields: [['v', true]], time: undefined },
    ]);
  });

  test.each(['not line protocol', 'cpu,host=a 1700000000000000000', 'cpu v=1x', 'cpu v=1 yesterday', 'big v=9223372036854775808i', 'cpu v=+5', 'cpu v=NaN', 'cpu v=0x1', 'cpu,a= v=1', 'cpu v="open', 'cpu', ',a=b v=1', 'm v=1 1 2'])(
    '%j is refused', (text) => expect(() => parseLineProtocol(text)).toThrow(LineProtocolError));
});

describe('frames', () => {
  test('with labels in a column: one a measurement, missing cells are null', () => {
    expect(frames(`m,a=1 v=1 ${T}\nm,b=3,a=1 w=3 ${T}\no v=1 ${T}`)).toMatchObject([
      { name: 'm', values: [['a=1', 'a=1, b=3'], [1_700_000_000_000, 1_700_000_000_000], [1, null], [null, 3]] }, { name: 'o' },
    ]);
  });

  test('a clash of types is null, except that a column of texts takes all', () => {
    expect(frames('m v=1 1\nm v="one" 1\nm v=2u 1')[0].values[2]).toEqual([1, null, null]);
    expect(frames('m v="one" 1\nm v=1.25 1\nm v=true 1')[0].values[2]).toEqual(['one', '1.25', 'true']);
  });

  test('keep what is finer than a millisecond', () => {
    expect(frames('m v=3 -1')[0]).toMatchObject({ values: [[''], [-1], [3]], nanos: [null, [999_999], null] });
  });

  test('wide: one a time, each field with its tags', () => {
    expect(frames('m,h=a v=1 1000000\nm,h=b v=2 1000000\nm v=3 2000000', 'wide')).toMatchObject([
      { fields: [{ name: 'time' }, { name: 'v', labels: { h: 'a' } }, { name: 'v', labels: { h: 'b' } }], values: [[1], [1], [2]] },
      { fields: [{ name: 'time' }, { name: 'v', labels: {} }], values: [[2], [3]] },
    ]);
  });
});

import { expect, test } from 'vitest';
import { cloneJson, exactInteger, parseExact, parseWithBigInts } from './exact-json.ts';

test('numbers come out as they went in', () => {
  for (const text of ['9007199254740993', '-9007199254740993', '12345678901234567890123', '{"a":[9223372036854775807,1,0.1]}', '"9007199254740993"', '1e21']) {
    expect(JSON.parse(JSON.stringify(parseExact(text))), text).toEqual(JSON.parse(text));
    if (!text.includes('e')) expect(JSON.stringify(parseExact(text))).toBe(text);
  }
  expect(JSON.stringify(cloneJson(parseExact('[9007199254740993]')))).toBe('[9007199254740993]');
  expect(JSON.stringify([exactInteger(9007199254740993n), exactInteger(7n), exactInteger(-9007199254740991n)])).toBe('[9007199254740993,7,-9007199254740991]');
  expect(parseWithBigInts('[9007199254740993,1]')).toEqual([9007199254740993n, 1]);
});

test('a number that nothing holds is refused', () => {
  for (const text of ['1e400', '-1e999', `[${'9'.repeat(400)}]`]) expect(() => parseExact(text), text).toThrow(SyntaxError);
  expect(parseExact('"1e400"')).toBe('1e400');
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editObject, editOutline, jsonMembers, memberText, outlineOf, sameJson, sameValue, withMembers } from './json-text.ts';

describe('JSON text', () => {
  const text = ' {"a":1.0, "b\\u0041":"x\\"}", "n":{"deep":[1,{"k":"]"}]}, "t":true ,"e":12345678901234567890 }';
  const members = jsonMembers(text);

  test('members are found with their values, whatever the strings contain', () => {
    expect(members.map((m) => [m.key, text.slice(m.valueStart, m.end)])).toEqual([
      ['a', '1.0'], ['bA', '"x\\"}"'], ['n', '{"deep":[1,{"k":"]"}]}'], ['t', 'true'], ['e', '12345678901234567890'],
    ]);
    expect(memberText(text, members, 'n')).toBe('{"deep":[1,{"k":"]"}]}');
  });

  test('an edit changes what it names and leaves every other byte', () => {
    expect(editObject(text, members, { a: null, t: '"yes"', new: '[1]' })).toBe(
      '{"b\\u0041":"x\\"}","n":{"deep":[1,{"k":"]"}]},"t":"yes","e":12345678901234567890,"new":[1]}');
  });

  test('objects that are asked for are taken apart in the same walk', () => {
    const inside = jsonMembers(text, 0, (key) => key === 'n' || key === 't').find((m) => m.key === 'n')!;
    expect(inside.members?.map((m) => [m.key, text.slice(m.valueStart, m.end)])).toEqual([['deep', '[1,{"k":"]"}]']]);
    expect(jsonMembers('{"o": {} , "x":1}', 0, () => true).map((m) => [m.key, m.members?.length])).toEqual([['o', 0], ['x', undefined]]);
  });

  test('an object is found under its name in whatever capitals, and of several the last one counts', () => {
    const keys = (json: string) => outlineOf(json, 'dashboard').members.map((m) => m.key);
    expect(keys('{"Dashboard":{"a":1}}')).toEqual(['a']);
    expect(keys('{"dashboard":{"a":1},"DASHBOARD":{"b":1}}')).toEqual(['b']);
    expect(keys('{"dashboard":{"a":1},"DASHBOARD":null}')).toEqual(['a']);
    expect(keys('{"dashboard":{"a":1},"dashboard":[]}')).toEqual([]);
  });

  test('an edit knows where the members are afterwards', () => {
    const edited = editOutline({ text, members }, { a: null, t: '"yes"', new: '[1]' });
    expect(edited.members).toEqual(jsonMembers(edited.text));
  });

  test('of repeated keys the last one stays', () => {
    const twice = '{"a":1,"b":2,"a":3}';
    expect(editObject(twice, jsonMembers(twice), {})).toBe('{"b":2,"a":3}');
  });

  test('members go in front, also into an empty object', () => {
    expect(withMembers('{"x":1}', '"id":2')).toBe('{"id":2,"x":1}');
    expect(withMembers('{ }', '"id":2')).toBe('{"id":2}');
  });

  test('order and white space do not make a difference, values do', () => {
    expect(sameJson('{"a":1,"b":[{}]}', '{ "b":[ {} ], "a":1 }')).toBe(true);
    expect(sameJson('{"a":1}', '{"a":1,"b":null}')).toBe(false);
    expect(sameJson('{"__proto__":1}', '{}')).toBe(false);
    expect(sameJson('{"a":1,"b":2,"a":3}', '{"b":2.0,"a":3}')).toBe(true);
    expect(sameJson('[1]', ' [1 ]')).toBe(true);
    expect(sameJson('{}', '[]')).toBe(false);
    fc.assert(fc.property(fc.json(), fc.json(), fc.boolean(), (a, other, twice) => {
      const b = twice ? JSON.stringify(JSON.parse(a), null, 1) : other;
      expect(sameJson(a, b)).toBe(sameValue(JSON.parse(a), JSON.parse(b)));
    }));
  });

  test('a random document survives an edit that names nothing (seed 7)', () => {
    let seed = 7;
    const random = (n: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % n;
    };
    const value = (depth: number): unknown => {
      switch (random(depth > 3 ? 4 : 6)) {
        case 0: return random(1000) / 7;
        case 1: return ['', '"', '\\', '{"', '\ud800', '\0', 'ü\u2028'][random(7)];
        case 2: return null;
        case 3: return random(2) === 0;
        case 4: return Array.from({ length: random(4) }, () => value(depth + 1));
        default: return Object.fromEntries(Array.from({ length: random(4) }, () => [['__proto__', 'a"b', 'c\\', '', 'id'][random(5)], value(depth + 1)]));
      }
    };
    for (let i = 0; i < 300; i++) {
      const json = JSON.stringify({ a: value(0), b: value(0) }, null, random(3));
      expect(JSON.parse(editObject(json, jsonMembers(json), {}))).toEqual(JSON.parse(json));
    }
  });
});

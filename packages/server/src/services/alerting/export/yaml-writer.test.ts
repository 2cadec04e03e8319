import { parse } from 'yaml';
import { expect, test } from 'vitest';
import { toYaml } from './yaml-writer.ts';

test('blocks of four columns; texts that are read as something else are quoted', () => {
  expect(toYaml({ a: [{ b: 'y', c: ['22:00', 'x'] }], d: {}, e: [], f: 'two\nlines' })).toBe('a:\n    - b: "y"\n      c:\n        - "22:00"\n        - x\nd: {}\ne: []\nf: |-\n    two\n    lines\n');
});

test('lists of some keys stand in one line; a text of such a key hands that on to the next collection', () => {
  const value = { list: [{ days: ['monday:friday', '-1', 'a, b', "o'clock: 1"], place: 'Europe/Berlin' }, { name: 'night: late', days: ['x'], inner: [{ place: 'UTC' }] }, { name: 'plain', days: [] }] };
  const text = toYaml(value, new Set(['days', 'place']));
  expect(text).toBe([
    'list:', "    - days: ['monday:friday', \"-1\", 'a, b', 'o''clock: 1']", '      place: Europe/Berlin', "    - {name: 'night: late', days: [x], inner: [{place: UTC}]}", '    - {name: plain, days: []}', '',
  ].join('\n'));
  expect(parse(text)).toEqual(value);
});

import { expect, test } from 'vitest';
import { labelsMatch, parseFieldSelector, parseLabelSelector } from './selectors.ts';

const labels = { floor: 'one', team: 'blue', size: '12' };

test.each([
  ['floor=one', true], ['floor==two', false], ['floor!=two', true], ['floor in (one, two),team', true], ['floor notin (one)', false],
  ['!colour', true], ['!team', false], ['size>10', true], ['size<10', false], ['', true], ['colour!=red', true], ['floor=', false],
])('%s', (text, matches) => {
  expect(labelsMatch(parseLabelSelector(text), labels)).toBe(matches);
});

test.each(['===', 'a b', 'a in', 'a in (b', 'a,', 'not ok=x'])('%s is no label selector', (text) => {
  expect(() => parseLabelSelector(text)).toThrow();
});

test('field selectors', () => {
  expect(parseFieldSelector('metadata.name=a,spec.title!=b')).toEqual([
    { field: 'metadata.name', operator: '=', value: 'a' }, { field: 'spec.title', operator: '!=', value: 'b' },
  ]);
  expect(() => parseFieldSelector('lobby')).toThrow("can't understand");
});

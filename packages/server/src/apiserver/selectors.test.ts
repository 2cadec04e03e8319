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

test.each([
  ['===', "found '==', expected: !, identifier, or 'end of string'"], ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
  ['a,', "found '', expected: identifier after ','"], ['a=b c', "found 'c', expected: ',' or 'end of string'"], ['a in b', "unable to parse requirement: found 'b', expected: '('"],
  ['a in ()', "unable to parse requirement: values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty"], ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
  ['a>x', "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer"], ['!', "unable to parse requirement: found '', expected: identifier"],
  ['-a=b', 'unable to parse requirement: <nil>: Invalid value: "-a": name part must consist of'], ['a=-b', 'unable to parse requirement: values[0][a]: Invalid value: "-b": a valid label must be an empty string or'],
  [`a=${'b'.repeat(64)}`, 'must be no more than 63 bytes'],
])('%s is refused in the words of Kubernetes', (text, why) => {
  expect(() => parseLabelSelector(text)).toThrow(why);
});

test('a set with a hole has an empty value', () => {
  expect(parseLabelSelector('a in (b,,)')).toEqual([{ key: 'a', operator: 'in', values: ['', 'b'] }]);
});

test('field selectors', () => {
  expect(parseFieldSelector('metadata.name=a,spec.title!=b')).toEqual([
    { field: 'metadata.name', operator: '=', value: 'a' }, { field: 'spec.title', operator: '!=', value: 'b' },
  ]);
  expect(parseFieldSelector('spec.title=a\\,b\\=c,')).toEqual([{ field: 'spec.title', operator: '=', value: 'a,b=c' }]);
  expect(() => parseFieldSelector('a=b=c')).toThrow('invalid field selector: unescaped character in value: 61');
  expect(() => parseFieldSelector('a=b\\c')).toThrow('invalid field selector: invalid escape sequence: \\c');
  expect(() => parseFieldSelector('lobby')).toThrow("can't understand");
});

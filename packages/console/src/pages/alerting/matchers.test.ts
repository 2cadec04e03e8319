import { expect, test } from 'vitest';
import { matcherText, matches, ofSilence, receiversOf, toSilence, visibleLabels } from './matchers.ts';

const m = (label: string, type: string, value: string) => ({ label, type, value });

test('a missing label is an empty one, and expressions match whole values', () => {
  expect([m('a', '=', ''), m('a', '!=', 'x'), m('b', '=~', 'y|z'), m('b', '=~', 'y'), m('b', '!~', 'y'), m('b', '=~', '(')].map((one) => matches(one, { b: 'yy' }))).toEqual([true, true, false, false, true, false]);
});

test('matchers of silences are the same in other words', () => {
  for (const type of ['=', '!=', '=~', '!~']) expect(ofSilence(toSilence(m('a', type, 'v')))).toEqual(m('a', type, 'v'));
  expect(matcherText(m('team', '=~', 'a"b'))).toBe('team=~"a\\"b"');
});

test('an alert goes to the first branch that matches, and further where that goes on', () => {
  const tree = { receiver: 'root', routes: [
    { receiver: 'log', matchers: [m('severity', '=~', '.+')], continue: true },
    { matchers: [m('team', '=', 'a')], routes: [{ receiver: 'a-crit', matchers: [m('severity', '=', 'critical')] }] },
    { receiver: 'late', matchers: [m('team', '=', 'a')] },
  ] };
  expect(receiversOf(tree, {})).toEqual(['root']);
  expect(receiversOf(tree, { team: 'a' })).toEqual(['root']);
  expect(receiversOf(tree, { team: 'a', severity: 'critical' })).toEqual(['log', 'a-crit']);
});

test('labels between underscores are not for people, but for the name of a series', () => {
  expect(visibleLabels({ __alert_rule_uid__: 'x', __name__: 'y', a: 'b' })).toEqual({ __name__: 'y', a: 'b' });
});

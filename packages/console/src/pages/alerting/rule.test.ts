import { expect, test, vi } from 'vitest';

vi.mock('../../api/client.ts', () => ({ api: {} }));
const { ruleFaults, withoutRule, withRule } = await import('./rule.ts');

const rule = (uid: string | undefined, title: string) => ({ grafana_alert: { ...(uid === undefined ? {} : { uid }), title } }) as never;

test('a rule takes the place of its former self, a new one comes last', () => {
  const group = { name: 'g', interval: '1m', rules: [rule('a', 'one'), rule('b', 'two')] };
  expect(withRule(group, rule('a', 'other')).rules.map((one) => one.grafana_alert.title)).toEqual(['other', 'two']);
  expect(withRule(group, rule(undefined, 'new')).rules.map((one) => one.grafana_alert.title)).toEqual(['one', 'two', 'new']);
  expect(withoutRule(group, 'a').rules.map((one) => one.grafana_alert.uid)).toEqual(['b']);
});

test('what a rule lacks is said in words', () => {
  const good = { title: 'Hot', folder: 'f', group: 'g', interval: '1m', pending: '5m', keepFiring: '0s', condition: 'C', refIds: ['A', 'C'], receiver: null };
  expect(ruleFaults(good)).toEqual({});
  expect(ruleFaults({ ...good, title: ' ', interval: '15s', pending: 'soon', condition: 'Z' })).toEqual({
    title: 'The rule needs a name', interval: 'A multiple of ten seconds', pending: 'A duration such as 5m, or 0s', condition: 'Choose which query or expression decides',
  });
});

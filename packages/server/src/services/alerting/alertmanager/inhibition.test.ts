import { expect, test } from 'vitest';
import { createInhibitor } from './inhibition.ts';

const firing = (labels: Record<string, string>, fingerprint: string) => ({ labels, fingerprint });

test('an alert is quiet while one of the other side fires that is equal where the rule says so', () => {
  const by = createInhibitor([{ source_matchers: ['severity="critical"'], target_matchers: [['severity', '=~', 'warning|info']], equal: ['cluster'] }])(() => [
    firing({ severity: 'critical', cluster: 'a' }, 'f1'), firing({ severity: 'warning', cluster: 'b' }, 'f2'),
  ]);
  expect([by({ severity: 'warning', cluster: 'a' }), by({ severity: 'info', cluster: 'a' }), by({ severity: 'warning', cluster: 'b' }), by({ severity: 'critical', cluster: 'a' })]).toEqual(['f1', 'f1', undefined, undefined]);
});

test('labels that both lack are equal; the older way to write rules means the same', () => {
  const by = createInhibitor([{ source_match: { alertname: 'Down' }, target_match_re: { alertname: 'Slow.*' }, equal: ['zone'] }])(() => [firing({ alertname: 'Down' }, 'f1')]);
  expect([by({ alertname: 'SlowDisk' }), by({ alertname: 'SlowDisk', zone: 'x' })]).toEqual(['f1', undefined]);
});

test('what is on both sides does not silence itself or its like', () => {
  const inhibitor = createInhibitor([{ source_matchers: ['team="x"'], target_matchers: ['team=~".+"'] }]);
  expect(inhibitor(() => [firing({ team: 'x' }, 'f1')])({ team: 'x' })).toBeUndefined();
  expect(inhibitor(() => [firing({ team: 'x' }, 'f1')])({ team: 'y' })).toBe('f1');
  expect(createInhibitor([])(() => [firing({ team: 'x' }, 'f1')])({ team: 'y' })).toBeUndefined();
});

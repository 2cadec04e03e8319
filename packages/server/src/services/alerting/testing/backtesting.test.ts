import { field, frame } from '@belvedere/dataframe';
import { expect, test } from 'vitest';
import type { AlertRule } from '../rules/alert-rule.ts';
import type { EvaluationResult } from '../scheduler/evaluation.ts';
import { backtest, resultsOf, type Backtest } from './backtesting.ts';

const rule = {
  uid: '', orgId: 1, title: 'CPU', group: '', folderUid: '', condition: 'A', intervalSeconds: 60, forMs: 60_000, keepFiringForMs: 0, noDataState: 'NoData', execErrState: 'Error', labels: {}, annotations: {},
  dashboardUid: '', panelId: undefined,
} as unknown as AlertRule;
const minute = 60_000;
const firing = (state: EvaluationResult['state']): readonly EvaluationResult[] => [{ labels: { host: 'a' }, state, captured: [], valueString: '' }];

async function tried(more: Partial<Backtest> = {}) {
  const at: number[] = [];
  const result = await backtest({
    rule, from: 0, to: 5 * minute, minIntervalSeconds: 10, jitter: 'group', evaluationsMax: 100, dress: ({ labels }) => ({ labels, annotations: {} }),
    evaluate: async (now) => (at.push(now), firing(now >= 2 * minute && now < 4 * minute ? 'Alerting' : 'Normal')), ...more,
  });
  const lines = (result.data.values[1] ?? []) as { previous: string; current: string }[];
  return { at, moves: lines.map((line, i) => [(result.data.values[0]![i] as number) / minute, line.previous, line.current]), notices: ((result.schema.meta as { notices: { text: string }[] } | undefined)?.notices ?? []).map((n) => n.text) };
}

test('evaluates as the scheduler would have, and tells what moved', async () => {
  const { at, moves, notices } = await tried();
  expect(at).toEqual([0, 1, 2, 3, 4, 5].map((n) => n * minute));
  expect(moves).toEqual([[2, 'Normal', 'Pending'], [3, 'Pending', 'Alerting'], [4, 'Alerting', 'Normal']]);
  expect(notices).toEqual([expect.stringContaining('not spread')]);
});

test('a rule whose place is known runs when its group would', async () => {
  const { at, notices } = await tried({ rule: { ...rule, group: 'g', folderUid: 'box' } });
  expect(new Set(at.map((now) => now % minute)).size).toBe(1);
  expect([at.length >= 5, at[0]! < minute, notices]).toEqual([true, true, []]);
});

test('the interval is no shorter than allowed, and not everything is evaluated', async () => {
  const { at, notices } = await tried({ minIntervalSeconds: 120, evaluationsMax: 2, jitter: 'none' });
  expect(at).toEqual([0, 2 * minute]);
  expect(notices).toEqual([expect.stringContaining('120s'), expect.stringContaining('first 2')]);
});

test('data that come with the question fire where they are not zero', () => {
  const results = resultsOf(frame('', [field('time', 'Time', [10, 20, 30]), field('float64', 'v', [0, 2, null], { labels: { host: 'a' } })]), 'A');
  const states = (at: number) => results(at).map(({ state, labels }) => [state, labels]);
  expect([5, 10, 25, 30].map(states)).toEqual([[['NoData', {}]], [['Normal', { host: 'a' }]], [['Alerting', { host: 'a' }]], [['NoData', { host: 'a' }]]]);
  expect(() => resultsOf(frame('', [field('string', 's', ['x'])]), 'A')).toThrow('column of times');
});

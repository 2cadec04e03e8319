import { describe, expect, test } from 'vitest';
import type { EvaluationResult } from '../scheduler/evaluation.ts';
import { advance, needsSending, reset, stateText, type AlertInstance, type MachineRule } from './state-machine.ts';

const aRule = (more: Partial<MachineRule> = {}): MachineRule => ({
  condition: 'A', intervalMs: 10_000, forMs: 0, keepFiringForMs: 0, noDataState: 'NoData', execErrState: 'Error', missingSeriesEvals: undefined, ...more,
});

const result = (state: EvaluationResult['state'], labels = {}): EvaluationResult => ({
  labels, state, captured: [], valueString: '', ...(state === 'Error' ? { error: { message: 'down', refId: 'A', datasourceUid: 'ds', final: false } } : {}),
});

/** Plays one answer a tick and tells the states; `-` is an evaluation without this series. */
function play(rule: MachineRule, answers: readonly (readonly EvaluationResult[])[]): string[] {
  let instances: ReadonlyMap<string, AlertInstance> = new Map();
  return answers.map((results, i) => {
    const step = advance(rule, results, instances, i * 10_000, 1, (r) => ({ labels: r.labels, annotations: {} }));
    instances = step.instances;
    return [...instances.values()].map((x) => stateText(x.state, x.reason)).join(' ') || '-';
  });
}

const A = [result('Alerting')];
const N = [result('Normal')];
const D = [result('NoData')];
const E = [result('Error')];

describe('one instance', () => {
  test.each([
    ['fires at once without a pending period', aRule(), [N, A, N], ['Normal', 'Alerting', 'Normal']],
    ['waits out its pending period', aRule({ forMs: 20_000 }), [A, A, A, A], ['Pending', 'Pending', 'Alerting', 'Alerting']],
    ['forgets the pending period when it is normal', aRule({ forMs: 20_000 }), [A, N, A, A], ['Pending', 'Normal', 'Pending', 'Pending']],
    ['keeps firing for a while', aRule({ keepFiringForMs: 20_000 }), [A, N, N, N], ['Alerting', 'Recovering', 'Recovering', 'Normal']],
    ['fires again out of recovery, whatever the pending period', aRule({ keepFiringForMs: 20_000, forMs: 10_000 }), [A, A, N, A], ['Pending', 'Alerting', 'Recovering', 'Alerting']],
    ['has no data', aRule(), [A, D, D, A], ['Alerting', 'NoData', 'NoData', 'Alerting']],
    ['is pending first without data', aRule({ forMs: 10_000 }), [D, D], ['Pending (NoData)', 'NoData']],
    ['alerts on no data', aRule({ noDataState: 'Alerting' }), [D, A], ['Alerting (NoData)', 'Alerting']],
    ['is fine without data', aRule({ noDataState: 'OK' }), [A, D], ['Alerting', 'Normal (NoData)']],
    ['keeps its state without data', aRule({ noDataState: 'KeepLast' }), [A, D, N, D], ['Alerting', 'Alerting (NoData, KeepLast)', 'Normal', 'Normal (NoData, KeepLast)']],
    ['fails', aRule(), [E, N], ['Error', 'Normal']],
    ['alerts on failure', aRule({ execErrState: 'Alerting' }), [E, E], ['Alerting (Error)', 'Alerting (Error)']],
    ['keeps its state on failure', aRule({ execErrState: 'KeepLast' }), [A, E, E], ['Alerting', 'Alerting (Error, KeepLast)', 'Alerting (Error, KeepLast)']],
  ])('%s', (_, rule, answers, states) => expect(play(rule, answers)).toEqual(states));
});

describe('several instances', () => {
  const a = result('Alerting', { host: 'a' });
  const b = result('Alerting', { host: 'b' });

  test('one that is missing resolves after two evaluations, or as many as the rule says', () => {
    expect(play(aRule(), [[a, b], [a], [a], [a]])).toEqual(['Alerting Alerting', 'Alerting Alerting', 'Alerting', 'Alerting']);
    expect(play(aRule({ missingSeriesEvals: 3 }), [[a, b], [a], [a], [a]])).toEqual(['Alerting Alerting', 'Alerting Alerting', 'Alerting Alerting', 'Alerting']);
  });

  test('no data of the whole evaluation goes to all of them, unless it is an instance of its own', () => {
    expect(play(aRule({ noDataState: 'OK' }), [[a, b], D])).toEqual(['Alerting Alerting', 'Normal (NoData) Normal (NoData)']);
    expect(play(aRule(), [[a, b], D])).toEqual(['Alerting Alerting', 'Alerting Alerting NoData']);
  });
});

test('what resolved is sent once more, what fires every half minute, what is pending never', () => {
  const fired = [...advance(aRule(), A, new Map(), 0, 1, (r) => ({ labels: r.labels, annotations: {} })).instances.values()][0]!;
  expect(needsSending(fired, 0, 900_000)).toBe(true);
  const sent = { ...fired, lastSentAt: 0 };
  expect([needsSending(sent, 20_000, 900_000), needsSending(sent, 30_000, 900_000)]).toEqual([false, true]);
  const resolved = [...advance(aRule(), N, new Map([[sent.key, sent]]), 10_000, 1, (r) => ({ labels: r.labels, annotations: {} })).instances.values()][0]!;
  expect(needsSending(resolved, 10_000, 900_000)).toBe(true);
  expect(needsSending({ ...resolved, lastSentAt: 10_000 }, 20_000, 900_000)).toBe(false);
  expect(needsSending({ ...resolved, state: 'Pending' }, 10_000, 900_000)).toBe(false);
  expect(reset(new Map([[sent.key, sent]]), 5000, 'Paused')[0]!.instance).toMatchObject({ state: 'Normal', reason: 'Paused', resolvedAt: 5000 });
});

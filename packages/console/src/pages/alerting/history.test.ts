import { expect, test } from 'vitest';
import { type Change, timeline } from './history.ts';

const change = (time: number, prevState: string, newState: string, text = 'Hot {a=b} - B=1'): Change => ({ id: time, time, prevState, newState, text });

test('states fill the time between changes, whatever their order', () => {
  expect(timeline([change(60, 'Alerting', 'Normal'), change(20, 'Normal', 'Alerting')], 0, 100)).toEqual([
    { instance: 'a=b', stretches: [{ from: 0, to: 20, state: 'Normal' }, { from: 20, to: 60, state: 'Alerting' }, { from: 60, to: 100, state: 'Normal' }] },
  ]);
});

test('changes from before decide what the stretch begins with', () => {
  expect(timeline([change(-50, 'Normal', 'Alerting')], 0, 100)[0]?.stretches).toEqual([{ from: 0, to: 100, state: 'Alerting' }]);
});

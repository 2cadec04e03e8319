import { expect, test } from 'vitest';
import { chosenRules, groupedRules, matchersOf, type AlertListOptions, type RuleGroup } from './rules.ts';

const states = { firing: true, pending: true, noData: false, normal: false, error: true };
const options: AlertListOptions = { maxItems: 20, alertName: '', viewMode: 'list', stateFilter: states };
const rule = (name: string, state: string, more: object = {}) => ({ uid: name, name, state, health: 'ok', type: 'alerting', labels: { team: name === 'Disk' ? 'storage' : 'web' }, alerts: [{ state: 'Alerting', labels: { alertname: name, host: name.toLowerCase() }, activeAt: name === 'Disk' ? '2026-01-02T00:00:00Z' : '2026-01-01T00:00:00Z' }], ...more });
const groups: readonly RuleGroup[] = [
  { file: 'Machines', folderUid: 'machines', rules: [rule('Disk', 'firing'), rule('Memory', 'pending', { annotations: { __dashboardUid__: 'board' } }), rule('Quiet', 'inactive')] },
  { file: 'Pages', folderUid: 'pages', rules: [rule('Slow', 'firing', { health: 'error' }), { name: 'recorded', health: 'ok', type: 'recording' }] },
];
const shown = (more: Partial<AlertListOptions> = {}, dashboard?: string) => chosenRules(groups, { ...options, ...more }, dashboard).map(({ name }) => name);

test('rules in the chosen states, by name', () => {
  expect(shown()).toEqual(['Disk', 'Memory', 'Slow']);
  expect(shown({ stateFilter: { ...states, normal: true, firing: false, pending: false } })).toEqual(['Quiet', 'Slow']);
});

test('of a folder, of this dashboard, of a name, with an instance that has these labels', () => {
  expect(shown({ folder: { uid: 'pages' } })).toEqual(['Slow']);
  expect(shown({ dashboardAlerts: true }, 'board')).toEqual(['Memory']);
  expect(shown({ alertName: 'me' })).toEqual(['Memory']);
  expect(shown({ alertInstanceLabelFilter: '{host=~"disk|slow"}' })).toEqual(['Disk', 'Slow']);
});

test('in the order that is asked for', () => {
  expect(shown({ sortOrder: 2 })).toEqual(['Slow', 'Memory', 'Disk']);
  expect(shown({ sortOrder: 3 })).toEqual(['Disk', 'Slow', 'Memory']);
  expect(shown({ sortOrder: 5 })[0]).toBe('Disk');
});

test('matchers are read with their operators, and rules grouped by labels', () => {
  expect(matchersOf('{a="b", c!~"d\\\\"e"}').map(({ label, type }) => label + type)).toEqual(['a=', 'c!~']);
  expect(groupedRules(chosenRules(groups, options, undefined), ['team']).map(({ title, rules }) => [title, rules.length])).toEqual([['team=storage', 1], ['team=web', 2]]);
});

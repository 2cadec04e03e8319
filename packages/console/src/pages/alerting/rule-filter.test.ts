import { expect, test } from 'vitest';
import { filtered, filterOf, isFiltered } from './rule-filter.ts';

const rule = (name: string, more: object = {}) => ({ name, uid: name, state: 'inactive', health: 'ok', type: 'alerting', isPaused: false, queriedDatasourceUIDs: ['prom'], ...more });
const groups = [
  { name: 'minutely', file: 'Garden', folderUid: 'f', interval: 60, rules: [rule('Too warm', { state: 'firing', labels: { severity: 'critical' } }), rule('Too dry', { isPaused: true, queriedDatasourceUIDs: ['loki'] })] },
  { name: 'hourly', file: 'House', folderUid: 'h', interval: 3600, rules: [rule('Broken', { health: 'error', notificationSettings: { receiver: 'Hook' } }), rule('sum', { type: 'recording' })] },
] as never;
const found = (search: string) => filtered(groups, filterOf(new URLSearchParams(search))).flatMap(({ rules }) => rules.map(({ name }) => name));

test.each([
  ['', ['Too warm', 'Too dry', 'Broken', 'sum']], ['search=garden warm', ['Too warm']], ['state=firing', ['Too warm']], ['state=paused', ['Too dry']], ['state=error', ['Broken']], ['health=error', ['Broken']], ['type=recording', ['sum']],
  ['label=severity=crit', ['Too warm']], ['dataSource=loki', ['Too dry']], ['contactPoint=Hook', ['Broken']], ['dataSource=loki&state=firing', []], ['folder=h', ['Broken', 'sum']],
])('the address %s', (search, names) => {
  expect(found(search)).toEqual(names);
  expect(isFiltered(filterOf(new URLSearchParams(search)))).toBe(search !== '');
});

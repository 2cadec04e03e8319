import { describe, expect, test } from 'vitest';
import { jsonMembers } from '../../../util/json-text.ts';
import { durationMs, prepareDashboard } from './dashboard-text.ts';
import { fillInputs } from './dashboard-import.ts';

const outlined = (text: string) => ({ text, members: jsonMembers(text) });
const prepare = (dashboard: unknown, text = JSON.stringify(dashboard)) => prepareDashboard(outlined(text), dashboard, 5_000);

describe('a dashboard as it comes', () => {
  test('numbers and escapes stay as they were written', () => {
    const text = '{ "title":"T", "a": 1.0, "b": "\\u0041", "id": 4, "nested": {"id": 5, "uid": "x"} }';
    const { spec: { text: spec }, id } = prepareDashboard(outlined(text), JSON.parse(text), 0);
    expect(id).toBe(4);
    expect(spec).toContain('1.0');
    expect(spec).toContain('\\u0041');
    expect(JSON.parse(spec)).toEqual({ title: 'T', a: 1, b: 'A', nested: { id: 5, uid: 'x' } });
  });

  test('a version counts only with something that it is the version of', () => {
    expect(prepare({ title: 'T', version: 3 }).version).toBe(0);
    expect(prepare({ title: 'T', version: 3, uid: 'd' }).version).toBe(3);
  });

  test('a resource is its spec', () => {
    expect(prepare({ apiVersion: 'dashboard.grafana.app/v1beta1', metadata: { name: 'n' }, spec: { title: 'T' } })).toMatchObject({ uid: 'n', title: 'T', spec: { text: '{"title":"T"}' } });
  });

  test.each([[null], [[]], ['text'], [4]])('%j is an empty dashboard', (value) => {
    expect(prepare(value)).toMatchObject({ title: '', spec: { text: '{}' } });
  });
});

test.each([['1m', 60_000], ['1h30m', 5_400_000], ['500ms', 500], ['1d', 86_400_000], ['', undefined], ['5', undefined], ['m', undefined], ['1m!', undefined]])('duration %j', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

describe('inputs of an import', () => {
  const document = { __inputs: [{ name: 'DS', type: 'datasource' }], panels: [{ datasource: '${DS}', title: '${unknown}' }] };
  test('are put where they are named; other names stay', () => {
    expect(fillInputs(document, [{ name: 'DS', type: 'datasource', pluginId: '', value: 'prom' }])).toMatchObject({ panels: [{ datasource: 'prom', title: '${unknown}' }] });
  });
  test('one that is missing is asked for', () => {
    expect(() => fillInputs(document, [])).toThrow('DS');
  });
});

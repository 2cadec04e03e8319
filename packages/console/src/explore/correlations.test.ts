import type { DataFrame } from '@grafana/data';
import { expect, test, vi } from 'vitest';

vi.mock('../api/client.ts', () => ({ api: {} }));
const { variablesOf, withLinks } = await import('./correlations.ts');

const frame = { name: 'logs', length: 1, fields: [{ name: 'traceID', type: 'string', config: {}, values: ['abc'] }, { name: 'line', type: 'string', config: {}, values: ['x'] }] } as unknown as DataFrame;
const correlation = { uid: 'c', sourceUID: 'loki', targetUID: 'tempo', label: 'Trace', type: 'query' as const, config: { field: 'traceID', target: { query: '${__value.raw}' } } };

test('a correlation is a link at its field, to a source that is there', () => {
  const [linked] = withLinks([frame], [correlation], () => 'Tempo');
  expect(linked!.fields[0]!.config.links).toMatchObject([{ title: 'Trace', url: '', internal: { datasourceUid: 'tempo', datasourceName: 'Tempo' } }]);
  expect(linked!.fields[1]).toBe(frame.fields[1]);
  expect(withLinks([frame], [correlation], () => undefined)[0]!.fields[0]!.config.links).toBeUndefined();
});

test('one of another field leaves a frame alone, one to an address opens it apart', () => {
  expect(withLinks([frame], [{ ...correlation, config: { field: 'other', target: {} } }], () => 'Tempo')[0]).toBe(frame);
  const [linked] = withLinks([frame], [{ ...correlation, type: 'external', label: '', config: { field: 'traceID', target: { url: 'https://x.test/${__value.raw}' } } }], () => 'Tempo');
  expect(linked!.fields[0]!.config.links).toMatchObject([{ title: 'Open', url: 'https://x.test/${__value.raw}', targetBlank: true }]);
});

test('the query of a link knows the row, and what is taken out of it', () => {
  const config = { field: 'line', target: { query: '${traceID} ${num} ${__value.raw}', deep: [{ of: '${user}' }] }, transformations: [{ type: 'regex' as const, expression: '(\\d+)', mapValue: 'num' }, { type: 'logfmt' as const, field: 'line' }, { type: 'regex' as const, expression: '(' }] };
  const rows = { name: 'logs', length: 2, fields: [{ name: 'traceID', values: ['abc', 'def'] }, { name: 'line', values: ['', 'took 42 ms user="vera b" level=info'] }] } as unknown as DataFrame;
  expect(variablesOf(config, { frame: rows, rowIndex: 1 })).toEqual({ traceID: 'def', line: 'took 42 ms user="vera b" level=info', num: '42', user: 'vera b', level: 'info' });
  expect(variablesOf(config, undefined)).toEqual({});
  const [linked] = withLinks([frame], [{ ...correlation, config }], () => 'Tempo');
  const { query } = linked!.fields[1]!.config.links![0]!.internal! as unknown as { readonly query: (options: object) => unknown };
  expect(query({ scopedVars: { __dataContext: { value: { frame: rows, rowIndex: 1 } } } })).toEqual({ refId: 'A', query: 'def 42 ${__value.raw}', deep: [{ of: 'vera b' }] });
});

import type { DataFrame } from '@grafana/data';
import { expect, test, vi } from 'vitest';

vi.mock('../api/client.ts', () => ({ api: {} }));
const { withLinks } = await import('./correlations.ts');

const frame = { name: 'logs', length: 1, fields: [{ name: 'traceID', type: 'string', config: {}, values: ['abc'] }, { name: 'line', type: 'string', config: {}, values: ['x'] }] } as unknown as DataFrame;
const correlation = { uid: 'c', sourceUID: 'loki', targetUID: 'tempo', label: 'Trace', type: 'query' as const, config: { field: 'traceID', target: { query: '${__value.raw}' } } };

test('a correlation is a link at its field, to a source that is there', () => {
  const [linked] = withLinks([frame], [correlation], () => 'Tempo');
  expect(linked!.fields[0]!.config.links).toEqual([{ title: 'Trace', url: '', internal: { datasourceUid: 'tempo', datasourceName: 'Tempo', query: { refId: 'A', query: '${__value.raw}' } } }]);
  expect(linked!.fields[1]).toBe(frame.fields[1]);
  expect(withLinks([frame], [correlation], () => undefined)[0]!.fields[0]!.config.links).toBeUndefined();
});

test('one of another field leaves a frame alone, one to an address opens it apart', () => {
  expect(withLinks([frame], [{ ...correlation, config: { field: 'other', target: {} } }], () => 'Tempo')[0]).toBe(frame);
  const [linked] = withLinks([frame], [{ ...correlation, type: 'external', label: '', config: { field: 'traceID', target: { url: 'https://x.test/${__value.raw}' } } }], () => 'Tempo');
  expect(linked!.fields[0]!.config.links).toEqual([{ title: 'Open', url: 'https://x.test/${__value.raw}', targetBlank: true }]);
});

import { expect, test } from 'vitest';
import { nextRefId, panesOf, searchOf } from './explore-url.ts';

test('what is written is read again', () => {
  const panes = [{ id: 'abc', datasource: 'prom', queries: [{ refId: 'A', expr: 'up{a="&=%"}' }], from: 'now-6h', to: 'now' }];
  expect(panesOf(`?${searchOf(panes, 1)}`)).toEqual(panes);
});

test('older links are understood', () => {
  expect(panesOf(`?left=${encodeURIComponent('{"datasource":"P","queries":[{"expr":"up"}],"range":{"from":"1","to":"2"}}')}`)).toEqual([{ id: 'left', datasource: 'P', queries: [{ expr: 'up', refId: 'A' }], from: '1', to: '2' }]);
  expect(panesOf(`?left=${encodeURIComponent('["now-3h","now","Prom",{"expr":"up"},{"mode":"Metrics"},{"ui":[true]}]')}`)).toMatchObject([{ datasource: 'Prom', from: 'now-3h', queries: [{ expr: 'up' }] }]);
});

test.each(['', '?panes=', '?panes=[1]', '?panes={', '?left=7', '?left=null', '?panes={"a":5}'])('nonsense is no pane: %s', (search) => {
  expect(panesOf(search)).toEqual([]);
});

test('names of queries are not given twice', () => {
  expect(nextRefId([{ refId: 'A' }, { refId: 'C' }])).toBe('B');
});

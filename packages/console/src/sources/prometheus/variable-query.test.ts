import { expect, test } from 'vitest';
import { variableQueryOf } from './variable-query.ts';

test.each([
  ['label_names()', { kind: 'label names', match: '' }],
  ['label_names(up)', { kind: 'label names', match: 'up' }],
  ['label_values(job)', { kind: 'label values', match: '', label: 'job' }],
  ['label_values(up{a="b,c"}, instance)', { kind: 'label values', match: 'up{a="b,c"}', label: 'instance' }],
  ['metrics(node_.*)', { kind: 'metrics', pattern: 'node_.*' }],
  [' query_result(topk(5, sum by (a) (up))) ', { kind: 'query result', expr: 'topk(5, sum by (a) (up))' }],
  ['up{job="x"}', { kind: 'series', match: 'up{job="x"}' }],
])('%s', (text, meant) => {
  expect(variableQueryOf(text)).toEqual(meant);
});

import { expect, test } from 'vitest';
import { expressionText } from './expression.ts';

test('an expression reads in words', () => {
  const above = { type: 'query', evaluator: { type: 'gt', params: [5] } };
  expect([
    { type: 'math', expression: '$A > 0' }, { type: 'reduce', expression: 'A', reducer: 'mean', settings: { mode: 'dropNN' } }, { type: 'threshold', expression: 'B', conditions: [{ ...above, unloadEvaluator: { type: 'lt', params: [3] } }] },
    { type: 'classic_conditions', conditions: [{ ...above, query: { params: ['A'] }, reducer: { type: 'avg', params: [] } }, { type: 'query', evaluator: { type: 'within_range', params: [1, 2] }, query: { params: ['B'] }, operator: { type: 'or' } }] }, { type: 'unheard of' },
  ].map(expressionText)).toEqual(['$A > 0', 'mean of A, without missing values', 'B is above 5, until it is below 3', 'avg of A is above 5 or last of B is within range 1 to 2', '']);
});

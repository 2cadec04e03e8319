import { expect, test } from 'vitest';
import { dataSourceErrors } from '../../services/datasources/records/data-source.ts';
import { queryErrors } from '../../services/datasources/query/query.ts';
import { answered, statusOf } from './query-group.ts';

const failed = (status: number | undefined, errorSource: 'plugin' | 'downstream') => new Map([['A', { frames: [] }], ['B', { error: 'e', errorSource, ...(status && { status }) }]]);

test.each([[500, 'plugin', 500], [500, 'downstream', 400], [429, 'downstream', 429], [undefined, 'plugin', 400], [200, 'plugin', 400]] as const)('a result with %s of %s makes %i', (status, source, expected) => {
  expect(statusOf(failed(status, source))).toBe(expected);
});

test('without errors it is 200', () => expect(statusOf(new Map([['A', { frames: [] }]]))).toBe(200));

test('an error of the whole request is that of its first query', async () => {
  const of = async (models: unknown[], error: Error) => Object.fromEntries(await answered(models, () => Promise.reject(error)));
  expect(await of([{ refId: 'X' }], queryErrors.duplicateRefId())).toEqual({ X: { error: '[query.duplicateRefId] multiple queries using the same RefId is not allowed', errorSource: 'downstream', status: 400 } });
  expect(await of([null], dataSourceErrors.notFound())).toEqual({ A: { error: 'data source not found', errorSource: 'downstream', status: 400 } });
  await expect(answered([], () => Promise.reject(new Error('a defect')))).rejects.toThrow('a defect');
});

import type { DataFrame, Field, FieldType } from '@grafana/data';
import { expect, test } from 'vitest';
import { formatted } from './results.ts';

const series = (refId: string, labels: Record<string, string>, values: readonly number[]): DataFrame => ({
  refId, length: values.length, fields: [{ name: 'Time', type: 'time' as FieldType, config: {}, values: values.map((_, i) => i * 1_000) }, { name: 'Value', type: 'number' as FieldType, config: { displayNameFromDS: 'long name' }, labels, values: [...values] }] as Field[],
});
const columns = ({ fields }: DataFrame) => Object.fromEntries(fields.map(({ name, values }) => [name, values]));

test('a table has a row a sample, a column a label, and tells queries apart', () => {
  const frames = [series('A', { job: 'api', zone: 'a' }, [1]), series('A', { job: 'web' }, [2]), series('B', { job: 'web' }, [3])];
  expect(formatted(frames, new Map([['A', 'table'], ['B', 'time_series']])).map(columns)).toEqual([{ Time: [0, 0], job: ['api', 'web'], zone: ['a', ''], Value: [1, 2] }, { Time: [0], Value: [3] }]);
  expect(formatted(frames, new Map([['A', 'table'], ['B', 'table']])).map((frame) => frame.fields.at(-1)!.name)).toEqual(['Value #A', 'Value #B']);
});

test('buckets of a heatmap are sorted and hold what is theirs alone', () => {
  const frames = [series('A', { le: '+Inf' }, [10, 12]), series('A', { le: '1' }, [4, 5]), series('A', { le: '5' }, [9, 9])];
  expect(formatted(frames, new Map([['A', 'heatmap']])).map(({ fields }) => [fields[1]!.config.displayNameFromDS, fields[1]!.values])).toEqual([['1', [4, 5]], ['5', [5, 4]], ['+Inf', [1, 3]]]);
});

test('exemplars and other answers stay as they are', () => {
  const exemplars = { ...series('A', {}, [1]), meta: { dataTopic: 'annotations' as never } };
  expect(formatted([exemplars], new Map([['A', 'table']]))).toEqual([exemplars]);
});

import { expect, test } from 'vitest';
import { rawSeries } from './raw-series.ts';

const field = (name: string, type: string, values: unknown[], labels?: Record<string, string>) => ({ name, type, config: {}, values, ...(labels ? { labels } : {}) });

test('series are listed with their labels and last values', () => {
  const frames = [{ length: 2, fields: [field('Time', 'time', [1, 2]), field('Value', 'number', [3, 4], { __name__: 'up', job: 'a"b' })] }, { length: 1, fields: [field('Time', 'time', [1]), field('Value', 'number', [7])] }];
  expect(rawSeries(frames as never)).toEqual([{ text: 'up{job="a\\"b"}', value: '4' }, { text: 'Value', value: '7' }]);
});

test('so are the rows of an instant query', () => {
  const frames = [{ length: 2, fields: [field('Time', 'time', [1, 1]), field('__name__', 'string', ['up', 'up']), field('job', 'string', ['a', '']), field('Value', 'number', [1, 0])] }];
  expect(rawSeries(frames as never)).toEqual([{ text: 'up{job="a"}', value: '1' }, { text: 'up', value: '0' }]);
});

import { Histogram, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createTallyHistogram } from './tally-histogram.ts';

test('what is exposed is what the library exposes for the same observations', async () => {
  const observed = [0, 0.1, 0.1001, 0.5, 3, 99];
  const ours = new Registry();
  const observe = createTallyHistogram(ours, { name: 'h', help: 'A histogram.', buckets: [0.1, 0.5, 5] }).series({ route: '/a', code: '200' });
  const theirs = new Registry();
  const histogram = new Histogram({ name: 'h', help: 'A histogram.', labelNames: ['route', 'code'], buckets: [0.1, 0.5, 5], registers: [theirs] });
  for (const value of observed) {
    observe(value);
    histogram.observe({ route: '/a', code: '200' }, value);
  }
  expect(await ours.metrics()).toBe(await theirs.metrics());
});

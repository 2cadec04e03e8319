import { Registry, Summary } from 'prom-client';
import { expect, test } from 'vitest';
import { createTallySummary } from './tally-summary.ts';

const options = { name: 'a_milliseconds', help: 'Milliseconds.', percentiles: [0.5, 0.9, 0.99], maxAgeSeconds: 600, ageBuckets: 5 };
const numbers = (text: string) => text.split('\n').filter((line) => !line.startsWith('#') && line !== '').map((line) => [line.split(' ')[0], Number(line.split(' ')[1])] as const);

test('reads like a summary, one per cent beside it at most', async () => {
  const [own, other] = [new Registry(), new Registry()];
  const [observe, theirs] = [createTallySummary(own, options), new Summary({ ...options, registers: [other] })];
  const told = async () => [numbers(await own.metrics()), numbers(await other.metrics())] as const;
  const [before, expected] = await told();
  expect(before).toEqual(expected);
  for (let i = 1; i <= 5_000; i++) {
    observe(i / 100);
    theirs.observe(i / 100);
  }
  const [found, wanted] = await told();
  expect(found.map(([name]) => name)).toEqual(wanted.map(([name]) => name));
  for (const [i, [name, value]] of found.entries()) expect(Math.abs(value / wanted[i]![1] - 1), name).toBeLessThan(0.02);
  expect((await own.metrics()).split('\n').slice(0, 2)).toEqual((await other.metrics()).split('\n').slice(0, 2));
});

test('quantiles forget what is old; the sum does not', async () => {
  const registry = new Registry();
  let time = 0;
  const observe = createTallySummary(registry, { ...options, now: () => time });
  const median = async () => numbers(await registry.metrics())[0]![1];
  observe(100);
  time = 500_000;
  observe(1);
  observe(1);
  expect(await median()).toBeCloseTo(1, 1);
  expect(numbers(await registry.metrics())[2]![1]).toBeCloseTo(100, -1);
  time = 700_000;
  expect(numbers(await registry.metrics())[2]![1]).toBeCloseTo(1, 1);
  time = 100_000_000;
  expect(await median()).toBe(0);
  observe(0);
  observe(1e12);
  expect(numbers(await registry.metrics()).at(-1)).toEqual(['a_milliseconds_count', 5]);
});

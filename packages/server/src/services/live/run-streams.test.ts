import { expect, test } from 'vitest';
import type { Clock } from '../../infra/clock.ts';
import { silentLogger } from '../../infra/log/log.ts';
import type { StreamTarget } from './live.ts';
import { createRunStreams, type StreamToRun } from './run-streams.ts';

/** Time that moves only when told; sleeps end as it passes them. */
function handClock() {
  let now = 0;
  const sleepers = new Set<{ at: number; wake: () => void }>();
  const clock: Clock = {
    now: () => now,
    sleep: (ms, signal) => new Promise((resolve, reject) => {
      const sleeper = { at: now + ms, wake: resolve };
      sleepers.add(sleeper);
      signal?.addEventListener('abort', () => {
        sleepers.delete(sleeper);
        reject(signal.reason);
      });
    }),
  };
  return {
    clock,
    async advance(ms: number) {
      for (const end = now + ms; ;) {
        await new Promise((resolve) => setImmediate(resolve));
        const next = [...sleepers].filter((s) => s.at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) {
          now = end;
          return;
        }
        now = next.at;
        sleepers.delete(next);
        next.wake();
      }
    },
  };
}

function setUp(run: StreamTarget['run']) {
  const { clock, advance } = handClock();
  const published: string[] = [];
  const seen = { listeners: 1, updated: 1, gone: false };
  const target = (): StreamTarget => ({ updated: seen.updated, subscribe: async () => ({ status: 'OK' }), publish: async () => ({ status: 'OK' }), run });
  const streams = createRunStreams({ clock, log: silentLogger, subscribers: () => seen.listeners, publish: (_, json) => published.push(json) });
  const stream: StreamToRun = { channel: 'default/ds/u/p', path: 'p', data: '', orgId: 1, dataSourceUid: 'u', target: target(), resolve: async () => (seen.gone ? undefined : target()) };
  return { advance, published, seen, streams, stream };
}

const untilAborted = (signal: AbortSignal) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));

test('one stream serves a channel, and ends a quarter of a minute after the last listener', async () => {
  let runs = 0;
  const { advance, published, seen, streams, stream } = setUp(async (_path, _data, sender, signal) => {
    runs++;
    await sender.send(Buffer.from('{"a":1}'));
    await untilAborted(signal);
  });
  streams.submit(stream);
  streams.submit(stream);
  await advance(30_000);
  expect([runs, streams.running, published]).toEqual([1, 1, ['{"a":1}']]);
  seen.listeners = 0;
  await advance(10_000);
  expect(streams.running).toBe(1);
  seen.listeners = 1;
  await advance(5_000);
  seen.listeners = 0;
  await advance(16_000);
  expect(streams.running).toBe(0);
});

test('a stream that fails at once is started again with growing delay', async () => {
  const starts: number[] = [];
  const made = setUp(async () => {
    starts.push(made.stream.target.updated);
    throw new Error('no');
  });
  made.streams.submit(made.stream);
  await made.advance(0);
  const counts: number[] = [];
  for (const ms of [199, 1, 399, 1]) {
    await made.advance(ms);
    counts.push(starts.length);
  }
  expect(counts).toEqual([2, 3, 3, 4]);
  await made.streams.stop();
});

test('a stream that ends by itself stays ended', async () => {
  const { advance, streams, stream } = setUp(async () => {});
  streams.submit(stream);
  await advance(1_000);
  expect(streams.running).toBe(0);
});

test('a changed data source gets a new stream, a deleted one does not', async () => {
  const seenBy: number[] = [];
  const made = setUp(async (_path, _data, _sender, signal) => {
    seenBy.push(made.seen.updated);
    await untilAborted(signal);
  });
  made.streams.submit(made.stream);
  await made.advance(1);
  made.seen.updated = 2;
  made.streams.dataSourceChanged(1, 'u', false);
  await made.advance(1);
  expect(seenBy).toEqual([1, 2]);
  made.seen.updated = 3;
  await made.advance(61_000);
  expect(seenBy).toEqual([1, 2, 3]);
  made.streams.dataSourceChanged(1, 'u', true);
  await made.advance(60_000);
  expect([seenBy.length, made.streams.running]).toEqual([3, 0]);
});

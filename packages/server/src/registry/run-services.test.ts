import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { silentLogger } from '../infra/log/log.ts';
import { onceAnswering, type BackgroundService } from './background-service.ts';
import { runServices } from './run-services.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function aService(name: string, seen: string[]): BackgroundService {
  return {
    name,
    run(signal) {
      seen.push(`${name} begins`);
      return new Promise((resolve) => signal.addEventListener('abort', () => {
        seen.push(`${name} ends`);
        resolve();
      }));
    },
  };
}

test('late services begin once the server answers, and all end in reverse order', async () => {
  const seen: string[] = [];
  const running = runServices([onceAnswering(aService('late', seen)), aService('early', seen)], silentLogger);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(seen).toEqual(['early begins']);
  running.answering();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(seen).toEqual(['early begins', 'late begins']);
  await running.stop();
  expect(seen.slice(2)).toEqual(['early ends', 'late ends']);
});

test('a late service of a server that stops before it answers never begins', async () => {
  const seen: string[] = [];
  await runServices([onceAnswering(aService('late', seen)), aService('early', seen)], silentLogger).stop();
  expect(seen).toEqual(['early begins', 'early ends']);
});

test.each([true, false])('a service that fails is told of (late: %s)', async (late) => {
  const service: BackgroundService = { name: 'x', run: () => Promise.reject(new Error('boom')) };
  const running = runServices([late ? onceAnswering(service) : service], silentLogger);
  running.answering();
  const failed = expect(running.failed).rejects.toThrow('background service x failed');
  await vi.advanceTimersByTimeAsync(60_000);
  await failed;
});

import type { Logger } from '../infra/log/log.ts';
import type { BackgroundService } from './background-service.ts';

export interface RunningServices {
  /** Rejects when a service ends with an error before it was told to. */
  readonly failed: Promise<never>;
  /** To be told when the server answers: the late services begin. */
  answering(): void;
  /** Aborts in reverse order; resolves when all have ended. */
  stop(): Promise<void>;
}

/** The first requests come first. */
const lateMs = 250;

/** Starts services in the given order. None is restarted silently: the first that fails ends the process (config-and-operations §5.2). */
export function runServices(services: readonly BackgroundService[], log: Logger): RunningServices {
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // Somebody may stop before anybody listens.
  failed.catch(() => {});
  const answering = Promise.withResolvers<void>();
  let timer: NodeJS.Timeout | undefined;
  let stopping = false;
  const running = services.map((service) => {
    const abort = new AbortController();
    const run = service.late ? answering.promise.then(() => (stopping ? undefined : service.run(abort.signal))) : service.run(abort.signal);
    const ended = run.catch((error: unknown) => {
      if (abort.signal.aborted) return;
      log.error('Background service failed', { service: service.name, error });
      fail(new Error(`background service ${service.name} failed`, { cause: error }));
    });
    return { abort, ended };
  });
  return {
    failed,
    answering() {
      timer = setTimeout(answering.resolve, lateMs);
    },
    async stop() {
      clearTimeout(timer);
      stopping = true;
      answering.resolve();
      for (const { abort, ended } of running.toReversed()) {
        abort.abort(new Error('stopping'));
        await ended;
      }
    },
  };
}

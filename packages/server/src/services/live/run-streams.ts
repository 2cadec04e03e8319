/** One running stream a channel: started by the first subscriber, ended when nobody listens, restarted when it fails or its data source changes (live §6.5). */
import type { Clock } from '../../infra/clock.ts';
import type { Logger } from '../../infra/log/log.ts';
import type { StreamTarget } from './live.ts';

export interface StreamToRun {
  /** Full name: `default/ds/uid/path`. */
  readonly channel: string;
  readonly path: string;
  /** JSON text of the first subscriber's data. */
  readonly data: string;
  readonly orgId: number;
  /** '' for streams of plugins that are no data sources. */
  readonly dataSourceUid: string;
  /** As the first subscriber sees it. */
  readonly target: StreamTarget;
  /** Asks anew, with the first subscriber's rights; undefined: the plugin or its data source is gone. */
  resolve(): Promise<StreamTarget | undefined>;
}

export interface RunStreams {
  submit(stream: StreamToRun): void;
  dataSourceChanged(orgId: number, uid: string, gone: boolean): void;
  readonly running: number;
  stop(): Promise<void>;
}

export interface RunStreamsDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly subscribers: (channel: string) => number;
  readonly publish: (channel: string, json: string) => void;
}

const lookEveryMs = 5_000;
const idleLooksMax = 3;
const freshSettingsEveryMs = 60_000;
const shortRunMs = 100;
const firstDelayMs = 100;
const delayMaxMs = 5_000;

export function createRunStreams({ clock, log, subscribers, publish }: RunStreamsDeps): RunStreams {
  interface Entry {
    readonly stream: StreamToRun;
    readonly abort: AbortController;
    ended: Promise<void>;
  }
  const entries = new Map<string, Entry>();

  function submit(stream: StreamToRun): void {
    if (entries.has(stream.channel)) return;
    const entry: Entry = { stream, abort: new AbortController(), ended: Promise.resolve() };
    entries.set(stream.channel, entry);
    entry.ended = Promise.all([keepRunning(entry), watchSubscribers(entry), watchSettings(entry)]).then(() => {});
  }

  async function keepRunning({ stream, abort }: Entry): Promise<void> {
    const { signal } = abort;
    let delayMs = 0;
    let target: StreamTarget | undefined = stream.target;
    while (!signal.aborted && target) {
      const startedAt = clock.now();
      try {
        await run(target, stream, signal);
        break;
      } catch (error) {
        if (signal.aborted) break;
        log.warn('Stream ended with an error, starting it again', { channel: stream.channel, error });
      }
      if (clock.now() - startedAt >= shortRunMs) delayMs = 0;
      await pause(delayMs, signal);
      delayMs = delayMs === 0 ? 2 * firstDelayMs : Math.min(2 * delayMs, delayMaxMs);
      target = await again(stream, signal);
    }
    abort.abort(new Error('the stream is over'));
    if (entries.get(stream.channel)?.abort === abort) entries.delete(stream.channel);
  }

  async function run(target: StreamTarget, stream: StreamToRun, signal: AbortSignal): Promise<void> {
    const sender = {
      send(json: Uint8Array) {
        if (!signal.aborted) publish(stream.channel, Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString('utf8'));
      },
    };
    await target.run(stream.path, Buffer.from(stream.data), sender, signal);
  }

  /** Asks until there is an answer: a database that is down for a minute does not end a stream. */
  async function again(stream: StreamToRun, signal: AbortSignal): Promise<StreamTarget | undefined> {
    for (;;) {
      if (signal.aborted) return undefined;
      try {
        return await stream.resolve();
      } catch (error) {
        log.warn('Cannot prepare a stream', { channel: stream.channel, error });
        await pause(delayMaxMs, signal);
      }
    }
  }

  async function watchSubscribers({ stream, abort }: Entry): Promise<void> {
    let idle = 0;
    while (!abort.signal.aborted) {
      await pause(lookEveryMs, abort.signal);
      idle = subscribers(stream.channel) > 0 ? 0 : idle + 1;
      if (idle >= idleLooksMax) abort.abort(new Error('nobody listens'));
    }
  }

  /** Another instance may have changed the data source. */
  async function watchSettings({ stream, abort }: Entry): Promise<void> {
    if (stream.dataSourceUid === '') return;
    const updated = stream.target.updated;
    while (!abort.signal.aborted) {
      await pause(freshSettingsEveryMs, abort.signal);
      if (abort.signal.aborted) return;
      const target = await stream.resolve().catch(() => stream.target);
      if (target?.updated !== updated) dataSourceChanged(stream.orgId, stream.dataSourceUid, target === undefined);
    }
  }

  const pause = (ms: number, signal: AbortSignal) => (ms === 0 ? Promise.resolve() : clock.sleep(ms, signal).catch(() => {}));

  function dataSourceChanged(orgId: number, uid: string, gone: boolean): void {
    const affected = [...entries.values()].filter(({ stream }) => stream.orgId === orgId && stream.dataSourceUid === uid);
    for (const { stream, abort, ended } of affected) {
      abort.abort(new Error('the data source has changed'));
      if (gone) continue;
      void ended.then(async () => {
        const target = await again(stream, new AbortController().signal);
        if (target && subscribers(stream.channel) > 0) submit({ ...stream, target });
      });
    }
  }

  return {
    submit, dataSourceChanged,
    get running() {
      return entries.size;
    },
    async stop() {
      const all = [...entries.values()];
      for (const { abort } of all) abort.abort(new Error('stopping'));
      await Promise.all(all.map(({ ended }) => ended));
    },
  };
}

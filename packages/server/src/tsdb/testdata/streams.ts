import { setTimeout as wait } from 'node:timers/promises';
import { floatField, frame, frameDataJson, frameJson, frameSchemaJson, stringField, timeField } from '@belvedere/dataframe';
import type { BackendPlugin } from '@belvedere/plugin-sdk';
import type { Random } from './random-walk.ts';
import { parseChannelPath, type Simulations } from './simulation.ts';

/** Live streams of the test data source (queries-and-frames §15): the schema on subscription, then data alone. */

interface StreamDeps { readonly simulations: Simulations; readonly random: Random; now(): number }

interface Pace { readonly everyMs: number; readonly dropPercent: number; readonly labelled: boolean }

function paceOf(path: string): Pace | undefined {
  if (path === 'random-2s-stream') return { everyMs: 2000, dropPercent: 0, labelled: false };
  if (path === 'random-flakey-stream') return { everyMs: 100, dropPercent: 90, labelled: false };
  if (path === 'random-labeled-stream') return { everyMs: 200, dropPercent: 20, labelled: true };
  if (path === 'random-20Hz-stream' || path.startsWith('random-20Hz-stream-')) return { everyMs: 50, dropPercent: 0, labelled: false };
  return undefined;
}

const walkFrame = (time: readonly number[], value: readonly number[], min: readonly number[], max: readonly number[]) =>
  frame('testdata', [timeField('Time', time), floatField('Value', value), floatField('Min', min), floatField('Max', max)]);
const labelledFrame = (labels: readonly string[], time: readonly number[], value: readonly number[]) =>
  frame('labeled', [stringField('labels', labels), timeField('Time', time), floatField('Value', value)]);

const bytes = (text: string) => new TextEncoder().encode(text);
const pause = (ms: number, signal: AbortSignal) => wait(ms, undefined, { signal }).then(() => true, () => false);

export function testDataStreams({ simulations, random, now }: StreamDeps): Pick<BackendPlugin, 'subscribeStream' | 'publishStream' | 'runStream'> {
  return {
    async subscribeStream({ path }) {
      if (path.startsWith('sim/')) {
        const key = parseChannelPath(path);
        if (!key) return { status: 'NOT_FOUND' };
        try {
          return { status: 'OK', initialData: bytes(frameJson(simulations.of(key).at(Float64Array.of(now())))) };
        } catch {
          return { status: 'NOT_FOUND' };
        }
      }
      // Compat: any other path may be subscribed to; nothing ever comes on one that does not exist.
      const schema = path === 'random-labeled-stream' ? labelledFrame([], [], []) : walkFrame([], [], [], []);
      return { status: 'OK', initialData: bytes(`{"schema":${frameSchemaJson(schema)}}`) };
    },

    publishStream: async () => ({ status: 'PERMISSION_DENIED' }),

    async runStream({ path, signal }, sender) {
      const key = parseChannelPath(path);
      if (key) {
        const sim = simulations.of(key);
        while (await pause(1000 / key.tickHz, signal)) await sender.send(bytes(`{"data":${frameDataJson(sim.at(Float64Array.of(now())))}}`));
        return;
      }
      const pace = paceOf(path);
      if (!pace) throw new Error(`there is no stream ${path}`);
      let walker = random() * 100;
      while (await pause(pace.everyMs, signal)) {
        walker += random() - 0.5;
        if (random() * 100 < pace.dropPercent) continue;
        const at = now();
        const data = pace.labelled
          ? labelledFrame(['sensor=A', 'sensor=B'], [at, at], [walker, walker + 10])
          : walkFrame([at], [walker], [walker - random() * 2.5], [walker + random() * 2.5]);
        await sender.send(bytes(`{"data":${frameDataJson(data)}}`));
      }
    },
  };
}

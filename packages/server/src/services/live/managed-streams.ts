/** What was pushed last to each `stream/*` channel, and how often (live §6.2, §2.4). */
import type { Clock } from '../../infra/clock.ts';
import type { PushedFrame } from './line-frames.ts';
import type { ManagedChannel } from './live.ts';

export interface ManagedStreams {
  /** Remembers the frame; gives what its subscribers are sent: the schema too when it is new or has changed. */
  push(orgNamespace: string, channel: string, frame: PushedFrame): string;
  /** The last frame whole, for those who come later. */
  last(orgNamespace: string, channel: string): string | undefined;
  list(orgNamespace: string): ManagedChannel[];
}

/** The schema is left out for those who know it. */
export const pushedText = ({ schema, data }: Pick<PushedFrame, 'schema' | 'data'>, known: boolean): string => (known ? `{"data":${data}}` : `{"schema":${schema},"data":${data}}`);

/** A sender that invents channels is stopped here; the oldest channel gives way. */
const channelsMax = 10_000;
const slots = 60;

interface Stream {
  schema: string;
  data: string;
  readonly counts: Uint32Array;
  /** Second that `counts[second % 60]` stands for. */
  readonly seconds: Float64Array;
}

export function createManagedStreams(clock: Pick<Clock, 'now'>): ManagedStreams {
  const orgs = new Map<string, Map<string, Stream>>();
  return {
    push(orgNamespace, channel, frame) {
      let streams = orgs.get(orgNamespace);
      if (!streams) orgs.set(orgNamespace, (streams = new Map()));
      let stream = streams.get(channel);
      const known = stream?.schema === frame.schema;
      if (!stream) {
        if (streams.size >= channelsMax) streams.delete(streams.keys().next().value!);
        stream = { schema: '', data: '', counts: new Uint32Array(slots), seconds: new Float64Array(slots) };
        streams.set(channel, stream);
      }
      stream.schema = frame.schema;
      stream.data = frame.data;
      const second = Math.floor(clock.now() / 1000);
      const slot = second % slots;
      if (stream.seconds[slot] !== second) {
        stream.seconds[slot] = second;
        stream.counts[slot] = 0;
      }
      stream.counts[slot]!++;
      return pushedText(frame, known);
    },
    last(orgNamespace, channel) {
      const stream = orgs.get(orgNamespace)?.get(channel);
      return stream && pushedText(stream, false);
    },
    list(orgNamespace) {
      const oldest = Math.floor(clock.now() / 1000) - slots;
      return [...(orgs.get(orgNamespace) ?? [])].map(([channel, stream]) => {
        let rate = 0;
        for (let i = 0; i < slots; i++) if (stream.seconds[i]! > oldest) rate += stream.counts[i]!;
        return { channel, minute_rate: rate, data: `{"schema":${stream.schema}}` };
      });
    },
  };
}

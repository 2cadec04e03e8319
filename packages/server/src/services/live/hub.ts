/** Who listens where. A publication is encoded once a protocol and written to each subscriber (live §1). */
import type { Codec } from './protocol.ts';

/** What the hub needs of a connection. */
export interface Subscriber {
  readonly codec: Codec;
  /** Writes a whole frame, or lets the connection go when it is too far behind. */
  write(frame: Buffer): void;
}

export interface Hub {
  add(channel: string, subscriber: Subscriber): void;
  remove(channel: string, subscriber: Subscriber): void;
  count(channel: string): number;
  channelCount(): number;
  subscriptionCount(): number;
  /** Encodes with the codecs in use only. */
  broadcast(channel: string, encode: (codec: Codec) => Buffer): void;
}

export function createHub(): Hub {
  const channels = new Map<string, Set<Subscriber>>();
  return {
    add(channel, subscriber) {
      const there = channels.get(channel);
      if (there) there.add(subscriber);
      else channels.set(channel, new Set([subscriber]));
    },
    remove(channel, subscriber) {
      const there = channels.get(channel);
      if (there?.delete(subscriber) && there.size === 0) channels.delete(channel);
    },
    count: (channel) => channels.get(channel)?.size ?? 0,
    channelCount: () => channels.size,
    subscriptionCount() {
      let all = 0;
      for (const there of channels.values()) all += there.size;
      return all;
    },
    broadcast(channel, encode) {
      const there = channels.get(channel);
      if (!there) return;
      let json: Buffer | undefined;
      let protobuf: Buffer | undefined;
      for (const subscriber of there) {
        if (subscriber.codec.name === 'json') subscriber.write((json ??= encode(subscriber.codec)));
        else subscriber.write((protobuf ??= encode(subscriber.codec)));
      }
    },
  };
}

/** The other processes of a cluster, reached through Redis (live §8). */
import { randomUUID } from 'node:crypto';
import type { Logger } from '../../infra/log/log.ts';
import type { PushedFrame } from './line-frames.ts';
import type { ManagedChannel } from './live.ts';

/** Something that happened in a channel. */
export type ChannelMessage =
  | { readonly kind: 'publication'; readonly json: string }
  | { readonly kind: 'join' | 'leave'; readonly user: string; readonly client: string };

export interface RelayListener {
  /** What another process did. */
  heard(channel: string, message: ChannelMessage): void;
  /** The channels of an org that were pushed to through this process. */
  list(orgNamespace: string): readonly ManagedChannel[];
}

/** Every method rejects, or does nothing, while Redis is away: the process goes on alone. */
export interface Relay {
  announce(channel: string, message: ChannelMessage): void;
  /** Keeps the last frame of a channel; gives the schema before it. Only one process of all sees a schema change. */
  remember(orgNamespace: string, channel: string, frame: PushedFrame): Promise<string | undefined>;
  recall(orgNamespace: string, channel: string): Promise<PushedFrame | undefined>;
  /** What the other processes list, those left out that do not answer in time. */
  listElsewhere(orgNamespace: string): Promise<ManagedChannel[]>;
  close(): void;
}

export interface RelayDeps {
  readonly redis: { readonly address: string; readonly password: string; readonly prefix: string };
  readonly log: Logger;
  readonly listener: RelayListener;
}

const frameSeconds = 7 * 24 * 3600;
const answerWithinMs = 1_000;

interface Question {
  readonly id: string;
  readonly node: string;
  readonly org: string;
}

interface Answer {
  readonly id: string;
  readonly channels: readonly ManagedChannel[];
}

/** Undefined when Redis cannot be reached: the log says so. */
export async function connectRelay({ redis, log, listener }: RelayDeps): Promise<Relay | undefined> {
  const { Redis } = await import('ioredis');
  const found = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d+))?$/.exec(redis.address);
  /** Said once, not with each attempt. */
  let away = false;
  const open = () => {
    const client = new Redis({
      host: found?.[1] ?? (found?.[2] || '127.0.0.1'), port: Number(found?.[3] ?? 6379), password: redis.password || undefined,
      // What Redis cannot take now is not worth keeping for later.
      lazyConnect: true, enableOfflineQueue: false, maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false, commandTimeout: answerWithinMs,
    });
    client.on('error', (error: unknown) => {
      if (away) return;
      away = true;
      log.warn('Redis of the live cluster is away', { address: redis.address, error });
    });
    client.on('ready', () => {
      if (away) log.info('Redis of the live cluster is back', { address: redis.address });
      away = false;
    });
    return client;
  };
  const commands = open();
  const inbox = open();
  const node = randomUUID();
  const { prefix } = redis;
  const clientPrefix = `${prefix}.client.`;
  const control = `${prefix}.control`;
  const mine = `${prefix}.node.${node}`;
  const frameKey = (orgNamespace: string, channel: string) => `${prefix}.managed_stream.${orgNamespace}/${channel}`;
  const questions = new Map<string, (channels: readonly ManagedChannel[]) => void>();
  const send = (to: string, text: string) => void commands.publish(to, text).catch(() => {});

  const receive = (channel: string, text: string, handle: () => void) => {
    try {
      handle();
    } catch (error) {
      log.warn('Not understood from the live cluster', { channel, size: text.length, error });
    }
  };
  inbox.on('pmessage', (_pattern, channel, text) => receive(channel, text, () => {
    // The sender's name goes before what it says: a process does not hear itself.
    if (!text.startsWith(node)) listener.heard(channel.slice(clientPrefix.length), JSON.parse(text.slice(node.length)) as ChannelMessage);
  }));
  inbox.on('message', (channel, text) => receive(channel, text, () => {
    if (channel === control) {
      const asked = JSON.parse(text) as Question;
      if (asked.node !== node) send(`${prefix}.node.${asked.node}`, JSON.stringify({ id: asked.id, channels: listener.list(asked.org) } satisfies Answer));
    } else {
      const answer = JSON.parse(text) as Answer;
      questions.get(answer.id)?.(answer.channels);
    }
  }));

  try {
    await Promise.all([commands.connect(), inbox.connect()]);
    await inbox.psubscribe(`${globEscaped(clientPrefix)}*`);
    await inbox.subscribe(control, mine);
  } catch (error) {
    commands.disconnect();
    inbox.disconnect();
    log.error('Cannot reach Redis: live channels stay in this process', { address: redis.address, error });
    return undefined;
  }

  return {
    announce: (channel, message) => send(clientPrefix + channel, node + JSON.stringify(message)),
    async remember(orgNamespace, channel, { schema, data }) {
      const key = frameKey(orgNamespace, channel);
      const results = await commands.multi().hget(key, 'schema').hset(key, 'schema', schema, 'frame', data).expire(key, frameSeconds).exec();
      const before = results?.[0]?.[1];
      return typeof before === 'string' ? before : undefined;
    },
    async recall(orgNamespace, channel) {
      const [schema, data] = await commands.hmget(frameKey(orgNamespace, channel), 'schema', 'frame');
      return schema == null || data == null ? undefined : { name: channel.slice(channel.lastIndexOf('/') + 1), schema, data };
    },
    async listElsewhere(orgNamespace) {
      const id = randomUUID();
      const all: ManagedChannel[] = [];
      let answers = 0;
      let expected = Infinity;
      let timer: NodeJS.Timeout | undefined;
      try {
        await new Promise<void>((resolve, reject) => {
          const settle = () => {
            if (answers >= expected) resolve();
          };
          timer = setTimeout(resolve, answerWithinMs);
          questions.set(id, (channels) => {
            all.push(...channels);
            answers++;
            settle();
          });
          // Redis tells how many got the question; this process is one of them.
          commands.publish(control, JSON.stringify({ id, node, org: orgNamespace } satisfies Question)).then((heardBy) => {
            expected = heardBy - 1;
            settle();
          }, reject);
        });
      } finally {
        clearTimeout(timer);
        questions.delete(id);
      }
      return all;
    },
    close() {
      commands.disconnect();
      inbox.disconnect();
    },
  };
}

/** An operator's prefix is no pattern. */
const globEscaped = (text: string) => text.replace(/[\\*?[\]]/g, '\\$&');

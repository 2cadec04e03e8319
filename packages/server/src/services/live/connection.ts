/** One client's socket: greeting, commands, pings, subscriptions, end (live §4.4, §4.6). */
import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Logger } from '../../infra/log/log.ts';
import type { Identity } from '../../web/identity.ts';
import { channelNameBytesMax } from './channel.ts';
import type { Hub, Subscriber } from './hub.ts';
import { countCode, type LiveCounts } from './live-metrics.ts';
import type { PublishOutcome, SubscribeOutcome } from './live.ts';
import { closeCodes, replyErrors, type CloseReason, type Codec, type Command, type ReplyError } from './protocol.ts';
import type { ChannelMessage } from './redis-relay.ts';

export const pingEveryMs = 25_000;
const pongWithinMs = 10_000;
const connectWithinMs = 15_000;
const closeWithinMs = 5_000;
/** Who somebody is, and what they may, is asked anew after this time: as long as an identity token is good for. */
const identityMs = 600_000;
const subscriptionsMax = 128;
const commandsAtOnceMax = 12;
/** A client that asks faster than it can be answered is let go. */
const commandsWaitingMax = 1_024;

/** Routes a command to its channel's handler; a `ReplyError` is an answer. */
export interface Channels {
  subscribe(identity: Identity, channel: string, data: string): Promise<SubscribeOutcome | ReplyError>;
  publish(identity: Identity, channel: string, data: string): Promise<PublishOutcome | ReplyError>;
  /** Tells everybody in the channel. */
  announce(channel: string, message: ChannelMessage): void;
}

/** What all connections share. */
export interface ConnectionDeps {
  readonly hub: Hub;
  readonly channels: Channels;
  readonly log: Logger;
  readonly counts: LiveCounts;
  readonly queuedBytesMax: number;
  readonly random: () => number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** What is known of this user is too old: all of their connections end, and come back by themselves. */
  readonly expired: (user: string) => void;
  /** Counts this connection among the connected; false: there is no room. */
  readonly greeted: (connection: Connection) => boolean;
  readonly ended: (connection: Connection) => void;
}

/** What one of them is made of. */
export interface ClientSocket {
  readonly webSocket: WebSocket;
  readonly socket: Duplex;
  readonly codec: Codec;
  readonly identity: Identity;
  /** Pings as WebSocket frames instead of empty replies. */
  readonly nativePings: boolean;
}

const nothing = () => {};

const isError = (outcome: object): outcome is ReplyError => 'code' in outcome;

export class Connection implements Subscriber {
  readonly codec: Codec;
  readonly client: string = randomUUID();
  readonly user: string;
  readonly #deps: ConnectionDeps;
  readonly #webSocket: WebSocket;
  readonly #socket: Duplex;
  readonly #identity: Identity;
  readonly #nativePings: boolean;
  readonly #identityUntil: number;
  /** Channel -> whether others hear of this one's coming and going. Reserved while its handler is still asked. */
  readonly #subscriptions = new Map<string, { joinLeave: boolean; pending: boolean }>();
  #greeted = false;
  #open = true;
  #awaitingPong = false;
  #timer: NodeJS.Timeout;
  #running = 0;
  #waiting: (() => void)[] = [];

  constructor(deps: ConnectionDeps, { webSocket, socket, codec, identity, nativePings }: ClientSocket) {
    this.#deps = deps;
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#identity = identity;
    this.#nativePings = nativePings;
    // Visitors are who they are for ever.
    this.#identityUntil = identity.kind === 'anonymous' ? Number.POSITIVE_INFINITY : deps.now() + identityMs;
    this.codec = codec;
    this.user = String(identity.id);
    this.#timer = setTimeout(() => this.close('stale'), connectWithinMs);
    webSocket.on('message', (data) => this.#receive(data as Buffer));
    if (nativePings) webSocket.on('pong', () => {
      this.#awaitingPong = false;
    });
    webSocket.on('close', () => this.#end());
    // A broken frame closes the socket by itself.
    webSocket.on('error', nothing);
  }

  write(frame: Buffer): void {
    if (!this.#open) return;
    const socket = this.#socket;
    if (socket.writableLength + frame.length > this.#deps.queuedBytesMax) return this.close('slow');
    this.#deps.counts.messagesSent++;
    socket.write(frame);
  }

  close(reason: CloseReason): void {
    if (!this.#open) return;
    this.#end();
    const [code, text] = closeCodes[reason];
    countCode(this.#deps.counts.disconnects, code);
    this.#webSocket.close(code, text);
    // A reader that takes nothing would keep the close frame waiting behind the rest.
    if (reason === 'slow') return this.#webSocket.terminate();
    const timer = setTimeout(() => this.#webSocket.terminate(), closeWithinMs);
    this.#webSocket.once('close', () => clearTimeout(timer));
  }

  #end(): void {
    if (!this.#open) return;
    this.#open = false;
    clearTimeout(this.#timer);
    for (const channel of [...this.#subscriptions.keys()]) this.#leave(channel);
    this.#waiting = [];
    this.#deps.ended(this);
  }

  #receive(message: Buffer): void {
    for (const command of this.codec.decode(message)) {
      if (!this.#open) return;
      this.#deps.counts.messagesReceived++;
      this.#execute(command);
    }
  }

  #execute(command: Command): void {
    if (command.kind === 'connect' && !this.#greeted) return this.#greet(command.id);
    if (!this.#greeted) return this.close('badRequest');
    if ((command.kind === 'subscribe' || command.kind === 'publish' || command.kind === 'rpc') && this.#deps.now() >= this.#identityUntil) {
      this.#refuse(command.id, replyErrors.expired);
      return this.#deps.expired(this.user);
    }
    switch (command.kind) {
      case 'bad': case 'connect': return this.close('badRequest');
      case 'pong':
        if (!this.#awaitingPong || this.#nativePings) return this.close('badRequest');
        this.#awaitingPong = false;
        return;
      case 'send': return this.close('notAvailable');
      case 'unserved': return this.#refuse(command.id, replyErrors.notAvailable);
      case 'rpc': return this.#refuse(command.id, command.method === 'grafana.query' ? replyErrors.notAvailable : replyErrors.methodNotFound);
      case 'unsubscribe':
        if (command.channel === '') return this.close('badRequest');
        this.#leave(command.channel);
        return this.write(this.codec.done(command.id, 'unsubscribe'));
      case 'subscribe': return this.#subscribe(command);
      case 'publish': return this.#publish(command);
      default: command satisfies never;
    }
  }

  #greet(id: number): void {
    this.#greeted = true;
    clearTimeout(this.#timer);
    this.write(this.codec.connected(id, this.client, !this.#nativePings));
    if (!this.#deps.greeted(this)) return this.close('connectionLimit');
    // Spread over half the interval, so that a thousand clients of one restart are not pinged at once.
    this.#timer = setTimeout(() => this.#ping(), pingEveryMs * (0.5 + this.#deps.random() / 2));
  }

  #ping(): void {
    this.#awaitingPong = true;
    if (this.#nativePings) this.#webSocket.ping();
    else this.write(this.codec.ping);
    if (!this.#open) return;
    this.#timer = setTimeout(() => {
      if (this.#awaitingPong) return this.close('noPong');
      this.#timer = setTimeout(() => this.#ping(), pingEveryMs - pongWithinMs);
    }, pongWithinMs);
  }

  #subscribe(command: Extract<Command, { kind: 'subscribe' }>): void {
    const { id, channel } = command;
    if (channel === '' || (command.delta !== '' && command.delta !== 'fossil')) return this.close('badRequest');
    if (Buffer.byteLength(channel) > channelNameBytesMax) return this.#refuse(id, replyErrors.badRequest);
    if (this.#subscriptions.has(channel)) return this.#refuse(id, replyErrors.alreadySubscribed);
    if (this.#subscriptions.size >= subscriptionsMax) return this.#refuse(id, replyErrors.limitExceeded);
    if (command.filtered) return this.#refuse(id, replyErrors.badRequest);
    const subscription = { joinLeave: false, pending: true };
    this.#subscriptions.set(channel, subscription);
    this.#run(async () => {
      const outcome = await this.#asked(this.#deps.channels.subscribe(this.#identity, channel, command.data));
      const refused = isError(outcome) ? outcome : refusal(outcome.status);
      // The client may have left, or gone, while its handler was asked.
      const current = this.#open && this.#subscriptions.get(channel) === subscription;
      if (refused || isError(outcome)) {
        if (current) this.#subscriptions.delete(channel);
        return this.#refuse(id, refused ?? replyErrors.internal);
      }
      if (!current) return;
      subscription.pending = false;
      subscription.joinLeave = outcome.joinLeave === true;
      this.write(this.codec.subscribed(id, { ...(outcome.data === undefined ? {} : { data: outcome.data }), wasRecovering: command.recover }));
      this.#deps.hub.add(channel, this);
      if (subscription.joinLeave) this.#deps.channels.announce(channel, { kind: 'join', user: this.user, client: this.client });
      outcome.joined?.();
    });
  }

  #refuse(id: number, error: ReplyError): void {
    countCode(this.#deps.counts.replyErrors, error.code);
    this.write(this.codec.failed(id, error));
  }

  #publish(command: Extract<Command, { kind: 'publish' }>): void {
    const { id, channel, data } = command;
    if (channel === '' || data === '') return this.close('badRequest');
    this.#run(async () => {
      const outcome = await this.#asked(this.#deps.channels.publish(this.#identity, channel, data));
      const refused = isError(outcome) ? outcome : refusal(outcome.status);
      if (refused || isError(outcome)) return this.#refuse(id, refused ?? replyErrors.internal);
      this.#deps.channels.announce(channel, { kind: 'publication', json: outcome.data ?? data });
      this.write(this.codec.done(id, 'publish'));
    });
  }

  #leave(channel: string): void {
    const subscription = this.#subscriptions.get(channel);
    if (!subscription) return;
    this.#subscriptions.delete(channel);
    if (subscription.pending) return;
    this.#deps.hub.remove(channel, this);
    if (subscription.joinLeave) this.#deps.channels.announce(channel, { kind: 'leave', user: this.user, client: this.client });
  }

  /** What a handler throws is an internal error to its client, which tries again later. */
  async #asked<T extends object>(answer: Promise<T>): Promise<T | ReplyError> {
    try {
      return await answer;
    } catch (error) {
      this.#deps.log.debug('Channel handler failed', { error });
      return replyErrors.internal;
    }
  }

  /** Runs up to twelve at once; the others wait their turn. */
  #run(work: () => Promise<void>): void {
    const start = () => {
      this.#running++;
      void work().catch((error: unknown) => {
        this.#deps.log.error('Live command failed', { error });
      }).finally(() => {
        this.#running--;
        this.#waiting.shift()?.();
      });
    };
    if (this.#running < commandsAtOnceMax) start();
    else if (this.#waiting.length < commandsWaitingMax) this.#waiting.push(start);
    else this.close('slow');
  }
}

function refusal(status: SubscribeOutcome['status']): ReplyError | undefined {
  switch (status) {
    case 'ok': return undefined;
    case 'not-found': return replyErrors.notFound;
    case 'permission-denied': return replyErrors.forbidden;
    case 'failed': return replyErrors.failed;
    default: return status satisfies never;
  }
}

/** Live streaming (live): the interface that other domains use, and what the hub asks of them. */
import type { PublishStreamResult, StreamSender, SubscribeStreamResult } from '@belvedere/plugin-sdk';
import type { Identity } from '../../web/identity.ts';

/** How a channel's handler answers. */
export type ChannelStatus = 'ok' | 'not-found' | 'permission-denied' | 'failed';

/** The message is none that the channel takes: the sender's fault. */
export class UnacceptableMessage extends Error {}

export interface SubscribeOutcome {
  readonly status: ChannelStatus;
  /** JSON text that goes out with the reply. */
  readonly data?: string;
  /** Others in the channel are told who comes and goes. */
  readonly joinLeave?: boolean;
  /** Called once the subscriber is in the channel. */
  readonly joined?: () => void;
}

export interface PublishOutcome {
  readonly status: ChannelStatus;
  /** JSON text to publish instead of what came. */
  readonly data?: string;
}

export interface ChannelRequest {
  readonly identity: Identity;
  /** Prefix of the org: `default`, `org-2`. */
  readonly orgNamespace: string;
  /** Name on the wire, prefix included. */
  readonly channel: string;
  /** Second segment. */
  readonly namespace: string;
  readonly path: string;
  /** JSON text that the client sent along; '' for none. */
  readonly data: string;
}

/** One kind of channel. Whatever it throws is an internal error to the client, which tries again. */
export interface ChannelHandler {
  subscribe(request: ChannelRequest): Promise<SubscribeOutcome> | SubscribeOutcome;
  publish(request: ChannelRequest): Promise<PublishOutcome> | PublishOutcome;
}

export interface DashboardAccess {
  /** False for a dashboard that does not exist. */
  canRead(identity: Identity, uid: string): Promise<boolean> | boolean;
  canWrite(identity: Identity, uid: string): Promise<boolean> | boolean;
}

/** A plugin's streams as one identity may use them. Made anew when the data source's settings change. */
export interface StreamTarget {
  /** When the data source was changed last, milliseconds since the epoch; 0 for plugins that are none. */
  readonly updated: number;
  subscribe(path: string, data: Uint8Array, signal: AbortSignal): Promise<SubscribeStreamResult>;
  publish(path: string, data: Uint8Array, signal: AbortSignal): Promise<PublishStreamResult>;
  /** Resolves when the plugin has nothing more to send. */
  run(path: string, data: Uint8Array, sender: StreamSender, signal: AbortSignal): Promise<void>;
}

export interface StreamTargets {
  /** A data source by uid, or a plugin by id or alias. Undefined: it does not exist or has no back end. */
  find(scope: 'ds' | 'plugin', name: string, identity: Identity): Promise<StreamTarget | undefined>;
}

/** `<version>/<resource>[=<name>]` of a group under `/apis`. */
export interface WatchedCollection {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  /** '' for all of them. */
  readonly name: string;
  /** Version after which events are wanted; '' for what is there and everything later. */
  readonly since: string;
}

export interface ResourceWatches {
  /** JSON texts of events, until the signal aborts. Rejects when there is nothing to watch, or the identity may not. */
  watch(identity: Identity, collection: WatchedCollection, signal: AbortSignal): Promise<AsyncIterable<string>>;
}

export interface ManagedChannel {
  readonly channel: string;
  readonly minute_rate: number;
  /** JSON text of the schema-only frame. */
  readonly data: string;
}

export interface LiveService {
  /** Publishes JSON text to everybody in a channel (`default/stream/a/b`). */
  publish(channel: string, json: string): void;
  /** Subscribers of a channel on this instance. */
  subscriberCount(channel: string): number;
  /** A data source was changed or deleted: its streams end, and start again with the new settings unless it is gone. */
  dataSourceChanged(orgId: number, uid: string, gone: boolean): void;
}

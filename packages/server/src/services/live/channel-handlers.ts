/** The kinds of channels and what may be done with them (live §6). */
import type { PublishStreamResult, SubscribeStreamResult } from '@belvedere/plugin-sdk';
import type { Logger } from '../../infra/log/log.ts';
import { objectOf, textOf } from '../../util/json-value.ts';
import { UnacceptableMessage, type ChannelHandler, type ChannelRequest, type ChannelStatus, type DashboardAccess, type PublishOutcome, type ResourceWatches, type StreamTarget, type StreamTargets } from './live.ts';
import type { RunStreams } from './run-streams.ts';

/** `grafana/dashboard/uid/<uid>`: who is there, what was saved, who edits (§6.1). */
export function createDashboardHandler(access: DashboardAccess): ChannelHandler {
  return {
    async subscribe({ identity, path }) {
      const uid = dashboardUid(path);
      if (uid === undefined) return { status: 'not-found' };
      return (await access.canRead(identity, uid)) ? { status: 'ok', joinLeave: true } : { status: 'permission-denied' };
    },
    async publish({ identity, path, data }) {
      const uid = dashboardUid(path);
      if (uid === undefined) return { status: 'not-found' };
      const event: unknown = JSON.parse(data);
      if (typeof event !== 'object' || event === null) throw new UnacceptableMessage('an announcement is an object');
      const { uid: about, action, sessionId, rv } = event as Record<string, unknown>;
      if (about !== uid || action !== 'editing-started' || !isTextOrAbsent(sessionId) || !isTextOrAbsent(rv)) throw new UnacceptableMessage('not an announcement of this dashboard');
      if (!(await access.canWrite(identity, uid))) return { status: 'not-found' };
      return { status: 'ok', data: JSON.stringify({ uid, action, ...(rv ? { rv } : {}), ...(sessionId ? { sessionId } : {}) }) };
    },
  };
}

const isTextOrAbsent = (value: unknown) => value === undefined || value === null || typeof value === 'string';

function dashboardUid(path: string): string | undefined {
  const parts = path.split('/');
  return parts.length === 2 && parts[0] === 'uid' ? parts[1] : undefined;
}

/** `stream/<id>/<path>`: whoever is in the org listens; pushing is for the HTTP routes (§6.2). */
export function createManagedHandler(last: (orgNamespace: string, channel: string) => Promise<string | undefined> | string | undefined): ChannelHandler {
  return {
    async subscribe({ orgNamespace, namespace, path }) {
      const data = await last(orgNamespace, `stream/${namespace}/${path}`);
      return { status: 'ok', ...(data === undefined ? {} : { data }) };
    },
    publish: () => ({ status: 'permission-denied' }),
  };
}

/** `ds/<uid>/<path>` and `plugin/<id>/<path>`: the plugin decides (§6.5). */
export function createPluginHandler(scope: 'ds' | 'plugin', targets: StreamTargets, streams: Pick<RunStreams, 'submit'>): ChannelHandler {
  async function target({ identity, namespace }: ChannelRequest): Promise<StreamTarget> {
    const found = await targets.find(scope, namespace, identity);
    if (!found) throw new Error(`${scope} ${namespace} does not stream`);
    return found;
  }
  return {
    async subscribe(request) {
      const found = await target(request);
      const answer = await found.subscribe(request.path, Buffer.from(request.data), AbortSignal.timeout(askWithinMs));
      if (answer.status !== 'OK') return { status: refusals[answer.status] ?? 'failed' };
      const data = bytesText(answer.initialData);
      return {
        status: 'ok',
        ...(data === undefined ? {} : { data }),
        joined: () =>
          streams.submit({
            channel: request.channel, path: request.path, data: request.data, target: found,
            orgId: request.identity.orgId, dataSourceUid: scope === 'ds' ? request.namespace : '',
            resolve: () => targets.find(scope, request.namespace, request.identity),
          }),
      };
    },
    async publish(request): Promise<PublishOutcome> {
      const found = await target(request);
      const answer = await found.publish(request.path, Buffer.from(request.data), AbortSignal.timeout(askWithinMs));
      if (answer.status !== 'OK') return { status: refusals[answer.status] ?? 'failed' };
      const data = bytesText(answer.data);
      return { status: 'ok', ...(data === undefined ? {} : { data }) };
    },
  };
}

const watchedGroup = 'provisioning.grafana.app';
/** More of them at a time nobody needs. */
const watchesMax = 1_000;

/**
 * `watch/<group>/<version>/<resource>[=<name>]/<own uid>`: what happens to the objects of Git Sync (§6.4). One watch a channel, begun by its first
 * subscriber; it ends with the first event that nobody is there to hear.
 */
export function createWatchHandler({ watches, publish, subscribers, log }: {
  readonly watches: ResourceWatches; readonly publish: (channel: string, json: string) => void; readonly subscribers: (channel: string) => number; readonly log: Logger;
}): ChannelHandler & { stop(): void } {
  const running = new Map<string, { readonly abort: AbortController; begun: boolean }>();

  async function run(channel: string, events: AsyncIterable<string>, abort: AbortController): Promise<void> {
    try {
      for await (const json of events) {
        if (subscribers(channel) === 0) break;
        publish(channel, json);
      }
    } catch (error) {
      if (!abort.signal.aborted) log.debug('A watch ended', { channel, error });
    } finally {
      abort.abort(new Error('the watch ended'));
      if (running.get(channel)?.abort === abort) running.delete(channel);
    }
  }

  return {
    async subscribe({ identity, channel, namespace, path, data }) {
      const [version = '', collection = '', suffix = '', ...more] = path.split('/');
      if (namespace !== watchedGroup || more.length > 0 || identity.uid === '' || suffix !== identity.uid) throw new Error('nothing that this person may watch');
      const known = running.get(channel);
      if (known?.begun) return { status: 'ok' };
      // Its first subscriber was gone before it could begin.
      known?.abort.abort(new Error('begun anew'));
      if (running.size >= watchesMax) throw new Error('too many watches');
      const [resource = '', name = ''] = collection.split('=');
      const abort = new AbortController();
      const entry = { abort, begun: false };
      running.set(channel, entry);
      try {
        const events = await watches.watch(identity, { group: namespace, version, resource, name, since: textOf(objectOf(data === '' ? {} : JSON.parse(data))['resourceVersion']) }, abort.signal);
        // The subscriber is in the channel by then.
        return {
          status: 'ok',
          joined() {
            entry.begun = true;
            void run(channel, events, abort);
          },
        };
      } catch (error) {
        running.delete(channel);
        throw error;
      }
    },
    publish: () => ({ status: 'permission-denied' }),
    stop() {
      for (const { abort } of running.values()) abort.abort(new Error('the server stops'));
    },
  };
}

/** A status that no plugin should give is its failure. */
const refusals: Readonly<Partial<Record<SubscribeStreamResult['status'] | PublishStreamResult['status'], ChannelStatus>>> = { NOT_FOUND: 'not-found', PERMISSION_DENIED: 'permission-denied' };

const bytesText = (bytes: Uint8Array | undefined) => (bytes && bytes.length > 0 ? Buffer.from(bytes).toString('utf8') : undefined);

const askWithinMs = 30_000;

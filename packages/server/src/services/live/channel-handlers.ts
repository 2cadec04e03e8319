/** The kinds of channels and what may be done with them (live §6). */
import type { PublishStreamResult, SubscribeStreamResult } from '@belvedere/plugin-sdk';
import { UnacceptableMessage, type ChannelHandler, type ChannelRequest, type ChannelStatus, type DashboardAccess, type PublishOutcome, type StreamTarget, type StreamTargets } from './live.ts';
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
      const data = textOf(answer.initialData);
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
      const data = textOf(answer.data);
      return { status: 'ok', ...(data === undefined ? {} : { data }) };
    },
  };
}

/** A status that no plugin should give is its failure. */
const refusals: Readonly<Partial<Record<SubscribeStreamResult['status'] | PublishStreamResult['status'], ChannelStatus>>> = { NOT_FOUND: 'not-found', PERMISSION_DENIED: 'permission-denied' };

const textOf = (bytes: Uint8Array | undefined) => (bytes && bytes.length > 0 ? Buffer.from(bytes).toString('utf8') : undefined);

const askWithinMs = 30_000;

/**
 * What happens in a storage server, told to listeners (apiserver-and-storage §4.5): own writes before the writer is answered, others' by a watch a
 * type and namespace, which begins again where it broke off.
 */
import type { Clock } from '../../infra/clock.ts';
import type { Logger } from '../../infra/log/log.ts';
import type { ResourceEvent, ResourceKey, ResourceType } from '../../storage/resource-store.ts';
import { StreamEnd } from './storage-channel.ts';

/** How long a watch that broke waits before it begins again: longer each time, until it hears something. */
export const reconnectMs = { first: 500, max: 15_000 } as const;

export interface RemoteEvents {
  listen(listener: (event: ResourceEvent) => void): () => void;
  /** A write of ours. What `done` gives is told, unless the watch was faster. */
  writing(key: ResourceKey, done: () => Promise<ResourceEvent | undefined>): Promise<void>;
  /** Told whether or not a watch hears of it. */
  tell(event: ResourceEvent): void;
  /** Follows every type in these namespaces from now on; namespaces that come later, from their beginning. Resolves once nothing can be missed. */
  follow(namespaces: readonly string[]): Promise<void>;
  close(): void;
}

export interface RemoteEventsDeps {
  readonly types: readonly ResourceType[];
  readonly clock: Clock;
  readonly log: Logger;
  currentVersion(type: ResourceType, namespace: string): Promise<number>;
  /** Ends with the connection; throws a final StreamEnd where `since` is too old. */
  events(type: ResourceType, namespace: string, since: number, signal: AbortSignal): AsyncIterable<ResourceEvent>;
  /** Of an object whose events may have been missed. */
  current(type: ResourceType, namespace: string): AsyncIterable<ResourceEvent['object']>;
}

const nameOf = ({ group, resource, namespace, name }: ResourceKey) => `${group}/${resource}/${namespace}/${name}`;

export function createRemoteEvents({ types, clock, log, currentVersion, events, current }: RemoteEventsDeps): RemoteEvents {
  const listeners = new Set<(event: ResourceEvent) => void>();
  const followed = new Map<string, Promise<void>>();
  const stopped = new AbortController();
  /** Objects that are being written, and the newest version that was told of those which a watch is still to pass. */
  const underWay = new Map<string, number>();
  const told = new Map<string, number>();
  let begun = false;

  function emit(event: ResourceEvent): void {
    for (const listener of listeners) {
      try {
        listener(event);
      } catch (error) {
        log.error('A listener of the resource store failed', { error });
      }
    }
  }

  function heard(event: ResourceEvent): void {
    const name = nameOf(event.object);
    const known = told.get(name) ?? 0;
    if (known < event.resourceVersion) emit(event);
    if (underWay.has(name)) told.set(name, Math.max(known, event.resourceVersion));
    else if (known <= event.resourceVersion) told.delete(name);
  }

  async function pursue(type: ResourceType, namespace: string, from: number): Promise<void> {
    const signal = stopped.signal;
    let since = from;
    let waitMs: number = reconnectMs.first;
    while (!signal.aborted) {
      try {
        for await (const event of events(type, namespace, since, signal)) {
          if (event.resourceVersion <= since) continue;
          since = event.resourceVersion;
          waitMs = reconnectMs.first;
          heard(event);
        }
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof StreamEnd && error.final) {
          log.warn('Events of the storage server were missed; what is there now is read again', { ...type, namespace });
          since = await currentVersion(type, namespace).catch(() => since);
          for await (const object of current(type, namespace)) emit({ type: 'MODIFIED', resourceVersion: object.resourceVersion, object });
        } else log.debug('The watch of the storage server broke off', { ...type, namespace, error });
      }
      await clock.sleep(waitMs, signal).catch(() => {});
      waitMs = Math.min(waitMs * 2, reconnectMs.max);
    }
  }

  function start(type: ResourceType, namespace: string, late: boolean): Promise<void> {
    const name = nameOf({ ...type, namespace, name: '' });
    let known = followed.get(name);
    if (!known) {
      // What a new namespace holds was written since this server last looked.
      known = (late ? Promise.resolve(1) : currentVersion(type, namespace)).then((since) => {
        void pursue(type, namespace, since).catch((error: unknown) => log.error('A watch of the storage server ended', { error }));
      });
      followed.set(name, known);
      known.catch(() => followed.delete(name));
    }
    return known;
  }

  return {
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async writing(key, done) {
      const name = nameOf(key);
      underWay.set(name, (underWay.get(name) ?? 0) + 1);
      try {
        const event = await done();
        const known = told.get(name) ?? 0;
        if (!event || event.resourceVersion <= known) return;
        if (followed.has(nameOf({ ...key, name: '' }))) told.set(name, event.resourceVersion);
        emit(event);
      } finally {
        const left = underWay.get(name)! - 1;
        if (left > 0) underWay.set(name, left);
        else underWay.delete(name);
      }
    },
    tell: emit,
    async follow(namespaces) {
      await Promise.all(namespaces.flatMap((namespace) => types.map((type) => start(type, namespace, begun))));
      begun = true;
    },
    close: () => stopped.abort(),
  };
}

/**
 * Tells listeners and watchers what was committed, by this process or another, in the order of the versions of each type
 * (apiserver-and-storage §4.5). Own writes are told at once; a gap before them means that another process wrote, and is read from history.
 */
import { typeName } from './resource-rows.ts';
import type { ResourceEvent, ResourceType } from './resource-store.ts';

export interface EventSource {
  /** The last version issued of every type. */
  versions(): Promise<readonly (ResourceType & { resource_version: number })[]>;
  /** Committed events of a type with `after` < version < `before`, in order; `limit`: the first of them. */
  between(type: ResourceType, after: number, before: number, limit?: number): Promise<readonly ResourceEvent[]>;
}

export interface ResourceEvents {
  /** Begins to follow: what is there now was there before. Called once before the first write or listener. */
  start(): Promise<void>;
  listen(listener: (event: ResourceEvent) => void): () => void;
  /** Own events of one type, in order; `last` is the version that was issued before the first of them. */
  tell(type: ResourceType, last: number, events: readonly ResourceEvent[]): Promise<void>;
  /** Looks for what other processes wrote. */
  poll(): Promise<void>;
}

export function createResourceEvents(source: EventSource, onListenerError: (error: unknown) => void): ResourceEvents {
  const listeners = new Set<(event: ResourceEvent) => void>();
  /** type -> version up to which everything has been told. */
  const told = new Map<string, number>();
  let started: Promise<void> | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work);
    turn = mine.catch(() => {});
    return mine;
  }

  function emit(event: ResourceEvent): void {
    for (const listener of listeners) {
      try {
        listener(event);
      } catch (error) {
        onListenerError(error);
      }
    }
  }

  async function catchUp(type: ResourceType, before: number): Promise<void> {
    const name = typeName(type);
    const after = told.get(name) ?? 0;
    if (after + 1 >= before) return;
    for (const event of await source.between(type, after, before)) emit(event);
    told.set(name, before - 1);
  }

  return {
    start() {
      started ??= source.versions().then((versions) => {
        for (const version of versions) told.set(typeName(version), version.resource_version);
      }, (error: unknown) => {
        // A database that did not answer once is asked again.
        started = undefined;
        throw error;
      });
      return started;
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tell: (type, last, events) => inTurn(async () => {
      const name = typeName(type);
      if (last > (told.get(name) ?? 0)) await catchUp(type, last + 1);
      for (const event of events) if (event.resourceVersion > (told.get(name) ?? 0)) emit(event);
      const newest = events.at(-1)?.resourceVersion ?? 0;
      if (newest > (told.get(name) ?? 0)) told.set(name, newest);
    }),
    poll: () => inTurn(async () => {
      for (const version of await source.versions()) {
        if (version.resource_version > (told.get(typeName(version)) ?? 0)) await catchUp(version, version.resource_version + 1);
      }
    }),
  };
}

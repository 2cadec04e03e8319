/** Calls of the resource store taken in turn, a namespace after the other, so that none takes it all (apiserver-and-storage §7.5, `qos_enabled`). */
import { defineErrors } from '../web/errors.ts';
import type { ResourceStore } from './resource-store.ts';

export const fairQueueErrors = defineErrors('storage', {
  queueFull: [429, 'tenant queue is full, please try again later'],
});

export interface FairQueueSettings {
  /** Calls that are under way at a time. */
  readonly workers: number;
  /** Calls of one namespace that wait. */
  readonly waitingMax: number;
}

export interface FairQueue {
  /** Throws a 429 when too many of the tenant wait already. */
  run<T>(tenant: string, work: () => Promise<T>): Promise<T>;
}

export function createFairQueue({ workers, waitingMax }: FairQueueSettings): FairQueue {
  /** Whose turn it is, first; a tenant without waiting calls is not here. */
  const waiting = new Map<string, (() => void)[]>();
  let free = workers;

  function next(): void {
    for (const [tenant, calls] of waiting) {
      const begin = calls.shift()!;
      // Whoever has more goes to the end of the line.
      waiting.delete(tenant);
      if (calls.length > 0) waiting.set(tenant, calls);
      return begin();
    }
    free++;
  }

  return {
    async run(tenant, work) {
      if (free > 0) free--;
      else {
        const calls = waiting.get(tenant) ?? [];
        if (calls.length >= waitingMax) throw fairQueueErrors.queueFull();
        await new Promise<void>((begin) => {
          calls.push(begin);
          waiting.set(tenant, calls);
        });
      }
      try {
        return await work();
      } finally {
        next();
      }
    },
  };
}

/** The store, whose calls wait for their turn. What the server asks for itself, over all namespaces, does not wait. */
export function takingTurns(store: ResourceStore, queue: FairQueue): ResourceStore {
  const turn = <T>(namespace: string, work: () => Promise<T>): Promise<T> => (namespace === '' ? work() : queue.run(namespace, work));
  return {
    ...store,
    get: (key) => turn(key.namespace, () => store.get(key)),
    getByLegacyId: (type, namespace, legacyId) => turn(namespace, () => store.getByLegacyId(type, namespace, legacyId)),
    getVersion: (key, at) => turn(key.namespace, () => store.getVersion(key, at)),
    list: (type, options) => turn(options.namespace, () => store.list(type, options)),
    history: (key, options) => turn(key.namespace, () => store.history(key, options)),
    trash: (type, namespace, options) => turn(namespace, () => store.trash(type, namespace, options)),
    create: (write, along) => turn(write.namespace, () => store.create(write, along)),
    update: (write, expect) => turn(write.namespace, () => store.update(write, expect)),
    delete: (key, options) => turn(key.namespace, () => store.delete(key, options)),
  };
}

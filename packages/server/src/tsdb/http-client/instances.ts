/** One instance (client, parsed settings) for each data source, made anew when its record changes (tsdb-backends §1.1). */
import type { DataSourceInstanceSettings } from '@belvedere/plugin-sdk';

export interface Instances<T> {
  /** Rejects when the instance cannot be made; the next call tries again. */
  get(settings: DataSourceInstanceSettings | undefined): Promise<T>;
  dispose(): Promise<void>;
}

/** Least recently used ones fall out beyond this many. */
const instancesMax = 2000;

export function createInstances<T>(make: (settings: DataSourceInstanceSettings) => T | Promise<T>, dispose?: (instance: T) => void | Promise<void>): Instances<T> {
  const known = new Map<number, { readonly updated: number; readonly uid: string; readonly instance: Promise<T> }>();

  const letGo = (instance: Promise<T>) => {
    if (dispose) void instance.then(dispose).catch(() => {});
  };

  return {
    get(settings) {
      if (!settings) return Promise.reject(new Error('the request names no data source'));
      const found = known.get(settings.id);
      known.delete(settings.id);
      if (found && found.updated === settings.updated && found.uid === settings.uid) {
        known.set(settings.id, found);
        return found.instance;
      }
      if (found) letGo(found.instance);
      const instance = Promise.resolve(settings).then(make);
      const entry = { updated: settings.updated, uid: settings.uid, instance };
      known.set(settings.id, entry);
      instance.catch(() => {
        if (known.get(settings.id) === entry) known.delete(settings.id);
      });
      if (known.size > instancesMax) {
        const [oldest, { instance: old }] = known.entries().next().value!;
        known.delete(oldest);
        letGo(old);
      }
      return instance;
    },
    async dispose() {
      const all = [...known.values()];
      known.clear();
      if (dispose) await Promise.allSettled(all.map(async ({ instance }) => dispose(await instance)));
    },
  };
}

import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Clock } from '../../../infra/clock.ts';
import type { KeyValueStore } from '../../../infra/kvstore/kvstore.ts';
import type { Logger } from '../../../infra/log/log.ts';
import type { BackgroundService } from '../../../registry/background-service.ts';
import { type Collector, supportBundleErrors, type SupportBundle, type SupportBundleService } from './support-bundle.ts';
import { tar } from './tar.ts';

const namespace = 'supportbundle';
const keptSeconds = 72 * 3600;
const buildMsMax = 20 * 60_000;
const cleanupEveryMs = 24 * 3_600_000;

/** As stored: the archive is base64, '' as long as there is none. */
type Stored = SupportBundle & { readonly archive: string };

export interface SupportBundleDeps {
  readonly kv: KeyValueStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
  readonly collectors: readonly Collector[];
}

export function createSupportBundleService({ kv, clock, log, collectors }: SupportBundleDeps): SupportBundleService & { readonly cleanup: BackgroundService } {
  const compress = promisify(gzip);
  const seconds = () => Math.floor(clock.now() / 1000);
  const save = (bundle: Stored) => kv.set(0, namespace, bundle.uid, JSON.stringify(bundle));
  const find = async (uid: string): Promise<Stored | undefined> => {
    const text = await kv.get(0, namespace, uid);
    return text === undefined ? undefined : (JSON.parse(text) as Stored);
  };
  const all = async () => (await kv.list({ orgId: 0, namespace })).map(({ value }) => JSON.parse(value) as Stored);
  const shown = ({ archive: _, ...bundle }: Stored): SupportBundle => bundle;

  async function build(bundle: Stored, wanted: ReadonlySet<string>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), buildMsMax).unref();
    });
    const files = Promise.all(collectors.filter(({ uid, includedByDefault }) => includedByDefault || wanted.has(uid)).map(async (collector) => {
      // One that fails says so in the archive and does not keep the others from it.
      try {
        return await collector.collect();
      } catch (error) {
        log.warn('A collector failed', { collector: collector.uid, error });
        return { name: `${collector.uid}.error.txt`, content: 'failed; the log of the server says why\n' };
      }
    }));
    try {
      const made = await Promise.race([files, late]);
      if (made === 'late') return await save({ ...bundle, state: 'timeout' });
      const archive = await compress(tar(made.map(({ name, content }) => ({ name: `bundle/${name}`, content })), seconds()));
      // Removed while it was made: stays removed.
      if (await find(bundle.uid)) await save({ ...bundle, state: 'complete', archive: archive.toString('base64') });
    } catch (error) {
      log.warn('A support bundle could not be made', { error });
      await save({ ...bundle, state: 'error' }).catch(() => {});
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    list: async () => (await all()).sort((a, b) => b.createdAt - a.createdAt || (a.uid < b.uid ? -1 : 1)).map(shown),
    collectors: () => collectors.map(({ collect: _, ...collector }) => collector),
    async create(creator, wanted) {
      const now = seconds();
      const bundle: Stored = { uid: randomUUID(), state: 'pending', creator, createdAt: now, expiresAt: now + keptSeconds, archive: '' };
      await save(bundle);
      void build(bundle, new Set(wanted));
      return shown(bundle);
    },
    async archive(uid) {
      const bundle = await find(uid);
      return bundle?.state === 'complete' ? Buffer.from(bundle.archive, 'base64') : undefined;
    },
    async remove(uid) {
      if (!(await find(uid))) throw supportBundleErrors.removeFailed();
      await kv.delete(0, namespace, uid);
    },
    cleanup: {
      name: 'support bundles',
      run: (signal) =>
        new Promise((resolve) => {
          const timer = setInterval(async () => {
            try {
              for (const { uid, expiresAt } of await all()) if (expiresAt < seconds()) await kv.delete(0, namespace, uid);
            } catch (error) {
              log.warn('Old support bundles could not be removed', { error });
            }
          }, cleanupEveryMs);
          signal.addEventListener('abort', () => {
            clearInterval(timer);
            resolve();
          }, { once: true });
        }),
    },
  };
}

/** `[unified_storage] enforce_quotas` (apiserver-and-storage §7.5): how many objects of a kind a namespace may have, from a file that is read again now and then. */
import { readFile } from 'node:fs/promises';
import type { Clock } from '../../../infra/clock.ts';
import type { Logger } from '../../../infra/log/log.ts';
import type { NamespaceQuotaSettings } from '../../../setting/quota-settings.ts';
import { objectOf } from '../../../util/json-value.ts';
import { ApiError } from '../../../web/errors.ts';

export interface NamespaceQuotasDeps {
  readonly settings: NamespaceQuotaSettings;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
  readonly count: (type: { group: string; resource: string }, namespace: string) => Promise<number>;
}

export interface NamespaceQuotas {
  /** Throws 403 when one more object would be too many. */
  demand(type: { readonly group: string; readonly resource: string }, namespace: string): Promise<void>;
  usage(type: { readonly group: string; readonly resource: string }, namespace: string): Promise<{ readonly usage: number; readonly limit: number }>;
}

type Limits = ReadonlyMap<string, ReadonlyMap<string, number>>;

const limitDefault = 1_000;

/** Undefined where there is no file. */
export function createNamespaceQuotas({ settings, clock, log, count }: NamespaceQuotasDeps): NamespaceQuotas | undefined {
  const { enforced, overridesPath, reloadMs, supportInfo } = settings;
  if (overridesPath === '') return undefined;
  let limits: Limits = new Map();
  let readAt = Number.NEGATIVE_INFINITY;

  async function current(): Promise<Limits> {
    if (clock.now() - readAt < reloadMs) return limits;
    readAt = clock.now();
    try {
      const { parse } = await import('yaml');
      limits = limitsIn(parse(await readFile(overridesPath, 'utf8')));
    } catch (error) {
      // What was read before still holds.
      log.error('Cannot read the quotas of namespaces', { path: overridesPath, error });
    }
    return limits;
  }

  const limitOf = async ({ group, resource }: { readonly group: string; readonly resource: string }, namespace: string) => (await current()).get(namespace)?.get(`${group}/${resource}`) ?? limitDefault;

  return {
    async demand(type, namespace) {
      if (!enforced || namespace === '') return;
      const limit = await limitOf(type, namespace);
      const used = await count(type, namespace);
      if (used >= limit) throw new ApiError(403, `Limit reached for resource ${type.resource}: ${used}/${limit} ${supportInfo}`.trimEnd());
    },
    usage: async (type, namespace) => ({ usage: await count(type, namespace), limit: await limitOf(type, namespace) }),
  };
}

/** Namespaces of a hosted instance are named by their number alone. */
export function limitsIn(document: unknown): Limits {
  const limits = new Map<string, Map<string, number>>();
  for (const [name, override] of Object.entries(objectOf(objectOf(document)['overrides']))) {
    const own = new Map<string, number>();
    for (const [resource, quota] of Object.entries(objectOf(objectOf(override)['quotas']))) {
      const { limit } = objectOf(quota);
      if (typeof limit === 'number' && Number.isFinite(limit)) own.set(resource, limit);
    }
    limits.set(name, own);
    limits.set(`stacks-${name}`, own);
  }
  return limits;
}

/** An organization's data sources as schema migration looks them up: remembered for a moment, so that a list of dashboards asks once. */
import type { Clock } from '../../infra/clock.ts';
import { noSources, type SourceLookup, type SourceRef } from './schema/document.ts';

export interface NamedSource extends SourceRef {
  readonly name: string;
  readonly isDefault: boolean;
}

export interface SourceLookups {
  /** Makes sure that `current` is recent. */
  load(orgId: number): Promise<void>;
  current(orgId: number): SourceLookup;
}

export interface SourceLookupsDeps {
  readonly list: (orgId: number) => Promise<readonly NamedSource[]>;
  readonly clock: Pick<Clock, 'now'>;
  /** `[dashboards] schema_migration_cache_ttl`, but never so long that somebody waits for a new source. */
  readonly rememberMs: number;
}

const rememberMsMax = 1_000;

export function createSourceLookups({ list, clock, rememberMs }: SourceLookupsDeps): SourceLookups {
  const byOrg = new Map<number, { lookup: SourceLookup; described: string; until: number }>();
  return {
    async load(orgId) {
      const known = byOrg.get(orgId);
      if (known && known.until > clock.now()) return;
      const refs = refsOf(await list(orgId));
      const described = JSON.stringify(refs);
      // As long as nothing changes it is the same lookup: what was made with it stays good.
      const lookup = known?.described === described ? known.lookup : lookupOf(refs);
      byOrg.set(orgId, { lookup, described, until: clock.now() + Math.min(rememberMs, rememberMsMax) });
    },
    current: (orgId) => byOrg.get(orgId)?.lookup ?? noSources,
  };
}

const refsOf = (sources: readonly NamedSource[]) =>
  sources.map(({ uid, type, name, isDefault, apiVersion }) => ({ name, isDefault, ref: { uid, type, ...(apiVersion ? { apiVersion } : {}) } }));

const lookupOf = (refs: ReturnType<typeof refsOf>): SourceLookup => ({
  byName: new Map(refs.map(({ name, ref }) => [name, ref])), byUid: new Map(refs.map(({ ref }) => [ref.uid, ref])), standard: refs.find(({ isDefault }) => isDefault)?.ref,
});

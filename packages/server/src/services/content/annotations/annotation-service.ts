import type { Clock } from '../../../infra/clock.ts';
import type { ContentSettings } from '../../../setting/content-settings.ts';
import type { ContentIndex } from '../../../storage/search/content-index.ts';
import { namespaceOf } from '../../../util/namespace.ts';
import { may } from '../../../web/access.ts';
import type { Identity } from '../../../web/identity.ts';
import { accessDenied } from '../../identity/accesscontrol/accesscontrol.ts';
import type { ContentAccess } from '../access.ts';
import type { AnnotationStore, Page } from './annotation-store.ts';
import { annotationErrors, splitTag, type Annotation, type AnnotationQuery, type AnnotationService, type TagCount } from './annotation.ts';

export interface AnnotationServiceDeps {
  readonly store: AnnotationStore;
  readonly index: ContentIndex;
  readonly access: ContentAccess;
  readonly clock: Pick<Clock, 'now'>;
  readonly settings: ContentSettings['annotations'];
}

type Action = 'annotations:read' | 'annotations:create' | 'annotations:write' | 'annotations:delete';

/** What decides whether somebody sees one. */
type Judged = Pick<Annotation, 'dashboardUid'> & { readonly tags?: readonly string[] };

const pageMax = 10_000;
const quickCountMs = 20;
const countedForTimes = 20;
const organizationScope = 'annotations:type:organization';

export function createAnnotationService({ store, index, access, clock, settings }: AnnotationServiceDeps): AnnotationService {
  /** Decides for one dashboard after the other, and remembers. What belongs to a dashboard that is gone belongs to nobody. */
  function permits(identity: Identity, action: Action): (annotation: Pick<Annotation, 'dashboardUid'>) => boolean {
    const namespace = namespaceOf(identity.orgId);
    const onDashboard = access.filter(identity, { dashboards: action, folders: 'folders:read' });
    const verdicts = new Map<string, boolean>();
    return ({ dashboardUid }) => {
      let verdict = verdicts.get(dashboardUid);
      if (verdict === undefined) {
        const dashboard = dashboardUid === '' ? undefined : index.dashboard(namespace, dashboardUid);
        verdict = dashboardUid === ''
          ? identity.permissions.has(action, organizationScope)
          : dashboard !== undefined && onDashboard(dashboard);
        verdicts.set(dashboardUid, verdict);
      }
      return verdict;
    };
  }

  async function list<T extends Judged>(fetch: (orgId: number, query: AnnotationQuery, page: Page) => Promise<readonly T[]>, orgId: number, query: AnnotationQuery, accept: (annotation: Judged) => boolean): Promise<readonly T[]> {
    const found: T[] = [];
    // Pages grow, so that somebody who may read little does not cost many round trips.
    let size = Math.min(query.limit, pageMax);
    for (let offset = 0; found.length < query.limit; offset += size, size = Math.min(size * 2, pageMax)) {
      const page = await fetch(orgId, query, { limit: size, offset });
      for (const annotation of page) {
        if (found.length < query.limit && matchesTags(annotation, query) && accept(annotation)) found.push(annotation);
      }
      if (page.length < size) break;
    }
    return found;
  }

  function checkedTags(tags: readonly string[]): readonly string[] {
    const unique = [...new Set(tags.map(trimTag).filter((tag) => tag !== ''))];
    if (unique.length > 0 && Buffer.byteLength(JSON.stringify(unique)) > settings.tagsLengthMax) throw annotationErrors.tagsTooLong();
    return unique;
  }

  // Counting takes as long as the org has tagged annotations. What was counted quickly is counted anew every time; else it is good for
  // many times as long as it took, so that no more than a small share of the time goes into it. Whoever writes reads what they wrote.
  const counted = new Map<number, { until: number; counts: Promise<readonly TagCount[]> }>();
  let written = 0;
  function tagsChanged(orgId: number): void {
    written++;
    counted.delete(orgId);
  }
  function tagCounts(orgId: number): Promise<readonly TagCount[]> {
    const began = clock.now();
    const known = counted.get(orgId);
    if (known && known.until > began) return known.counts;
    const counts = store.tags(orgId);
    const writtenBefore = written;
    // It was slow the last time: whoever asks meanwhile waits for the same count.
    if (known) counted.set(orgId, { until: Number.POSITIVE_INFINITY, counts });
    counts.then(() => {
      const took = clock.now() - began;
      const outdated = written !== writtenBefore;
      if (took > quickCountMs && !outdated) counted.set(orgId, { until: clock.now() + took * countedForTimes, counts });
      else if (!outdated || counted.get(orgId)?.counts === counts) counted.delete(orgId);
    }, () => counted.delete(orgId));
    return counts;
  }

  async function find<T extends Judged>(fetch: (orgId: number, id: number) => Promise<T | undefined>, identity: Identity, id: number, action: Action): Promise<T> {
    await index.ready();
    const found = await fetch(identity.orgId, id);
    if (!found || !permits(identity, action)(found)) throw annotationErrors.notFound();
    return found;
  }

  return {
    async list(identity, query) {
      await index.ready();
      return list(store.list, identity.orgId, query, permits(identity, 'annotations:read'));
    },
    async texts(identity, query) {
      await index.ready();
      return list(store.listTexts, identity.orgId, query, permits(identity, 'annotations:read'));
    },
    listAll: (orgId, query) => list(store.list, orgId, query, () => true),
    find: (identity, id, action = 'annotations:read') => find(store.find, identity, id, action),
    findText: (identity, id) => find(store.findText, identity, id, 'annotations:read'),

    async create(identity, { dashboardUid, panelId, time, timeEnd, text, tags, data }) {
      await index.ready();
      if (dashboardUid !== '' && !index.dashboard(namespaceOf(identity.orgId), dashboardUid)) throw annotationErrors.unknownDashboard();
      if (!permits(identity, 'annotations:create')({ dashboardUid })) throw annotationErrors.denied();
      if (text === '') throw annotationErrors.notSaved();
      const now = clock.now();
      const start = time || now;
      const id = await store.insert({
        orgId: identity.orgId, dashboardUid, panelId, alertId: 0, alertUid: '', userId: identity.id, prevState: '', newState: '', text, tags: checkedTags(tags), data,
        ...ordered(start, timeEnd || start), created: now, updated: now,
      });
      if (tags.length > 0) tagsChanged(identity.orgId);
      return id;
    },

    async change(identity, id, { text, tags, time, timeEnd, data }) {
      const current = await find(store.find, identity, id, 'annotations:write');
      await store.update({
        ...current, ...(text === undefined ? {} : { text }), ...(tags === undefined ? {} : { tags: checkedTags(tags) }), ...(data === undefined ? {} : { data }),
        ...ordered(time || current.time, timeEnd || current.timeEnd), updated: clock.now(),
      });
      if (tags !== undefined) tagsChanged(identity.orgId);
    },

    async delete(identity, id) {
      await index.ready();
      const found = await store.find(identity.orgId, id);
      if (!found) {
        // Compat: deleting what is not there succeeds for whoever may delete anything.
        if (identity.permissions.has('annotations:delete', `annotations:id:${id}`)) return;
        throw accessDenied(may('annotations:delete'));
      }
      if (!permits(identity, 'annotations:delete')(found)) throw accessDenied(may('annotations:delete'));
      await store.delete(identity.orgId, [id]);
      tagsChanged(identity.orgId);
    },

    async deleteOfPanel(identity, dashboardUid, panelId) {
      await index.ready();
      if (!permits(identity, 'annotations:delete')({ dashboardUid })) throw annotationErrors.deniedMass();
      // Compat: whoever names nothing is told that it is deleted; the reference then deletes all annotations of the organization.
      if (dashboardUid === '') return;
      await store.deleteOfPanel(identity.orgId, dashboardUid, panelId);
      tagsChanged(identity.orgId);
    },

    async tags(orgId, { like, limit }) {
      const wanted = like.toLowerCase();
      const found: TagCount[] = [];
      for (const tag of await tagCounts(orgId)) if (tag.tag.toLowerCase().includes(wanted) && found.push(tag) >= limit) break;
      return found;
    },

    async recordAlertStates(states) {
      const now = clock.now();
      await store.insertMany(states.map((state) => ({ ...state, tags: [], userId: 0, created: now, updated: now })));
    },

    async cleanUp() {
      for (const kind of ['alert', 'dashboard', 'api'] as const) {
        const { maxAgeMs, maxCount } = settings[kind];
        if (maxAgeMs > 0) while ((await store.deleteOlder(kind, clock.now() - maxAgeMs, settings.batchSize)) === settings.batchSize);
        if (maxCount > 0) while ((await store.deleteBeyond(kind, maxCount, settings.batchSize)) === settings.batchSize);
      }
    },
  };
}

const ordered = (a: number, b: number) => ({ time: Math.min(a, b), timeEnd: Math.max(a, b) });

function trimTag(tag: string): string {
  const { key, value } = splitTag(tag);
  return value.trim() === '' ? key.trim() : `${key.trim()}:${value.trim()}`;
}

/** The index knows long tags by their beginning only. */
function matchesTags({ tags = [] }: Judged, query: AnnotationQuery): boolean {
  if (query.tags.length === 0) return true;
  const matches = (wanted: string) => tags.some((tag) => tag === wanted || (!wanted.includes(':') && splitTag(tag).key === wanted));
  return query.matchAny ? query.tags.some(matches) : query.tags.every(matches);
}

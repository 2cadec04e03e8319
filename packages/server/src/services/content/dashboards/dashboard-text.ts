/** Takes a dashboard's JSON apart at the top, without writing the rest of it anew. Pure. */
import { editOutline, jsonMembers, memberText, type OutlinedText } from '../../../util/json-text.ts';
import { isObject } from '../../../util/json-value.ts';

export interface PreparedDashboard {
  /** 0 for none. */
  readonly id: number;
  /** Trimmed; '' for none. */
  readonly uid: string;
  /** 0 unless the dashboard says which one it is. */
  readonly version: number;
  /** Trimmed. */
  readonly title: string;
  readonly tags: readonly string[];
  /** What is stored: without `id`, `uid` and `version`. */
  readonly spec: OutlinedText;
  /** The dashboard as it came. */
  readonly fields: Readonly<Record<string, unknown>>;
}

type Fields = Readonly<Record<string, unknown>>;


export function prepareDashboard(document: OutlinedText, dashboard: unknown, minRefreshMs: number): PreparedDashboard {
  if (!isObject(dashboard)) return { id: 0, uid: '', version: 0, title: '', tags: [], spec: { text: '{}', members: [] }, fields: {} };
  const shaped = resourceShaped(document, dashboard);
  if (shaped) return { ...prepareDashboard(shaped.spec, shaped.fields, minRefreshMs), id: 0, uid: shaped.uid, version: 0 };
  const id = typeof dashboard['id'] === 'number' && Number.isSafeInteger(dashboard['id']) ? dashboard['id'] : 0;
  const uid = typeof dashboard['uid'] === 'string' ? dashboard['uid'].trim() : '';
  const version = typeof dashboard['version'] === 'number' && (id > 0 || uid !== '') ? dashboard['version'] : 0;
  const title = typeof dashboard['title'] === 'string' ? dashboard['title'].trim() : '';
  const refresh = clampRefresh(dashboard['refresh'], minRefreshMs);
  const spec = editOutline(document, {
    id: null, uid: null, version: null,
    ...(title === dashboard['title'] ? {} : { title: JSON.stringify(title) }),
    ...(refresh === undefined ? {} : { refresh: JSON.stringify(refresh) }),
  });
  const tags = Array.isArray(dashboard['tags']) ? dashboard['tags'].filter((tag) => typeof tag === 'string') : [];
  return { id: Math.max(0, id), uid, version, title, tags, spec, fields: dashboard };
}

/** A body in the shape of a resource: the dashboard is its `spec`. */
function resourceShaped({ text, members }: OutlinedText, dashboard: Fields): { uid: string; spec: OutlinedText; fields: Fields } | undefined {
  const { apiVersion, metadata, spec } = dashboard;
  if (typeof apiVersion !== 'string' || !isObject(metadata) || !isObject(spec)) return undefined;
  const own = memberText(text, members, 'spec') ?? '{}';
  return { uid: typeof metadata['name'] === 'string' ? metadata['name'].trim() : '', spec: { text: own, members: jsonMembers(own) }, fields: spec };
}

/** What has to be stored instead of a refresh that is too quick or makes no sense; undefined when it may stay. */
function clampRefresh(refresh: unknown, minRefreshMs: number): string | undefined {
  if (typeof refresh !== 'string' || refresh === '' || refresh === 'auto') return undefined;
  const ms = durationMs(refresh);
  return ms === undefined || ms < minRefreshMs ? durationText(minRefreshMs) : undefined;
}

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, M: 2_592_000_000, y: 31_536_000_000,
};

/** `90s`, `1h30m`, `1d`; undefined for what is no duration. */
export function durationMs(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d|w|M|y)/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join('') !== text) return undefined;
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * unitMs[unit!]!, 0);
}

function durationText(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) if (ms >= unitMs[unit]! && ms % unitMs[unit]! === 0) return `${ms / unitMs[unit]!}${unit}`;
  return `${ms}ms`;
}

/** Spans of a trace in the order in which they are drawn: each below its parent, earliest first. */
import type { DataFrame } from '@grafana/data';

export interface Span {
  readonly id: string;
  readonly traceId: string;
  readonly depth: number;
  readonly service: string;
  readonly operation: string;
  /** Milliseconds. */
  readonly start: number;
  readonly duration: number;
  readonly failed: boolean;
  readonly details: Readonly<Record<string, unknown>>;
}

interface Tag {
  readonly key: string;
  readonly value: unknown;
}

export function spansOf(frame: DataFrame | undefined): readonly Span[] {
  const values = (name: string) => frame?.fields.find((field) => field.name === name)?.values;
  const ids = values('spanID');
  const starts = values('startTime');
  if (!frame || !ids || !starts) return [];
  const parents = values('parentSpanID');
  const children = new Map<string, number[]>();
  const known = new Set(ids as readonly string[]);
  for (let i = 0; i < frame.length; i++) {
    const parent = String(parents?.[i] ?? '');
    // A span whose parent is not here stands at the top.
    const key = known.has(parent) && parent !== ids[i] ? parent : '';
    children.set(key, [...(children.get(key) ?? []), i]);
  }
  const spans: Span[] = [];
  const seen = new Set<number>();
  const walk = (parent: string, depth: number): void => {
    for (const i of (children.get(parent) ?? []).toSorted((a, b) => starts[a] - starts[b])) {
      if (seen.has(i)) continue;
      seen.add(i);
      const tags = (values('tags')?.[i] ?? []) as readonly Tag[];
      const status = values('statusCode')?.[i];
      spans.push({
        id: String(ids[i]), traceId: String(values('traceID')?.[i] ?? ''), depth, service: String(values('serviceName')?.[i] ?? ''), operation: String(values('operationName')?.[i] ?? ''), start: Number(starts[i]), duration: Number(values('duration')?.[i] ?? 0),
        failed: status === 2 || (Array.isArray(tags) && tags.some(({ key, value }) => key === 'error' && value !== false && value !== 'false')),
        details: Object.fromEntries(['tags', 'serviceTags', 'logs', 'references', 'warnings'].flatMap((name) => (values(name)?.[i] ? [[name, values(name)![i]]] : []))),
      });
      walk(String(ids[i]), depth + 1);
    }
  };
  walk('', 0);
  return spans;
}

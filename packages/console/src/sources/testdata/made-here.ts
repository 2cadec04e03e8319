/** Scenarios whose data is made up in the browser: graphs of nodes, traces, flames, annotations, frames as they are written. */
import type { DataFrame, Field, FieldType } from '@grafana/data';

export interface LocalQuery {
  readonly scenarioId?: string;
  readonly refId: string;
  readonly nodes?: { readonly count?: number; readonly seed?: number };
  readonly spanCount?: number;
  readonly lines?: number;
  readonly rawFrameContent?: string;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

const frame = (refId: string, columns: readonly (readonly [name: string, type: string, values: readonly unknown[], config?: object])[], more: Partial<DataFrame> = {}): DataFrame => ({
  refId, length: columns[0]?.[2].length ?? 0, fields: columns.map(([name, type, values, config = {}]): Field => ({ name, type: type as FieldType, values: [...values], config })), ...more,
});

/** The same numbers for the same seed. */
function numbers(seed: number): () => number {
  let state = (seed * 2_654_435_761 + 1) % 4_294_967_296;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

function nodeGraph({ refId, nodes = {} }: LocalQuery): DataFrame[] {
  const count = Math.min(500, Math.max(1, nodes.count ?? 10));
  const random = numbers(nodes.seed ?? 7);
  const errors = Array.from({ length: count }, () => (random() < 0.3 ? Math.round(random() * 50) / 100 : 0));
  const edges = Array.from({ length: count - 1 }, (_, i) => ({ from: Math.floor(random() * (i + 1)), to: i + 1 }));
  for (let i = 0; i < count / 4; i++) {
    const [from, to] = [Math.floor(random() * count), Math.floor(random() * count)];
    if (from !== to && !edges.some((edge) => edge.from === from && edge.to === to)) edges.push({ from, to });
  }
  const meta = { preferredVisualisationType: 'nodeGraph' as const };
  const ids = Array.from({ length: count }, (_, i) => String(i));
  return [
    frame(refId, [
      ['id', 'string', ids], ['title', 'string', ids.map((id) => `service:${id}`)], ['subTitle', 'string', ids.map(() => 'service')], ['mainStat', 'number', ids.map(() => Math.round(random() * 100) / 100), { unit: 'ms', displayName: 'Transactions' }],
      ['secondaryStat', 'number', ids.map(() => Math.round(random() * 100)), { unit: 't/s' }], ['arc__success', 'number', errors.map((part) => 1 - part), { color: { mode: 'fixed', fixedColor: 'green' }, displayName: 'Success' }],
      ['arc__errors', 'number', errors, { color: { mode: 'fixed', fixedColor: 'red' }, displayName: 'Errors' }],
    ], { name: 'nodes', meta }),
    frame(refId, [['id', 'string', edges.map(({ from, to }) => `${from}--${to}`)], ['source', 'string', edges.map(({ from }) => String(from))], ['target', 'string', edges.map(({ to }) => String(to))], ['mainStat', 'number', edges.map(() => Math.round(random() * 100))]], { name: 'edges', meta }),
  ];
}

function trace({ refId, spanCount = 10 }: LocalQuery, { from, to }: Span): DataFrame[] {
  const count = Math.min(1_000, Math.max(1, spanCount));
  const random = numbers(11);
  const start = from + (to - from) / 2;
  const spans = Array.from({ length: count }, (_, i) => ({ id: String(i).padStart(16, '0'), parent: i === 0 ? -1 : Math.floor(random() * i), begin: 0, length: 1_000 }));
  for (const span of spans) {
    const parent = spans[span.parent];
    if (!parent) continue;
    span.length = Math.max(1, parent.length * (0.3 + random() * 0.5));
    span.begin = parent.begin + random() * (parent.length - span.length);
  }
  return [frame(refId, [
    ['traceID', 'string', spans.map(() => 'trace'.padEnd(32, '0'))], ['spanID', 'string', spans.map(({ id }) => id)], ['parentSpanID', 'string', spans.map(({ parent }) => spans[parent]?.id ?? null)], ['operationName', 'string', spans.map((_, i) => `Operation ${i}`)],
    ['serviceName', 'string', spans.map((_, i) => `Service ${i % 3}`)], ['serviceTags', 'other', spans.map((_, i) => [{ key: 'host', value: `host-${i % 2}` }])], ['startTime', 'number', spans.map(({ begin }) => start + begin)], ['duration', 'number', spans.map(({ length }) => length)],
    ['logs', 'other', spans.map(() => [])], ['tags', 'other', spans.map((_, i) => [{ key: 'http.status_code', value: i % 5 === 4 ? 500 : 200 }, ...(i % 5 === 4 ? [{ key: 'error', value: true }] : [])])],
  ], { name: 'trace', meta: { preferredVisualisationType: 'trace', custom: { traceFormat: 'otlp' } } })];
}

/** A call tree in the form of nested sets: each line follows its parent, one level deeper. */
function flames({ refId }: LocalQuery): DataFrame[] {
  const lines = [['total', 0, 1_000, 0], ['main.main', 1, 950, 10], ['http.Serve', 2, 600, 20], ['json.Marshal', 3, 250, 250], ['db.Query', 3, 300, 300], ['gc', 2, 200, 200], ['log.Print', 2, 100, 100]] as const;
  return [frame(refId, [['level', 'number', lines.map((line) => line[1])], ['value', 'number', lines.map((line) => line[2]), { unit: 'short' }], ['self', 'number', lines.map((line) => line[3]), { unit: 'short' }], ['label', 'string', lines.map((line) => line[0])]], { name: 'flames', meta: { preferredVisualisationType: 'flamegraph' } })];
}

function annotations({ refId, lines = 10 }: LocalQuery, { from, to }: Span): DataFrame[] {
  const count = Math.min(1_000, Math.max(1, lines));
  const at = Array.from({ length: count }, (_, i) => Math.round(from + ((to - from) * (i + 0.5)) / count));
  return [frame(refId, [['time', 'time', at], ['title', 'string', at.map((_, i) => `Event ${i + 1}`)], ['text', 'string', at.map(() => 'Made up by TestData')], ['tags', 'other', at.map(() => ['text', 'server'])]], { meta: { dataTopic: 'annotations' as never } })];
}

/** Undefined: the server makes this scenario. */
export function madeHere(query: LocalQuery, span: Span): DataFrame[] | undefined {
  switch (query.scenarioId) {
    case 'node_graph': return nodeGraph(query);
    case 'trace': return trace(query, span);
    case 'flame_graph': return flames(query);
    case 'annotations': return annotations(query, span);
    default: return undefined;
  }
}

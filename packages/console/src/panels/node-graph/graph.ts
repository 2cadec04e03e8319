/** Nodes and edges of results, and where they stand. */
import type { DataFrame, Field } from '@grafana/data';

export interface GraphNode {
  readonly id: string;
  readonly title: string;
  readonly subtitle: string;
  readonly mainStat?: Cell;
  readonly secondaryStat?: Cell;
  readonly color?: Cell;
  readonly radius: number;
  readonly arcs: readonly { readonly field: Field; readonly part: number }[];
  readonly details: readonly Cell[];
  readonly row: number;
  readonly frame: DataFrame | undefined;
}

export interface GraphEdge {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly mainStat?: Cell;
  readonly secondaryStat?: Cell;
  readonly thickness: number;
  readonly dash?: string;
  readonly color?: string;
  readonly details: readonly Cell[];
  readonly row: number;
  readonly frame: DataFrame;
}

/** A value with the field that says how it is shown. */
export interface Cell {
  readonly field: Field;
  readonly value: unknown;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

const named = (frame: DataFrame | undefined, name: string) => frame?.fields.find((field) => field.name.toLowerCase() === name.toLowerCase());
const isEdges = (frame: DataFrame) => named(frame, 'source') !== undefined && named(frame, 'target') !== undefined;
const numberOf = (value: unknown) => (Number.isFinite(Number(value)) && value !== null && value !== '' ? Number(value) : undefined);

/** Nodes that only edges speak of are made of their names. Edges whose ends are unknown are left out. */
export function graphOf(frames: readonly DataFrame[], arcOptions: readonly { readonly field?: string }[] = []): Graph {
  const edgeFrames = frames.filter(isEdges);
  const nodeFrames = frames.filter((frame) => !isEdges(frame) && named(frame, 'id') !== undefined);
  const nodes = nodeFrames.flatMap((frame) => Array.from({ length: frame.length }, (_, row): GraphNode => {
    const cell = (name: string): Cell | undefined => {
      const field = named(frame, name);
      return field && field.values[row] !== null && field.values[row] !== undefined ? { field, value: field.values[row] } : undefined;
    };
    const wanted = arcOptions.flatMap(({ field }) => (field ? (named(frame, field) ?? []) : []));
    const arcs = (wanted.length > 0 ? wanted : frame.fields.filter(({ name }) => name.startsWith('arc__'))).map((field) => ({ field, part: Math.max(0, numberOf(field.values[row]) ?? 0) }));
    const [mainStat, secondaryStat, color] = [cell('mainStat'), cell('secondaryStat'), cell('color')];
    return {
      id: String(cell('id')?.value ?? row), title: String(cell('title')?.value ?? ''), subtitle: String(cell('subtitle')?.value ?? ''), radius: Math.min(120, Math.max(10, numberOf(cell('nodeRadius')?.value) ?? 40)), arcs, row, frame,
      ...(mainStat ? { mainStat } : {}), ...(secondaryStat ? { secondaryStat } : {}), ...(color ? { color } : {}), details: frame.fields.filter(({ name }) => name.startsWith('detail__')).map((field) => ({ field, value: field.values[row] })),
    };
  }));
  const known = new Map(nodes.map((node) => [node.id, node]));
  const add = (id: string) => {
    if (known.has(id)) return;
    const node: GraphNode = { id, title: id, subtitle: '', radius: 40, arcs: [], details: [], row: 0, frame: undefined };
    known.set(id, node);
    nodes.push(node);
  };
  const edges = edgeFrames.flatMap((frame) => Array.from({ length: frame.length }, (_, row): GraphEdge => {
    const value = (name: string) => named(frame, name)?.values[row];
    const cell = (name: string): Cell | undefined => (value(name) === null || value(name) === undefined ? undefined : { field: named(frame, name)!, value: value(name) });
    const [source, target, mainStat, secondaryStat] = [String(value('source') ?? ''), String(value('target') ?? ''), cell('mainStat'), cell('secondaryStat')];
    if (nodeFrames.length === 0) {
      add(source);
      add(target);
    }
    return {
      id: String(value('id') ?? `${source}--${target}`), source, target, thickness: Math.min(20, Math.max(0.5, numberOf(value('thickness')) ?? 1)), row, frame, ...(mainStat ? { mainStat } : {}), ...(secondaryStat ? { secondaryStat } : {}),
      ...(value('strokeDasharray') ? { dash: String(value('strokeDasharray')) } : {}), ...(value('color') ? { color: String(value('color')) } : {}), details: frame.fields.filter(({ name }) => name.startsWith('detail__')).map((field) => ({ field, value: field.values[row] })),
    };
  })).filter(({ source, target }) => known.has(source) && known.has(target));
  return { nodes, edges };
}

export interface Place {
  x: number;
  y: number;
}

const distance = 170;

/** Columns by how many edges lead to a node, then a little of what springs do; the same graph always stands the same. */
export function placed({ nodes, edges }: Graph, algorithm: string): ReadonlyMap<string, Place> {
  if (algorithm === 'grid') {
    const columns = Math.ceil(Math.sqrt(nodes.length * 1.6));
    return new Map(nodes.map(({ id }, i) => [id, { x: (i % columns) * 140, y: Math.floor(i / columns) * 150 }]));
  }
  const depth = depths({ nodes, edges });
  const columns = Map.groupBy(nodes, ({ id }) => depth.get(id) ?? 0);
  // Nodes of a full column stand left and right of it in turn, so that it is not too high to be read.
  const crowded = (count: number) => count > 3;
  const between = [...columns.values()].some(({ length }) => crowded(length)) ? distance + 120 : distance;
  const places = new Map([...columns].flatMap(([column, members]) => members.map(({ id }, at): [string, Place] => {
    const step = crowded(members.length) ? 80 : 130;
    return [id, { x: column * between + (crowded(members.length) ? (at % 2 === 0 ? -55 : 55) : 0), y: (at - (members.length - 1) / 2) * step }];
  })));
  if (algorithm === 'layered' || nodes.length > 300) return places;
  settle([...places.values()], edges.map(({ source, target }) => [places.get(source)!, places.get(target)!] as const));
  return places;
}

function depths({ nodes, edges }: Graph): ReadonlyMap<string, number> {
  const next = Map.groupBy(edges, ({ source }) => source);
  const incoming = new Set(edges.filter(({ source, target }) => source !== target).map(({ target }) => target));
  const found = new Map<string, number>();
  const walk = (start: readonly string[]) => {
    let level = start.filter((id) => !found.has(id));
    for (const id of level) found.set(id, 0);
    for (let depth = 1; level.length > 0; depth++) {
      level = [...new Set(level.flatMap((id) => (next.get(id) ?? []).map(({ target }) => target)))].filter((id) => !found.has(id));
      for (const id of level) found.set(id, depth);
    }
  };
  walk(nodes.filter(({ id }) => !incoming.has(id)).map(({ id }) => id));
  // What is left goes round in circles: begin anywhere.
  for (const { id } of nodes) if (!found.has(id)) walk([id]);
  return found;
}

/** Nodes push each other away, edges pull; less and less, so that it comes to rest. */
function settle(all: readonly Place[], springs: readonly (readonly [Place, Place])[]): void {
  const rounds = Math.min(200, Math.max(30, Math.round(4_000_000 / Math.max(1, all.length ** 2))));
  const forces = new Map(all.map((place) => [place, { x: 0, y: 0 }]));
  for (let round = 0; round < rounds; round++) {
    const most = 40 * (1 - round / rounds) + 1;
    for (const force of forces.values()) force.x = force.y = 0;
    for (let i = 0; i < all.length; i++) {
      for (let j = i + 1; j < all.length; j++) {
        const [a, b] = [all[i]!, all[j]!];
        const dx = a.x - b.x || (i - j) * 0.1;
        const dy = a.y - b.y || (j - i) * 0.1;
        const square = Math.max(dx * dx + dy * dy, 100);
        if (square > 360_000) continue;
        const push = (distance * distance) / square;
        const length = Math.sqrt(square);
        const [fa, fb] = [forces.get(a)!, forces.get(b)!];
        fa.x += (dx / length) * push * 8;
        fa.y += (dy / length) * push * 8;
        fb.x -= (dx / length) * push * 8;
        fb.y -= (dy / length) * push * 8;
      }
    }
    for (const [a, b] of springs) {
      const [dx, dy] = [b.x - a.x, b.y - a.y];
      const length = Math.max(Math.hypot(dx, dy), 1);
      const pull = (length - distance) * 0.08;
      const [fa, fb] = [forces.get(a)!, forces.get(b)!];
      fa.x += (dx / length) * pull;
      fa.y += (dy / length) * pull;
      fb.x -= (dx / length) * pull;
      fb.y -= (dy / length) * pull;
    }
    for (const [place, force] of forces) {
      const length = Math.hypot(force.x, force.y);
      const part = length > most ? most / length : 1;
      place.x += force.x * part;
      place.y += force.y * part;
    }
  }
}

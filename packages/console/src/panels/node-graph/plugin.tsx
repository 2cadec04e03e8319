/** Things and what connects them: services that call each other, hosts and their links. */
import { css, cx } from '@emotion/css';
import { formattedValueToString, getDisplayProcessor, getFieldDisplayName, getFieldSeriesColor, getValueFormat, PanelPlugin, type Field, type GrafanaTheme2, type LinkModel, type PanelProps } from '@grafana/data';
import type { LayoutAlgorithm, Options, ZoomMode } from '@grafana/schema/dist/esm/raw/composable/nodegraph/panelcfg/x/NodeGraphPanelCfg_types.gen';
import { getFieldDisplayLinks, IconButton, Portal, useStyles2, useTheme2, VizTooltipContainer } from '@grafana/ui';
import { useEffect, useMemo, useRef, useState, type PointerEvent } from 'react';
import { GraphTooltip } from '../parts/graph-tooltip.tsx';
import { NoData } from '../parts/no-data.tsx';
import { graphOf, placed, type Cell, type GraphEdge, type GraphNode, type Place } from './graph.ts';

interface View {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

interface Pointed {
  readonly node?: GraphNode;
  readonly edge?: GraphEdge;
  readonly x: number;
  readonly y: number;
  readonly pinned: boolean;
}

export function NodeGraphPanel({ data, width, height, options }: PanelProps<Options>) {
  const styles = useStyles2(stylesOf);
  const theme = useTheme2();
  const arcs = options.nodes?.arcs;
  const graph = useMemo(() => graphOf(data.series, arcs ?? []), [data.series, arcs]);
  const algorithm = String(options.layoutAlgorithm ?? 'layered');
  const places = useMemo(() => placed(graph, algorithm), [graph, algorithm]);
  const whole = useMemo(() => fitted([...places.values()], width, height), [places, width, height]);
  const [moved, setMoved] = useState<View>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another graph is shown whole again
  useEffect(() => setMoved(undefined), [places]);
  const view = moved ?? whole;
  const [pointed, setPointed] = useState<Pointed>();
  const drag = useRef<{ readonly x: number; readonly y: number; readonly view: View } | undefined>(undefined);
  const svg = useRef<SVGSVGElement>(null);
  const greedy = String(options.zoomMode ?? 'cooperative') === 'greedy';
  const zoomBy = (factor: number, x = width / 2, y = height / 2) => setMoved((now) => {
    const from = now ?? whole;
    const zoom = Math.min(4, Math.max(0.05, from.zoom * factor));
    return { zoom, x: x - ((x - from.x) / from.zoom) * zoom, y: y - ((y - from.y) / from.zoom) * zoom };
  });
  const zoom = useRef(zoomBy);
  zoom.current = zoomBy;
  useEffect(() => {
    const element = svg.current;
    // React's wheel events cannot be kept from scrolling the page.
    const onWheel = (event: WheelEvent) => {
      if (!greedy && !event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const box = element!.getBoundingClientRect();
      zoom.current(event.deltaY < 0 ? 1.15 : 1 / 1.15, event.clientX - box.left, event.clientY - box.top);
    };
    element?.addEventListener('wheel', onWheel, { passive: false });
    return () => element?.removeEventListener('wheel', onWheel);
  }, [greedy]);
  const text = (cell: Cell | undefined, unit?: string) => {
    if (!cell) return '';
    if (typeof cell.value !== 'number') return String(cell.value);
    if (unit) return formattedValueToString(getValueFormat(unit)(cell.value, cell.field.config.decimals));
    return formattedValueToString((cell.field.display ?? getDisplayProcessor({ field: cell.field, theme }))(cell.value));
  };
  if (graph.nodes.length === 0) return <NoData data={data} text={data.series.some(({ length }) => length > 0) ? 'A table of nodes with an id, or of edges with source and target, is needed' : undefined} />;
  const near = pointed?.node && new Set([pointed.node.id, ...graph.edges.flatMap(({ source, target }) => (source === pointed.node!.id ? [target] : target === pointed.node!.id ? [source] : []))]);
  const isDim = (id: string) => near !== undefined && !near.has(id);
  const point = (what: Pick<Pointed, 'node' | 'edge'>, pinned: boolean) => (event: { readonly clientX: number; readonly clientY: number }) => (pinned || !pointed?.pinned) && setPointed({ ...what, x: event.clientX, y: event.clientY, pinned });
  const leave = () => !pointed?.pinned && setPointed(undefined);
  return (
    <div className={styles.frame}>
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing has no other element that groups */}
      <svg
        ref={svg} width={width} height={height} className={styles.canvas} role="group" aria-label={`${graph.nodes.length} nodes, ${graph.edges.length} edges: ${graph.nodes.slice(0, 30).map(({ title, id }) => title || id).join(', ')}`}
        onPointerDown={(event: PointerEvent<SVGSVGElement>) => { setPointed(undefined); drag.current = { x: event.clientX, y: event.clientY, view }; event.currentTarget.setPointerCapture(event.pointerId); }}
        onPointerMove={(event) => { const from = drag.current; if (from) setMoved({ ...from.view, x: from.view.x + event.clientX - from.x, y: from.view.y + event.clientY - from.y }); }} onPointerUp={() => { drag.current = undefined; }}
      >
        <defs><marker id="node-graph-arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path d="M 0 0 L 10 5 L 0 10 z" fill={theme.colors.text.secondary} /></marker></defs>
        <g transform={`translate(${view.x} ${view.y}) scale(${view.zoom})`}>
          {graph.edges.map((edge) => {
            const path = between(edge, graph.nodes, places);
            const stats = [text(edge.mainStat, options.edges?.mainStatUnit), text(edge.secondaryStat, options.edges?.secondaryStatUnit)].filter((one) => one !== '').join(' | ');
            const touched = pointed?.edge === edge || pointed?.node?.id === edge.source || pointed?.node?.id === edge.target;
            return (
              // biome-ignore lint/a11y/noStaticElementInteractions: the nodes tell the same by keyboard
              <g key={`${edge.id} ${edge.row}`} opacity={near && !touched ? 0.2 : 1} onPointerEnter={point({ edge }, false)} onPointerLeave={leave} onPointerDown={(event) => event.stopPropagation()} onClick={point({ edge }, true)}>
                <path d={path.d} fill="none" stroke="transparent" strokeWidth={12} />
                <path d={path.d} fill="none" stroke={edge.color ? theme.visualization.getColorByName(edge.color) : touched ? theme.colors.text.primary : theme.colors.border.strong} strokeWidth={edge.thickness} strokeDasharray={edge.dash} markerEnd="url(#node-graph-arrow)" />
                {stats !== '' && <text x={path.x} y={path.y} className={styles.edgeText}>{stats}</text>}
              </g>
            );
          })}
          {graph.nodes.map((node) => {
            const { x, y } = places.get(node.id)!;
            return (
              // biome-ignore lint/a11y/useSemanticElements: nor one that is a button
              <g
                key={`${node.id} ${node.row}`} transform={`translate(${x} ${y})`} opacity={isDim(node.id) ? 0.25 : 1} className={styles.node} role="button" tabIndex={0} aria-label={[node.title || node.id, text(node.mainStat, options.nodes?.mainStatUnit), text(node.secondaryStat, options.nodes?.secondaryStatUnit)].filter((one) => one !== '').join(', ')}
                onPointerEnter={point({ node }, false)} onPointerLeave={leave} onPointerDown={(event) => event.stopPropagation()} onClick={point({ node }, true)}
                onKeyDown={(event) => { const box = event.currentTarget.getBoundingClientRect(); if (event.key === 'Enter' || event.key === ' ') point({ node }, true)({ clientX: box.right, clientY: box.top }); else if (event.key === 'Escape') setPointed(undefined); }}
              >
                <circle r={node.radius} fill={theme.colors.background.primary} stroke={ringColor(node, theme)} strokeWidth={node.arcs.length > 0 ? 0 : 2} />
                {arcsOf(node, theme).map(({ key, d, color }) => <path key={key} d={d} fill="none" stroke={color} strokeWidth={4} />)}
                <text y={node.secondaryStat ? -7 : 0} className={styles.stat}>{text(node.mainStat, options.nodes?.mainStatUnit)}</text>
                <text y={9} className={styles.stat}>{text(node.secondaryStat, options.nodes?.secondaryStatUnit)}</text>
                <text y={node.radius + 16} className={styles.title}>{shortened(node.title)}</text>
                <text y={node.radius + 31} className={cx(styles.title, styles.subtitle)}>{shortened(node.subtitle)}</text>
              </g>
            );
          })}
        </g>
      </svg>
      <div className={styles.buttons}>
        <IconButton name="plus-circle" aria-label="Zoom in" onClick={() => zoomBy(1.3)} /><IconButton name="minus-circle" aria-label="Zoom out" onClick={() => zoomBy(1 / 1.3)} />
        <IconButton name="arrows-h" aria-label="Show everything" onClick={() => setMoved(undefined)} />
      </div>
      {pointed && (
        <Portal>
          <VizTooltipContainer position={{ x: pointed.x, y: pointed.y }} offset={{ x: 10, y: 10 }} allowPointerEvents={pointed.pinned}>
            <GraphTooltip header={titleOf(pointed)} isPinned={pointed.pinned} links={linksOf(pointed)} items={toldOf(pointed, text)} />
          </VizTooltipContainer>
        </Portal>
      )}
    </div>
  );
}

const shortened = (text: string) => (text.length > 22 ? `${text.slice(0, 21)}…` : text);
const titleOf = ({ node, edge }: Pointed) => (node ? node.title || node.id : `${edge!.source} → ${edge!.target}`);

function toldOf({ node, edge }: Pointed, text: (cell: Cell | undefined) => string): { label: string; value: string; color?: string }[] {
  const one = node ?? edge!;
  const cells = [one.mainStat, one.secondaryStat, ...one.details, ...(node?.arcs ?? []).map(({ field, part }): Cell => ({ field, value: part }))].filter((cell) => cell !== undefined);
  return cells.map((cell) => ({ label: getFieldDisplayName(cell.field, one.frame), value: text(cell) }));
}

function linksOf({ node, edge }: Pointed): LinkModel<Field>[] {
  const one = node ?? edge!;
  return (one.frame?.fields ?? []).flatMap((field) => (field.config.links?.length ? getFieldDisplayLinks(field, one.row) : [])) as LinkModel<Field>[];
}

function ringColor({ color }: GraphNode, theme: GrafanaTheme2): string {
  if (!color) return theme.colors.border.strong;
  if (typeof color.value === 'string') return theme.visualization.getColorByName(color.value);
  return (color.field.display ?? getDisplayProcessor({ field: color.field, theme }))(color.value).color ?? theme.colors.border.strong;
}

/** The parts of the ring, clockwise from the top. */
function arcsOf({ arcs, radius }: GraphNode, theme: GrafanaTheme2): { readonly key: string; readonly d: string; readonly color: string }[] {
  const sum = arcs.reduce((all, { part }) => all + part, 0);
  let at = 0;
  return arcs.filter(({ part }) => part > 0).map(({ field, part }) => {
    const [from, to] = [at, at + part / Math.max(sum, 1)];
    at = to;
    const point = (turn: number) => `${Math.sin(turn * 2 * Math.PI) * radius} ${-Math.cos(turn * 2 * Math.PI) * radius}`;
    const end = Math.min(to, from + 0.9999);
    return { key: field.name, d: `M ${point(from)} A ${radius} ${radius} 0 ${end - from > 0.5 ? 1 : 0} 1 ${point(end)}`, color: field.config.color?.fixedColor ? theme.visualization.getColorByName(field.config.color.fixedColor) : (getFieldSeriesColor(field, theme).color ?? theme.colors.primary.main) };
  });
}

/** From rim to rim; two edges between the same nodes bend away from each other, one to itself is a loop. */
function between(edge: GraphEdge, nodes: readonly GraphNode[], places: ReadonlyMap<string, Place>): { readonly d: string; readonly x: number; readonly y: number } {
  const [a, b] = [places.get(edge.source)!, places.get(edge.target)!];
  const radius = (id: string) => (nodes.find((node) => node.id === id)?.radius ?? 40) + 3;
  if (edge.source === edge.target) {
    const r = radius(edge.source);
    return { d: `M ${a.x - r * 0.5} ${a.y - r * 0.87} C ${a.x - r} ${a.y - r * 2.2}, ${a.x + r} ${a.y - r * 2.2}, ${a.x + r * 0.5} ${a.y - r * 0.87}`, x: a.x, y: a.y - r * 1.9 };
  }
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = Math.max(Math.hypot(dx, dy), 1);
  const [ux, uy] = [dx / length, dy / length];
  const [x0, y0] = [a.x + ux * radius(edge.source), a.y + uy * radius(edge.source)];
  const [x1, y1] = [b.x - ux * (radius(edge.target) + 3), b.y - uy * (radius(edge.target) + 3)];
  const [mx, my] = [(x0 + x1) / 2 - uy * 10, (y0 + y1) / 2 + ux * 10];
  return { d: `M ${x0} ${y0} Q ${mx} ${my} ${x1} ${y1}`, x: (x0 + x1) / 4 + mx / 2, y: (y0 + y1) / 4 + my / 2 };
}

function fitted(places: readonly Place[], width: number, height: number): View {
  const [left, right] = [Math.min(...places.map(({ x }) => x)) - 70, Math.max(...places.map(({ x }) => x)) + 70];
  const [top, bottom] = [Math.min(...places.map(({ y }) => y)) - 60, Math.max(...places.map(({ y }) => y)) + 90];
  const zoom = Math.min(1.2, width / (right - left), height / (bottom - top));
  return { zoom, x: width / 2 - ((left + right) / 2) * zoom, y: height / 2 - ((top + bottom) / 2) * zoom };
}

const stylesOf = (theme: GrafanaTheme2) => ({
  frame: css({ position: 'relative', height: '100%' }), canvas: css({ cursor: 'grab', touchAction: 'none', '&:active': { cursor: 'grabbing' } }), node: css({ cursor: 'pointer', transition: 'opacity 0.15s' }),
  stat: css({ textAnchor: 'middle', dominantBaseline: 'central', fontSize: 11, fill: theme.colors.text.primary, pointerEvents: 'none' }), title: css({ textAnchor: 'middle', fontSize: 12, fill: theme.colors.text.primary, pointerEvents: 'none' }), subtitle: css({ fill: theme.colors.text.secondary, fontSize: 11 }),
  edgeText: css({ textAnchor: 'middle', dominantBaseline: 'central', fontSize: 10, fill: theme.colors.text.secondary, paintOrder: 'stroke', stroke: theme.colors.background.primary, strokeWidth: 4 }),
  buttons: css({ position: 'absolute', right: theme.spacing(0.5), bottom: theme.spacing(0.5), display: 'flex', gap: theme.spacing(0.5), background: theme.colors.background.primary }),
});

export const plugin = new PanelPlugin<Options>(NodeGraphPanel)
  .setPanelOptions((builder) => {
    builder
      .addRadio({ path: 'layoutAlgorithm', name: 'Layout', category: ['Node graph'], defaultValue: 'layered' as LayoutAlgorithm, settings: { options: [{ value: 'layered' as LayoutAlgorithm, label: 'Layered' }, { value: 'force' as LayoutAlgorithm, label: 'Force' }, { value: 'grid' as LayoutAlgorithm, label: 'Grid' }] } })
      .addRadio({ path: 'zoomMode', name: 'Zoom mode', description: 'With Ctrl and the wheel, or with the wheel alone', category: ['Node graph'], defaultValue: 'cooperative' as ZoomMode, settings: { options: [{ value: 'cooperative' as ZoomMode, label: 'Cooperative' }, { value: 'greedy' as ZoomMode, label: 'Greedy' }] } })
      .addUnitPicker({ path: 'nodes.mainStatUnit', name: 'Main stat unit', category: ['Nodes'], settings: { isClearable: true } }).addUnitPicker({ path: 'nodes.secondaryStatUnit', name: 'Secondary stat unit', category: ['Nodes'], settings: { isClearable: true } })
      .addUnitPicker({ path: 'edges.mainStatUnit', name: 'Main stat unit', category: ['Edges'], settings: { isClearable: true } }).addUnitPicker({ path: 'edges.secondaryStatUnit', name: 'Secondary stat unit', category: ['Edges'], settings: { isClearable: true } });
  });

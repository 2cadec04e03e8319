/** Panel types that the console can draw. Each is loaded with the first panel that needs it. */
import type { PanelPlugin } from '@grafana/data';

export type PanelModule = () => Promise<{ readonly plugin: PanelPlugin }>;

/** A plugin is typed by its own options; who asks for one by its type's name knows nothing of them. */
// biome-ignore lint/suspicious/noExplicitAny: see above
const panel = (load: () => Promise<{ readonly plugin: PanelPlugin<any, any> }>): PanelModule => load as PanelModule;

/** Type id -> its module, `panels/<type>/plugin.ts(x)`. */
export const panelModules: Readonly<Record<string, PanelModule>> = {
  timeseries: panel(() => import('./timeseries/plugin.tsx')),
  stat: panel(() => import('./stat/plugin.tsx')),
  gauge: panel(() => import('./gauge/plugin.tsx')),
  bargauge: panel(() => import('./bargauge/plugin.tsx')),
  barchart: panel(() => import('./barchart/plugin.tsx')),
  piechart: panel(() => import('./piechart/plugin.tsx')),
  table: panel(() => import('./table/plugin.tsx')),
  text: panel(() => import('./text/plugin.tsx')),
  'state-timeline': panel(() => import('./state-timeline/plugin.tsx')),
  'status-history': panel(() => import('./status-history/plugin.tsx')),
  heatmap: panel(() => import('./heatmap/plugin.tsx')),
  histogram: panel(() => import('./histogram/plugin.tsx')),
  logs: panel(() => import('./logs/plugin.tsx')),
  dashlist: panel(() => import('./dashlist/plugin.tsx')),
  alertlist: panel(() => import('./alertlist/plugin.tsx')),
  annolist: panel(() => import('./annolist/plugin.tsx')),
  news: panel(() => import('./news/plugin.tsx')),
  xychart: panel(() => import('./xychart/plugin.tsx')),
  trend: panel(() => import('./trend/plugin.tsx')),
  candlestick: panel(() => import('./candlestick/plugin.tsx')),
  nodeGraph: panel(() => import('./node-graph/plugin.tsx')),
  traces: panel(() => import('./traces/plugin.tsx')),
  flamegraph: panel(() => import('./flamegraph/plugin.tsx')),
};

/** Panel types that the console can draw. Each is loaded with the first panel that needs it. */
import type { PanelPlugin } from '@grafana/data';

export type PanelModule = () => Promise<{ readonly plugin: PanelPlugin }>;

/** Type id -> its module, `panels/<type>/plugin.ts(x)`. */
export const panelModules: Readonly<Record<string, PanelModule>> = {};

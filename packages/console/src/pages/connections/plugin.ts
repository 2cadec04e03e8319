/** Plugins as the server tells of them (plugins chapter). */
export interface PluginInfo {
  readonly description: string;
  readonly version: string;
  readonly updated: string;
  readonly author: { readonly name?: string; readonly url?: string };
  readonly links: readonly { readonly name: string; readonly url: string }[] | null;
  readonly logos: { readonly small: string; readonly large: string };
}

export interface Plugin {
  readonly id: string;
  readonly name: string;
  readonly type: 'datasource' | 'panel' | 'app' | 'renderer';
  readonly enabled: boolean;
  readonly pinned: boolean;
  readonly category?: string;
  readonly state?: string;
  readonly signature: string;
  readonly info: PluginInfo;
  readonly accessControl?: Readonly<Record<string, boolean>>;
}

export const typeNames: Readonly<Record<string, string>> = { datasource: 'Data source', panel: 'Panel', app: 'App', renderer: 'Renderer', secretsmanager: 'Secrets' };

export const signatureText = (signature: string) => ({ internal: 'Core', valid: 'Signed', unsigned: 'Unsigned', invalid: 'Invalid signature', modified: 'Modified' })[signature] ?? signature;

const categoryNames: Readonly<Record<string, string>> = {
  tsdb: 'Time series', logging: 'Logs and documents', tracing: 'Traces', profiling: 'Profiles', sql: 'SQL', cloud: 'Clouds', enterprise: 'Enterprise', iot: 'Industrial', other: 'Others',
};

/** Groups of what can be added, in the order in which people look for them. */
export function inCategories(plugins: readonly Plugin[]): readonly { readonly name: string; readonly plugins: readonly Plugin[] }[] {
  const known = Object.keys(categoryNames);
  const keyOf = ({ category = '' }: Plugin) => (known.includes(category) ? category : 'other');
  return known.flatMap((key) => {
    const within = plugins.filter((plugin) => keyOf(plugin) === key);
    return within.length === 0 ? [] : [{ name: categoryNames[key]!, plugins: within }];
  });
}

/** A name that no source has yet: `prometheus`, `prometheus-1`, … */
export function freeName(wanted: string, taken: readonly string[]): string {
  const used = new Set(taken.map((name) => name.toLowerCase()));
  let name = wanted;
  for (let n = 1; used.has(name.toLowerCase()); n++) name = `${wanted}-${n}`;
  return name;
}

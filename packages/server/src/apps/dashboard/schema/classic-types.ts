/** What members of a classic dashboard have to be where they are there at all (dashboards-and-content §14.2). Free members are free: only what every dashboard has is looked at. Pure. */
import { isObject } from '../../../util/json-value.ts';
import type { Json } from './document.ts';

type Wanted = 'string' | 'bool' | 'number';
interface Members {
  readonly [name: string]: Wanted | Members | readonly [Wanted | Members];
}

export interface WrongType {
  /** `tags.0`, `panels.3.title` */
  readonly path: string;
  readonly message: string;
}

const panel: Members = { id: 'number', type: 'string', title: 'string', description: 'string', transparent: 'bool', pluginVersion: 'string', repeat: 'string', maxPerRow: 'number', collapsed: 'bool' };
const link: Members = { title: 'string', type: 'string', icon: 'string', tooltip: 'string', url: 'string', asDropdown: 'bool', targetBlank: 'bool', includeVars: 'bool', keepTime: 'bool', tags: ['string'] };
// Compat: revision is not looked at; boards of old have it as a text, `1.0`, and are taken.
const dashboard: Members = {
  title: 'string', description: 'string', timezone: 'string', weekStart: 'string', refresh: 'string', editable: 'bool', liveNow: 'bool', preload: 'bool', graphTooltip: 'number', fiscalYearStartMonth: 'number',
  schemaVersion: 'number', tags: ['string'], time: { from: 'string', to: 'string' }, links: [link], panels: [{ ...panel, panels: [panel] }],
  templating: { list: [{ name: 'string', type: 'string', label: 'string', description: 'string', skipUrlSync: 'bool', multi: 'bool', includeAll: 'bool' }] },
  annotations: { list: [{ name: 'string', enable: 'bool', hide: 'bool', iconColor: 'string' }] },
};

export function wrongTypes(spec: Json): readonly WrongType[] {
  const found: WrongType[] = [];
  check(dashboard, spec, '', found);
  return found;
}

function check(wanted: Wanted | Members | readonly [Wanted | Members], value: unknown, path: string, found: WrongType[]): void {
  if (value === undefined || value === null) return;
  if (Array.isArray(wanted)) {
    if (Array.isArray(value)) value.forEach((item, i) => check(wanted[0] as Wanted | Members, item, `${path}.${i}`, found));
    return;
  }
  if (typeof wanted === 'string') {
    const is = typeOf(value);
    if (wanted === 'number' ? typeof value !== 'number' : is !== wanted) found.push({ path, message: `conflicting values ${JSON.stringify(value)} and ${wanted} (mismatched types ${is} and ${wanted})` });
    return;
  }
  if (!isObject(value)) return;
  for (const [name, member] of Object.entries(wanted as Members)) if (Object.hasOwn(value, name)) check(member, value[name], path === '' ? name : `${path}.${name}`, found);
}

/** As messages call it. */
export function typeOf(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  if (Array.isArray(value)) return 'list';
  return typeof value === 'object' ? (value === null ? 'null' : 'struct') : typeof value === 'boolean' ? 'bool' : 'string';
}

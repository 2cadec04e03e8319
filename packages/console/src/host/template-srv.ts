/** Puts variables' values into queries, titles and links. The dashboard on the page (a scene) does it where there is one. */
import { formattedValueToString, getFieldDisplayName, type DataFrame, type DisplayValue, type Field, type ScopedVars, type TimeRange, type TypedVariableModel } from '@grafana/data';
import type { TemplateSrv, VariableInterpolation } from '@grafana/runtime';

/** A name, or the caller's own function of value, variable and default. */
// biome-ignore lint/complexity/noBannedTypes: @grafana/runtime declares it so
export type Format = string | Function | undefined;

/** What the dashboards' part of the console lends, once it is loaded; scenes are not part of the first load. */
export interface SceneInterpolation {
  readonly replace: (text: string, scopedVars: ScopedVars | undefined, format: Format, found?: VariableInterpolation[]) => string | undefined;
  readonly variables: () => TypedVariableModel[];
}

let scene: SceneInterpolation | undefined;

export function lendSceneInterpolation(interpolation: SceneInterpolation): void {
  scene = interpolation;
}

const variablePattern = /\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.([^:^}]+))?(?::([^}]+))?\}/g;

export function createTemplateSrv(): TemplateSrv {
  let range: TimeRange | undefined;
  return {
    getVariables: () => scene?.variables() ?? [],
    containsTemplate: (target) => target !== undefined && target.search(variablePattern) >= 0,
    updateTimeRange: (timeRange) => {
      range = timeRange;
    },
    replace(target, scopedVars, format, interpolations) {
      if (!target) return target ?? '';
      const byScene = scene?.replace(target, scopedVars, format, interpolations);
      return byScene ?? replaceScoped(target, scopedVars, format, range);
    },
  };
}

/** Without a scene: the variables that came with the request, and the time range. */
export function replaceScoped(target: string, scopedVars: ScopedVars | undefined, format: Format, range?: Pick<TimeRange, 'from' | 'to'>): string {
  return target.replace(variablePattern, (whole: string, plain?: string, old?: string, oldFormat?: string, named?: string, path?: string, namedFormat?: string) => {
    const name = plain ?? old ?? named ?? '';
    const scoped = scopedVars?.[name] ?? ofData(name, scopedVars?.['__dataContext']?.value);
    const how = namedFormat ?? oldFormat ?? format;
    if (scoped === undefined || scoped === null) {
      if (range && (name === '__from' || name === '__to')) {
        const at = name === '__from' ? range.from : range.to;
        if (how === 'date' || how === 'date:iso') return at.toISOString();
        return how === 'date:seconds' ? String(at.unix()) : String(at.valueOf());
      }
      return whole;
    }
    const value: unknown = path === undefined ? scoped.value : valueAt(scoped.value, path);
    if (value === undefined || value === null) return whole;
    if (how === 'text') return String(scoped.text ?? value);
    return formatted(value, how, name);
  });
}

interface DataContext {
  readonly frame: DataFrame;
  readonly field: Field;
  readonly rowIndex?: number;
  readonly calculatedValue?: DisplayValue;
}

/** What links say of the value that they belong to: `__value.raw`, `__field.labels.job`, `__data.fields.name`, `__series.name`. */
function ofData(name: string, context: DataContext | undefined): { readonly value: unknown; readonly text?: string } | undefined {
  if (!context) return undefined;
  const { frame, field, rowIndex, calculatedValue } = context;
  const valueOf = (one: Field) => {
    const raw: unknown = rowIndex === undefined ? undefined : one.values[rowIndex];
    return { raw, numeric: Number(raw), text: one.display ? formattedValueToString(one.display(raw)) : String(raw ?? '') };
  };
  switch (name) {
    case '__value': return { value: { ...(calculatedValue ? { raw: calculatedValue.numeric, numeric: calculatedValue.numeric, text: formattedValueToString(calculatedValue) } : valueOf(field)), time: rowIndex === undefined ? undefined : frame.fields.find(({ type }) => type === 'time')?.values[rowIndex] } };
    case '__field': return { value: { name: field.name, displayName: getFieldDisplayName(field, frame), labels: field.labels ?? {} } };
    case '__series': return { value: { name: frame.name ?? getFieldDisplayName(field, frame) } };
    case '__data': return { value: { name: frame.name, refId: frame.refId, fields: Object.fromEntries(frame.fields.flatMap((one, at) => [[one.name, valueOf(one)], [String(at), valueOf(one)]])) } };
    default: return undefined;
  }
}

const valueAt = (value: unknown, path: string): unknown =>
  path.replaceAll(/\[["']?([^\]"']+)["']?\]/g, '.$1').split('.').reduce<unknown>((at, key) => (typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? (at as Record<string, unknown>)[key] : undefined), value);

const escapedRegex = (text: string) => text.replaceAll(/[\\^$*+?.()|[\]{}/]/g, '\\$&');

function formatted(value: unknown, format: Format, name: string): string {
  if (typeof format === 'function') return String(format(value, { name, multi: false, includeAll: false }));
  const many = Array.isArray(value) ? value.map(String) : undefined;
  // A field of `__data` without more is its text.
  const text = typeof value === 'object' && value !== null && !many ? ('numeric' in value && 'text' in value ? String(value.text) : JSON.stringify(value)) : String(value);
  switch (format) {
    case 'json': return JSON.stringify(value);
    case 'csv': case 'raw': return many?.join(',') ?? text;
    case 'pipe': return many?.join('|') ?? text;
    case 'regex': return many ? `(${many.map(escapedRegex).join('|')})` : escapedRegex(text);
    case 'singlequote': return (many ?? [text]).map((one) => `'${one.replaceAll("'", "\\'")}'`).join(',');
    case 'doublequote': return (many ?? [text]).map((one) => `"${one.replaceAll('"', '\\"')}"`).join(',');
    case 'sqlstring': return (many ?? [text]).map((one) => `'${one.replaceAll("'", "''")}'`).join(',');
    case 'uriencode': return encodeURI(many?.join(',') ?? text);
    case 'percentencode': return encodeURIComponent(many ? `{${many.join(',')}}` : text);
    case 'queryparam': return (many ?? [text]).map((one) => `var-${encodeURIComponent(name)}=${encodeURIComponent(one)}`).join('&');
    default: return many ? (many.length === 1 ? many[0]! : `{${many.join(',')}}`) : text;
  }
}

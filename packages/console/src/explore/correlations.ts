/** Links from what one source found to queries of another, or to an address (dashboards-and-content §13.2). */
import type { DataFrame, DataLink, Field, InterpolateFunction, ScopedVars } from '@grafana/data';
import { api } from '../api/client.ts';

/** Takes variables out of a field's text: by a regular expression, or every `key=value` of a line. */
export interface Transformation {
  readonly type: 'regex' | 'logfmt';
  readonly field?: string;
  readonly expression?: string;
  readonly mapValue?: string;
}

export interface Correlation {
  readonly uid: string;
  readonly sourceUID: string;
  readonly targetUID?: string;
  readonly label?: string;
  readonly type?: 'query' | 'external';
  readonly config: { readonly type?: 'query' | 'external'; readonly field: string; readonly target: Readonly<Record<string, unknown>>; readonly transformations?: readonly Transformation[] | null };
}

export async function correlationsFrom(sourceUID: string): Promise<readonly Correlation[]> {
  const { correlations } = await api.get<{ readonly correlations: readonly Correlation[] | null }>('/api/datasources/correlations', { sourceUID, limit: 1000 });
  return correlations ?? [];
}

/** The frames with the links at the fields that carry them; frames without any stay the same objects. */
export function withLinks(frames: readonly DataFrame[], correlations: readonly Correlation[], nameOf: (uid: string) => string | undefined): readonly DataFrame[] {
  if (correlations.length === 0) return frames;
  return frames.map((frame) => {
    if (!frame.fields.some(({ name }) => correlations.some(({ config }) => config.field === name))) return frame;
    return {
      ...frame,
      fields: frame.fields.map((field) => {
        const links = correlations.flatMap((one) => (one.config.field === field.name ? linkOf(one, nameOf) ?? [] : []));
        return links.length === 0 ? field : { ...field, config: { ...field.config, links: [...(field.config.links ?? []), ...links] } };
      }),
    };
  });
}

function linkOf({ type, config, label, targetUID }: Correlation, nameOf: (uid: string) => string | undefined): DataLink | undefined {
  if ((type ?? config.type) === 'external') {
    const url = String(config.target['url'] ?? '');
    return { title: label || 'Open', url, targetBlank: true, onBuildUrl: ({ replaceVariables }) => filled(url, variablesOf(config, contextBy(replaceVariables)), encodeURIComponent) };
  }
  const name = targetUID === undefined ? undefined : nameOf(targetUID);
  if (name === undefined) return undefined;
  const query = ({ scopedVars }: { readonly scopedVars: ScopedVars }) => filledIn({ refId: 'A', ...config.target }, variablesOf(config, scopedVars['__dataContext']?.value as Context | undefined));
  return { title: label || name, url: '', internal: { datasourceUid: targetUID!, datasourceName: name, query } };
}

/** The row that a link is made for. */
interface Context {
  readonly frame: DataFrame;
  readonly rowIndex?: number;
}

/** A link to an address is told its variables by way of their interpolation only. */
function contextBy(replaceVariables: InterpolateFunction | undefined): Context | undefined {
  let context: Context | undefined;
  replaceVariables?.('${__dataContext}', undefined, (value: Context) => {
    context = value;
    return '';
  });
  return context;
}

/** Every field of the row by its name, and what the transformations take out of them. */
export function variablesOf({ field, transformations }: Correlation['config'], context: Context | undefined): Readonly<Record<string, string>> {
  if (context?.rowIndex === undefined) return {};
  const { frame, rowIndex } = context;
  const known: Record<string, string> = Object.fromEntries(frame.fields.map((one: Field) => [one.name, String(one.values[rowIndex] ?? '')]));
  for (const one of transformations ?? []) Object.assign(known, taken(one, known[one.field || field] ?? '', field));
  return known;
}

const pair = /([\w.-]+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))/g;

function taken({ type, expression = '', mapValue, field }: Transformation, text: string, of: string): Readonly<Record<string, string>> {
  if (type === 'logfmt') return Object.fromEntries([...text.matchAll(pair)].map(([, key, quoted, plain]) => [key!, quoted ?? plain ?? '']));
  try {
    const found = new RegExp(expression).exec(text);
    if (!found) return {};
    return found.groups ? { ...found.groups } : { [mapValue || field || of]: found[1] ?? found[0] };
  } catch {
    return {};
  }
}

/** `${name}` for every variable that is known; others are left to the packages. */
const filled = (text: string, known: Readonly<Record<string, string>>, encode = (value: string) => value): string => text.replaceAll(/\$\{([^}]+)\}/g, (whole, name: string) => (Object.hasOwn(known, name) ? encode(known[name]!) : whole));

function filledIn<T>(value: T, known: Readonly<Record<string, string>>): T {
  if (typeof value === 'string') return filled(value, known) as T;
  if (Array.isArray(value)) return value.map((one: unknown) => filledIn(one, known)) as T;
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filledIn<unknown>(one, known)])) as T : value;
}

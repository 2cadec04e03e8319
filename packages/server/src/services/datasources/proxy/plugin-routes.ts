/** Routes that a plugin declares for its data sources (queries-and-frames §7.3): which one a request takes, and what it changes. */
import { struct, TemplateSet } from '@belvedere/go-template';
import type { Logger } from '../../../infra/log/log.ts';
import type { PluginRoute } from '../../../plugins/client/plugin-client.ts';
import type { ResolvedDataSource } from '../records/data-source.ts';
import { parseTargetUrl, type TargetUrl } from '../records/data-source-url.ts';

/** The first route whose path begins the request's path, both without dot segments. */
export function matchRoute(routes: readonly PluginRoute[], method: string, path: string): PluginRoute | undefined {
  if (routes.length === 0) return undefined;
  const wanted = cleaned(path);
  return routes.find((route) => (!route.method || route.method === '*' || route.method === method) && wanted.startsWith(cleaned(route.path)));
}

/** One leading slash, no dot segments, no trailing slash; '' for the root. */
function cleaned(path: string): string {
  const out: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') out.pop();
    else out.push(segment);
  }
  return out.length === 0 ? '' : `/${out.join('/')}`;
}

export interface TemplateData {
  readonly URL: string;
  readonly JsonData: Readonly<Record<string, unknown>>;
  readonly SecureJsonData: Readonly<Record<string, string>>;
}

export const templateDataOf = ({ settings }: ResolvedDataSource): TemplateData => ({
  URL: settings.url, JsonData: settings.jsonData, SecureJsonData: settings.decryptedSecureJsonData,
});

/** Throws TemplateError. */
export function render(text: string, data: TemplateData): string {
  if (!text.includes('{{')) return text;
  const templates = new TemplateSet({ functions: { orEmpty: (value: unknown) => value ?? '' } as never });
  templates.add('route', text);
  return templates.run('route', struct('templateData', { URL: data.URL, JsonData: asMap(data.JsonData), SecureJsonData: asMap(data.SecureJsonData) }));
}

/** Objects as templates know them. */
function asMap(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asMap);
  if (typeof value !== 'object' || value === null) return value;
  return new Map(Object.entries(value).map(([key, member]) => [key, asMap(member)]));
}

export interface RouteChange {
  /** Replaces scheme, host and path of the source's own address. */
  readonly target?: TargetUrl;
  readonly parameters: readonly (readonly [string, string])[];
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: string;
  /** Whether a token is to be fetched: not when the address did not render. */
  readonly authenticates: boolean;
}

/** A step whose template fails is left out and logged; without its address the whole route is. */
export function routeChange(route: PluginRoute, data: TemplateData, log: Logger): RouteChange {
  const attempt = (step: string, work: () => void) => {
    try {
      work();
      return true;
    } catch (error) {
      log.error('A plugin route cannot be applied', { step, path: route.path, error });
      return false;
    }
  };
  let target: TargetUrl | undefined;
  if (route.url && !attempt('url', () => {
    target = parseTargetUrl('', render(route.url!, data));
    if (!target) throw new Error('the address does not parse');
  })) return { parameters: [], headers: [], authenticates: false };

  const parameters: [string, string][] = [];
  attempt('urlParams', () => {
    for (const { name, content } of route.urlParams ?? []) parameters.push([render(name, data), render(content, data)]);
  });
  const headers: [string, string][] = [];
  attempt('headers', () => {
    for (const { name, content } of route.headers ?? []) headers.push([name, render(content, data)]);
  });
  let body: string | undefined;
  if (route.body !== undefined && route.body !== null) attempt('body', () => {
    const text = render(typeof route.body === 'string' ? route.body : JSON.stringify(route.body), data);
    JSON.parse(text);
    body = text;
  });
  return { ...(target && { target }), parameters, headers, ...(body !== undefined && { body }), authenticates: true };
}

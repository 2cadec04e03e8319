import type { CallResourceRequest, CallResourceResponse } from './backend-plugin.ts';

/** Resource calls by method and path, as a plugin declares them. */

export interface ResourceCall {
  /** Parts of the path: `/buckets/:name` gives `name`. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly request: CallResourceRequest;
  /** The body as JSON; throws a `ResourceError` 400 where it is none. */
  json(): unknown;
}

/** A value is sent as JSON with status 200; a response as it is. */
export type ResourceHandler = (call: ResourceCall) => unknown;

export class ResourceError extends Error {
  override readonly name = 'ResourceError';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Keys are `METHOD /path/:param`, or a path alone for every method; a last part `*` takes the rest, as `params['*']`. */
export type ResourceRoutes = Readonly<Record<string, ResourceHandler>>;

interface Route { readonly method: string; readonly parts: readonly string[]; readonly handler: ResourceHandler }

const utf8 = new TextEncoder();

export const resourceJson = (value: unknown, status = 200): CallResourceResponse => ({ status, headers: { 'Content-Type': ['application/json'] }, body: utf8.encode(JSON.stringify(value ?? null)) });
export const resourceText = (text: string, status = 200): CallResourceResponse => ({ status, headers: { 'Content-Type': ['text/plain; charset=utf-8'] }, body: utf8.encode(text) });

const isResponse = (value: unknown): value is CallResourceResponse => typeof value === 'object' && value !== null && 'status' in value && 'headers' in value && 'body' in value;
const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '');

/** The first route that matches answers; 404 without one, 405 where only the method is wrong. A `ResourceError` becomes `{"message"}`. */
export function createResourceRouter(routes: ResourceRoutes): (request: CallResourceRequest) => Promise<CallResourceResponse> {
  const list = Object.entries(routes).map(([key, handler]): Route => {
    const [first = '', second] = key.trim().split(/\s+/);
    return { method: second === undefined ? '' : first.toUpperCase(), parts: partsOf(second ?? first), handler };
  });

  return async (request) => {
    const parts = partsOf(request.path);
    let otherMethod = false;
    for (const route of list) {
      const params = match(route.parts, parts);
      if (!params) continue;
      if (route.method !== '' && route.method !== request.method.toUpperCase()) { otherMethod = true; continue; }
      const at = request.url.indexOf('?');
      try {
        const value = await route.handler({ params, query: new URLSearchParams(at < 0 ? '' : request.url.slice(at)), request, json: () => readJson(request.body) });
        return isResponse(value) ? value : resourceJson(value);
      } catch (error) {
        if (error instanceof ResourceError) return resourceJson({ message: error.message }, error.status);
        throw error;
      }
    }
    return otherMethod ? resourceJson({ message: 'Method not allowed' }, 405) : resourceJson({ message: 'Not found' }, 404);
  };
}

function match(pattern: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = Object.create(null) as Record<string, string>;
  for (let i = 0; i < pattern.length; i++) {
    const want = pattern[i] as string;
    if (want === '*') { params['*'] = parts.slice(i).join('/'); return params; }
    const part = parts[i];
    if (part === undefined) return undefined;
    if (want.startsWith(':')) params[want.slice(1)] = decode(part);
    else if (want !== part) return undefined;
  }
  return pattern.length === parts.length ? params : undefined;
}

function decode(part: string): string {
  try { return decodeURIComponent(part); } catch { return part; }
}

function readJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new ResourceError(400, 'the body is not JSON');
  }
}

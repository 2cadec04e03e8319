/** The API description, made of the route declarations: what the server declares is what the description says. */
import type { TSchema } from 'typebox';
import { type Access, describeEvaluator } from '../web/access.ts';
import type { DeclaredRoute } from '../web/route.ts';
import { grafanaVersion } from '../util/version.ts';

export interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly license: { readonly name: string } };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export interface Operation {
  readonly operationId: string;
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly description: string;
  readonly parameters?: readonly unknown[];
  readonly requestBody?: unknown;
  readonly responses: Readonly<Record<string, unknown>>;
}

export function openApi(routes: readonly DeclaredRoute[]): OpenApi {
  const paths: Record<string, Record<string, Operation>> = {};
  const ids = new Set<string>();
  for (const route of routes.toSorted((a, b) => compare(a.path, b.path) || compare(a.method, b.method))) {
    const path = templatePath(route.path);
    const method = route.method.toLowerCase();
    // The first declaration answers, as in the router.
    if (paths[path]?.[method]) continue;
    (paths[path] ??= {})[method] = operation(route, path, ids);
  }
  return { openapi: '3.1.0', info: { title: 'Belvedere HTTP API', version: grafanaVersion, license: { name: 'Apache-2.0' } }, paths };
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** `/api/folders/:uid` -> `/api/folders/{uid}`, a trailing `*` -> `{rest}`. */
export const templatePath = (path: string) => path.replace(/:(\w+)(\([^)]*\))?\??/g, '{$1}').replace(/\*$/, '{rest}');

function operation({ method, path, options }: DeclaredRoute, template: string, ids: Set<string>): Operation {
  const wanted = options.name ?? derivedId(method, path);
  let operationId = wanted;
  for (let n = 2; ids.has(operationId); n++) operationId = `${wanted}${n}`;
  ids.add(operationId);
  const parameters = [
    ...[...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: member(options.params, name!) ?? { type: 'string' } })),
    ...Object.entries(members(options.query)).map(([name, schema]) => ({ name, in: 'query', schema: plain(schema) })),
  ];
  return {
    operationId,
    ...(options.tag ? { tags: [options.tag] } : {}),
    ...(options.summary ? { summary: options.summary } : {}),
    description: describeAccess(options.access),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(options.body ? { requestBody: { required: true, content: { 'application/json': { schema: plain(options.body) } } } } : {}),
    responses: options.reply
      ? Object.fromEntries(Object.entries(options.reply).map(([status, schema]) => [status, { description: '', content: { 'application/json': { schema: plain(schema) } } }]))
      : { default: { description: '' } },
  };
}

const derivedId = (method: string, path: string) =>
  method.toLowerCase() + path.split(/[^A-Za-z0-9]+/).filter(Boolean).map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');

const members = (schema: TSchema | undefined) => (schema as { properties?: Record<string, TSchema> } | undefined)?.properties ?? {};
const member = (schema: TSchema | undefined, name: string) => (members(schema)[name] ? plain(members(schema)[name]!) : undefined);
/** A schema without what only TypeBox reads. */
const plain = (schema: TSchema): unknown => JSON.parse(JSON.stringify(schema));

export function describeAccess(access: Access): string {
  switch (access.kind) {
    case 'anyone': return `Anyone: ${access.reason}.`;
    case 'signed-in': return access.anonymous ? 'Signed in, anonymous access included.' : 'Signed in.';
    case 'grafana-admin': return 'Server administrators.';
    case 'org-admin': return 'Administrators of the organization.';
    case 'not-signed-in': return 'Those who are not signed in.';
    case 'rbac': return `Permissions needed: ${describeEvaluator(access.evaluator)}.`;
    default: return access satisfies never;
  }
}

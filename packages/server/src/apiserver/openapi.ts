/** The OpenAPI v3 documents, one a group version (apiserver-and-storage §1.3). Made when first asked for, and kept. */
import { createHash } from 'node:crypto';
import type { TSchema } from 'typebox';
import { Reply } from '../web/reply.ts';
import type { RequestContext } from '../web/route.ts';
import type { ServedGroup } from './discovery.ts';
import { listKindOf, type GroupRoute, type Kind, type Subresource, type Verb } from './kind.ts';
import { metaPrefix, ref, sharedSchemas } from './openapi-schemas.ts';
import { InlineSecureValues } from './secure-values.ts';
import { noSuchResource } from './status.ts';

type Context = Pick<RequestContext, 'headers' | 'search'>;
type Json = Record<string, unknown>;

interface Document {
  readonly text: string;
  readonly hash: string;
}

export interface OpenApiDeps {
  readonly groups: () => readonly ServedGroup[];
  readonly version: string;
}

export function createOpenApi({ groups, version }: OpenApiDeps) {
  const made = new Map<string, Document>();

  function documentOf(path: string): Document | undefined {
    const known = made.get(path);
    if (known) return known;
    const value = describe(path);
    if (!value) return undefined;
    const text = JSON.stringify(value);
    const document = { text, hash: createHash('sha512').update(text).digest('hex').toUpperCase() };
    made.set(path, document);
    return document;
  }

  function describe(path: string): Json | undefined {
    if (path === 'apis') return discoveryDocument('/apis/', 'APIGroupList', version, true);
    if (path === 'version') return versionDocument(version);
    const [, name, apiVersion] = path.split('/');
    const group = groups().find((g) => g.name === name);
    if (!group) return undefined;
    if (apiVersion === undefined) return discoveryDocument(`/apis/${group.name}/`, 'APIGroup', version, true);
    return group.versions.includes(apiVersion) ? groupVersionDocument(group, apiVersion, version) : undefined;
  }

  const paths = () => [
    'apis', ...groups().flatMap((group) => [`apis/${group.name}`, ...group.versions.map((v) => `apis/${group.name}/${v}`)]), 'version',
  ].sort();

  return {
    async index(): Promise<Reply> {
      const shown = Object.fromEntries(paths().map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${documentOf(path)!.hash}` }]));
      const text = JSON.stringify({ paths: shown });
      return new Reply(200, text, { 'content-type': 'application/json', etag: `"${createHash('sha512').update(text).digest('hex').toUpperCase()}"` });
    },
    async document({ headers, search }: Context, path: string): Promise<Reply> {
      const document = documentOf(path.replace(/\/$/, ''));
      if (!document) throw noSuchResource();
      const wanted = search.get('hash');
      if (wanted !== null && wanted !== '' && wanted !== document.hash) return new Reply(301, null, { location: `/openapi/v3/${path}?hash=${document.hash}` });
      const etag = `"${document.hash}"`;
      if (headers['if-none-match'] === etag) return new Reply(304, null, { etag });
      return new Reply(200, document.text, { 'content-type': 'application/json', etag, vary: 'Accept' });
    },
    /** Compat: the old version says who we are; clients that need paths use version 3. */
    version2: async (): Promise<Reply> =>
      new Reply(200, JSON.stringify({ swagger: '2.0', info: { title: 'Grafana API Server', version }, paths: {}, definitions: {} }), { 'content-type': 'application/json' }),
  };
}

const jsonAndYaml = ['application/json', 'application/yaml'];
const content = (types: readonly string[], schema: Json): Json => Object.fromEntries(types.map((type) => [type, { schema }]));
const answer = (schema: Json, types: readonly string[] = jsonAndYaml): Json => ({ description: 'OK', content: content(types, schema) });

const query = (name: string, type: string, description = ''): Json => ({ name, in: 'query', description, schema: { type, uniqueItems: true } });
const inPath = (name: string, description: string): Json => ({ name, in: 'path', description, required: true, schema: { type: 'string', uniqueItems: true } });
const nameParameter = (kind: string) => inPath('name', `name of the ${kind}`);
const namespaceParameter = inPath('namespace', 'object name and auth scope, such as for teams and projects');
const pretty = query('pretty', 'string', 'If the output is to be indented; by default for browsers, curl and wget.');

const listParameters = [
  query('allowWatchBookmarks', 'boolean'), query('continue', 'string'), query('fieldSelector', 'string'), query('labelSelector', 'string'), query('limit', 'integer'),
  query('resourceVersion', 'string'), query('resourceVersionMatch', 'string'), query('sendInitialEvents', 'boolean'), query('timeoutSeconds', 'integer'), query('watch', 'boolean'),
];
const writeParameters = [query('dryRun', 'string'), query('fieldManager', 'string'), query('fieldValidation', 'string')];
const deleteParameters = [
  query('dryRun', 'string'), query('gracePeriodSeconds', 'integer'), query('ignoreStoreReadErrorWithClusterBreakingPotential', 'boolean'), query('orphanDependents', 'boolean'),
  query('propagationPolicy', 'string'),
];
const collectionDeleteParameters = [...listParameters.filter(({ name }) => name !== 'watch' && name !== 'allowWatchBookmarks'), ...deleteParameters];
const patchTypes = ['application/apply-patch+yaml', 'application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json'];

function discoveryDocument(path: string, kind: string, version: string, protobuf: boolean): Json {
  const types = protobuf ? ['application/json', 'application/vnd.kubernetes.protobuf', 'application/yaml'] : jsonAndYaml;
  return {
    openapi: '3.0.0', info: { title: path.replace(/^\/|\/$/g, ''), version },
    paths: { [path]: { get: { tags: ['API Discovery'], description: 'what is served', operationId: 'getAPI', responses: { 200: answer(ref(`${metaPrefix}.${kind}`), types) } } } },
    components: { schemas: sharedSchemas },
  };
}

const versionDocument = (version: string): Json => ({
  openapi: '3.0.0', info: { title: 'version', version },
  paths: { '/version/': { get: { tags: ['version'], operationId: 'getCodeVersion', responses: { 200: answer({ type: 'object' }, ['application/json']) } } } },
  components: { schemas: {} },
});

function groupVersionDocument(group: ServedGroup, version: string, build: string): Json {
  const root = `/apis/${group.name}/${version}`;
  const paths: Record<string, Json> = {
    [`${root}/`]: { get: { tags: ['API Discovery'], description: `Describe the available kubernetes resources`, operationId: 'getAPIResources', responses: { 200: answer(ref(`${metaPrefix}.APIResourceList`)) } } },
  };
  const schemas: Record<string, unknown> = { ...sharedSchemas };
  for (const kind of group.kinds) {
    if (!kind.versions.some((v) => v.name === version)) continue;
    Object.assign(schemas, kindSchemas(kind, version));
    Object.assign(paths, kindPaths(root, kind, version));
  }
  for (const route of group.routes) if (route.version === version && route.description) Object.assign(paths, routePaths(root, route, paths));
  const sorted = Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { openapi: '3.0.0', info: { title: `${group.name}/${version}`, version: build }, paths: sorted, components: { schemas } };
}

const schemaName = (kind: Kind, version: string, name: string) => `com.github.grafana.grafana.${kind.group.split('.')[0]}.${version}.${name}`;
/** Versions that look alike are one schema, under the name of the first. */
const sharedVersion = (kind: Kind, version: string) => (kind.sharesSchema ? kind.versions[0]!.name : version);

function gvks(kind: Kind, version: string, name: string): Json[] {
  const versions = kind.sharesSchema ? kind.versions.map((v) => v.name) : [version];
  return versions.map((v) => ({ group: kind.group, kind: name, version: v }));
}

function kindSchemas(kind: Kind, version: string): Json {
  const of = sharedVersion(kind, version);
  const declared = kind.versions.find((v) => v.name === version)!;
  const spec = declared.described ?? declared.spec;
  const typeMeta = { kind: { type: 'string' }, apiVersion: { type: 'string' } };
  const metadata = { allOf: [ref(`${metaPrefix}.ObjectMeta`)], default: {} };
  const required = [...(kind.requiresTypeMeta ? ['kind', 'apiVersion'] : []), ...(kind.looseSchema ? [] : ['metadata', 'spec']), ...(declared.statusRequired ? ['status'] : [])];
  const more = Object.fromEntries(Object.entries({ ...(kind.securesValues ? { secure: InlineSecureValues } : {}), ...declared.more }).map(([name, schema]) => [name, openApiSchema(schema)]));
  // Who has a status and does not describe it has none of his own.
  const status = declared.status ? openApiSchema(declared.status) : kind.hasStatus ? { type: 'object' } : undefined;
  const described = (schema: TSchema) => named(openApiSchema(schema), (name) => schemaName(kind, of, name));
  const out: Json = {
    [schemaName(kind, of, kind.kind)]: {
      type: 'object', ...(required.length > 0 ? { required } : {}),
      properties: { ...typeMeta, metadata, spec: spec ? described(spec) : { type: 'object' }, ...more, ...(status ? { status } : {}) },
      ...(kind.undescribed ? {} : { 'x-kubernetes-group-version-kind': gvks(kind, version, kind.kind) }),
    },
    [schemaName(kind, of, listKindOf(kind))]: {
      type: 'object', required: kind.looseSchema ? ['items'] : ['metadata', 'items'],
      properties: {
        ...typeMeta, metadata: { allOf: [ref(`${metaPrefix}.ListMeta`)], default: {} },
        items: { type: 'array', items: { allOf: [ref(schemaName(kind, of, kind.kind))], default: {} } },
      },
      ...(kind.undescribed ? {} : { 'x-kubernetes-group-version-kind': gvks(kind, version, listKindOf(kind)) }),
    },
  };
  for (const [name, schema] of Object.entries(declared.answers ?? {})) {
    out[schemaName(kind, version, name)] = { ...described(schema), 'x-kubernetes-group-version-kind': [{ group: kind.group, kind: name, version }] };
  }
  for (const [name, schema] of Object.entries(declared.definitions ?? {})) out[schemaName(kind, of, name)] = described(schema);
  return out;
}

/** References to definitions of the kind become references into the document. */
function named(schema: Json, nameOf: (name: string) => string): Json {
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) => (key === '$ref' && typeof value === 'string' && !value.startsWith('#') ? `#/components/schemas/${nameOf(value)}` : value)) as Json;
}

/** TypeBox schemas are JSON schemas; OpenAPI 3.0 has no `patternProperties`. */
export function openApiSchema(schema: TSchema | Json): Json {
  const { patternProperties, properties, items, anyOf, default: _, ...rest } = schema as Json & { patternProperties?: Record<string, Json>; properties?: Record<string, Json>; items?: Json; anyOf?: Json[] };
  const out: Json = JSON.parse(JSON.stringify(rest)) as Json;
  delete out['examples'];
  if (patternProperties) out['additionalProperties'] = openApiSchema(Object.values(patternProperties)[0]!);
  if (properties && Object.keys(properties).length > 0) out['properties'] = Object.fromEntries(Object.entries(properties).map(([name, member]) => [name, openApiSchema(member)]));
  if (items) out['items'] = openApiSchema(items);
  if (anyOf) out['anyOf'] = anyOf.map(openApiSchema);
  if (Array.isArray(out['required']) && out['required'].length === 0) delete out['required'];
  return out;
}

function kindPaths(root: string, kind: Kind, version: string): Record<string, Json> {
  const of = sharedVersion(kind, version);
  const object = ref(schemaName(kind, of, kind.kind));
  const list = ref(schemaName(kind, of, listKindOf(kind)));
  const gvk = { group: kind.group, kind: kind.kind, version };
  const has = (verb: Verb) => kind.verbs.includes(verb);
  const operation = (action: string, operationId: string, more: Json): Json =>
    ({ tags: [kind.kind], operationId, ...more, 'x-kubernetes-action': action, 'x-kubernetes-group-version-kind': gvk });
  const body = { content: content(jsonAndYaml, object) };
  const patchBody = { content: content(patchTypes, ref(`${metaPrefix}.Patch`)) };
  const status = ref(`${metaPrefix}.Status`);

  const collection: Json = {
    ...(has('list') ? { get: operation('list', `list${kind.kind}`, { parameters: listParameters, responses: { 200: answer(list, ['application/json', 'application/json;stream=watch', 'application/yaml']) } }) } : {}),
    ...(has('create') ? { post: operation('post', `create${kind.kind}`, { parameters: writeParameters, requestBody: body, responses: { 200: answer(object), 201: answer(object), 202: answer(object) } }) } : {}),
    ...(has('deletecollection') ? { delete: operation('deletecollection', `deletecollection${kind.kind}`, { parameters: collectionDeleteParameters, responses: { 200: answer(status) } }) } : {}),
  };
  const item = (suffix: string): Json => ({
    ...(has('get') ? { get: operation('get', `get${kind.kind}${suffix}`, { responses: { 200: answer(object) } }) } : {}),
    ...(has('update') || suffix ? { put: operation('put', `replace${kind.kind}${suffix}`, { parameters: writeParameters, requestBody: body, responses: { 200: answer(object), 201: answer(object) } }) } : {}),
    ...(has('delete') && !suffix ? { delete: operation('delete', `delete${kind.kind}`, { parameters: deleteParameters, responses: { 200: answer(status), 202: answer(status) } }) } : {}),
    ...(has('patch') || suffix ? { patch: operation('patch', `update${kind.kind}${suffix}`, { parameters: [...writeParameters, query('force', 'boolean')], requestBody: patchBody, responses: { 200: answer(object), 201: answer(object) } }) } : {}),
  });
  const base = `${root}/namespaces/{namespace}/${kind.plural}`;
  const paths: Record<string, Json> = {
    [base]: hoisted(collection, [namespaceParameter, pretty]),
    [`${base}/{name}`]: { ...item(''), parameters: [nameParameter(kind.kind), namespaceParameter, pretty] },
  };
  for (const sub of kind.subresources ?? []) {
    if (sub.versions && !sub.versions.includes(version)) continue;
    const path = `${base}/{name}/${sub.path ?? sub.name}`;
    paths[path] = sub.verbs.includes('patch')
      ? { ...item(capitalized(sub.name)), parameters: [nameParameter(kind.kind), namespaceParameter, pretty] }
      : { ...connectOperations(kind, version, sub), parameters: [nameParameter(kind.kind), namespaceParameter, ...[...path.matchAll(/\{(\w+)\}/g)].slice(2).map(([, name]) => inPath(name!, name!))] };
  }
  return paths;
}

/** What the only operation of a path takes, belongs to the path. */
function hoisted(item: Json, parameters: readonly Json[]): Json {
  const operations = Object.values(item) as Json[];
  if (operations.length !== 1) return { ...item, parameters };
  const { parameters: own = [], ...rest } = operations[0]!;
  return { [Object.keys(item)[0]!]: rest, parameters: [...parameters, ...(own as Json[])] };
}

const methodOf: Partial<Record<Verb, string>> = { get: 'get', create: 'post', update: 'put', delete: 'delete' };

const connectVerbs: readonly Verb[] = ['get', 'update', 'create', 'delete'];

function connectOperations(kind: Kind, version: string, sub: Subresource): Json {
  return Object.fromEntries(connectVerbs.filter((verb) => sub.verbs.includes(verb)).map((verb) => [methodOf[verb]!, {
    tags: [kind.kind], operationId: sub.operationIds?.[verb] ?? `${verb}${kind.kind}${capitalized(sub.name)}`,
    ...(sub.parameters ? { parameters: sub.parameters.map(([name, type]) => query(name, type)) } : {}),
    responses: { 200: { description: 'OK', content: { '*/*': { schema: { type: 'string' } } } } },
    'x-kubernetes-action': 'connect', 'x-kubernetes-group-version-kind': { group: kind.group, kind: sub.kind, version },
  }]));
}

function routePaths(root: string, route: GroupRoute, paths: Record<string, Json>): Record<string, Json> {
  const { description } = route;
  if (!description) return {};
  const path = `${root}${route.cluster ? '' : '/namespaces/{namespace}'}/${description.path ?? route.path}`;
  const pathParameters = [...path.matchAll(/\{(\w+)\}/g)].filter(([, name]) => name !== 'namespace' || !description.omitsNamespace).map(([, name]) => (name === 'namespace' ? namespaceParameter : inPath(name!, name!)));
  const queries = (description.parameters ?? []).map(([name, type, required]) => ({ ...query(name, type), ...(type === 'array' ? { schema: { type, items: { type: 'string' } } } : {}), ...(required ? { required } : {}) }));
  const all = [...pathParameters, ...queries];
  const operations = Object.fromEntries(route.methods.map((method) => [method.toLowerCase(), {
    ...(description.tag ? { tags: [description.tag] } : {}), ...(description.operationId ? { operationId: description.operationId } : {}),
    ...(description.hoists ? {} : { parameters: all }),
    ...(method === 'POST' || method === 'PUT' ? { requestBody: { content: content(['application/json'], { type: 'object' }) } } : {}),
    responses: description.responses ?? { 200: answer(description.reply ? openApiSchema(description.reply) : { type: 'object' }, description.hoists ? ['application/json', 'application/json;stream=watch', 'application/yaml'] : ['application/json']) },
    ...(description.kind ? { 'x-kubernetes-group-version-kind': { group: route.group, kind: description.kind, version: route.version } } : {}),
  }]));
  const said = description.pathDescription ? { description: description.pathDescription } : {};
  return { [path]: { ...paths[path], ...said, ...operations, ...(description.hoists ? { parameters: all } : {}) } };
}

const capitalized = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

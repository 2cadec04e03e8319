/** What the API description says of plugins: the members of `plugin.json`, and what is known of an installation beside them (plugins §2). */
import { Type, type TSchema } from '../../web/schema.ts';

const text = Type.String();
const flag = Type.Boolean();
const optional = <T extends TSchema>(schema: T) => Type.Optional(schema);
const some = (members: Record<string, TSchema>) => Type.Object(Object.fromEntries(Object.entries(members).map(([name, schema]) => [name, Type.Optional(schema)])));
const oneOf = (...values: readonly string[]) => ({ type: 'string', enum: [...values] }) as unknown as TSchema;
const texts = Type.Array(text);
const flags = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, optional(flag)]));

export const PluginSpec: TSchema = Type.Object({ id: text, version: text, url: optional(text), parentId: optional(text) });

const Target = Type.Object({ targets: texts, title: text, description: optional(text) });
const Offered = Type.Object({ id: text, title: optional(text), description: optional(text) });
const Token = (params: readonly string[]) => some({ url: text, scopes: texts, params: some(Object.fromEntries(params.map((name) => [name, text]))) });

const Dependencies = Type.Object({
  grafanaDependency: text, grafanaVersion: optional(text), plugins: optional(Type.Array(Type.Object({ id: text, type: oneOf('app', 'datasource', 'panel'), name: text }))),
  extensions: optional(some({ exposedComponents: texts })),
});

const Info = Type.Object({
  keywords: texts, logos: Type.Object({ small: text, large: text }), updated: text, version: text, author: optional(some({ name: text, email: text, url: text })), description: optional(text),
  build: optional(some({ time: Type.Number(), repo: text, branch: text, hash: text, number: Type.Number(), pr: Type.Number(), build: Type.Number() })),
  links: optional(Type.Array(some({ name: text, url: text, target: oneOf('_blank', '_self', '_parent', '_top') }))), screenshots: optional(Type.Array(some({ name: text, path: text }))),
});

const Include = some({
  uid: text, type: oneOf('dashboard', 'page', 'panel', 'datasource'), name: text, component: text, role: oneOf('Admin', 'Editor', 'Viewer', 'None'), action: text, path: text,
  addToNav: flag, defaultNav: flag, icon: text,
});

const Route = some({
  path: text, method: text, url: text, reqSignedIn: flag, reqRole: text, reqAction: text, headers: Type.Array(Type.Object({ name: text, content: text })), body: Type.Object({}),
  tokenAuth: Token(['grant_type', 'client_id', 'client_secret', 'resource']), jwtTokenAuth: Token(['token_uri', 'client_email', 'private_key']),
  urlParams: Type.Array(some({ name: text, content: text })),
});

const Permission = some({ action: text, scope: text });

const PluginJson = Type.Object({
  id: text, type: oneOf('app', 'datasource', 'panel', 'renderer'), name: text, info: Info, dependencies: Dependencies,
  ...flags('alerting', 'annotations', 'autoEnabled', 'backend', 'builtIn', 'hideFromList', 'logs', 'metrics', 'multiValueFilterOperators', 'preload', 'skipDataQuery', 'streaming', 'suggestions', 'tracing'),
  buildMode: optional(text), executable: optional(text), pascalName: optional(text), languages: optional(texts),
  category: optional(oneOf('tsdb', 'logging', 'cloud', 'tracing', 'profiling', 'sql', 'enterprise', 'iot', 'other')), state: optional(oneOf('alpha', 'beta', 'stable', 'deprecated')),
  enterpriseFeatures: optional(some({ healthDiagnosticsErrors: flag })), queryOptions: optional(some({ maxDataPoints: flag, minInterval: flag, cacheTimeout: flag })),
  includes: optional(Type.Array(Include)), routes: optional(Type.Array(Route)), iam: optional(some({ permissions: Type.Array(Permission) })),
  roles: optional(Type.Array(some({ role: some({ name: text, description: text, permissions: Type.Array(Permission) }), grants: texts }))),
  extensions: optional(some({
    addedComponents: Type.Array(Target), addedLinks: Type.Array(Target), addedFunctions: Type.Array(Target), exposedComponents: Type.Array(Offered), extensionPoints: Type.Array(Offered),
  })),
});

export const MetaSpec: TSchema = Type.Object({
  pluginJson: PluginJson, class: oneOf('core', 'external'), baseURL: text,
  module: Type.Object({ path: text, hash: optional(text), loadingStrategy: oneOf('fetch', 'script') }),
  signature: Type.Object({
    status: oneOf('internal', 'valid', 'invalid', 'modified', 'unsigned'), type: optional(oneOf('grafana', 'commercial', 'community', 'private', 'private-glob')), org: optional(text),
  }),
  children: optional(texts), translations: optional(Type.Object({})),
});

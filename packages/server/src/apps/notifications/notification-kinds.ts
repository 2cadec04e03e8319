/** Routing trees, time intervals and template groups (apiserver-and-storage §6.8). */
import { specOf, type ApiObject } from '../../apiserver/api-object.ts';
import { defineKind, verbsWithoutWatch, type Caller, type GroupRoute, type Kind } from '../../apiserver/kind.ts';
import { nameColumn } from '../../apiserver/table.ts';
import { BadRoute, decodeRoute, matchersOf, type NamedIntervalJson, type RouteJson } from '../../services/alerting/alertmanager/am-config.ts';
import { BadMatcher } from '../../services/alerting/alertmanager/matchers.ts';
import { contentVersion, notificationErrors, type NotificationService } from '../../services/alerting/receivers/contact-points.ts';
import { formsV2 } from '../../services/alerting/receivers/notifier-api.ts';
import { nameOfUid, uidOfName } from '../../services/alerting/receivers/receiver-access.ts';
import { builtInTemplates } from '../../services/alerting/templates/notification-templates.ts';
import { ApiError } from '../../web/errors.ts';
import { Type, type Static } from '../../web/schema.ts';
import { listOf } from '../iam/iam-kinds.ts';
import { apiVersion, byRights, everything, group, hasAny, notificationObject, version } from './notification-object.ts';
import { staleVersion } from './receiver-kind.ts';
import { isObject } from '../../util/json-value.ts';

interface Deps {
  readonly notifications: NotificationService;
}

const shared = { group, verbs: verbsWithoutWatch, managesFields: false, requiresTypeMeta: true } as const;
/** A patch carries the current version along; a PUT says one or says none. */
const saidVersion = (next: ApiObject) => next.metadata.resourceVersion ?? '';

// Routing trees.

const treeName = 'user-defined';
const Matcher = Type.Object({ type: Type.String({ enum: ['=', '!=', '=~', '!~'] }), label: Type.String(), value: Type.String() });
const routeFields = {
  receiver: Type.Optional(Type.String()), matchers: Type.Optional(Type.Array(Matcher)), continue: Type.Boolean(), group_by: Type.Optional(Type.Array(Type.String())),
  mute_time_intervals: Type.Optional(Type.Array(Type.String())), active_time_intervals: Type.Optional(Type.Array(Type.String())), group_wait: Type.Optional(Type.String()),
  group_interval: Type.Optional(Type.String()), repeat_interval: Type.Optional(Type.String()),
};
/** The description of a tree ends somewhere; the tree itself is read without a schema. */
const describedRoute = (depth: number): ReturnType<typeof Type.Object> =>
  Type.Object({ ...routeFields, ...(depth > 0 ? { routes: Type.Optional(Type.Array(describedRoute(depth - 1))) } : {}) });
const DescribedTree = Type.Object({
  defaults: Type.Object({
    receiver: Type.String(), group_by: Type.Optional(Type.Array(Type.String())), group_wait: Type.Optional(Type.String()), group_interval: Type.Optional(Type.String()),
    repeat_interval: Type.Optional(Type.String()),
  }),
  routes: Type.Array(describedRoute(8)),
});

const noTree = () => new ApiError(404, 'Route not found', { messageId: 'alerting.notifications.routes.notFound' });
const badTree = (reason: string) => new ApiError(400, `Invalid format of the submitted route: ${reason}. Correct the payload and try again.`, {
  messageId: 'alerting.notifications.routes.invalidFormat', extra: { Error: reason },
});

type Members = Record<string, unknown>;
const routeDepthMax = 100;

function shownRoute(route: RouteJson): Members {
  const matchers = matchersOf(route).map(({ name, operator, value }) => ({ type: operator, label: name, value }));
  return {
    ...(route.receiver ? { receiver: route.receiver } : {}), ...(matchers.length > 0 ? { matchers } : {}), continue: route.continue ?? false, ...timing(route),
    ...(route.mute_time_intervals?.length ? { mute_time_intervals: route.mute_time_intervals } : {}), ...(route.active_time_intervals?.length ? { active_time_intervals: route.active_time_intervals } : {}),
    ...(route.routes?.length ? { routes: route.routes.map(shownRoute) } : {}),
  };
}

const timing = (route: RouteJson) => ({
  ...(route.group_by?.length ? { group_by: route.group_by } : {}), ...(route.group_wait ? { group_wait: route.group_wait } : {}),
  ...(route.group_interval ? { group_interval: route.group_interval } : {}), ...(route.repeat_interval ? { repeat_interval: route.repeat_interval } : {}),
});

/** The tree in the form that the configuration keeps. */
function classicRoute(raw: unknown, depth = 0): Members {
  if (!isObject(raw)) throw badTree('a route is not an object');
  if (depth > routeDepthMax) throw badTree('the tree is too deep');
  const { matchers, routes, ...rest } = raw;
  const object_matchers = Array.isArray(matchers)
    ? matchers.map((matcher: unknown) => {
      if (!isObject(matcher)) throw badTree('a matcher is not an object');
      return [matcher['label'], matcher['type'], matcher['value']];
    })
    : undefined;
  return { ...rest, ...(object_matchers ? { object_matchers } : {}), ...(Array.isArray(routes) ? { routes: routes.map((route) => classicRoute(route, depth + 1)) } : {}) };
}

/** A route as it came, without lists that say nothing. */
function withoutEmptyLists(route: unknown): unknown {
  if (!isObject(route)) return route;
  const said = Object.entries(route).filter(([, value]) => !Array.isArray(value) || value.length > 0);
  return Object.fromEntries(said.map(([name, value]) => [name, name === 'routes' && Array.isArray(value) ? value.map(withoutEmptyLists) : value]));
}

function routingTreeKind({ notifications }: Deps): Kind {
  const objectOf = async (caller: Caller) => {
    const { route, provenance } = await notifications.policies(caller.orgId);
    return asObject(caller, route, provenance);
  };
  const asObject = (caller: Caller, route: RouteJson, provenance: string) => notificationObject(caller, {
    kind: 'RoutingTree', name: treeName, resourceVersion: contentVersion(route), provenance,
    spec: { defaults: { receiver: route.receiver ?? '', ...timing(route) }, routes: (route.routes ?? []).map(shownRoute) },
  });
  const kind: Kind = defineKind({
    ...shared, kind: 'RoutingTree', plural: 'routingtrees', singular: 'routingtree', versions: [{ name: version, described: DescribedTree }],
    authorize: byRights({ read: [everything.read, 'alert.notifications.routes:read'], write: [everything.write, 'alert.notifications.routes:write'] }),
    backend: {
      async get({ caller, name }) {
        if (name !== treeName) throw noTree();
        return objectOf(caller);
      },
      list: async (request) => listOf(kind, { ...request, limit: 0 }, [await objectOf(request.caller)], undefined),
      async create() {
        throw new ApiError(501, 'Multiple routes are not supported, see feature toggle "alertingMultiplePolicies"', { messageId: 'alerting.notifications.routes.multipleNotSupported' });
      },
      async update({ caller, name, change }) {
        if (name !== treeName) throw noTree();
        const current = await objectOf(caller);
        const next = await change(current);
        const { defaults, routes } = specOf<{ defaults?: unknown; routes?: unknown }>(next);
        let route: RouteJson;
        try {
          if (!isObject(defaults) || typeof defaults['receiver'] !== 'string' || defaults['receiver'] === '') throw new BadRoute('root route must specify a default receiver');
          route = decodeRoute(classicRoute({ ...defaults, routes }));
        } catch (error) {
          if (error instanceof BadRoute || error instanceof BadMatcher) throw badTree(error.message);
          throw error;
        }
        const said = next.metadata.resourceVersion ?? (next.metadata.uid ? contentVersionOf(current) : '');
        await notifications.setPolicies(caller.orgId, route, '', (stored) => {
          const is = contentVersion(stored);
          if (said !== is) throw staleVersion('route', 'routes', treeName, said, is);
        });
        const answered = asObject(caller, route, '');
        // Compat: the answer keeps the order of what came in.
        return { object: { ...answered, spec: { ...(answered.spec as object), routes: Array.isArray(routes) ? routes.map(withoutEmptyLists) : [] } }, created: false };
      },
      async delete({ caller, name }) {
        if (name !== treeName) throw noTree();
        const object = await objectOf(caller);
        await notifications.resetPolicies(caller.orgId, '');
        return { object, answer: 'object' };
      },
    },
  });
  return kind;
}

const contentVersionOf = (object: ApiObject) => object.metadata.resourceVersion ?? '';

// Time intervals.

const strings = Type.Optional(Type.Array(Type.String()));
const TimeIntervalSpec = Type.Object({
  name: Type.String(),
  time_intervals: Type.Array(Type.Object({
    times: Type.Optional(Type.Array(Type.Object({ start_time: Type.String(), end_time: Type.String() }))), weekdays: strings, days_of_month: strings, months: strings, years: strings,
    location: Type.Optional(Type.String()),
  })),
});

/** The classic routes word it otherwise. */
async function inWords<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ApiError && error.messageId === 'alerting.notifications.time-intervals.invalidFormat') {
      throw badInterval(String(error.extra?.['Error'] ?? error.message));
    }
    throw error;
  }
}

const badInterval = (reason: string) => new ApiError(400, 'Time interval is in invalid format. Correct the payload and try again.', {
  messageId: 'alerting.notifications.time-intervals.invalidFormat', extra: { Error: reason },
});

function timeIntervalKind({ notifications }: Deps): Kind {
  type Interval = Awaited<ReturnType<NotificationService['intervals']>>[number];
  const asObject = (caller: Caller, { name, version: resourceVersion, provenance, time_intervals }: Interval) => notificationObject(caller, {
    kind: 'TimeInterval', name: uidOfName(name), resourceVersion, provenance, annotations: { 'grafana.com/canUse': 'true' }, spec: { name, time_intervals },
  });
  async function find(caller: Caller, name: string): Promise<Interval> {
    const found = (await notifications.intervals(caller.orgId)).find((interval) => uidOfName(interval.name) === name);
    if (!found) throw notificationErrors.intervalNotFound();
    return found;
  }
  const given = (object: ApiObject): NamedIntervalJson => {
    const spec = specOf<NamedIntervalJson>(object);
    if (spec.name === '') throw badInterval('missing name in mute time interval');
    return spec;
  };
  const kind: Kind = defineKind({
    ...shared, kind: 'TimeInterval', plural: 'timeintervals', singular: 'timeinterval', namesItself: true, versions: [{ name: version, spec: TimeIntervalSpec }], columns: [nameColumn],
    authorize: byRights({
      read: [everything.read, 'alert.notifications.time-intervals:read'], write: [everything.write, 'alert.notifications.time-intervals:write'],
      delete: [everything.write, 'alert.notifications.time-intervals:delete'],
    }),
    backend: {
      get: async ({ caller, name }) => asObject(caller, await find(caller, name)),
      list: async (request) => listOf(kind, { ...request, limit: 0 }, (await notifications.intervals(request.caller.orgId)).map((interval) => asObject(request.caller, interval)), undefined),
      create: async ({ caller, object }) => asObject(caller, await inWords(notifications.createInterval(caller.orgId, given(object), ''))),
      async update({ caller, name, change }) {
        const found = await find(caller, name);
        const next = await change(asObject(caller, found));
        return { object: asObject(caller, await inWords(notifications.updateInterval(caller.orgId, name, given(next), saidVersion(next), ''))), created: false };
      },
      async delete({ caller, name, resourceVersion = '' }) {
        const found = await find(caller, name);
        await notifications.deleteInterval(caller.orgId, found.name, resourceVersion, '');
        return { object: asObject(caller, found), answer: 'object' };
      },
    },
  });
  return kind;
}

// Template groups.

const builtIn = '__default__';
const TemplateGroupSpec = Type.Object({ title: Type.String(), content: Type.String(), kind: Type.String({ enum: ['grafana', 'mimir'] }) });
type TemplateGroupSpec = Static<typeof TemplateGroupSpec>;

const badTemplate = (reason: string) => new ApiError(400, 'Template is in invalid format. Correct the payload and try again.', {
  messageId: 'alerting.notifications.templates.invalidFormat', extra: { Error: reason },
});

function templateGroupKind({ notifications }: Deps): Kind {
  type Template = Awaited<ReturnType<NotificationService['templates']>>[number];
  const nameOf = (title: string) => uidOfName(`grafana|${title}`);
  const asObject = (caller: Caller, { name, template, version: resourceVersion, provenance }: Template) => notificationObject(caller, {
    kind: 'TemplateGroup', name: nameOf(name), resourceVersion, provenance, spec: { title: name, content: template, kind: 'grafana' },
  });
  const delivered = (caller: Caller) => notificationObject(caller, {
    kind: 'TemplateGroup', name: builtIn, provenance: 'system', spec: { title: 'Built-in Templates', content: builtInTemplates, kind: 'grafana' },
  });
  async function find(caller: Caller, name: string): Promise<Template> {
    const title = nameOfUid(name).replace(/^grafana\|/, '');
    const found = (await notifications.templates(caller.orgId)).find((template) => template.name === title);
    if (!found || nameOf(title) !== name) throw notificationErrors.templateNotFound();
    return found;
  }
  function given(object: ApiObject): TemplateGroupSpec {
    const spec = specOf<TemplateGroupSpec>(object);
    if (spec.kind !== '' && spec.kind !== 'grafana' && spec.kind !== 'mimir') throw badTemplate("invalid template kind, must be either 'grafana' or 'mimir'");
    return spec;
  }
  const kind: Kind = defineKind({
    ...shared, kind: 'TemplateGroup', plural: 'templategroups', singular: 'templategroup', namesItself: true, versions: [{ name: version, spec: TemplateGroupSpec }], columns: [nameColumn],
    authorize: byRights({
      read: [everything.read, 'alert.notifications.templates:read'], write: [everything.write, 'alert.notifications.templates:write'],
      delete: [everything.write, 'alert.notifications.templates:delete'],
    }),
    backend: {
      get: async ({ caller, name }) => (name === builtIn ? delivered(caller) : asObject(caller, await find(caller, name))),
      list: async (request) => listOf(kind, { ...request, limit: 0 }, [
        delivered(request.caller), ...(await notifications.templates(request.caller.orgId)).map((template) => asObject(request.caller, template)),
      ], undefined),
      async create({ caller, object }) {
        const { title, content } = given(object);
        if ((await notifications.templates(caller.orgId)).some((template) => template.name === title)) {
          throw new ApiError(400, 'Template file with this name already exists. Use a different name or update existing one.', { messageId: 'alerting.notifications.templates.nameExists' });
        }
        return asObject(caller, await notifications.setTemplate(caller.orgId, title, content, '', ''));
      },
      async update({ caller, name, change }) {
        if (name === builtIn) throw notificationErrors.templateNotFound();
        const found = await find(caller, name);
        const next = await change(asObject(caller, found));
        const { title, content } = given(next);
        const written = await notifications.setTemplate(caller.orgId, title === found.name ? found.name : title, content, title === found.name ? saidVersion(next) : '', '');
        if (title !== found.name) await notifications.deleteTemplate(caller.orgId, found.name, '', '');
        return { object: asObject(caller, written), created: false };
      },
      async delete({ caller, name, resourceVersion = '' }) {
        // Compat: what was delivered stays, and the answer does not say so.
        if (name === builtIn) return { object: delivered(caller), answer: 'object' };
        const found = await find(caller, name);
        await notifications.deleteTemplate(caller.orgId, found.name, resourceVersion, '');
        return { object: asObject(caller, found), answer: 'object' };
      },
    },
  });
  return kind;
}

export const notificationKinds = (deps: Deps): readonly Kind[] => [routingTreeKind(deps), templateGroupKind(deps), timeIntervalKind(deps)];

export const notificationKindRoutes: readonly GroupRoute[] = [{
  group, version, path: 'integrationtypeschemas', methods: ['GET'], description: { operationId: 'getIntegrationtypeschemas', hoists: true },
  authorize: (_attributes, identity) => (hasAny(identity, [everything.read, 'alert.notifications.receivers:read', 'alert.notifications.receivers.test:create', everything.write]) ? 'allow' : { deny: '' }),
  handle: async () => ({
    apiVersion, items: formsV2().toSorted((a, b) => (a.type < b.type ? -1 : 1)).map((spec) => ({ spec })), kind: 'GetIntegrationtypeschemas', metadata: {},
  }),
}];

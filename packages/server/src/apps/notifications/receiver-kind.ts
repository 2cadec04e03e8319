/** Receivers: contact points as a whole (apiserver-and-storage §6.8). */
import { specOf, type ApiObject } from '../../apiserver/api-object.ts';
import { defineKind, verbsWithoutWatch, type Caller, type Decision, type Kind } from '../../apiserver/kind.ts';
import { nameColumn } from '../../apiserver/table.ts';
import { countReceiver, renameInRoute, usesReceiver, type IntegrationJson, type ReceiverJson, type RouteJson } from '../../services/alerting/alertmanager/am-config.ts';
import type { Alertmanagers } from '../../services/alerting/alertmanager/alertmanager.ts';
import { contentVersion, type ContactPoint, type NotificationService } from '../../services/alerting/receivers/contact-points.ts';
import { BadSettings, type NotifierTools } from '../../services/alerting/receivers/integration.ts';
import { notifierForms } from '../../services/alerting/receivers/notifier-forms.ts';
import { mayReadReceiver, mayReadSecrets, nameOfUid, receiverScope, uidOfName } from '../../services/alerting/receivers/receiver-access.ts';
import { demandProtected } from '../../services/alerting/receivers/protected-settings.ts';
import { getDotted, normalType, withDotted } from '../../services/alerting/receivers/settings-reader.ts';
import { testAlert, tryIntegration } from '../../services/alerting/testing/notification-testing-api.ts';
import type { RuleService } from '../../services/alerting/rules/rule-service.ts';
import { ApiError } from '../../web/errors.ts';
import type { Identity } from '../../web/identity.ts';
import { json } from '../../web/reply.ts';
import { Type, type Static } from '../../web/schema.ts';
import { listOf } from '../iam/iam-kinds.ts';
import { group, notificationObject, version } from './notification-object.ts';

const Integration = Type.Object({
  uid: Type.Optional(Type.String()), type: Type.String(), version: Type.String(), disableResolveMessage: Type.Optional(Type.Boolean()), settings: Type.Record(Type.String(), Type.Unknown()),
  secureFields: Type.Optional(Type.Record(Type.String(), Type.Boolean())),
});
const ReceiverSpec = Type.Object({ title: Type.String(), integrations: Type.Array(Integration) });
type ReceiverSpec = Static<typeof ReceiverSpec>;
type GivenIntegration = Static<typeof Integration>;

export interface ReceiverKindDeps {
  readonly notifications: NotificationService;
  readonly rules: Pick<RuleService, 'list' | 'renameInSettings'>;
  readonly alertmanagers: Alertmanagers;
  readonly tools: NotifierTools;
  readonly newUid: () => string;
}

const invalidReceiver = (reason: string) => new ApiError(400, `Invalid receiver: '${reason}'`, { messageId: 'alerting.notifications.receivers.invalid', extra: { Reason: reason } });
const invalidTest = (reason: string) => new ApiError(400, `Invalid receiver testing request: '${reason}'`, { messageId: 'alerting.notifications.receivers.testing.invalid', extra: { Reason: reason } });
const integrationNotFound = (uid: string) => new ApiError(404, `Integration '${uid}' not found`, { messageId: 'alerting.notifications.receivers.testing.integrationNotFound', extra: { UID: uid } });
const notFound = () => new ApiError(404, 'Receiver not found', { messageId: 'alerting.notifications.receivers.notFound' });
const exists = () => new ApiError(409, 'Receiver with this name already exists. Use a different name or update an existing one.', { messageId: 'alerting.notifications.receivers.exists' });
const testTimeoutMs = 15_000;

interface Stored {
  readonly receiver: ReceiverJson;
  readonly route: RouteJson;
  readonly provenance: string;
}

export function receiverKind({ notifications, rules, alertmanagers, tools, newUid }: ReceiverKindDeps): Kind {
  async function all(orgId: number): Promise<Stored[]> {
    const { config } = await notifications.config(orgId);
    const stamps = new Map((await notifications.contactPoints(orgId)).map((point) => [point.name, point.provenance]));
    const { receivers, route } = config.alertmanager_config;
    return receivers.map((receiver) => ({ receiver, route, provenance: stamps.get(receiver.name) ?? '' }));
  }

  async function find(caller: Caller, name: string): Promise<Stored> {
    const title = nameOfUid(name);
    const found = (await all(caller.orgId)).find(({ receiver }) => receiver.name === title);
    if (!found || uidOfName(title) !== name) throw notFound();
    return found;
  }

  const integrationsOf = ({ receiver }: Pick<Stored, 'receiver'>) => receiver.grafana_managed_receiver_configs ?? [];
  const versionOf = (stored: Pick<Stored, 'receiver'>) => contentVersion([stored.receiver.name, integrationsOf(stored)]);

  function asObject(caller: Caller, stored: Pick<Stored, 'receiver' | 'provenance'>, annotations?: Record<string, string>): ApiObject {
    return notificationObject(caller, {
      kind: 'Receiver', name: uidOfName(stored.receiver.name), resourceVersion: versionOf(stored), provenance: stored.provenance, annotations,
      spec: { title: stored.receiver.name, integrations: integrationsOf(stored).map(shownIntegration) },
    });
  }

  /** With what the caller may do, and where it is in use. */
  function described(caller: Caller, stored: Stored, usedByRules: number): ApiObject {
    return asObject(caller, stored, {
      ...accessOf(caller.identity, stored.receiver.name), 'grafana.com/canUse': 'true', 'grafana.com/inUse/routes': String(countReceiver(stored.route, stored.receiver.name)),
      'grafana.com/inUse/rules': String(usedByRules),
    });
  }

  async function ruleUses(orgId: number): Promise<ReadonlyMap<string, number>> {
    const uses = new Map<string, number>();
    for (const rule of await rules.list({ orgId })) {
      const name = rule.notificationSettings?.receiver;
      if (name) uses.set(name, (uses.get(name) ?? 0) + 1);
    }
    return uses;
  }

  async function sealed(identity: Identity, title: string, given: readonly GivenIntegration[], before: readonly IntegrationJson[], taken: ReadonlySet<string>): Promise<IntegrationJson[]> {
    const out: IntegrationJson[] = [];
    for (const integration of given) {
      const stored = before.find((each) => each.uid === integration.uid);
      if (integration.uid && !stored && taken.has(integration.uid)) throw invalidReceiver(`integration UID ${integration.uid} is already in use`);
      const point = checkedIntegration(title, integration);
      let settings: Record<string, unknown> = { ...point.settings };
      // A secret that is only said to be there is the one that is stored.
      for (const [key, kept] of Object.entries(integration.secureFields ?? {})) if (kept) settings = withDotted(settings, key, notifications.redacted);
      const secret = await notifications.sealed(point.type, settings, stored);
      const ready: IntegrationJson = { uid: integration.uid || newUid(), name: title, type: point.type, disableResolveMessage: point.disableResolveMessage, ...secret };
      const open = await notifications.openSettings(ready);
      if (stored) demandProtected(identity, stored.name, { type: stored.type, settings: await notifications.openSettings(stored) }, { type: ready.type, settings: open });
      try {
        notifications.check({ ...point, uid: integration.uid ?? '' }, open);
      } catch (error) {
        if (error instanceof ApiError && error.status === 400) throw invalidReceiver(error.message.replace(/^invalid object specification:?\s*/, ''));
        throw error;
      }
      out.push(ready);
    }
    return out;
  }

  const kind: Kind = defineKind({
    group, kind: 'Receiver', plural: 'receivers', singular: 'receiver', verbs: verbsWithoutWatch, namesItself: true, managesFields: false, requiresTypeMeta: true,
    versions: [{ name: version, spec: ReceiverSpec }],
    columns: [nameColumn, { name: 'Title', type: 'string', format: 'string', description: 'The receiver name', cell: (object) => specOf<ReceiverSpec>(object).title }],
    selectableFields: { 'spec.title': (object) => specOf<ReceiverSpec>(object).title },
    authorize: ({ verb, name, subresource }, identity) => decide(identity, verb, name, subresource),
    subresources: [{
      name: 'test', kind: 'ResourceCallOptions', verbs: ['create'],
      async handle({ caller, name, rawBody }) {
        try {
          return await test(caller, name, rawBody);
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          const causes = Object.entries(error.extra ?? {}).map(([field, value]) => ({ message: JSON.stringify(value), field }));
          return json({
            metadata: {}, status: 'Failure', message: error.message, reason: error.status === 404 ? 'NotFound' : error.status === 403 ? 'Forbidden' : 'BadRequest',
            details: { uid: error.messageId, ...(causes.length > 0 ? { causes } : {}) }, code: error.status,
          }, error.status);
        }
      },
    }],
    backend: {
      async get({ caller, name }) {
        const stored = await find(caller, name);
        if (!mayReadReceiver(caller.identity, stored.receiver.name)) throw notFound();
        return described(caller, stored, (await ruleUses(caller.orgId)).get(stored.receiver.name) ?? 0);
      },
      async list(request) {
        const { caller } = request;
        const uses = await ruleUses(caller.orgId);
        const visible = (await all(caller.orgId)).filter(({ receiver }) => mayReadReceiver(caller.identity, receiver.name));
        // Compat: limits are not looked at.
        return listOf(kind, { ...request, limit: 0 }, visible.map((stored) => described(caller, stored, uses.get(stored.receiver.name) ?? 0)), undefined);
      },
      async create({ caller, object }) {
        const { title, integrations } = specOf<ReceiverSpec>(object);
        if (title === '') throw invalidReceiver('name should not be an empty string');
        const stored = await all(caller.orgId);
        if (stored.some(({ receiver }) => receiver.name === title)) throw exists();
        const receiver: ReceiverJson = { name: title, grafana_managed_receiver_configs: await sealed(caller.identity, title, integrations, [], uidsOf(stored)) };
        await notifications.saveReceivers(caller.orgId, (receivers, route) => ({ receivers: [...receivers, receiver], route }));
        await notifications.receiverPermissions.granted(caller.orgId, title, caller.identity.uid);
        return asObject(caller, { receiver, provenance: '' });
      },
      async update({ caller, name, change }) {
        const stored = await find(caller, name);
        const before = stored.receiver.name;
        const next = await change(asObject(caller, stored));
        const { title, integrations } = specOf<ReceiverSpec>(next);
        if (title === '') throw invalidReceiver('name should not be an empty string');
        const current = versionOf(stored);
        // A patch works on the current version.
        const said = next.metadata.resourceVersion ?? (next.metadata.uid ? current : '');
        if (said !== current) throw staleVersion('receiver', 'receivers', before, said, current);
        if (stored.provenance !== '') throw invalidProvenance(stored.provenance);
        const others = await all(caller.orgId);
        if (title !== before && others.some(({ receiver }) => receiver.name === title)) throw exists();
        const receiver: ReceiverJson = { name: title, grafana_managed_receiver_configs: await sealed(caller.identity, title, integrations, integrationsOf(stored), uidsOf(others)) };
        await notifications.saveReceivers(caller.orgId, (receivers, route) => ({
          receivers: receivers.map((each) => (each.name === before ? receiver : each)), route: title === before ? route : renameInRoute(route, 'receiver', before, title),
        }));
        if (title !== before) {
          await rules.renameInSettings(caller.orgId, 'receiver', before, title);
          await notifications.receiverPermissions.renamed(caller.orgId, before, title);
        }
        return { object: asObject(caller, { receiver, provenance: '' }), created: false };
      },
      async delete({ caller, name, resourceVersion }) {
        const stored = await find(caller, name);
        const title = stored.receiver.name;
        const current = versionOf(stored);
        if (resourceVersion !== undefined && resourceVersion !== current) throw staleVersion('receiver', 'receivers', title, resourceVersion, current);
        if (stored.provenance !== '') throw invalidProvenance(stored.provenance);
        const byRules = (await ruleUses(caller.orgId)).get(title) ?? 0;
        const byRoutes = usesReceiver(stored.route, title);
        if (byRoutes || byRules > 0) {
          const by = byRoutes ? 'one or more routes' : 'one or more rules';
          throw new ApiError(409, `Receiver is used by ${by}`, {
            messageId: 'alerting.notifications.receivers.used', extra: { ...(byRoutes ? { UsedByRoutes: true } : { UsedByRules: true }), UsedBy: by },
          });
        }
        await notifications.saveReceivers(caller.orgId, (receivers, route) => ({ receivers: receivers.filter((each) => each.name !== title), route }));
        await notifications.receiverPermissions.forget(caller.orgId, title);
        return { object: described(caller, stored, 0), answer: 'object' };
      },
    },
  });

  async function test(caller: Caller, name: string, rawBody: Buffer) {
    const { integration, alert: labelled } = parsedBody(rawBody);
    const { uid = '', secureFields = {} } = integration;
    const stored = name === '-' ? undefined : await find(caller, name);
    if (!stored && uid !== '') throw invalidTest('the integration of a receiver that is not saved has no uid');
    if (uid === '' && Object.keys(secureFields).length > 0) throw invalidTest('an integration that is not saved has no secure fields');
    const point = checkedIntegration(stored?.receiver.name ?? '', integration);
    const saved = stored && integrationsOf(stored).find((each) => each.uid === uid);
    if (stored && uid !== '' && !saved) throw integrationNotFound(uid);
    let settings: Record<string, unknown> = { ...point.settings };
    if (stored && saved) {
      const open = await notifications.openSettings(saved);
      for (const [key, kept] of Object.entries(secureFields)) if (kept) settings = withDotted(settings, key, getDotted(open, key));
      demandProtected(caller.identity, stored.receiver.name, { type: saved.type, settings: open }, { type: point.type, settings });
    }
    const started = performance.now();
    const answer = (status: string, error?: string) => json({ status, duration: `${Math.round(performance.now() - started)}ms`, ...(error ? { error } : {}) });
    try {
      const alert = testAlert(caller.orgId, labelled, tools.now());
      await tryIntegration({ alertmanagers, tools }, { orgId: caller.orgId, type: point.type, settings, alert, signal: AbortSignal.any([caller.signal, AbortSignal.timeout(testTimeoutMs)]) });
      return answer('success');
    } catch (error) {
      if (error instanceof BadSettings) throw invalidTest(error.message);
      return answer('failure', error instanceof Error ? error.message : 'failed');
    }
  }

  return kind;
}

const uidsOf = (stored: readonly Stored[]) => new Set(stored.flatMap(({ receiver }) => (receiver.grafana_managed_receiver_configs ?? []).map(({ uid }) => uid)));

function shownIntegration({ uid, type, disableResolveMessage, settings, secureSettings }: IntegrationJson) {
  const secrets = Object.keys(secureSettings);
  const sorted = Object.fromEntries(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    uid, type, version: 'v1', disableResolveMessage, settings: sorted, ...(secrets.length > 0 ? { secureFields: Object.fromEntries(secrets.sort().map((key) => [key, true])) } : {}),
  };
}

function checkedIntegration(title: string, { uid = '', type, version: wanted, settings, disableResolveMessage = false }: GivenIntegration): ContactPoint {
  let normal: string;
  try {
    normal = normalType(type);
  } catch (error) {
    throw invalidReceiver((error as Error).message);
  }
  const form = notifierForms.find((each) => each.type.toLowerCase() === normal.toLowerCase());
  if (wanted !== '' && !form?.versions.some((each) => each.version === wanted)) throw invalidReceiver(`invalid version ${wanted} for integration type ${normal}`);
  return { uid, name: title, type: normal, settings, disableResolveMessage };
}

interface TestBody {
  readonly integration: GivenIntegration;
  readonly alert?: { readonly labels: Record<string, string>; readonly annotations: Record<string, string> };
}

function parsedBody(rawBody: Buffer): TestBody {
  let value: unknown;
  try {
    value = JSON.parse(rawBody.toString('utf8'));
  } catch {
    throw invalidTest('the body is not JSON');
  }
  const { integration, alert } = (typeof value === 'object' && value !== null ? value : {}) as { integration?: Partial<GivenIntegration>; alert?: { labels?: unknown; annotations?: unknown } };
  const map = (given: unknown) => Object.fromEntries(Object.entries(typeof given === 'object' && given !== null ? given : {}).filter(([, text]) => typeof text === 'string')) as Record<string, string>;
  const text = (given: unknown) => (typeof given === 'string' ? given : '');
  return {
    integration: {
      uid: text(integration?.uid), type: text(integration?.type), version: text(integration?.version), settings: (typeof integration?.settings === 'object' ? integration.settings : null) ?? {},
      ...(typeof integration?.secureFields === 'object' && integration.secureFields ? { secureFields: integration.secureFields } : {}),
    },
    alert: { labels: map(alert?.labels), annotations: map(alert?.annotations) },
  };
}

export const staleVersion = (what: string, plural: string, name: string, said: string, current: string) =>
  new ApiError(409, `Provided version '${said}' of ${what} '${name}' does not match current version '${current}'`, {
    messageId: `alerting.notifications.${plural}.conflict`, extra: { Version: said, CurrentVersion: current, Name: name },
  });

const invalidProvenance = (stored: string) =>
  new ApiError(403, `Resource with provenance status '${stored}' cannot be managed via API that handles resources with provenance status ''`, {
    messageId: 'alerting.notifications.invalidProvenance', extra: { SourceProvenance: '', TargetProvenance: stored },
  });

const writes = 'alert.notifications:write';

function accessOf(identity: Identity, title: string): Record<string, string> {
  const { permissions } = identity;
  const scope = receiverScope(title);
  const has = (...actions: string[]) => actions.some((action) => permissions.has(action, scope)) || permissions.has(writes);
  const flags: Record<string, boolean> = {
    canAdmin: permissions.has('receivers.permissions:write', scope), canDelete: has('alert.notifications.receivers:delete'),
    canModifyProtected: permissions.has('alert.notifications.receivers.protected:write', scope), canReadSecrets: mayReadSecrets(identity),
    canTest: has('alert.notifications.receivers:test', 'alert.notifications.receivers.test:create'), canWrite: has('alert.notifications.receivers:write'),
  };
  return Object.fromEntries(Object.entries(flags).filter(([, may]) => may).map(([flag]) => [`grafana.com/access/${flag}`, 'true']));
}

function decide(identity: Identity, verb: string, name: string, subresource: string): Decision {
  const { permissions } = identity;
  const scope = name ? [`receivers:uid:${name}`] : [];
  const any = (...actions: string[]) => permissions.has(writes) || actions.some((action) => permissions.has(action, ...scope));
  if (subresource === 'test') {
    const own = name !== '-' && permissions.has('alert.notifications.receivers.test:create', `receivers:uid:${name}`) && permissions.has('alert.notifications.receivers:write', `receivers:uid:${name}`);
    const may = own || permissions.has('alert.notifications.receivers:test') || permissions.has(writes)
      || (permissions.has('alert.notifications.receivers:create') && permissions.has('alert.notifications.receivers.test:create'));
    return may ? 'allow' : { deny: 'required permissions: any(alert.notifications.receivers:test alert.notifications:write all of alert.notifications.receivers:create, alert.notifications.receivers.test:create)' };
  }
  switch (verb) {
    // What may not be seen is missing from the list.
    case 'list': case 'get': case 'watch': return 'allow';
    case 'create': return any('alert.notifications.receivers:create') ? 'allow' : { deny: 'required permissions: any(alert.notifications:write alert.notifications.receivers:create)' };
    case 'delete': case 'deletecollection': return any('alert.notifications.receivers:delete') ? 'allow' : { deny: `required permissions: any(alert.notifications:write alert.notifications.receivers:delete)` };
    default: return any('alert.notifications.receivers:write') ? 'allow' : { deny: `required permissions: any(alert.notifications:write alert.notifications.receivers:write)` };
  }
}

/** Contact points, policies, time intervals and templates as resources of one configuration (alerting-notifications §6). */
import { createHash } from 'node:crypto';
import type { Secrets } from '../../../infra/secrets/secrets.ts';
import { ApiError, defineErrors } from '../../../web/errors.ts';
import {
  BadRoute, checkReferences, defaultConfig, intervalsOf, renameInRoute, usesInterval, usesReceiver, type AmConfig, type IntegrationJson, type NamedIntervalJson, type ReceiverJson, type RouteJson,
} from '../alertmanager/am-config.ts';
import type { ConfigStore } from '../alertmanager/config-store.ts';
import { fnv64 } from '../fnv.ts';
import { BadInterval, intervalVersion, normalInterval, type TimeIntervalJson } from '../alertmanager/time-intervals.ts';
import { demandProvenanceChange, type ProvenanceStore } from '../provisioning/provenance.ts';
import { InvalidRule, type Provenance } from '../rules/alert-rule.ts';
import type { RuleService } from '../rules/rule-service.ts';
import { checkUid } from '../rules/rule-validation.ts';
import { templateProblem } from '../templates/notification-templates.ts';
import { BadSettings, type NotifierTools } from './integration.ts';
import { makeNotify } from './notifiers.ts';
import { openSettings, redacted, sealSettings } from './receiver-secrets.ts';
import { normalType } from './settings-reader.ts';
import { nameOfUid } from './receiver-access.ts';

export const notificationErrors = defineErrors('alerting.notifications', {
  conflict: [409, 'Conflict', 'alerting.notifications.conflict'],
  templateNotFound: [404, 'NotFound', 'alerting.notifications.templates.notFound'],
  intervalNotFound: [404, 'NotFound', 'alerting.notifications.time-intervals.notFound'],
  intervalUsed: [409, 'Conflict', 'alerting.notifications.time-intervals.used'],
  contactPointReferenced: [409, 'Contact point is currently referenced by a notification policy.', 'alerting.notifications.contact-points.referenced'],
  contactPointUsedByRule: [409, 'Contact point is currently used in the notification settings of one or many alert rules.', 'alerting.notifications.contact-points.used-by-rule'],
  contactPointNotFound: [404, 'contact point not found'],
});

export interface ContactPoint {
  readonly uid: string;
  readonly name: string;
  readonly type: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly disableResolveMessage: boolean;
}

export interface NotificationDeps {
  readonly configs: ConfigStore;
  readonly provenance: ProvenanceStore;
  readonly secrets: Secrets;
  readonly rules: Pick<RuleService, 'list' | 'renameInSettings'>;
  readonly tools: NotifierTools;
  readonly newUid: () => string;
  readonly receiverPermissions: { granted(orgId: number, name: string, by: string): Promise<void>; forget(orgId: number, name: string): Promise<void>; renamed(orgId: number, from: string, to: string): Promise<void> };
}

/** 64 bits of a content, in hex: versions of resources. */
export const contentVersion = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);

/** Clients keep versions: they are those that the reference gives. */
export const templateVersion = (text: string) => fnv64(Buffer.from(text));

const badSpec = (reason: string) => new ApiError(400, `invalid object specification${reason.startsWith('\n') ? '' : ': '}${reason}`);

export type NotificationService = ReturnType<typeof createNotificationService>;

export function createNotificationService({ configs, provenance, secrets, rules, tools, newUid, receiverPermissions }: NotificationDeps) {
  const load = async (orgId: number) => configs.getOrDefault(orgId);
  const withReceivers = (config: AmConfig, receivers: readonly ReceiverJson[]): AmConfig => ({ ...config, alertmanager_config: { ...config.alertmanager_config, receivers } });
  const withRoute = (config: AmConfig, route: RouteJson): AmConfig => ({ ...config, alertmanager_config: { ...config.alertmanager_config, route } });
  const withIntervals = (config: AmConfig, list: readonly NamedIntervalJson[]): AmConfig => {
    const { mute_time_intervals: _, time_intervals: __, ...rest } = config.alertmanager_config;
    return { ...config, alertmanager_config: { ...rest, ...(list.length > 0 ? { time_intervals: list } : {}) } };
  };
  const integrationsOf = (config: AmConfig) => config.alertmanager_config.receivers.flatMap((r) => (r.grafana_managed_receiver_configs ?? []).map((i) => ({ receiver: r.name, i })));
  const ruleUses = async (orgId: number, name: string) => (await rules.list({ orgId })).some((r) => r.notificationSettings?.receiver === name);

  /** Is the integration one that could be made? */
  const check = (cp: ContactPoint, open: Readonly<Record<string, unknown>>) => {
    try {
      makeNotify(cp.type, open, tools);
    } catch (error) {
      if (!(error instanceof BadSettings)) throw error;
      throw badSpec(`failed to validate integration "${cp.name}" (UID ${cp.uid}) of type "${cp.type}": ${error.message}`);
    }
  };

  const prepared = (given: { uid: string; name: string; type: string; settings: unknown; disableResolveMessage: boolean }): ContactPoint => {
    if (given.name === '') throw badSpec('name is required');
    let type: string;
    try {
      type = normalType(given.type);
    } catch (error) {
      throw badSpec((error as Error).message);
    }
    if (given.settings === undefined || given.settings === null) throw badSpec('settings should not be empty');
    if (typeof given.settings !== 'object' || Array.isArray(given.settings)) {
      throw badSpec(`failed to validate integration "${given.name}" (UID ${given.uid}) of type "${type}": failed to unmarshal settings: json: cannot unmarshal ${typeof given.settings} into Go value`);
    }
    return { ...given, type, settings: given.settings as Record<string, unknown> };
  };

  const checkNewUid = (uid: string) => {
    if (uid === '') return;
    try {
      checkUid(uid);
    } catch (error) {
      if (error instanceof InvalidRule) throw badSpec(`\ncannot create contact point with UID '${uid}': ${error.message}`);
      throw error;
    }
  };

  const seal = async (cp: ContactPoint, stored?: IntegrationJson): Promise<IntegrationJson> => {
    const sealed = await sealSettings(secrets, cp.type, cp.settings, stored);
    return { uid: cp.uid, name: cp.name, type: cp.type, disableResolveMessage: cp.disableResolveMessage, ...sealed };
  };

  /** Puts an integration with its receiver; receivers keep their order, a new one comes last. */
  const placed = (receivers: readonly ReceiverJson[], i: IntegrationJson): ReceiverJson[] => {
    const at = receivers.findIndex((r) => r.name === i.name);
    if (at < 0) return [...receivers, { name: i.name, grafana_managed_receiver_configs: [i] }];
    return receivers.map((r, n) => (n === at ? { ...r, grafana_managed_receiver_configs: [...(r.grafana_managed_receiver_configs ?? []), i] } : r));
  };

  const service = {
    config: load,

    async contactPoints(orgId: number) {
      const { config } = await load(orgId);
      const stamps = await provenance.all(orgId, 'contactPoint');
      return integrationsOf(config).map(({ receiver, i }) => ({ ...i, name: receiver, provenance: stamps.get(i.uid) ?? ('' as Provenance) }))
        .sort((a, b) => (a.name !== b.name ? (a.name < b.name ? -1 : 1) : a.uid < b.uid ? -1 : 1));
    },

    async createContactPoint(orgId: number, given: { uid: string; name: string; type: string; settings: unknown; disableResolveMessage: boolean }, stamp: Provenance, by = ''): Promise<IntegrationJson> {
      const cp = prepared(given);
      checkNewUid(cp.uid);
      check(cp, cp.settings);
      const { config, hash } = await load(orgId);
      const taken = cp.uid === '' ? undefined : integrationsOf(config).find(({ i }) => i.uid === cp.uid);
      if (taken) {
        throw new ApiError(409, `Receiver configuration with UID '${cp.uid}' already exists in contact point '${taken.receiver}'. Please use unique identifiers for receivers across all contact points.`, {
          messageId: 'alerting.notifications.contact-points.uidInUse', extra: { Name: taken.receiver, UID: cp.uid },
        });
      }
      const integration = await seal({ ...cp, uid: cp.uid || newUid() });
      const isNew = !config.alertmanager_config.receivers.some((r) => r.name === cp.name);
      await configs.save(orgId, withReceivers(config, placed(config.alertmanager_config.receivers, integration)), hash);
      await provenance.set(orgId, 'contactPoint', integration.uid, stamp);
      if (isNew) await receiverPermissions.granted(orgId, cp.name, by);
      return integration;
    },

    async updateContactPoint(orgId: number, given: { uid: string; name: string; type: string; settings: unknown; disableResolveMessage: boolean }, stamp: Provenance): Promise<void> {
      const cp = prepared(given);
      const { config, hash } = await load(orgId);
      const found = integrationsOf(config).find(({ i }) => i.uid === cp.uid);
      if (!found) throw notificationErrors.contactPointNotFound({ message: `object not found: contact point with uid '${cp.uid}' not found` });
      const before = await provenance.get(orgId, 'contactPoint', cp.uid);
      // Compat: the reference answers 500 without text.
      if (before !== stamp && before !== '') throw new ApiError(409, `cannot change provenance from '${before}' to '${stamp}'`);
      const sealed = await seal(cp, found.i);
      check(cp, await openSettings(secrets, sealed));
      let { receivers, route } = config.alertmanager_config;
      if (found.receiver === cp.name) {
        receivers = receivers.map((r) => (r.name === cp.name ? { ...r, grafana_managed_receiver_configs: (r.grafana_managed_receiver_configs ?? []).map((i) => (i.uid === cp.uid ? sealed : i)) } : r));
      } else {
        const own = receivers.find((r) => r.name === found.receiver)!;
        const others = (own.grafana_managed_receiver_configs ?? []).filter((i) => i.uid !== cp.uid);
        if (others.length > 0) receivers = receivers.map((r) => (r === own ? { ...r, grafana_managed_receiver_configs: others } : r));
        else {
          // The last one moves: the receiver itself has a new name.
          receivers = receivers.filter((r) => r !== own);
          route = renameInRoute(route, 'receiver', found.receiver, cp.name);
        }
        receivers = placed(receivers, sealed);
        await configs.save(orgId, withRoute(withReceivers(config, receivers), route), hash);
        if (others.length === 0) {
          await rules.renameInSettings(orgId, 'receiver', found.receiver, cp.name);
          await receiverPermissions.renamed(orgId, found.receiver, cp.name);
        }
        await provenance.set(orgId, 'contactPoint', cp.uid, stamp);
        return;
      }
      await configs.save(orgId, withReceivers(config, receivers), hash);
      await provenance.set(orgId, 'contactPoint', cp.uid, stamp);
    },

    /** Nothing happens for a uid that nobody has. */
    async deleteContactPoint(orgId: number, uid: string): Promise<void> {
      const { config, hash } = await load(orgId);
      const found = integrationsOf(config).find(({ i }) => i.uid === uid);
      if (!found) return;
      const { receivers, route } = config.alertmanager_config;
      const own = receivers.find((r) => r.name === found.receiver)!;
      const others = (own.grafana_managed_receiver_configs ?? []).filter((i) => i.uid !== uid);
      if (others.length === 0) {
        if (usesReceiver(route, own.name)) throw notificationErrors.contactPointReferenced();
        if (await ruleUses(orgId, own.name)) throw notificationErrors.contactPointUsedByRule();
      }
      const left = others.length > 0 ? receivers.map((r) => (r === own ? { ...r, grafana_managed_receiver_configs: others } : r)) : receivers.filter((r) => r !== own);
      await configs.save(orgId, withReceivers(config, left), hash);
      await provenance.delete(orgId, 'contactPoint', uid);
      if (others.length === 0) await receiverPermissions.forget(orgId, own.name);
    },

    // Policies.

    async policies(orgId: number) {
      const { config } = await load(orgId);
      return { route: config.alertmanager_config.route, provenance: await provenance.get(orgId, 'notificationPolicy', '') };
    },

    /** `version`: what the route has to be still, where the writer says so. */
    async setPolicies(orgId: number, route: RouteJson, stamp: Provenance, expect?: (current: RouteJson) => void): Promise<void> {
      const { config, hash } = await load(orgId);
      expect?.(config.alertmanager_config.route);
      demandProvenanceChange(await provenance.get(orgId, 'notificationPolicy', ''), stamp);
      try {
        checkReferences(route, new Set(config.alertmanager_config.receivers.map((r) => r.name)), new Set(intervalsOf(config).map((i) => i.name)));
      } catch (error) {
        if (!(error instanceof BadRoute)) throw error;
        throw new ApiError(400, `Invalid format of the submitted route: ${error.message}. Correct the payload and try again.`, {
          messageId: 'alerting.notifications.routes.invalidFormat', extra: { Error: error.message },
        });
      }
      await configs.save(orgId, withRoute(config, route), hash);
      await provenance.set(orgId, 'notificationPolicy', '', stamp);
    },

    async resetPolicies(orgId: number, stamp: Provenance): Promise<RouteJson> {
      const { config, hash } = await load(orgId);
      demandProvenanceChange(await provenance.get(orgId, 'notificationPolicy', ''), stamp);
      const { route } = defaultConfig.alertmanager_config;
      const { receivers } = config.alertmanager_config;
      const complete = receivers.some((r) => r.name === route.receiver) ? receivers : [...receivers, { name: route.receiver! }];
      await configs.save(orgId, withRoute(withReceivers(config, complete), route), hash);
      await provenance.delete(orgId, 'notificationPolicy', '');
      return route;
    },

    // Time intervals.

    async intervals(orgId: number) {
      const { config } = await load(orgId);
      const stamps = await provenance.all(orgId, 'muteTimeInterval');
      return intervalsOf(config).map((i) => ({ ...i, version: intervalVersion(i), provenance: stamps.get(i.name) ?? ('' as Provenance) })).sort((a, b) => (a.name < b.name ? -1 : 1));
    },

    async createInterval(orgId: number, given: NamedIntervalJson, stamp: Provenance) {
      const interval = normalNamed(given);
      const { config, hash } = await load(orgId);
      const all = intervalsOf(config);
      if (all.some((i) => i.name === interval.name)) {
        throw new ApiError(400, 'Time interval with this name already exists. Use a different name or update existing one.', { messageId: 'alerting.notifications.time-intervals.nameExists' });
      }
      await configs.save(orgId, withIntervals(config, [...all, interval]), hash);
      await provenance.set(orgId, 'muteTimeInterval', interval.name, stamp);
      return { ...interval, version: intervalVersion(interval), provenance: stamp };
    },

    /** `key` is a name, or a uid when the body has another name. */
    async updateInterval(orgId: number, key: string, given: NamedIntervalJson, version: string, stamp: Provenance) {
      const { config, hash } = await load(orgId);
      const all = intervalsOf(config);
      const found = all.find((i) => i.name === key) ?? all.find((i) => i.name === nameOfUid(key));
      if (!found) throw notificationErrors.intervalNotFound();
      const interval = normalNamed({ ...given, name: given.name === '' || found.name === key ? found.name : given.name });
      demandProvenanceChange(await provenance.get(orgId, 'muteTimeInterval', found.name), stamp);
      if (version !== '' && version !== intervalVersion(found)) throw notificationErrors.conflict();
      const renamed = interval.name !== found.name;
      if (renamed && all.some((i) => i.name === interval.name)) {
        throw new ApiError(400, 'Time interval with this name already exists. Use a different name or update existing one.', { messageId: 'alerting.notifications.time-intervals.nameExists' });
      }
      const route = renamed ? renameInRoute(config.alertmanager_config.route, 'interval', found.name, interval.name) : config.alertmanager_config.route;
      await configs.save(orgId, withRoute(withIntervals(config, renamed ? [...all.filter((i) => i !== found), interval] : all.map((i) => (i === found ? interval : i))), route), hash);
      if (renamed) {
        await rules.renameInSettings(orgId, 'interval', found.name, interval.name);
        await provenance.delete(orgId, 'muteTimeInterval', found.name);
      }
      await provenance.set(orgId, 'muteTimeInterval', interval.name, stamp);
      return { ...interval, version: intervalVersion(interval), provenance: stamp };
    },

    async deleteInterval(orgId: number, key: string, version: string, stamp: Provenance): Promise<void> {
      const { config, hash } = await load(orgId);
      const all = intervalsOf(config);
      const found = all.find((i) => i.name === key) ?? all.find((i) => i.name === nameOfUid(key));
      if (!found) return;
      demandProvenanceChange(await provenance.get(orgId, 'muteTimeInterval', found.name), stamp);
      if (version !== '' && version !== intervalVersion(found)) throw notificationErrors.conflict();
      const inRoutes = usesInterval(config.alertmanager_config.route, found.name);
      const inRules = (await rules.list({ orgId })).filter((r) => r.notificationSettings?.muteTimeIntervals.includes(found.name) || r.notificationSettings?.activeTimeIntervals.includes(found.name));
      if (inRoutes || inRules.length > 0) {
        throw notificationErrors.intervalUsed({ extra: { ...(inRoutes ? { UsedByRoutes: true } : {}), ...(inRules.length > 0 ? { UsedByRules: inRules.map((r) => ({ orgID: r.orgId, uid: r.uid })) } : {}) } });
      }
      await configs.save(orgId, withIntervals(config, all.filter((i) => i !== found)), hash);
      await provenance.delete(orgId, 'muteTimeInterval', found.name);
    },

    // Templates.

    async templates(orgId: number) {
      const { config } = await load(orgId);
      const stamps = await provenance.all(orgId, 'template');
      return Object.entries(config.template_files ?? {}).map(([name, template]) => ({ name, template, version: templateVersion(template), provenance: stamps.get(name) ?? ('' as Provenance) }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },

    async setTemplate(orgId: number, name: string, given: string, version: string, stamp: Provenance, create: 'allowed' | 'only' | 'never' = 'allowed') {
      const { config, hash } = await load(orgId);
      const files = config.template_files ?? {};
      const stored = Object.hasOwn(files, name) ? files[name] : undefined;
      const template = normalTemplate(name, given);
      if (stored === undefined && (version !== '' || create === 'never')) throw notificationErrors.templateNotFound();
      if (stored !== undefined) {
        demandProvenanceChange(await provenance.get(orgId, 'template', name), stamp);
        if (version !== '' && version !== templateVersion(stored)) throw notificationErrors.conflict();
      }
      await configs.save(orgId, { ...config, template_files: { ...files, [name]: template } }, hash);
      await provenance.set(orgId, 'template', name, stamp);
      return { name, template, version: templateVersion(template), provenance: stamp };
    },

    async deleteTemplate(orgId: number, name: string, version: string, stamp: Provenance): Promise<void> {
      const { config, hash } = await load(orgId);
      const { [name]: stored, ...rest } = config.template_files ?? {};
      if (stored === undefined) return;
      demandProvenanceChange(await provenance.get(orgId, 'template', name), stamp);
      if (version !== '' && version !== templateVersion(stored)) throw notificationErrors.conflict();
      await configs.save(orgId, { ...config, template_files: rest }, hash);
      await provenance.delete(orgId, 'template', name);
    },

    /** Replaces a whole receiver, for the Kubernetes-style API. */
    async saveReceivers(orgId: number, change: (receivers: readonly ReceiverJson[], route: RouteJson) => { receivers: readonly ReceiverJson[]; route: RouteJson }): Promise<void> {
      const { config, hash } = await load(orgId);
      const { receivers, route } = change(config.alertmanager_config.receivers, config.alertmanager_config.route);
      await configs.save(orgId, withRoute(withReceivers(config, receivers), route), hash);
    },
    check, seal, prepared,
    openSettings: (i: Pick<IntegrationJson, 'settings' | 'secureSettings'>) => openSettings(secrets, i),
    sealed: (type: string, settings: Record<string, unknown>, stored?: IntegrationJson) => sealSettings(secrets, type, settings, stored),
    redacted,
    receiverPermissions,
    ruleUses,
  };
  return service;
}

function normalNamed(given: NamedIntervalJson): NamedIntervalJson {
  try {
    return { name: given.name, time_intervals: given.time_intervals.map((i: TimeIntervalJson) => normalInterval(i)) };
  } catch (error) {
    if (!(error instanceof BadInterval)) throw error;
    throw new ApiError(400, `Invalid format of the submitted time interval: ${error.message}. Correct the payload and try again.`, { messageId: 'alerting.notifications.time-intervals.invalidFormat', extra: { Error: error.message } });
  }
}

/** A text that defines nothing becomes the definition of its own name. */
function normalTemplate(name: string, given: string): string {
  const invalid = (reason: string) => new ApiError(400, 'Template is in invalid format. Correct the payload and try again.', { messageId: 'alerting.notifications.templates.invalidFormat', extra: { Error: reason } });
  if (name === '') throw invalid('template must have a name');
  if (given === '') throw invalid('template must have content');
  const template = /\{\{-?\s*define/.test(given) ? given : `{{ define "${name}" }}\n${given.trim().split('\n').map((line) => `  ${line}`).join('\n')}\n{{ end }}`;
  const problem = templateProblem(name, template, () => 0);
  if (problem) throw invalid(`invalid template: ${problem}`);
  return template;
}

/** The Alertmanagers of all organizations (alerting-notifications §1): made, kept in step with the database, stopped. */
import type { Clock } from '../../../infra/clock.ts';
import type { KeyValueStore } from '../../../infra/kvstore/kvstore.ts';
import type { Logger } from '../../../infra/log/log.ts';
import type { Secrets } from '../../../infra/secrets/secrets.ts';
import type { BackgroundService } from '../../../registry/background-service.ts';
import { ApiError } from '../../../web/errors.ts';
import type { NotificationSettings } from '../rules/alert-rule.ts';
import type { RuleService } from '../rules/rule-service.ts';
import type { Integration, NotifierTools, Receiver } from '../receivers/integration.ts';
import type { Delivery } from '../history/notification-history.ts';
import { makeNotify } from '../receivers/notifiers.ts';
import { openSettings } from '../receivers/receiver-secrets.ts';
import type { PostableAlert } from '../state/alert-message.ts';
import { createNotificationTemplates } from '../templates/notification-templates.ts';
import { configHash, type AmConfig, type ReceiverJson } from './am-config.ts';
import type { AlertmanagerCounts, AlertmanagerMetrics } from './alertmanager-metrics.ts';
import type { ConfigStore } from './config-store.ts';
import { createNotificationLog, type NotificationLog } from './notification-log.ts';
import { OrgAlertmanager } from './org-alertmanager.ts';
import { Silences, type SilenceLimits } from './silences.ts';

export interface AlertmanagerSettings {
  readonly pollIntervalMs: number;
  readonly disabledOrgs: ReadonlySet<number>;
  readonly notificationLogRetentionMs: number;
  readonly silenceLimits: SilenceLimits;
  readonly templateOutputBytesMax: number;
}

export interface AlertmanagersDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: AlertmanagerMetrics;
  readonly settings: AlertmanagerSettings;
  readonly configs: ConfigStore;
  readonly kv: KeyValueStore;
  readonly secrets: Secrets;
  readonly rules: Pick<RuleService, 'notificationSettings' | 'onChange'>;
  readonly orgIds: () => Promise<readonly number[]>;
  readonly tools: NotifierTools;
  readonly delivered?: ((delivery: Delivery) => void) | undefined;
}

const kvNamespace = 'alertmanager';
const appliedTogetherMs = 100;
const snapshotEveryMs = 60_000;
const silenceRetentionMs = 5 * 86_400_000;

export class Alertmanagers implements BackgroundService {
  readonly name = 'alerting.alertmanager';
  readonly #deps: AlertmanagersDeps;
  readonly #orgs = new Map<number, { am: OrgAlertmanager; log: NotificationLog }>();
  #first: Promise<void> | undefined;
  #syncing: Promise<void> = Promise.resolve();
  #running = false;
  readonly #savedLately = new Set<number>();
  readonly #asked = new Map<number, Promise<void>>();
  #looking: Promise<void> = Promise.resolve();

  constructor(deps: AlertmanagersDeps) {
    this.#deps = deps;
    // The poll is for what other instances save; one's own holds at once.
    deps.configs.onSave((orgId) => {
      if (this.#running && this.#orgs.get(orgId)?.am.applied) void this.#saved(orgId);
    });
    // Settings of rules make routes: they hold at once.
    deps.rules.onChange((orgId) => {
      if (this.#running) void this.#settingsChanged(orgId);
    });
  }

  /** Saves that follow each other closely are applied together. */
  async #saved(orgId: number): Promise<void> {
    if (this.#savedLately.has(orgId)) return;
    this.#savedLately.add(orgId);
    await this.#deps.clock.sleep(appliedTogetherMs);
    this.#savedLately.delete(orgId);
    if (this.#running) await this.sync(orgId);
  }

  /** Rules that change one after the other are looked at together. */
  #settingsChanged(orgId: number): Promise<void> {
    const asked = this.#asked.get(orgId) ?? this.#looking.then(() => {
      this.#asked.delete(orgId);
      return this.#lookAtSettings(orgId);
    });
    this.#asked.set(orgId, asked);
    this.#looking = asked.catch((error: unknown) => this.#deps.log.error('Notification settings of rules were not applied', { orgId, error }));
    return this.#looking;
  }

  async #lookAtSettings(orgId: number): Promise<void> {
    const applied = this.#orgs.get(orgId)?.am.applied;
    const set = (list: readonly NotificationSettings[]) => [...new Set(list.map((s) => JSON.stringify(s)))].sort().join();
    if (applied && set(applied.settings) === set(await this.#settingsOf(orgId))) return;
    await this.sync(orgId);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, settings } = this.#deps;
    this.#running = true;
    let snapshotAt = clock.now() + snapshotEveryMs;
    try {
      for (;;) {
        await this.sync();
        if (clock.now() >= snapshotAt) {
          await this.#snapshot();
          snapshotAt = clock.now() + snapshotEveryMs;
        }
        await clock.sleep(settings.pollIntervalMs, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#running = false;
      await this.#syncing;
      for (const { am } of this.#orgs.values()) await am.stop();
      await this.#snapshot();
    }
  }

  *counts(): Iterable<readonly [orgId: number, counts: AlertmanagerCounts]> {
    for (const [orgId, { am }] of this.#orgs) yield [orgId, am.counts()];
  }

  /** Of an organization that has one. Rejects with 404, or 409 while it is not ready. */
  async get(orgId: number): Promise<OrgAlertmanager> {
    if (!this.#orgs.has(orgId)) await (this.#first ??= this.sync());
    if (!this.#orgs.has(orgId)) await this.sync(orgId);
    const found = this.#orgs.get(orgId);
    if (!found) throw new ApiError(404, 'Alertmanager does not exist for this organization');
    if (!found.am.applied) throw new ApiError(409, 'Alertmanager is not ready yet');
    return found.am;
  }

  async send(orgId: number, alerts: readonly PostableAlert[]): Promise<void> {
    (await this.get(orgId)).put(alerts);
  }

  /** Brings one organization, or all, in step with the database. Runs one after the other. */
  sync(orgId?: number): Promise<void> {
    const run = this.#syncing.then(() => this.#sync(orgId));
    this.#syncing = run.catch((error: unknown) => this.#deps.log.error('Alertmanagers were not synchronized', { error }));
    return this.#syncing;
  }

  async #sync(only?: number): Promise<void> {
    const { settings, configs, orgIds, log, metrics } = this.#deps;
    const all = (await orgIds()).filter((id) => !settings.disabledOrgs.has(id));
    const hashes = await configs.hashes();
    for (const orgId of only === undefined ? all : all.filter((id) => id === only)) {
      try {
        await this.#syncOrg(orgId, hashes.get(orgId));
      } catch (error) {
        log.error('The configuration of an Alertmanager was not applied', { orgId, error });
      }
    }
    if (only !== undefined) return;
    for (const [orgId, { am }] of this.#orgs) {
      if (all.includes(orgId)) continue;
      this.#orgs.delete(orgId);
      await am.stop();
      for (const key of ['silences', 'notifications']) await this.#deps.kv.delete(orgId, kvNamespace, key);
    }
    metrics.configurations(all.length, this.#orgs.size);
  }

  async #settingsOf(orgId: number): Promise<NotificationSettings[]> {
    return [...(await this.#deps.rules.notificationSettings(orgId))];
  }

  async #syncOrg(orgId: number, storedHash: string | undefined): Promise<void> {
    const { configs } = this.#deps;
    const settings = await this.#settingsOf(orgId);
    const known = this.#orgs.get(orgId)?.am.applied;
    const hashWith = (hash: string) => configHash(`${hash}${[...new Set(settings.map((s) => JSON.stringify(s)))].sort().join()}`);
    if (known && storedHash !== undefined && known.hash === hashWith(storedHash)) return;
    const { config, hash } = await configs.getOrDefault(orgId);
    const am = await this.#made(orgId);
    await am.apply({
      config, hash: hashWith(hash), settings, receivers: await this.buildReceivers(orgId, config.alertmanager_config.receivers), templates: this.templatesOf(config),
    });
    await configs.markApplied(orgId, hash);
  }

  templatesOf(config: AmConfig) {
    return createNotificationTemplates(config.template_files ?? {}, { now: () => this.#deps.clock.now(), outputBytesMax: this.#deps.settings.templateOutputBytesMax });
  }

  async #made(orgId: number): Promise<OrgAlertmanager> {
    const found = this.#orgs.get(orgId);
    if (found) return found.am;
    const { clock, log, kv, settings, tools, metrics, delivered } = this.#deps;
    const [silences, notifications] = await Promise.all([kv.get(orgId, kvNamespace, 'silences'), kv.get(orgId, kvNamespace, 'notifications')]);
    const notificationLog = createNotificationLog(notifications);
    const am = new OrgAlertmanager({
      orgId, clock, log, notificationLog, externalUrl: tools.externalUrl, appVersion: tools.appVersion, logRetentionMs: settings.notificationLogRetentionMs, metrics, delivered,
      silences: new Silences({ now: () => clock.now(), limits: settings.silenceLimits, save: (text) => kv.set(orgId, kvNamespace, 'silences', text) }, silences),
    });
    this.#orgs.set(orgId, { am, log: notificationLog });
    return am;
  }

  /** An integration that cannot be made is left out and logged; the others notify. */
  async buildReceivers(orgId: number, list: readonly ReceiverJson[]): Promise<readonly Receiver[]> {
    const { secrets, tools, log } = this.#deps;
    const out: Receiver[] = [];
    for (const receiver of list) {
      const counts = new Map<string, number>();
      const integrations: Integration[] = [];
      for (const json of receiver.grafana_managed_receiver_configs ?? []) {
        const index = counts.get(json.type) ?? 0;
        counts.set(json.type, index + 1);
        try {
          const notify = makeNotify(json.type, await openSettings(secrets, json), tools);
          integrations.push({ uid: json.uid, type: json.type, index, sendResolved: !json.disableResolveMessage, notify });
        } catch (error) {
          log.warn('An integration cannot be used', { orgId, receiver: receiver.name, uid: json.uid, type: json.type, error: error instanceof Error ? error.message : String(error) });
        }
      }
      out.push({ name: receiver.name, integrations });
    }
    return out;
  }

  async #snapshot(): Promise<void> {
    const { clock, kv } = this.#deps;
    const now = clock.now();
    for (const [orgId, { am, log }] of this.#orgs) {
      am.collect();
      await am.silences.collect(silenceRetentionMs);
      log.collect(now);
      if (log.changed) await kv.set(orgId, kvNamespace, 'notifications', log.snapshot());
    }
  }
}

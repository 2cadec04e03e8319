/** Sends alerts to Alertmanagers outside (alerting-rules §15): each has its own queue, none waits for another. */
import { createHash } from 'node:crypto';
import type { Clock } from '../../../infra/clock.ts';
import type { Logger } from '../../../infra/log/log.ts';
import type { BackgroundService } from '../../../registry/background-service.ts';
import type { HttpClient } from '../../../tsdb/http-client/http-client.ts';
import type { DataSourceService, ResolvedDataSource } from '../../datasources/records/data-source.ts';
import type { Labels } from '../rules/alert-rule.ts';
import type { PostableAlert } from '../state/alert-message.ts';

export interface ExternalAlertmanager {
  readonly uid: string;
  /** Where alerts are posted to, without credentials. */
  readonly url: string;
  readonly source: ResolvedDataSource;
}

export interface ExternalSenderDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly dataSources: Pick<DataSourceService, 'list' | 'resolve'>;
  readonly clientFor: (source: ResolvedDataSource) => HttpClient;
  /** How long a list of data sources is good for. */
  readonly pollIntervalMs: number;
}

const queueMax = 10_000;
const batchMax = 64;
const timeoutMs = 10_000;

export class ExternalSender implements BackgroundService {
  readonly name = 'external Alertmanagers';
  readonly #deps: ExternalSenderDeps;
  readonly #known = new Map<number, { readonly until: number; readonly list: Promise<readonly ExternalAlertmanager[]> }>();
  readonly #outboxes = new Map<string, Outbox>();

  constructor(deps: ExternalSenderDeps) {
    this.#deps = deps;
  }

  /** What is under way is sent before the end, within the time limit of one call. */
  async run(signal: AbortSignal): Promise<void> {
    if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.all([...this.#outboxes.values()].map((outbox) => outbox.settled));
  }

  /** Data sources that take alerts, as they are now. */
  async list(orgId: number): Promise<readonly ExternalAlertmanager[]> {
    const { dataSources, log } = this.#deps;
    const found: ExternalAlertmanager[] = [];
    for (const { uid, type, jsonData } of await dataSources.list(orgId)) {
      if (type !== 'alertmanager' || !jsonData.includes('handleGrafanaManagedAlerts')) continue;
      const source = await dataSources.resolve(orgId, { uid });
      if (source?.settings.jsonData['handleGrafanaManagedAlerts'] !== true) continue;
      const url = alertsUrl(source);
      if (url) found.push({ uid, url, source });
      else log.warn('An Alertmanager has no usable address', { orgId, uid });
    }
    return found;
  }

  async send(orgId: number, alerts: readonly PostableAlert[]): Promise<void> {
    if (alerts.length === 0) return;
    for (const target of await this.#recent(orgId)) this.#outboxOf(orgId, target).put(alerts);
  }

  /** As `list`, up to one poll interval old. */
  #recent(orgId: number): Promise<readonly ExternalAlertmanager[]> {
    const now = this.#deps.clock.now();
    const known = this.#known.get(orgId);
    if (known && now < known.until) return known.list;
    const list = this.list(orgId);
    this.#known.set(orgId, { until: now + this.#deps.pollIntervalMs, list });
    list.catch(() => this.#known.delete(orgId));
    return list;
  }

  forget(orgId: number): void {
    this.#known.delete(orgId);
  }

  #outboxOf(orgId: number, target: ExternalAlertmanager): Outbox {
    const key = `${orgId}/${target.uid}`;
    let outbox = this.#outboxes.get(key);
    if (!outbox) {
      outbox = new Outbox(this.#deps.log);
      this.#outboxes.set(key, outbox);
    }
    outbox.to = { url: target.url, client: this.#deps.clientFor(target.source) };
    return outbox;
  }
}

class Outbox {
  to: { readonly url: string; readonly client: HttpClient } | undefined;
  settled: Promise<void> = Promise.resolve();
  readonly #log: Logger;
  #waiting: PostableAlert[] = [];
  #busy = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** The oldest give way to the newest. */
  put(alerts: readonly PostableAlert[]): void {
    this.#waiting.push(...alerts);
    const over = this.#waiting.length - queueMax;
    if (over > 0) {
      this.#waiting.splice(0, over);
      this.#log.warn('Alerts were dropped: the queue of an Alertmanager is full', { dropped: over });
    }
    if (this.#busy) return;
    this.#busy = true;
    this.settled = this.#run().finally(() => {
      this.#busy = false;
    });
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, batchMax);
      const { url, client } = this.to!;
      try {
        const answer = await client.fetch({
          method: 'POST', url, headers: { 'content-type': 'application/json' }, body: JSON.stringify(batch.map(wireAlert)), signal: AbortSignal.timeout(timeoutMs),
        });
        await answer.bytes();
        if (answer.status < 200 || answer.status > 299) throw new Error(`bad response status ${answer.status}`);
      } catch (error) {
        this.#log.error('Alerts were not taken by an Alertmanager', { count: batch.length, error });
      }
    }
  }
}

function alertsUrl({ settings }: ResolvedDataSource): string | undefined {
  if (!URL.canParse(settings.url)) return undefined;
  const url = new URL(settings.url);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  url.username = '';
  url.password = '';
  let path = url.pathname.replace(/\/+$/, '');
  const implementation = settings.jsonData['implementation'];
  if ((implementation === 'mimir' || implementation === 'cortex') && !path.endsWith('/alertmanager')) path += '/alertmanager';
  url.pathname = `${path}/api/v2/alerts`;
  return url.toString();
}

const wireAlert = (alert: PostableAlert) => ({
  labels: sanitized(alert.labels), annotations: sanitized(alert.annotations), startsAt: new Date(alert.startsAt).toISOString(), endsAt: new Date(alert.endsAt).toISOString(), generatorURL: alert.generatorURL,
});

/** Names as Prometheus allows them. Two that become the same are kept apart by a piece of a hash. */
export function sanitized(labels: Labels): Labels {
  const out: Record<string, string> = {};
  for (const name of Object.keys(labels).sort()) {
    const clean = sanitizedName(name);
    if (clean === '') continue;
    out[Object.hasOwn(out, clean) ? `${clean}_${createHash('md5').update(name).digest('hex').slice(0, 6)}` : clean] = labels[name]!;
  }
  return out;
}

/** Blanks go, other ASCII becomes `_`, everything else its code point. */
function sanitizedName(name: string): string {
  let clean = '';
  for (const letter of name) {
    if (/\s/u.test(letter)) continue;
    if (/[A-Za-z_]/.test(letter) || (clean !== '' && /[0-9]/.test(letter))) clean += letter;
    else if (letter.codePointAt(0)! < 128) clean += '_';
    else clean += `${clean === '' ? '_' : ''}0x${letter.codePointAt(0)!.toString(16)}`;
  }
  return clean;
}

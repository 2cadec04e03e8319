/** What was sent to whom, as lines in Loki (alerting-notifications §11): written after every delivery, asked for under `/apis`. */
import type { Logger } from '../../../infra/log/log.ts';
import type { HttpClient } from '../../../tsdb/http-client/http-client.ts';
import { isObject, numberOf, objectOf, objectsOf, textOf } from '../../../util/json-value.ts';
import { ApiError } from '../../../web/errors.ts';
import { ruleUidLabel, type Labels } from '../rules/alert-rule.ts';
import type { HeldAlert } from '../templates/notification-data.ts';
import { historyErrors } from './history.ts';
import { createLokiClient, type LokiSettings } from './loki-client.ts';

/** One delivery to one integration. */
export interface Delivery {
  readonly orgId: number;
  readonly receiver: string;
  readonly integration: string;
  readonly integrationIndex: number;
  readonly groupKey: string;
  readonly groupLabels: Labels;
  readonly alerts: readonly HeldAlert[];
  /** When the group was flushed, and when the delivery ended; milliseconds since the epoch. */
  readonly flushedAt: number;
  readonly endedAt: number;
  readonly durationMs: number;
  /** It took more than one attempt. */
  readonly retried: boolean;
  /** '' for success. */
  readonly error: string;
}

export interface NotificationHistory {
  /** Never rejects: what cannot be written is logged. */
  record(delivery: Delivery): void;
  /** What a body asks for, newest first. Throws a 400 for what is no question, a 502 where Loki does not answer. */
  query(orgId: number, body: unknown): Promise<{ readonly entries: readonly object[] }>;
}

const from = 'notify-history';
const windowMs = 6 * 3_600_000;
const limitDefault = 100;
const limitMax = 1_000;
/** Lines that are looked through for the filters that Loki is not asked about. */
const linesMax = 5_000;
const nanosecondsPerMs = 1e6;

export interface NotificationHistoryDeps {
  readonly settings: LokiSettings;
  readonly client: HttpClient;
  readonly log: Logger;
  readonly now: () => number;
}

export function createNotificationHistory({ settings, client, log, now }: NotificationHistoryDeps): NotificationHistory {
  const loki = createLokiClient({ settings, client });
  return {
    record(delivery) {
      loki.push({ ...settings.externalLabels, from, orgID: String(delivery.orgId) }, [deliveryLine(delivery)], delivery.endedAt)
        .catch((error: unknown) => log.error('Notification history was not written', { orgId: delivery.orgId, receiver: delivery.receiver, error }));
    },
    async query(orgId, body) {
      const { from: since, to, limit, wanted, filters } = questionOf(body);
      const end = to ?? now();
      const start = Math.max(since ?? end - windowMs, end - settings.queryLengthMaxMs);
      const query = `{orgID=${JSON.stringify(String(orgId))},from=${JSON.stringify(from)}} | json${filters.map((filter) => ` | ${filter}`).join('')}`;
      if (Buffer.byteLength(query) > settings.queryBytesMax) throw historyErrors.tooLong({ message: `Request to Loki exceeded (${Buffer.byteLength(query)} bytes) configured maximum size of ${settings.queryBytesMax} bytes` });
      try {
        const lines = [...(await loki.lines(query, start, end, linesMax))].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
        return { entries: lines.map(({ at, line }) => entryOf(at, line)).filter((entry) => entry !== undefined).filter(wanted).slice(0, limit).map(({ ruleUids: _, ...shown }) => shown) };
      } catch (error) {
        log.error('The notification history could not be read', { error });
        throw historyErrors.unreachable({ message: 'the notification history in Loki did not answer' });
      }
    },
  };
}

export function deliveryLine(delivery: Delivery): string {
  const { receiver, integration, integrationIndex, groupKey, groupLabels, alerts, flushedAt, endedAt, durationMs, retried, error } = delivery;
  const isFiring = ({ endsAt }: HeldAlert) => endsAt > flushedAt;
  return JSON.stringify({
    schemaVersion: 1, receiver, integration, integrationIdx: integrationIndex, status: alerts.some(isFiring) ? 'firing' : 'resolved', outcome: error === '' ? 'success' : 'error', groupKey, groupLabels,
    ruleUIDs: [...new Set(alerts.map(({ labels }) => labels[ruleUidLabel] ?? '').filter((uid) => uid !== ''))].sort(),
    alerts: alerts.map((alert) => ({
      status: isFiring(alert) ? 'firing' : 'resolved', labels: alert.labels, annotations: alert.annotations, startsAt: new Date(alert.startsAt).toISOString(), endsAt: new Date(alert.endsAt).toISOString(),
    })),
    retry: retried, ...(error === '' ? {} : { error }), duration: Math.round(durationMs * nanosecondsPerMs), pipelineTime: new Date(flushedAt).toISOString(), timestamp: new Date(endedAt).toISOString(),
  });
}

interface Entry {
  readonly timestamp: string;
  readonly receiver: string;
  readonly status: string;
  readonly outcome: string;
  readonly groupLabels: Readonly<Record<string, unknown>>;
  readonly alerts: readonly object[];
  readonly retry: boolean;
  readonly error?: string;
  /** Nanoseconds. */
  readonly duration: number;
  readonly pipelineTime: string;
  readonly groupKey: string;
  readonly ruleUids: readonly unknown[];
}

function entryOf(at: bigint, line: string): Entry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const text = (name: string) => textOf(value[name]);
  return {
    timestamp: text('timestamp') || new Date(Number(at / 1_000_000n)).toISOString(), receiver: text('receiver'), status: text('status'), outcome: text('outcome'), groupLabels: objectOf(value['groupLabels']),
    alerts: objectsOf(value['alerts']), retry: value['retry'] === true, ...(text('error') === '' ? {} : { error: text('error') }), duration: numberOf(value['duration'], 0), pipelineTime: text('pipelineTime'),
    groupKey: text('groupKey'), ruleUids: Array.isArray(value['ruleUIDs']) ? value['ruleUIDs'] : [],
  };
}

interface Question {
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly limit: number;
  /** For Loki. */
  readonly filters: readonly string[];
  readonly wanted: (entry: Entry) => boolean;
}

const bad = (message: string) => new ApiError(400, message);
const oneOf = { status: ['firing', 'resolved'], outcome: ['success', 'error'] };

function questionOf(body: unknown): Question {
  if (body !== undefined && !isObject(body)) throw bad('a query is expected');
  const asked = objectOf(body);
  const time = (name: 'from' | 'to') => {
    const value = asked[name];
    if (value === undefined || value === null) return undefined;
    const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
    if (!Number.isFinite(at)) throw bad(`${name} is no time`);
    return at;
  };
  const text = (name: string) => {
    const value = asked[name];
    if (value === undefined || value === null) return '';
    if (typeof value !== 'string') throw bad(`${name} is no text`);
    const words = oneOf[name as keyof typeof oneOf];
    if (value !== '' && words && !words.includes(value)) throw bad(`${name} is one of ${words.join(', ')}`);
    return value;
  };
  const limit = asked['limit'] ?? limitDefault;
  if (!Number.isSafeInteger(limit) || (limit as number) < 0) throw bad('limit is no number of entries');
  const filters = (['receiver', 'status', 'outcome'] as const).flatMap((name) => (text(name) === '' ? [] : [`${name}=${JSON.stringify(text(name))}`]));
  const rule = text('ruleUID');
  const matchers = matchersOf(asked['groupLabels']);
  return {
    from: time('from'), to: time('to'), limit: Math.min((limit as number) || limitDefault, limitMax), filters,
    wanted: (entry) => (rule === '' || entry.ruleUids.includes(rule)) && matchers.every((matches) => matches(entry.groupLabels)),
  };
}

/** Labels with their values, or matchers of type `=` and `!=`. */
function matchersOf(asked: unknown): readonly ((labels: Readonly<Record<string, unknown>>) => boolean)[] {
  if (asked === undefined || asked === null) return [];
  if (isObject(asked)) return Object.entries(asked).map(([name, value]) => (labels) => labels[name] === value);
  if (!Array.isArray(asked)) throw bad('groupLabels are matchers');
  return asked.map((matcher) => {
    const { type, label, value } = objectOf(matcher);
    if (typeof label !== 'string' || typeof value !== 'string') throw bad('a matcher of groupLabels has a label and a value');
    const of = (labels: Readonly<Record<string, unknown>>) => textOf(labels[label]);
    switch (type) {
      case '=': return (labels) => of(labels) === value;
      case '!=': return (labels) => of(labels) !== value;
      default: throw bad('a matcher of groupLabels is of type = or !=');
    }
  });
}

/** State history as lines in Loki, a stream for each group of rules (alerting-rules §14). */
import { fingerprintText, labelsFingerprint } from '@belvedere/dataframe';
import type { Logger } from '../../../infra/log/log.ts';
import type { HttpClient } from '../../../tsdb/http-client/http-client.ts';
import { objectOf, objectsOf } from '../../../util/json-value.ts';
import type { AlertRule } from '../rules/alert-rule.ts';
import { stateText, type Transition } from '../state/state-machine.ts';
import { historyErrors, isMemorable, publicLabels, type HistoryFrame, type HistoryQuery, type StateHistory } from './history.ts';

export interface LokiHistorySettings {
  /** Without a slash at the end. */
  readonly readUrl: string;
  readonly writeUrl: string;
  readonly tenantId: string;
  readonly queryLengthMaxMs: number;
  readonly queryBytesMax: number;
  readonly externalLabels: Readonly<Record<string, string>>;
}

export interface LokiHistoryDeps {
  readonly settings: LokiHistorySettings;
  /** Brings the credentials along. */
  readonly client: HttpClient;
  readonly log: Logger;
  readonly now: () => number;
}

const from = 'state-history';
const windowMs = 6 * 3_600_000;
const writeTimeoutMs = 60_000;
const readTimeoutMs = 30_000;
const linesMax = 5000;

/** One entry of the history, as JSON. */
export function lineOf(rule: AlertRule, { instance, previousState, previousReason }: Transition): string {
  const labels = publicLabels(instance.labels);
  const values = Object.fromEntries(Object.entries(instance.values).map(([name, value]) => [name, Number.isFinite(value) ? value : String(value)]));
  return JSON.stringify({
    schemaVersion: 1, previous: stateText(previousState, previousReason), current: stateText(instance.state, instance.reason), ...(instance.error ? { error: instance.error.message } : {}), values,
    condition: rule.condition, dashboardUID: rule.dashboardUid, panelID: rule.panelId ?? 0, fingerprint: fingerprintText(labelsFingerprint(labels)), ruleTitle: rule.title, ruleID: rule.id, ruleUID: rule.uid, labels,
  });
}

/** A text in a query. */
const quoted = (text: string) => JSON.stringify(text);
const literally = (text: string) => text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');

/** The queries that together find it: folders are named in the selector, as many as fit. Throws what is too long. */
export function logQueries(query: Omit<HistoryQuery, 'from' | 'to' | 'limit'>, bytesMax: number): string[] {
  const filters = [
    ...(query.ruleUid === '' ? [] : [`ruleUID=${quoted(query.ruleUid)}`]), ...(query.dashboardUid === '' ? [] : [`dashboardUID=${quoted(query.dashboardUid)}`]), ...(query.panelId === 0 ? [] : [`panelID=${query.panelId}`]),
    ...(query.previous === '' ? [] : [`previous=~${quoted(`^${query.previous}.*`)}`]), ...(query.current === '' ? [] : [`current=~${quoted(`^${query.current}.*`)}`]),
    ...Object.keys(query.labels).sort().map((name) => `labels_${name.replace(/[^A-Za-z0-9_]/g, '_')}=${quoted(query.labels[name]!)}`),
  ];
  const stages = filters.length === 0 ? '' : ` | json${filters.map((filter) => ` | ${filter}`).join('')}`;
  const text = (folders: readonly string[] | undefined) => `{orgID=${quoted(String(query.orgId))},from=${quoted(from)}${folders === undefined ? '' : `,folderUID=~${quoted(folders.map(literally).join('|'))}`}}${stages}`;
  const checked = (made: string) => {
    const size = Buffer.byteLength(made);
    if (size > bytesMax) throw historyErrors.tooLong({ message: `Request to Loki exceeded (${size} bytes) configured maximum size of ${bytesMax} bytes` });
    return made;
  };
  if (query.folderUids === undefined) return [checked(text(undefined))];
  const queries: string[] = [];
  let some: string[] = [];
  for (const uid of query.folderUids) {
    if (some.length > 0 && Buffer.byteLength(text([...some, uid])) > bytesMax) {
      queries.push(text(some));
      some = [];
    }
    some.push(uid);
    checked(text(some));
  }
  return some.length > 0 ? [...queries, text(some)] : queries;
}

export function createLokiHistory({ settings, client, log, now }: LokiHistoryDeps): StateHistory {
  const tenant: Record<string, string> = settings.tenantId === '' ? {} : { 'X-Scope-OrgID': settings.tenantId };

  async function push(rule: AlertRule, transitions: readonly Transition[], at: number): Promise<void> {
    const stream = { ...settings.externalLabels, from, orgID: String(rule.orgId), group: rule.group, folderUID: rule.folderUid };
    const nanos = `${Math.trunc(at)}000000`;
    const answer = await client.fetch({
      method: 'POST', url: `${settings.writeUrl}/loki/api/v1/push`, headers: { ...tenant, 'content-type': 'application/json' }, signal: AbortSignal.timeout(writeTimeoutMs),
      body: JSON.stringify({ streams: [{ stream, values: transitions.map((t) => [nanos, lineOf(rule, t)]) }] }),
    });
    const text = await answer.text();
    if (answer.status < 200 || answer.status > 299) throw new Error(`Loki answered ${answer.status}: ${text.slice(0, 200)}`);
  }

  async function lines(query: string, start: number, end: number, limit: number): Promise<HistoryLine[]> {
    const search = new URLSearchParams({ query, start: `${start}000000`, end: `${end}000000`, limit: String(limit) });
    let answer: unknown;
    try {
      const response = await client.fetch({ method: 'GET', url: `${settings.readUrl}/loki/api/v1/query_range?${search}`, headers: tenant, signal: AbortSignal.timeout(readTimeoutMs) });
      const text = await response.text();
      if (response.status !== 200) throw new Error(`Loki answered ${response.status}: ${text.slice(0, 200)}`);
      answer = JSON.parse(text);
    } catch (error) {
      log.error('The state history could not be read', { error });
      throw historyErrors.unreachable();
    }
    return objectsOf(objectOf(objectOf(answer)['data'])['result']).flatMap(({ stream, values }) =>
      rowsOf(values).filter(([at]) => typeof at === 'string' && /^\d+$/.test(at)).map(([at, line]) => ({ at: BigInt(at as string), line: String(line ?? ''), labels: stream })));
  }

  return {
    keepsAll: false,
    record(rule, transitions, at) {
      const list = transitions.filter(isMemorable);
      if (list.length === 0) return;
      push(rule, list, at).catch((error: unknown) => log.error('State history was not written', { orgId: rule.orgId, rule: rule.uid, error }));
    },
    async query(query) {
      const end = query.to || now();
      const start = Math.max(query.from || end - windowMs, end - settings.queryLengthMaxMs);
      const limit = Math.min(query.limit || linesMax, linesMax);
      const found = (await Promise.all(logQueries(query, settings.queryBytesMax).map((text) => lines(text, start, end, limit)))).flat().sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)).slice(-limit);
      return historyFrame(found);
    },
  };
}

export interface HistoryLine {
  /** Nanoseconds since the epoch. */
  readonly at: bigint;
  readonly line: string;
  readonly labels: unknown;
}

export function historyFrame(found: readonly HistoryLine[]): HistoryFrame {
  const json = { frame: 'json.RawMessage' };
  return {
    schema: { name: 'states', fields: [{ name: 'time', type: 'time', typeInfo: { frame: 'time.Time' } }, { name: 'line', type: 'other', typeInfo: json }, { name: 'labels', type: 'other', typeInfo: json }] },
    data: { values: [found.map(({ at }) => Number(at / 1_000_000n)), found.map(({ line }) => parsed(line)), found.map(({ labels }) => labels)] },
  };
}

const rowsOf = (value: unknown): unknown[][] => (Array.isArray(value) ? value.filter((row) => Array.isArray(row)) : []);

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}

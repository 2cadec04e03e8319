/** State history as lines in Loki, a stream for each group of rules (alerting-rules §14). */
import { fingerprintText, labelsFingerprint } from '@belvedere/dataframe';
import type { Logger } from '../../../infra/log/log.ts';
import type { HttpClient } from '../../../tsdb/http-client/http-client.ts';
import type { AlertRule } from '../rules/alert-rule.ts';
import { stateText, type Transition } from '../state/state-machine.ts';
import { createLokiClient, type HistoryLine, type LokiSettings } from './loki-client.ts';
import { historyErrors, isMemorable, publicLabels, type HistoryFrame, type HistoryQuery, type StateHistory } from './history.ts';

export interface LokiHistoryDeps {
  readonly settings: LokiSettings;
  /** Brings the credentials along. */
  readonly client: HttpClient;
  readonly log: Logger;
  readonly now: () => number;
}

const from = 'state-history';
const windowMs = 6 * 3_600_000;
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
  const loki = createLokiClient({ settings, client });

  async function lines(query: string, start: number, end: number, limit: number): Promise<readonly HistoryLine[]> {
    try {
      return await loki.lines(query, start, end, limit);
    } catch (error) {
      log.error('The state history could not be read', { error });
      throw historyErrors.unreachable();
    }
  }

  return {
    keepsAll: false,
    record(rule, transitions, at) {
      const list = transitions.filter(isMemorable);
      if (list.length === 0) return;
      const stream = { ...settings.externalLabels, from, orgID: String(rule.orgId), group: rule.group, folderUID: rule.folderUid };
      loki.push(stream, list.map((t) => lineOf(rule, t)), at).catch((error: unknown) => log.error('State history was not written', { orgId: rule.orgId, rule: rule.uid, error }));
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

export function historyFrame(found: readonly HistoryLine[]): HistoryFrame {
  const json = { frame: 'json.RawMessage' };
  return {
    schema: { name: 'states', fields: [{ name: 'time', type: 'time', typeInfo: { frame: 'time.Time' } }, { name: 'line', type: 'other', typeInfo: json }, { name: 'labels', type: 'other', typeInfo: json }] },
    data: { values: [found.map(({ at }) => Number(at / 1_000_000n)), found.map(({ line }) => parsed(line)), found.map(({ labels }) => labels)] },
  };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}

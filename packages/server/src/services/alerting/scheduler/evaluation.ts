/** From the results of a rule's queries to instances (alerting-rules §13.1). Pure: no clock, no data source. */
import type { Field, Frame } from '@belvedere/dataframe';
import { rowCount } from '@belvedere/dataframe';
import { formatFloat } from '@belvedere/go-template';
import type { ExprNodeResult } from '../../../expr/expr.ts';
import type { Labels } from '../rules/alert-rule.ts';

export type ResultState = 'Normal' | 'Alerting' | 'NoData' | 'Error';

export interface EvaluationError {
  readonly message: string;
  /** Of the query that failed, where it is one of a data source. */
  readonly refId: string;
  readonly datasourceUid: string;
  /** The shape of the result is wrong: trying again changes nothing (§12). */
  readonly final: boolean;
}

/** A number that some node yielded for an instance. */
export interface Captured {
  /** refId, with the index of the condition for classic conditions. */
  readonly name: string;
  readonly metric: string;
  readonly labels: Labels;
  readonly type: string;
  /** Null for no data. */
  readonly value: number | null;
  readonly fromDatasource: boolean;
}

export interface EvaluationResult {
  readonly labels: Labels;
  readonly state: ResultState;
  readonly error?: EvaluationError;
  readonly captured: readonly Captured[];
  /** `[ var='B' labels={a=b} type='reduce' value=22 ], …` */
  readonly valueString: string;
}

/** `a=b, c=d`, sorted. */
export const labelsText = (labels: Labels) => Object.keys(labels).sort().map((k) => `${k}=${labels[k]}`).join(', ');

export const labelsKey = (labels: Labels) => JSON.stringify(Object.keys(labels).sort().map((k) => [k, labels[k]]));

function valueText(value: number | null): string {
  return value === null ? 'null' : formatFloat(value);
}

export function valueStringOf(captured: readonly Captured[]): string {
  return captured
    .map((c) => `[ var='${c.name}'${c.metric === '' ? '' : ` metric='${c.metric}'`} labels={${labelsText(c.labels)}} type='${c.type}' value=${valueText(c.value)} ]`)
    .join(', ');
}

export function errorResult(message: string, more: Partial<EvaluationError> = {}, labels: Labels = {}): EvaluationResult {
  return { labels, state: 'Error', error: { message, refId: '', datasourceUid: '', final: false, ...more }, captured: [], valueString: '' };
}

const isNumber = (field: Field) => field.type === 'float64' || /^u?int|^float/.test(field.type);

function valueAt(field: Field, row: number): number | null {
  if (field.valid && field.valid[row] === 0) return null;
  return Number((field.values as ArrayLike<number | bigint>)[row]);
}

interface EvalMatch {
  readonly metric?: string;
  readonly labels?: Labels | null;
  readonly value?: unknown;
}

/** Numbers of every node, in order of refId. */
function captureAll(results: ReadonlyMap<string, ExprNodeResult>): Captured[] {
  const all: Captured[] = [];
  for (const { refId, kind, frames } of results.values()) {
    const type = kind === 'datasource' ? 'query' : kind;
    for (const frame of frames) {
      if (kind === 'classic_conditions') {
        const matches = Array.isArray(frame.meta?.custom) ? (frame.meta.custom as readonly EvalMatch[]) : [];
        matches.forEach((match, i) => all.push({
          name: `${refId}${i}`, metric: match.metric ?? '', labels: match.labels ?? {}, type, value: match.value === null || match.value === undefined ? null : Number(match.value), fromDatasource: false,
        }));
        continue;
      }
      const field = frame.fields[0];
      if (frame.fields.length !== 1 || !field || !isNumber(field) || field.values.length > 1) continue;
      all.push({ name: refId, metric: '', labels: field.labels ?? {}, type, value: field.values.length === 0 ? null : valueAt(field, 0), fromDatasource: kind === 'datasource' });
    }
  }
  return all.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** The values of some labels of a set; undefined when it lacks one of them. */
function projected(labels: Labels, names: readonly string[]): string | undefined {
  let key = '';
  for (const name of names) {
    const value = labels[name];
    if (value === undefined) return undefined;
    key += `${value.length}:${value}`;
  }
  return key;
}

/** Numbers whose labels have the same names, found by the values of some of them. */
interface Family {
  readonly names: readonly string[];
  readonly members: Captured[];
  readonly byNames: Map<string, Map<string, Captured[]>>;
}

/**
 * Of several nodes' numbers those that belong to an instance: same labels, or one set within the other. With a thousand series nobody compares
 * each with each: numbers are found by the labels that they share with the instance.
 */
function relatedTo(all: readonly Captured[]): (labels: Labels) => readonly Captured[] {
  const families = new Map<string, Family>();
  const order = new Map<Captured, number>();
  const classic = all.filter((c) => c.type === 'classic_conditions');
  all.forEach((captured, i) => {
    order.set(captured, i);
    const names = Object.keys(captured.labels).sort();
    const key = names.join('\n');
    const family: Family = families.get(key) ?? { names, members: [], byNames: new Map() };
    family.members.push(captured);
    families.set(key, family);
  });
  const index = (family: Family, names: readonly string[]) => {
    const key = names.join('\n');
    let found = family.byNames.get(key);
    if (!found) {
      found = new Map();
      for (const member of family.members) {
        const at = projected(member.labels, names)!;
        const list = found.get(at);
        if (list) list.push(member);
        else found.set(at, [member]);
      }
      family.byNames.set(key, found);
    }
    return found;
  };
  return (labels) => {
    const names = Object.keys(labels).sort();
    const own = new Set(names);
    const found: Captured[] = [...classic];
    for (const family of families.values()) {
      const within = family.names.every((name) => own.has(name));
      if (!within && !names.every((name) => family.names.includes(name))) continue;
      const shared = within ? family.names : names;
      for (const member of index(family, shared).get(projected(labels, shared) ?? '') ?? []) if (member.type !== 'classic_conditions') found.push(member);
    }
    return found.length < 2 ? found : found.sort((a, b) => order.get(a)! - order.get(b)!);
  };
}

const shape = (text: string): EvaluationResult => errorResult(text, { final: true });

export function evaluateResults(condition: string, results: ReadonlyMap<string, ExprNodeResult>): readonly EvaluationResult[] {
  const node = results.get(condition);
  if (!node) return [errorResult(`no results for condition ${condition}`)];
  if (node.error) {
    const root = node.error.kind === 'dependency' ? results.get(node.error.refId)?.error ?? node.error : node.error;
    const ofQuery = root.kind === 'query' || root.kind === 'read';
    return [errorResult(root.text, { refId: ofQuery ? root.refId : '', datasourceUid: ofQuery ? root.datasourceUid : '' })];
  }
  const noData = withoutData(results);
  if (noData.length > 0) return noData;
  if (node.frames.length === 0) return [{ labels: {}, state: 'NoData', captured: [], valueString: '' }];
  const belonging = relatedTo(captureAll(results));
  const out: EvaluationResult[] = [];
  const seen = new Set<string>();
  for (const frame of node.frames) {
    const result = frameResult(condition, frame, belonging);
    if (result.state !== 'Error') {
      const key = labelsKey(result.labels);
      if (seen.has(key)) {
        return [errorResult(`invalid format of evaluation results for the alert definition : frame cannot uniquely be identified by its labels: has duplicate results with labels {${labelsText(result.labels)}}`, { final: true }, result.labels)];
      }
      seen.add(key);
    }
    out.push(result);
  }
  return out;
}

/** Queries that answered nothing, one result a data source. */
function withoutData(results: ReadonlyMap<string, ExprNodeResult>): EvaluationResult[] {
  const byDatasource = new Map<string, string[]>();
  for (const r of results.values()) {
    if (r.kind !== 'datasource' || r.error) continue;
    const nothing = r.frames.length === 0 || (r.frames.length === 1 && r.frames[0]!.fields.length === 0);
    if (!nothing) continue;
    const uid = datasourceOf(r);
    byDatasource.set(uid, [...(byDatasource.get(uid) ?? []), r.refId]);
  }
  return [...byDatasource].map(([uid, refIds]) => ({
    labels: { datasource_uid: uid, ref_id: refIds.sort().join(',') }, state: 'NoData', captured: [], valueString: '',
  }));
}

/** The caller puts the uid on each result (the engine's nodes know it). */
const datasourceOf = (r: ExprNodeResult): string => (r as ExprNodeResult & { datasourceUid?: string }).datasourceUid ?? '';

function frameResult(refId: string, frame: Frame, belonging: (labels: Labels) => readonly Captured[]): EvaluationResult {
  const prefix = `invalid format of evaluation results for the alert definition ${refId}:`;
  if (frame.fields.some((f) => f.type === 'time')) return shape(`${prefix} looks like time series data, only reduced data can be alerted on.`);
  if (frame.fields.length === 0) return { labels: {}, state: 'NoData', captured: [], valueString: '' };
  const rows = rowCount(frame);
  if (rows > 1) return shape(`${prefix} unexpected row length: ${rows} instead of 0 or 1`);
  if (frame.fields.length > 1) return shape(`${prefix} unexpected field length: ${frame.fields.length} instead of 1`);
  const field = frame.fields[0]!;
  if (field.type !== 'float64') return shape(`${prefix} invalid field type: []*${field.type}`);
  const labels = field.labels ?? {};
  const own = belonging(labels);
  const value = rows === 0 ? null : valueAt(field, 0);
  const state: ResultState = value === null ? 'NoData' : value === 0 ? 'Normal' : 'Alerting';
  return { labels, state, captured: own, valueString: valueStringOf(own) };
}

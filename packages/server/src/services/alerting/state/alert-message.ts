/** An instance as Alertmanagers take it (alerting-rules §15). */
import {
  orgIdAnnotation, stateReasonAnnotation, valuesAnnotation, valueStringAnnotation, type Labels,
} from '../rules/alert-rule.ts';
import type { AlertInstance, Transition } from './state-machine.ts';

export interface PostableAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly generatorURL: string;
  /** Milliseconds since the epoch. */
  readonly startsAt: number;
  readonly endsAt: number;
}

/** Finite numbers only: JSON knows no others. */
export function valuesJson(values: Readonly<Record<string, number>>): string {
  const names = Object.keys(values).sort();
  if (names.length === 0 || names.some((n) => !Number.isFinite(values[n]))) return '';
  return `{${names.map((n) => `${JSON.stringify(n)}:${goJsonNumber(values[n]!)}`).join(',')}}`;
}

/** Go's JSON writes exponents below 1e-6 and from 1e21 on, as JavaScript does; the exponent has at least two digits only below. */
const goJsonNumber = (value: number) => (Object.is(value, -0) ? '-0' : String(value).replace(/e-(\d)$/, 'e-0$1'));

export function toAlert(transition: Pick<Transition, 'instance' | 'previousState'>, orgId: number, generatorURL: string): PostableAlert {
  const { instance, previousState } = transition;
  const annotations: Record<string, string> = { ...instance.annotations };
  const values = valuesJson(instance.values);
  if (values !== '') annotations[valuesAnnotation] = values;
  if (instance.valueString !== '') annotations[valueStringAnnotation] = instance.valueString;
  if (instance.reason !== '') annotations[stateReasonAnnotation] = instance.reason;
  annotations[orgIdAnnotation] = String(orgId);
  const named = instance.state === 'Normal' ? previousState : instance.state;
  const labels = named === 'NoData' ? renamed(instance, 'DatasourceNoData') : named === 'Error' ? renamed(instance, 'DatasourceError') : instance.labels;
  return { labels: inOrder(labels), annotations: inOrder(annotations), generatorURL, startsAt: instance.startsAt, endsAt: instance.endsAt };
}

/** By name, as every Alertmanager writes them. */
const inOrder = (labels: Labels): Labels => Object.fromEntries(Object.keys(labels).sort().map((name) => [name, labels[name]!]));

function renamed(instance: AlertInstance, name: string): Labels {
  return { ...instance.labels, alertname: name, ...(instance.labels['alertname'] === undefined ? {} : { rulename: instance.labels['alertname'] }) };
}

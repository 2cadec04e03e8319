/** State history as annotations of rules, and of panels that rules belong to (alerting-rules §14). */
import type { Logger } from '../../../infra/log/log.ts';
import type { AnnotationService, AlertStateAnnotation } from '../../content/annotations/annotation.ts';
import type { AlertRule } from '../rules/alert-rule.ts';
import { labelsText } from '../scheduler/evaluation.ts';
import { stateText, type Transition } from '../state/state-machine.ts';
import { historyErrors, isMemorable, publicLabels, type StateHistory } from './history.ts';

const queryMax = 5000;

/** This backend leaves more out: entering KeepLast, and what only says that nothing fires for lack of data. */
function isAnnotated(t: Transition): boolean {
  if (!isMemorable(t)) return false;
  if (t.instance.reason.includes('KeepLast')) return false;
  const quiet = (state: string, reason: string) => state === 'Normal' && (reason === '' || reason === 'NoData');
  return !(quiet(t.instance.state, t.instance.reason) && quiet(t.previousState, t.previousReason));
}

const goFixed = (value: number) => (Number.isFinite(value) ? value.toFixed(6) : value > 0 ? '+Inf' : value < 0 ? '-Inf' : 'NaN');

function toAnnotation(rule: AlertRule, { instance, previousState, previousReason }: Transition, at: number): AlertStateAnnotation {
  const labels = publicLabels(instance.labels);
  const names = Object.keys(instance.values).sort();
  const values = Object.fromEntries(names.map((n) => [n, Number.isFinite(instance.values[n]) ? instance.values[n] : String(instance.values[n])]));
  const [told, data] = instance.state === 'Error' && instance.error
    ? ['Error', { error: instance.error.message }]
    : instance.state === 'NoData' ? ['No data', { noData: true }] : [names.map((n) => `${n}=${goFixed(instance.values[n]!)}`).join(', '), { values }];
  return {
    orgId: rule.orgId, dashboardUid: rule.dashboardUid, panelId: rule.panelId ?? 0, alertId: rule.id, alertUid: rule.uid, prevState: stateText(previousState, previousReason),
    newState: stateText(instance.state, instance.reason), text: `${rule.title} {${labelsText(labels)}} - ${told}`, data: JSON.stringify(data), time: at, timeEnd: at,
  };
}

export function createAnnotationHistory({ annotations, log }: { annotations: Pick<AnnotationService, 'recordAlertStates' | 'listAll'>; log: Logger }): StateHistory {
  return {
    keepsAll: false,
    record(rule, transitions, at) {
      const list = transitions.filter(isAnnotated).map((t) => toAnnotation(rule, t, at));
      if (list.length === 0) return;
      annotations.recordAlertStates(list).catch((error: unknown) => log.error('State history was not written', { orgId: rule.orgId, rule: rule.uid, error }));
    },
    async query({ orgId, ruleUid, from, to, previous, current, labels }, rule) {
      if (!rule) throw historyErrors.ruleNeeded();
      const found = (await annotations.listAll(orgId, {
        from, to, limit: queryMax, dashboardUid: '', panelId: 0, alertId: rule.id, alertUid: ruleUid, userId: 0, type: 'alert', tags: [], matchAny: false,
      })).filter((a) => (previous === '' || a.prevState.startsWith(previous)) && (current === '' || a.newState.startsWith(current)) && Object.entries(labels).every(([k, v]) => a.text.includes(`${k}=${v}`)));
      const of = { from: 'state-history', ruleUID: ruleUid };
      const field = (name: string, type: string, frame: string) => ({ name, type, typeInfo: { frame }, labels: of });
      return {
        schema: { name: 'states', fields: [field('time', 'time', 'time.Time'), ...['text', 'prev', 'next', 'data'].map((name) => field(name, 'string', 'string'))] },
        data: { values: [found.map((a) => a.time), found.map((a) => a.text), found.map((a) => a.prevState), found.map((a) => a.newState), found.map((a) => a.data)] },
      };
    },
  };
}

/** State history as series in Prometheus, 1 while something is wrong (alerting-rules §14). It is written only. */
import type { Logger } from '../../../infra/log/log.ts';
import type { AlertRule } from '../rules/alert-rule.ts';
import type { RemoteWriter } from '../recording/remote-writer.ts';
import { staleMarker, type WrittenSeries } from '../recording/write-request.ts';
import type { InstanceState } from '../state/state-machine.ts';
import { historyErrors, publicLabels, type StateHistory } from './history.ts';

export interface PrometheusHistoryDeps {
  readonly writer: RemoteWriter;
  readonly datasourceUid: string;
  readonly metric: string;
  readonly log: Logger;
}

const shown: ReadonlySet<InstanceState> = new Set<InstanceState>(['Pending', 'Alerting', 'Recovering', 'NoData', 'Error']);

export function createPrometheusHistory({ writer, datasourceUid, metric, log }: PrometheusHistoryDeps): StateHistory {
  const series = (rule: AlertRule, labels: Readonly<Record<string, string>>, state: InstanceState, value: WrittenSeries['samples'][number]['value'], at: number): WrittenSeries => ({
    labels: { ...publicLabels(labels), alertname: rule.title, grafana_rule_uid: rule.uid, alertstate: state === 'Pending' ? 'pending' : 'firing', grafana_alertstate: state.toLowerCase(), __name__: metric },
    samples: [{ value, at }],
  });

  return {
    keepsAll: true,
    record(rule, transitions, at) {
      const list: WrittenSeries[] = [];
      for (const { instance, previousState } of transitions) {
        if (instance.state !== previousState && shown.has(previousState)) list.push(series(rule, instance.labels, previousState, staleMarker, at));
        if (shown.has(instance.state)) list.push(series(rule, instance.labels, instance.state, 1, at));
      }
      if (list.length === 0) return;
      writer.write(rule.orgId, datasourceUid, list).catch((error: unknown) => log.error('State history was not written', { orgId: rule.orgId, rule: rule.uid, error }));
    },
    query: () => Promise.reject(historyErrors.writeOnly()),
  };
}

/** What a recording rule writes: the numbers of its frames under the rule's name (alerting-rules §12). */
import { isNull, isNumeric, numberAt, type Frame } from '@belvedere/dataframe';
import type { Labels } from '../rules/alert-rule.ts';
import type { WrittenSeries } from './write-request.ts';

/** Every numeric column of one row is a series. A frame of several rows is refused: a rule records numbers, not time series. */
export function recordedSeries(metric: string, frames: readonly Frame[], ruleLabels: Labels, at: number): WrittenSeries[] {
  const own = Object.fromEntries(Object.entries(ruleLabels).filter(([name]) => !isPrivate(name)));
  const series: WrittenSeries[] = [];
  for (const frame of frames) {
    for (const field of frame.fields) {
      if (!isNumeric(field.type) || field.values.length === 0) continue;
      if (field.values.length > 1) throw new Error('the result is a time series, where a number is recorded: reduce it first');
      const value = isNull(field, 0) ? undefined : numberAt(field, 0);
      if (value === undefined || value === null) continue;
      series.push({ labels: { ...field.labels, ...own, __name__: metric }, samples: [{ value, at }] });
    }
  }
  return series;
}

const isPrivate = (name: string) => name.startsWith('__') && name.endsWith('__');

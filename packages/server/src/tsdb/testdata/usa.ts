import { floatField, frame, stringField, timeField, type Frame } from '@belvedere/dataframe';
import type { DataQuery } from '@belvedere/plugin-sdk';
import { parseGoDuration as parseDuration } from '../../util/interval.ts';
import { instants, pointsMax, type Json } from './model.ts';
import { objectOf, textOf, textsOf } from '../../util/json-value.ts';

/** Numbers by state, the same for everybody at any one time (§15). */

const allStates = ('AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MT NE NV NH NJ NM NY NC ND OH OK OR MD MA MI MN MS MO PA RI SC SD TN TX UT VT VA WA WV WI WY').split(' ');

/** Each state runs a fraction of the period ahead of the one before. The angle is the position in the period, in nanoseconds. */
function valueAt(field: string, ms: number, periodMs: number, stateIndex: number, stateCount: number): number {
  const periodNs = periodMs * 1e6;
  const angle = ((ms % periodMs) * 1e6 + Math.floor(periodNs / stateCount) * (stateIndex + 1)) % periodNs;
  const value = field === 'bar' ? Math.cos(angle) : field === 'baz' ? Math.tan(angle) : Math.sin(angle);
  return Math.trunc(value * 1e10) / 1e10;
}

export function usa(query: DataQuery, model: Json): Frame[] {
  const options = objectOf(model['usa']);
  const periodMs = parseDuration(textOf(options['period']) || '30m');
  if (periodMs === undefined || periodMs <= 0) throw new Error('the period is not a duration');
  const fieldsGiven = textsOf(options['fields']);
  const statesGiven = textsOf(options['states']);
  const fields = fieldsGiven.length > 0 ? fieldsGiven : ['foo', 'bar', 'baz'];
  const states = statesGiven.length > 0 ? statesGiven : allStates;
  const { from, to } = query.timeRange;
  const last = (field: string, state: number) => valueAt(field, to, periodMs, state, states.length);
  const mode = textOf(options['mode']);
  if (mode === 'values-as-fields') return fields.map((name) => frame(name, states.map((state, i) => floatField(state, [last(name, i)]))));
  if (mode === 'values-as-labeled-fields') return fields.map((name) => frame(name, states.map((state, i) => floatField('', [last(name, i)], { labels: { state } }))));
  if (mode !== 'timeseries' && mode !== 'timeseries-wide') {
    return [frame('', [stringField('state', states), ...fields.map((name) => floatField(name, states.map((_, i) => last(name, i))))])];
  }
  const countMax = Math.max(1, Math.min(query.maxDataPoints, Math.floor(pointsMax / (states.length * fields.length))));
  const times = instants(from, to, query.intervalMs, countMax);
  const column = (name: string, field: string, state: number) =>
    floatField(name, Float64Array.from(times, (t) => valueAt(field, t, periodMs, state, states.length)), { labels: { state: states[state] as string } });
  const time = timeField('Time', times);
  if (mode === 'timeseries') return fields.flatMap((name) => states.map((_, i) => frame(name, [time, column('Value', name, i)])));
  return [frame('', [time, ...fields.flatMap((name) => states.map((_, i) => column(name, name, i)))])];
}

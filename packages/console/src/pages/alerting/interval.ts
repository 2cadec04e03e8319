/** Time intervals in words, and as lists that people type. */
import type { Interval } from './notification.ts';

export function intervalText({ times = [], weekdays = [], days_of_month: days = [], months = [], years = [], location }: Interval): string {
  const parts = [
    times.map(({ start_time: from, end_time: to }) => `${from}–${to}`).join(', '), weekdays.join(', '), days.length > 0 ? `days ${days.join(', ')}` : '', months.length > 0 ? `months ${months.join(', ')}` : '', years.join(', '),
  ].filter((part) => part !== '');
  return `${parts.join('; ') || 'Always'}${location ? ` (${location})` : ''}`;
}

const list = (text: string) => text.split(',').map((part) => part.trim()).filter((part) => part !== '');

/** `09:00-17:00, 20:00-21:00`; undefined where a part is no span of a day. */
export function timesOf(text: string): Interval['times'] | undefined {
  const found = list(text).map((part) => /^(\d{1,2}:\d{2})\s*[-–]\s*(\d{1,2}:\d{2})$/.exec(part));
  return found.every((one) => one !== null) ? found.map((one) => ({ start_time: one![1]!.padStart(5, '0'), end_time: one![2]!.padStart(5, '0') })) : undefined;
}

export interface IntervalDraft { readonly times: string; readonly weekdays: string; readonly days: string; readonly months: string; readonly years: string; readonly location: string }

export const draftOf = ({ times = [], weekdays = [], days_of_month: days = [], months = [], years = [], location = '' }: Interval): IntervalDraft => ({
  times: times.map(({ start_time: from, end_time: to }) => `${from}-${to}`).join(', '), weekdays: weekdays.join(', '), days: days.join(', '), months: months.join(', '), years: years.join(', '), location,
});

export function intervalOf({ times, weekdays, days, months, years, location }: IntervalDraft): Interval {
  const some = <K extends keyof Interval>(key: K, values: readonly unknown[] | undefined) => (values && values.length > 0 ? { [key]: values } : {});
  return { ...some('times', timesOf(times)), ...some('weekdays', list(weekdays.toLowerCase())), ...some('days_of_month', list(days)), ...some('months', list(months.toLowerCase())), ...some('years', list(years)), ...(location.trim() === '' ? {} : { location: location.trim() }) };
}

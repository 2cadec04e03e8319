/** Bounds of time ranges as clients write them (queries-and-frames §10.2): milliseconds, durations, dates, date math. UTC, weeks begin on Monday. */
import { parseDuration } from './interval.ts';

const dayMs = 86_400_000;

/** Milliseconds since the epoch; undefined for what is no bound. `roundUp`: `/d` goes to the unit's last millisecond. */
export function parseTimeBound(text: string, now: number, roundUp = false): number | undefined {
  if (/^[+-]?\d+$/.test(text)) {
    const ms = Number(text);
    return Number.isSafeInteger(ms) ? ms : undefined;
  }
  const ago = parseDuration(text);
  if (ago !== undefined) return Math.trunc(now - ago);
  if (text.startsWith('now')) return applyMath(now, text.slice(3), roundUp);
  const bar = text.indexOf('||');
  const date = parseDate(bar < 0 ? text : text.slice(0, bar));
  if (date === undefined) return undefined;
  return bar < 0 ? date : applyMath(date, text.slice(bar + 2), roundUp);
}

/** Compat: what cannot be read is the epoch; the frontend relies on never being refused. */
export const parseTimeRange = (from: string, to: string, now: number): { readonly from: number; readonly to: number } => ({
  from: parseTimeBound(from, now) ?? 0, to: parseTimeBound(to, now, true) ?? 0,
});

/** ISO 8601, cut off anywhere behind the year's month. */
function parseDate(text: string): number | undefined {
  const parts = /^(\d{4})-(\d\d)(?:-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?)?(Z|[+-]\d\d:\d\d)?)?)?$/.exec(text);
  if (!parts) return undefined;
  const [, year, month, day = '01', hour = '00', minute = '00', second = '00', fraction = '0', zone = 'Z'] = parts;
  const [y, mo, d, h, mi, s] = [year, month, day, hour, minute, second].map(Number) as [number, number, number, number, number, number];
  if (mo < 1 || mo > 12 || d < 1 || d > new Date(Date.UTC(y, mo, 0)).getUTCDate() || h > 23 || mi > 59 || s > 59) return undefined;
  const offset = zone === 'Z' ? 0 : (zone[0] === '-' ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4)));
  return Date.UTC(y, mo - 1, d, h, mi, s, Number(fraction.padEnd(3, '0'))) - offset * 60_000;
}

function applyMath(start: number, math: string, roundUp: boolean): number | undefined {
  const step = /([+-])(\d+)(fQ|fy|[smhHdbwMQy])|\/(fQ|fy|[smhHdbwMQy])/y;
  let time = start;
  let at = 0;
  while (at < math.length) {
    step.lastIndex = at;
    const found = step.exec(math);
    if (!found) return undefined;
    const [, sign, count, unit, rounded] = found;
    if (rounded === undefined) time = add(time, (sign === '-' ? -1 : 1) * Number(count), unit!);
    else {
      const floor = startOf(time, rounded);
      time = roundUp ? add(floor, 1, rounded === 'b' ? 'd' : rounded) - 1 : floor;
    }
    if (!Number.isFinite(time)) return undefined;
    at = step.lastIndex;
  }
  return time;
}

function add(time: number, count: number, unit: string): number {
  switch (unit) {
    case 's': return time + count * 1000;
    case 'm': return time + count * 60_000;
    case 'h': case 'H': return time + count * 3_600_000;
    case 'd': return time + count * dayMs;
    case 'w': return time + count * 7 * dayMs;
    case 'b': return addBusinessDays(time, count);
    // A day that the month does not have runs over into the next one.
    case 'M': return addMonths(time, count);
    case 'Q': case 'fQ': return addMonths(time, count * 3);
    default: return addMonths(time, count * 12);
  }
}

function addMonths(time: number, months: number): number {
  const d = new Date(time);
  return Date.UTC(d.getUTCFullYear(), d.getUTCMonth() + months, d.getUTCDate(), d.getUTCHours(), d.getUTCMinutes(), d.getUTCSeconds(), d.getUTCMilliseconds());
}

const isWeekend = (time: number) => new Date(time).getUTCDay() % 6 === 0;

function addBusinessDays(time: number, count: number): number {
  const weeks = Math.trunc(count / 5);
  let left = Math.abs(count % 5);
  let out = time + weeks * 7 * dayMs;
  while (left > 0) {
    out += Math.sign(count) * dayMs;
    if (!isWeekend(out)) left--;
  }
  return out;
}

function startOf(time: number, unit: string): number {
  const d = new Date(time);
  const [y, m] = [d.getUTCFullYear(), d.getUTCMonth()];
  switch (unit) {
    case 's': return Math.floor(time / 1000) * 1000;
    case 'm': return Math.floor(time / 60_000) * 60_000;
    case 'h': case 'H': return Math.floor(time / 3_600_000) * 3_600_000;
    case 'd': case 'b': return Math.floor(time / dayMs) * dayMs;
    case 'w': return Math.floor(time / dayMs) * dayMs - ((d.getUTCDay() + 6) % 7) * dayMs;
    case 'M': return Date.UTC(y, m, 1);
    case 'Q': case 'fQ': return Date.UTC(y, m - (m % 3), 1);
    default: return Date.UTC(y, 0, 1);
  }
}

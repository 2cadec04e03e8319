/** Durations and intervals of queries (queries-and-frames §14, tsdb-backends §1.5). All numbers are milliseconds. */

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const week = 7 * day;
const year = 365.25 * day;

const goUnits: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, 'µs': 1e-3, 'μs': 1e-3, ms: 1, s: second, m: minute, h: hour };
const calendarUnits: Readonly<Record<string, number>> = { d: day, w: week, M: year / 12, y: year };

/** `1h30m`, `-1.5s`, `0`. Undefined where Go would refuse it. */
export function parseGoDuration(text: string): number | undefined {
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  const rest = text.slice(sign.length);
  if (rest === '0') return 0;
  const part = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;
  let total = 0;
  let at = 0;
  while (at < rest.length) {
    part.lastIndex = at;
    const found = part.exec(rest);
    if (!found) return undefined;
    total += Number(found[1]) * (goUnits[found[2] as string] as number);
    at = part.lastIndex;
  }
  if (at === 0) return undefined;
  return sign === '-' ? -total : total;
}

/** A whole number of `d w M y` (a month is a twelfth of 365.25 days), or a Go duration. */
export function parseDuration(text: string): number | undefined {
  const calendar = /^(\d+)([dwMy])$/.exec(text);
  return calendar ? Number(calendar[1]) * (calendarUnits[calendar[2] as string] as number) : parseGoDuration(text);
}

/** A minimum interval: `<…>` around it is ignored, digits alone are seconds. */
export function parseInterval(text: string): number | undefined {
  const inner = text.replace(/^</, '').replace(/>$/, '');
  return /^\d+$/.test(inner) ? Number(inner) * second : parseDuration(inner);
}

const printed: readonly (readonly [string, number])[] = [['y', 365 * day], ['d', day], ['h', hour], ['m', minute], ['s', second], ['ms', 1]];

/** The largest unit that fits, cut to whole units: 90 s is `1m`. Never below `1ms`. */
export function formatInterval(ms: number): string {
  for (const [unit, size] of printed) if (ms >= size) return `${Math.floor(ms / size)}${unit}`;
  return '1ms';
}

const nice: readonly (readonly [limit: number, interval: number])[] = [
  [10, 1], [15, 10], [35, 20], [75, 50], [150, 100], [350, 200], [750, 500], [1.5 * second, second], [3.5 * second, 2 * second], [7.5 * second, 5 * second],
  [12.5 * second, 10 * second], [17.5 * second, 15 * second], [25 * second, 20 * second], [45 * second, 30 * second], [1.5 * minute, minute], [3.5 * minute, 2 * minute],
  [7.5 * minute, 5 * minute], [12.5 * minute, 10 * minute], [17.5 * minute, 15 * minute], [25 * minute, 20 * minute], [45 * minute, 30 * minute], [1.5 * hour, hour],
  [2.5 * hour, 2 * hour], [4.5 * hour, 3 * hour], [9 * hour, 6 * hour], [day, 12 * hour], [2 * day, day], [week, day], [3 * week, week],
];

/** Rounds an interval to one that people use. */
export function niceInterval(ms: number): number {
  for (const [limit, interval] of nice) if (ms <= limit) return interval;
  return ms < 2 * 365 * day ? 30 * day : 365 * day;
}

/** The server's own interval for a range (SQL macros, Prometheus): never below `min`, rounded above it. */
export function calculateInterval(rangeMs: number, min: number, maxDataPoints = 0): number {
  const interval = rangeMs / (maxDataPoints > 0 ? maxDataPoints : 1500);
  return interval < min ? min : niceInterval(interval);
}

/** A Go duration's text: `1m0s`, `15s`, `500ms`. */
export function formatGoDuration(ms: number): string {
  if (ms === 0) return '0s';
  const sign = ms < 0 ? '-' : '';
  const size = Math.abs(ms);
  const short = (value: number) => String(Number(value.toPrecision(15)));
  if (size < 1e-3) return `${sign}${Math.round(size * 1e6)}ns`;
  if (size < 1) return `${sign}${short(size * 1e3)}µs`;
  if (size < second) return `${sign}${short(size)}ms`;
  const hours = Math.floor(size / hour);
  const minutes = Math.floor((size % hour) / minute);
  const seconds = short((size % minute) / second);
  return sign + (hours > 0 ? `${hours}h` : '') + (hours > 0 || minutes > 0 ? `${minutes}m` : '') + `${seconds}s`;
}

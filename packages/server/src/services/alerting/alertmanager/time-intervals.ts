/** Time intervals that mute or activate routes (alerting-notifications §3, 10). */
import { fnv64 } from '../fnv.ts';

/** On the wire and in the database. */
export interface TimeIntervalJson {
  readonly times?: readonly { readonly start_time: string; readonly end_time: string }[];
  readonly weekdays?: readonly string[];
  readonly days_of_month?: readonly string[];
  readonly months?: readonly string[];
  readonly years?: readonly string[];
  readonly location?: string;
}

export class BadInterval extends Error {}

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const months = ['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december'];

type Range = readonly [number, number];

function range(text: unknown, what: string, value: (part: string) => number | undefined): Range {
  if (typeof text !== 'string') throw new BadInterval(`${what} is not a text`);
  const parts = text.toLowerCase().split(':');
  if (parts.length > 2) throw new BadInterval(`couldn't parse ${what} ${text}, invalid format`);
  const [from, to = from] = parts.map((p) => value(p.trim()));
  if (from === undefined || to === undefined) throw new BadInterval(`${text} is not a valid ${what}`);
  return [from, to];
}

const whole = (text: string) => (/^-?\d{1,6}$/.test(text) ? Number(text) : undefined);

function minutes(text: unknown): number {
  const match = typeof text === 'string' ? /^(\d\d):(\d\d)$/.exec(text) : null;
  const value = match ? Number(match[1]) * 60 + Number(match[2]) : Number.NaN;
  if (!(value >= 0 && value <= 1440) || Number(match![2]) > 59) throw new BadInterval(`couldn't parse timestamp ${String(text)}, invalid format`);
  return value;
}

interface Compiled {
  readonly times: readonly Range[];
  readonly weekdays: readonly Range[];
  readonly days: readonly Range[];
  readonly months: readonly Range[];
  readonly years: readonly Range[];
  readonly location: string;
}

function compile(json: TimeIntervalJson): Compiled {
  const list = (value: unknown): readonly unknown[] => {
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) throw new BadInterval('is not a list');
    return value;
  };
  const times = list(json.times).map((t) => {
    const { start_time, end_time } = (t ?? {}) as { start_time?: unknown; end_time?: unknown };
    if (start_time === undefined || end_time === undefined) throw new BadInterval('both start and end times must be provided');
    const r: Range = [minutes(start_time), minutes(end_time)];
    if (r[0] >= r[1]) throw new BadInterval('start time cannot be equal or greater than end time');
    return r;
  });
  const named = (names: readonly string[], first: number) => (part: string) => {
    const at = names.indexOf(part);
    return at >= 0 ? at + first : whole(part);
  };
  const ordered = (r: Range, what: string): Range => {
    if (r[0] > r[1]) throw new BadInterval(`end ${what} cannot be before start ${what}`);
    return r;
  };
  const compiledDays = list(json.days_of_month).map((t) => {
    const r = range(t, 'day', whole);
    for (const d of r) if (d === 0 || d > 31 || d < -31) throw new BadInterval(`${d} is not a valid day of the month: out of range`);
    if (r[0] < 0 && r[1] > 0) throw new BadInterval('end day must be negative if start day is negative');
    return r[0] * r[1] > 0 ? ordered(r, 'day') : r;
  });
  const location = json.location ?? '';
  if (typeof location !== 'string') throw new BadInterval('location is not a text');
  if (location !== '' && location !== 'Local') {
    try {
      new Intl.DateTimeFormat('en', { timeZone: location });
    } catch {
      throw new BadInterval(`unknown time zone ${location}`);
    }
  }
  return {
    times, days: compiledDays, location,
    weekdays: list(json.weekdays).map((t) => ordered(range(t, 'weekday', (p) => (weekdays.includes(p) ? weekdays.indexOf(p) : undefined)), 'day')),
    months: list(json.months).map((t) => ordered(range(t, 'month', named(months, 1)), 'month')),
    years: list(json.years).map((t) => ordered(range(t, 'year', whole), 'year')),
  };
}

/** The form in which intervals are kept and shown: names in lower case, months as numbers. Throws BadInterval. */
export function normalInterval(json: TimeIntervalJson): TimeIntervalJson {
  const c = compile(json);
  const text = (r: Range, of: (n: number) => string = String) => (r[0] === r[1] ? of(r[0]) : `${of(r[0])}:${of(r[1])}`);
  const clock = (m: number) => `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`;
  return {
    ...(c.times.length > 0 ? { times: c.times.map(([a, b]) => ({ start_time: clock(a), end_time: clock(b) })) } : {}),
    ...(c.weekdays.length > 0 ? { weekdays: c.weekdays.map((r) => text(r, (n) => weekdays[n]!)) } : {}),
    ...(c.days.length > 0 ? { days_of_month: c.days.map((r) => text(r)) } : {}),
    ...(c.months.length > 0 ? { months: c.months.map((r) => text(r)) } : {}),
    ...(c.years.length > 0 ? { years: c.years.map((r) => text(r)) } : {}),
    ...(c.location === '' ? {} : { location: c.location }),
  };
}

/** 64-bit FNV-1 of the name and all bounds, each ended by 0xFF: the version that clients send back. */
export function intervalVersion({ name, time_intervals: items }: { readonly name: string; readonly time_intervals: readonly TimeIntervalJson[] }): string {
  const end = Buffer.from([0xff]);
  const parts: Buffer[] = [Buffer.from(name), end];
  const bounds = (ranges: readonly Range[]) => {
    for (const bound of ranges.flat()) {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(BigInt(bound));
      parts.push(bytes, end);
    }
  };
  for (const c of items.map(compile)) {
    for (const ranges of [c.times, c.months, c.days, c.weekdays, c.years]) bounds(ranges);
    if (c.location !== '') parts.push(Buffer.from(c.location), end);
  }
  return fnv64(Buffer.concat(parts));
}

const inAny = (ranges: readonly Range[], value: number) => ranges.length === 0 || ranges.some(([a, b]) => value >= a && value <= b);

/** Parts of a moment in a time zone. */
function partsAt(ms: number, timeZone: string): { year: number; month: number; day: number; weekday: number; minute: number } {
  let date = new Date(ms);
  if (timeZone !== '' && timeZone !== 'UTC') {
    const format = new Intl.DateTimeFormat('en-US', {
      ...(timeZone === 'Local' ? {} : { timeZone }), hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
    });
    const p = Object.fromEntries(format.formatToParts(date).map((x) => [x.type, x.value]));
    date = new Date(Date.UTC(Number(p['year']), Number(p['month']) - 1, Number(p['day']), Number(p['hour']), Number(p['minute'])));
  }
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate(), weekday: date.getUTCDay(), minute: date.getUTCHours() * 60 + date.getUTCMinutes() };
}

/** Makes the test of a named interval: any of the list's items holds. */
export function intervalTest(items: readonly TimeIntervalJson[]): (ms: number) => boolean {
  const compiled = items.map(compile);
  return (ms) => compiled.some((c) => {
    const p = partsAt(ms, c.location);
    if (c.times.length > 0 && !c.times.some(([a, b]) => p.minute >= a && p.minute < b)) return false;
    if (c.days.length > 0) {
      const last = new Date(Date.UTC(p.year, p.month, 0)).getUTCDate();
      const real = (d: number) => (d < 0 ? last + d + 1 : Math.min(d, last));
      if (!c.days.some(([a, b]) => Math.abs(a) <= last && p.day >= Math.max(1, real(a)) && p.day <= real(b))) return false;
    }
    return inAny(c.months, p.month) && inAny(c.weekdays, p.weekday) && inAny(c.years, p.year);
  });
}

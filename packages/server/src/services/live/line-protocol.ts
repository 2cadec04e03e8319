/** Influx line protocol (live §6.3). Pure: text in, points out; the first bad line is thrown. */

/** `unsigned` values have no column type to go to and arrive as null. */
export type PointValue = number | boolean | string | { readonly unsigned: true };

export interface Point {
  readonly measurement: string;
  /** Sorted by key. */
  readonly tags: readonly (readonly [key: string, value: string])[];
  /** Sorted by key. */
  readonly fields: readonly (readonly [key: string, value: PointValue])[];
  /** Nanoseconds since the epoch; absent: now. */
  readonly time: bigint | undefined;
}

export class LineProtocolError extends Error {
  constructor(reason: string, offset: number) {
    super(`line protocol: ${reason} at ${offset}`);
    this.name = 'LineProtocolError';
  }
}

const int64Max = 9_223_372_036_854_775_807n;
const int64Min = -9_223_372_036_854_775_808n;
const uint64Max = 18_446_744_073_709_551_615n;

export function parseLineProtocol(text: string): Point[] {
  const points: Point[] = [];
  let at = 0;
  const fail = (reason: string): never => {
    throw new LineProtocolError(reason, at);
  };
  const atEnd = () => at >= text.length || text[at] === '\n' || (text[at] === '\r' && (at + 1 >= text.length || text[at + 1] === '\n'));
  const skipSpaces = () => {
    while (text[at] === ' ' || text[at] === '\t') at++;
  };
  /** Up to an unescaped character of `stops` or the end of the line; a backslash before one of `escapable` goes. */
  const word = (stops: string, escapable: string): string => {
    let out = '';
    while (!atEnd()) {
      const c = text[at]!;
      if (c === '\\' && at + 1 < text.length && escapable.includes(text[at + 1]!)) {
        out += text[at + 1];
        at += 2;
        continue;
      }
      if (stops.includes(c)) break;
      out += c;
      at++;
    }
    return out;
  };

  while (at < text.length) {
    skipSpaces();
    if (text[at] === '#') {
      while (at < text.length && text[at] !== '\n') at++;
    }
    if (atEnd()) {
      at += text[at] === '\r' ? 2 : 1;
      continue;
    }
    points.push(point());
  }
  return points;

  function point(): Point {
    const measurement = word(', ', ', \\');
    if (measurement === '') fail('expected a measurement');
    const tags = new Map<string, string>();
    while (text[at] === ',') {
      at++;
      const key = word('=, ', ',= \\');
      if (key === '' || text[at] !== '=') fail('expected a tag');
      at++;
      const value = word(', =', ',= \\');
      if (value === '' || text[at] === '=') fail('expected a tag value');
      tags.set(key, value);
    }
    if (text[at] !== ' ') fail('expected fields');
    skipSpaces();
    const fields = new Map<string, PointValue>();
    for (;;) {
      const key = word('=, ', ',= \\');
      if (key === '' || text[at] !== '=') fail('expected a field');
      at++;
      fields.set(key, value());
      if (text[at] !== ',') break;
      at++;
    }
    let time: bigint | undefined;
    if (!atEnd()) {
      if (text[at] !== ' ' && text[at] !== '\t') fail('expected a time');
      skipSpaces();
      const stamp = word(' \t', '');
      if (stamp !== '') {
        if (!/^-?\d{1,19}$/.test(stamp)) fail('expected a time in nanoseconds');
        time = BigInt(stamp);
        if (time > int64Max || time < int64Min) fail('the time is out of range');
        skipSpaces();
      }
      if (!atEnd()) fail('expected the end of the line');
    }
    return { measurement, tags: sorted(tags), fields: sorted(fields), time };
  }

  function value(): PointValue {
    if (text[at] === '"') return quoted();
    const raw = word(', ', '');
    if (/^-?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(raw)) {
      const number = Number(raw);
      return Number.isFinite(number) ? number : fail('a number is out of range');
    }
    if (/^-?\d+i$/.test(raw)) {
      const integer = BigInt(raw.slice(0, -1));
      return integer > int64Max || integer < int64Min ? fail('an integer is out of range') : Number(integer);
    }
    if (/^\d+u$/.test(raw)) return BigInt(raw.slice(0, -1)) > uint64Max ? fail('an integer is out of range') : { unsigned: true };
    if (/^(t|T|true|True|TRUE)$/.test(raw)) return true;
    if (/^(f|F|false|False|FALSE)$/.test(raw)) return false;
    return fail('expected a value');
  }

  function quoted(): string {
    let out = '';
    for (at++; at < text.length; at++) {
      const c = text[at]!;
      if (c === '\\' && (text[at + 1] === '"' || text[at + 1] === '\\')) out += text[++at];
      else if (c === '"') {
        at++;
        return out;
      } else out += c;
    }
    return fail('a text does not end');
  }
}

const sorted = <V>(map: ReadonlyMap<string, V>): (readonly [string, V])[] => [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));

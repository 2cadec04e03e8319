/**
 * Reads answers of the Prometheus API (tsdb-backends §2.7) from their bytes straight into columns: no JSON value is made of the samples.
 * Series with the same times share one time column.
 */
import { byteOrder, floatField, frame, keepJsonText, stringField, timeField, field, type Field, type Frame, type FrameMeta, type Notice } from '@belvedere/dataframe';

export interface PrometheusAnswer {
  readonly frames: readonly Frame[];
  /** `<errorType>: <error>` of an answer with `status: "error"`. */
  readonly error?: string;
}

/** An answer that is not what the API gives; the message is for the user. */
export class UnreadableAnswer extends Error {
  override readonly name = 'UnreadableAnswer';
}

const quote = 34, comma = 44, minus = 45, dot = 46, zero = 48, nine = 57, colon = 58, openBracket = 91, backslash = 92, closeBracket = 93, openBrace = 123, closeBrace = 125;
const powersOfTen = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
/** Each power of ten as the sum of two halves, for exact products. */
const splitter = 2 ** 27 + 1;
const powersHigh = powersOfTen.map((power) => splitter * power - (splitter * power - power));
const powersLow = powersOfTen.map((power, i) => power - powersHigh[i]!);
/** A mantissa below this is exact in a double, and so is its quotient with a power of ten. */
const exactMax = 2 ** 53;

const none = Buffer.alloc(0);

export function readAnswer(body: Buffer): PrometheusAnswer {
  return new AnswerReader(body).read();
}

type Labels = Record<string, string>;

class AnswerReader {
  readonly #bytes: Buffer;
  #at = 0;
  #text: string | undefined;
  /** Made when there are samples to hold: an instant answer has none. */
  #times = new Float64Array(0);
  #values = new Float64Array(0);
  /** The values' own digits, as JSON. */
  #digits: Buffer = none;
  #digitsView: DataView = new DataView(none.buffer);
  /** Times of the series before: equal ones are shared. */
  #sharedTimes: Float64Array = new Float64Array(0);

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  read(): PrometheusAnswer {
    let status = '';
    let errorType = '';
    let error = '';
    let warnings: readonly string[] = [];
    let infos: readonly string[] = [];
    let frames: Frame[] = [];
    let inData = false;
    try {
      this.#members((key) => {
        switch (key) {
          case 'status': status = this.#string(); return;
          case 'errorType': errorType = this.#string(); return;
          case 'error': error = this.#string(); return;
          case 'warnings': warnings = this.#strings(); return;
          case 'infos': infos = this.#strings(); return;
          case 'data':
            inData = true;
            frames = this.#data();
            inData = false;
            return;
          default: this.#skip();
        }
      });
    } catch (cause) {
      if (cause instanceof UnreadableAnswer && inData) throw cause;
      throw new UnreadableAnswer(`response from prometheus couldn't be parsed. it is non-json: ${cause instanceof Error ? cause.message : cause}`, { cause });
    }
    if (status === 'error') return { frames: [], error: `${errorType}: ${error}` };
    const notices: Notice[] = [
      ...warnings.map((text): Notice => ({ severity: 'warning', text })), ...infos.map((text): Notice => ({ severity: 'info', text })),
    ];
    return { frames: notices.length > 0 ? withNotices(frames, notices) : frames };
  }

  /** `data`: `{resultType, result, stats}` in any order, or a list. */
  #data(): Frame[] {
    const first = this.#peek();
    if (first === openBracket) return this.#list();
    if (first === 110) {
      this.#skip();
      return [];
    }
    if (first !== openBrace) throw new UnreadableAnswer('expected object type');
    let resultType: string | undefined;
    let resultAt = -1;
    let stats: unknown;
    let frames: Frame[] | undefined;
    this.#members((key) => {
      switch (key) {
        case 'resultType': resultType = this.#string(); return;
        case 'result':
          this.#peek();
          if (resultType !== undefined) frames = this.#result(resultType);
          else {
            resultAt = this.#at;
            this.#skip();
          }
          return;
        case 'stats': stats = this.#value(); return;
        default: this.#skip();
      }
    });
    if (!frames && resultAt >= 0) {
      if (resultType === undefined) throw new UnreadableAnswer('no resultType found');
      const end = this.#at;
      this.#at = resultAt;
      frames = this.#result(resultType);
      this.#at = end;
    }
    frames ??= [];
    const head = frames[0];
    if (stats !== undefined && head) frames[0] = { ...head, meta: { ...head.meta, custom: { stats } } };
    return frames;
  }

  #result(resultType: string): Frame[] {
    switch (resultType) {
      case 'matrix': case 'vector': return this.#series(resultType);
      case 'scalar': case 'string': return this.#single(resultType);
      default:
        this.#skip();
        throw new UnreadableAnswer(`unknown result type: ${resultType}`);
    }
  }

  #series(resultType: 'matrix' | 'vector'): Frame[] {
    const frames: Frame[] = [];
    const meta: FrameMeta = { type: resultType === 'matrix' ? 'timeseries-multi' : 'numeric-multi', typeVersion: [0, 1], custom: { resultType } };
    this.#items(() => {
      let labels: Labels = {};
      let times: Float64Array | undefined;
      let values: Float64Array | undefined;
      let histogram: Histogram | undefined;
      this.#members((key) => {
        switch (key) {
          case 'metric': labels = this.#labels(); return;
          case 'values': ({ times, values } = this.#samples()); return;
          case 'value': ({ times, values } = this.#oneSample()); return;
          case 'histograms':
            histogram ??= new Histogram();
            this.#items(() => this.#histogramSample(histogram!));
            return;
          case 'histogram':
            histogram ??= new Histogram();
            this.#histogramSample(histogram);
            return;
          default: this.#skip();
        }
      });
      if (histogram) frames.push(histogram.frame(labels));
      else frames.push(frame('', [timeField('Time', times ?? new Float64Array(0)), floatField('Value', values ?? new Float64Array(0), { labels })], { meta }));
    });
    return frames;
  }

  /** `[[1700000000,"1.5"],…]`, in one pass over the bytes. */
  #samples(): { times: Float64Array; values: Float64Array } {
    this.#expect(openBracket);
    if (this.#peek() === closeBracket) {
      this.#at++;
      this.#sharedTimes = new Float64Array(0);
      return { times: this.#sharedTimes, values: new Float64Array(0) };
    }
    const shared = this.#sharedTimes;
    const sharedLength = shared.length;
    let same = true;
    let n = 0;
    if (this.#digits.length === 0) {
      this.#digits = Buffer.allocUnsafe(this.#bytes.length);
      this.#digitsView = new DataView(this.#digits.buffer, this.#digits.byteOffset, this.#digits.length);
    }
    let digitsAt = 0;
    for (;;) {
      if (n === this.#times.length) {
        this.#times = grown(this.#times);
        this.#values = grown(this.#values);
      }
      const plain = readPlainSamples(this.#bytes, this.#at, this.#times, this.#values, n, this.#digitsView, digitsAt);
      digitsAt = plain.digitsAt;
      for (; same && n < plain.count; n++) if (n >= sharedLength || this.#times[n] !== shared[n]) same = false;
      n = plain.count;
      this.#at = plain.at;
      if (plain.ended) break;
      if (n === this.#times.length) continue;
      // A sample that is not written as servers write them.
      digitsAt = -1;
      this.#expect(openBracket);
      const time = this.#time();
      this.#expect(comma);
      this.#values[n] = this.#quotedNumber();
      this.#expect(closeBracket);
      this.#times[n] = time;
      if (n >= sharedLength || time !== shared[n]) same = false;
      n++;
      if (this.#peek() !== comma) {
        this.#expect(closeBracket);
        break;
      }
      this.#at++;
      this.#peek();
    }
    if (!same || n !== sharedLength) this.#sharedTimes = this.#times.slice(0, n);
    const values = this.#values.slice(0, n);
    // The last comma is not wanted.
    if (digitsAt > 0) keepJsonText(values, `[${this.#digits.toString('latin1', 0, digitsAt - 1)}]`);
    return { times: this.#sharedTimes, values };
  }

  #oneSample(): { times: Float64Array; values: Float64Array } {
    this.#expect(openBracket);
    const time = this.#time();
    this.#expect(comma);
    const value = this.#quotedNumber();
    this.#expect(closeBracket);
    if (this.#sharedTimes.length !== 1 || this.#sharedTimes[0] !== time) this.#sharedTimes = Float64Array.of(time);
    return { times: this.#sharedTimes, values: Float64Array.of(value) };
  }

  #single(resultType: 'scalar' | 'string'): Frame[] {
    if (this.#peek() === 110) {
      this.#skip();
      return [];
    }
    this.#expect(openBracket);
    const time = this.#time();
    this.#expect(comma);
    const times = timeField('Time', Float64Array.of(time));
    const custom = { resultType };
    let answer: Frame;
    if (resultType === 'scalar') {
      answer = frame('', [times, floatField('Value', Float64Array.of(this.#quotedNumber()), { labels: {} })], { meta: { type: 'numeric-multi', typeVersion: [0, 1], custom } });
    } else answer = frame('', [times, stringField('Value', [this.#string()], { labels: {} })], { meta: { type: 'timeseries-multi', typeVersion: [0, 0], custom } });
    this.#expect(closeBracket);
    return [answer];
  }

  /** `[time, {count, sum, buckets: [[boundaries, min, max, count], …]}]` */
  #histogramSample(histogram: Histogram): void {
    this.#expect(openBracket);
    const time = this.#time();
    this.#expect(comma);
    this.#members((key) => {
      if (key !== 'buckets') return this.#skip();
      this.#items(() => {
        this.#expect(openBracket);
        const layout = this.#number();
        this.#expect(comma);
        const min = this.#quotedNumber();
        this.#expect(comma);
        const max = this.#quotedNumber();
        this.#expect(comma);
        const count = this.#quotedNumber();
        this.#expect(closeBracket);
        histogram.add(time, min, max, count, layout);
      });
    });
    this.#expect(closeBracket);
  }

  /** Names, or objects of text (label sets, exemplars). */
  #list(): Frame[] {
    const items = this.#value() as unknown[];
    if (items.length === 0) return [];
    if (items.every((item) => typeof item === 'string')) return [frame('', [stringField('Value', items as string[])])];
    const objects = items.map((item) => {
      if (typeof item !== 'object' || item === null || Array.isArray(item)) throw new UnreadableAnswer('expected a list of text or of objects');
      return item as Record<string, unknown>;
    });
    return objects.some((object) => 'exemplars' in object || 'seriesLabels' in object) ? objects.flatMap(exemplarFrame) : [objectsFrame(objects)];
  }

  // --- JSON, byte by byte -------------------------------------------------------------------------------------------------------

  #peek(): number {
    const bytes = this.#bytes;
    let at = this.#at;
    let c = bytes[at];
    while (c === 32 || c === 10 || c === 13 || c === 9) c = bytes[++at];
    this.#at = at;
    return c ?? -1;
  }

  #expect(byte: number): void {
    if (this.#bytes[this.#at] === byte || this.#peek() === byte) {
      this.#at++;
      return;
    }
    throw this.#unexpected(String.fromCharCode(byte));
  }

  #unexpected(wanted: string): UnreadableAnswer {
    const found = this.#at < this.#bytes.length ? JSON.stringify(String.fromCharCode(this.#bytes[this.#at]!)) : 'the end';
    return new UnreadableAnswer(`expected ${wanted} at byte ${this.#at}, found ${found}`);
  }

  #members(visit: (key: string) => void): void {
    this.#expect(openBrace);
    if (this.#peek() === closeBrace) {
      this.#at++;
      return;
    }
    for (;;) {
      const key = this.#string();
      this.#expect(colon);
      visit(key);
      if (this.#peek() !== comma) break;
      this.#at++;
    }
    this.#expect(closeBrace);
  }

  /** A list; `null` is an empty one. */
  #items(visit: () => void): void {
    if (this.#peek() === 110) return this.#skip();
    this.#expect(openBracket);
    if (this.#peek() === closeBracket) {
      this.#at++;
      return;
    }
    for (;;) {
      visit();
      if (this.#peek() !== comma) break;
      this.#at++;
    }
    this.#expect(closeBracket);
  }

  /** The whole body as Latin-1, so that positions are those of the bytes; made once, for what the fast ways do not cover. */
  #slice(from: number, to: number): string {
    const text = (this.#text ??= this.#bytes.toString('latin1'));
    return text.slice(from, to);
  }

  #string(): string {
    if (this.#peek() !== quote) throw this.#unexpected('a string');
    const bytes = this.#bytes;
    const start = ++this.#at;
    let at = start;
    let plain = true;
    for (;;) {
      const c = bytes[at];
      if (c === quote) break;
      if (c === undefined) throw this.#unexpected('the end of a string');
      if (c === backslash) {
        plain = false;
        at++;
      } else if (c >= 128 || c < 32) plain = false;
      at++;
    }
    this.#at = at + 1;
    if (plain) return bytes.toString('latin1', start, at);
    try {
      return JSON.parse(bytes.toString('utf8', start - 1, at + 1)) as string;
    } catch (cause) {
      throw new UnreadableAnswer('a string is broken', { cause });
    }
  }

  #strings(): string[] {
    const all: string[] = [];
    this.#items(() => all.push(this.#string()));
    return all;
  }

  #labels(): Labels {
    const labels: Labels = {};
    this.#members((key) => {
      const value = this.#string();
      if (key === '__proto__') Object.defineProperty(labels, key, { value, enumerable: true, configurable: true, writable: true });
      else labels[key] = value;
    });
    return labels;
  }

  /** Seconds with a fraction, cut to whole milliseconds. */
  #time(): number {
    const bytes = this.#bytes;
    this.#peek();
    let at = this.#at;
    let seconds = 0;
    let c = bytes[at]!;
    const start = at;
    while (c >= zero && c <= nine) {
      seconds = seconds * 10 + (c - zero);
      c = bytes[++at]!;
    }
    if (at > start && at - start < 16 && (c === comma || c === closeBracket)) {
      this.#at = at;
      return seconds * 1000;
    }
    return Math.trunc(this.#number() * 1000);
  }

  /** Any JSON number. */
  #number(): number {
    this.#peek();
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    for (;;) {
      const c = bytes[at];
      if (c === undefined || !((c >= zero && c <= nine) || c === dot || c === minus || c === 43 || c === 69 || c === 101)) break;
      at++;
    }
    const text = this.#slice(start, at);
    const value = at > start ? Number(text) : Number.NaN;
    if (!Number.isFinite(value)) throw this.#unexpected('a number');
    this.#at = at;
    return value;
  }

  /** A number in quotes: what a sample's value is. */
  #quotedNumber(): number {
    const bytes = this.#bytes;
    if (bytes[this.#at] !== quote && this.#peek() !== quote) throw this.#unexpected('a number in quotes');
    const start = this.#at + 1;
    let at = start;
    let c = bytes[at]!;
    const negative = c === minus;
    if (negative) c = bytes[++at]!;
    let mantissa = 0;
    const digitsFrom = at;
    while (c >= zero && c <= nine) {
      mantissa = mantissa * 10 + (c - zero);
      c = bytes[++at]!;
    }
    let digits = at - digitsFrom;
    let fraction = 0;
    if (c === dot && digits > 0) {
      const fractionFrom = ++at;
      c = bytes[at]!;
      while (c >= zero && c <= nine) {
        mantissa = mantissa * 10 + (c - zero);
        c = bytes[++at]!;
      }
      fraction = at - fractionFrom;
      digits += fraction;
    }
    if (c === quote && digits > 0 && mantissa < exactMax && fraction <= 22) {
      this.#at = at + 1;
      const size = fraction === 0 ? mantissa : mantissa / powersOfTen[fraction]!;
      return negative ? -size : size;
    }
    return this.#oddNumber(start);
  }

  /** Long, special and broken ones. */
  #oddNumber(start: number): number {
    const end = this.#bytes.indexOf(quote, start);
    if (end < 0) throw this.#unexpected('the end of a string');
    const text = this.#slice(start, end);
    this.#at = end + 1;
    const last = this.#bytes[end - 1]!;
    // A letter in second place is hexadecimal and the like, which JavaScript reads and the reference does not.
    if (last >= zero && last <= nine && !(this.#bytes[start + 1]! > 65)) {
      const value = Number(text);
      if (Number.isFinite(value)) return value;
    }
    switch (text) {
      case 'NaN': return Number.NaN;
      case '+Inf': case 'Inf': return Number.POSITIVE_INFINITY;
      case '-Inf': return Number.NEGATIVE_INFINITY;
    }
    const value = text.trim() === text && text !== '' && !/^[+-]?0[xob]/i.test(text) ? Number(text) : Number.NaN;
    if (!Number.isFinite(value)) throw new UnreadableAnswer(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: ${Number.isNaN(value) ? 'invalid syntax' : 'value out of range'}`);
    return value;
  }

  /** A value that is small: parsed as usual. */
  #value(): unknown {
    this.#peek();
    const start = this.#at;
    this.#skip();
    try {
      return JSON.parse(this.#bytes.toString('utf8', start, this.#at));
    } catch (cause) {
      throw new UnreadableAnswer('a value is broken', { cause });
    }
  }

  #skip(): void {
    const first = this.#peek();
    const bytes = this.#bytes;
    if (first === quote) {
      this.#string();
      return;
    }
    if (first !== openBrace && first !== openBracket) {
      let at = this.#at;
      for (;;) {
        const c = bytes[at];
        if (c === undefined || c === comma || c === closeBrace || c === closeBracket || c === 32 || c === 10 || c === 13 || c === 9) break;
        at++;
      }
      const word = this.#slice(this.#at, at);
      if (!/^(true|false|null|-?\d[\d.eE+-]*)$/.test(word)) throw this.#unexpected('a value');
      this.#at = at;
      return;
    }
    let depth = 0;
    for (;;) {
      const c = bytes[this.#at];
      if (c === undefined) throw this.#unexpected('the end of a value');
      if (c === quote) {
        this.#string();
        continue;
      }
      this.#at++;
      if (c === openBrace || c === openBracket) depth++;
      else if (c === closeBrace || c === closeBracket) {
        if (--depth === 0) return;
      }
    }
  }
}

/**
 * Samples as servers write them: no blanks, whole seconds, a decimal number of up to 18 digits. Fills the columns from `count` on;
 * stops before the first sample that is written otherwise, when the columns are full, or behind the list's end. Copies the values' digits to
 * `digits` from `digitsFrom` on, each with a comma behind it, as long as all are those that would be printed; `digitsAt` is -1 once they are not.
 * This loop is where the time of a large answer goes: whole numbers only, nothing looked up.
 */
function readPlainSamples(bytes: Uint8Array, from: number, times: Float64Array, values: Float64Array, count: number, digitsTo: DataView, digitsFrom: number): PlainSamples {
  const room = times.length;
  // Whatever is read ahead of a sample's end stays within the body.
  const last = bytes.length - plainSampleBytesMax;
  let n = count;
  let at = from;
  let digitsAt = digitsFrom;
  const source = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  while (n < room && at < last && bytes[at] === openBracket) {
    let i = at + 1;
    let c = bytes[i]! | 0;
    let time = 0;
    while (c >= zero && c <= nine) {
      time = time * 10 + (c - zero);
      c = bytes[++i]! | 0;
    }
    if (c !== comma || i - at > 11 || i === at + 1 || bytes[i + 1] !== quote) break;
    i += 2;
    c = bytes[i]! | 0;
    const negative = c === minus;
    if (negative) c = bytes[++i]! | 0;
    // Eighteen digits at most, zeros in front not counted, in two whole numbers.
    let high = 0;
    let low = 0;
    let digits = 0;
    const integerFrom = i;
    while (c >= zero && c <= nine && digits < 19) {
      if (digits < 9) {
        high = (Math.imul(high, 10) + c - zero) | 0;
        if (high !== 0) digits++;
      } else {
        if (digits < 18) low = (Math.imul(low, 10) + c - zero) | 0;
        digits++;
      }
      c = bytes[++i]! | 0;
    }
    if (i === integerFrom) break;
    let fraction = 0;
    if (c === dot) {
      const fractionFrom = ++i;
      c = bytes[i]! | 0;
      while (c >= zero && c <= nine && digits < 19 && i - fractionFrom < 23) {
        if (digits < 9) {
          high = (Math.imul(high, 10) + c - zero) | 0;
          if (high !== 0) digits++;
        } else {
          if (digits < 18) low = (Math.imul(low, 10) + c - zero) | 0;
          digits++;
        }
        c = bytes[++i]! | 0;
      }
      fraction = i - fractionFrom;
    }
    if (digits > 18 || fraction > 22 || c !== quote || bytes[i + 1] !== closeBracket) break;
    const next = bytes[i + 2];
    if (next !== comma && next !== closeBracket) break;
    let value = high;
    if (digits > 9) {
      value = longDecimal(high, low, digits - 9, fraction);
      if (value !== value) break;
    } else if (fraction !== 0) value = high / powersOfTen[fraction]!;
    times[n] = time * 1000;
    values[n] = negative ? -value : value;
    n++;
    if (digitsAt >= 0) {
      // Seventeen digits of a server that prints the fewest it can, no zeros too many, and nothing that is printed with an exponent.
      if (digits > 17 || (fraction > 0 && (bytes[i - 1] === zero || value < 1e-6)) || (bytes[integerFrom] === zero && i - integerFrom > 1 && bytes[integerFrom + 1] !== dot) || bytes[i - 1] === dot) digitsAt = -1;
      else {
        const start = negative ? integerFrom - 1 : integerFrom;
        // Four bytes at once; what is too much is written over.
        for (let k = start; k < i; k += 4) digitsTo.setInt32(digitsAt + k - start, source.getInt32(k));
        digitsAt += i - start + 1;
        digitsTo.setInt8(digitsAt - 1, comma);
      }
    }
    at = i + 3;
    if (next === closeBracket) return { count: n, at, digitsAt, ended: true };
  }
  return { count: n, at, digitsAt, ended: false };
}

interface PlainSamples {
  readonly count: number;
  readonly at: number;
  readonly digitsAt: number;
  readonly ended: boolean;
}

/** More than the longest sample that `readPlainSamples` takes, and what stands behind it. */
const plainSampleBytesMax = 96;

/**
 * `(high * 10^lowDigits + low) / 10^fraction`, rounded to the nearest double: the quotient is worked out to twice a double's precision. NaN
 * where even that does not tell which of two doubles is nearer.
 */
function longDecimal(high: number, low: number, lowDigits: number, fraction: number): number {
  const scale = powersOfTen[lowDigits]!;
  // Exact: no part has more than 46 bits.
  const upper = (high >>> 15) * scale * 32_768;
  const rest = (high & 32_767) * scale + low;
  const sum = upper + rest;
  const sumError = rest - (sum - upper);
  const divisor = powersOfTen[fraction]!;
  const quotient = sum / divisor;
  // What the quotient leaves: Dekker's product.
  const product = quotient * divisor;
  const c = splitter * quotient;
  const quotientHigh = c - (c - quotient);
  const quotientLow = quotient - quotientHigh;
  const divisorHigh = powersHigh[fraction]!;
  const divisorLow = powersLow[fraction]!;
  const productError = quotientHigh * divisorHigh - product + quotientHigh * divisorLow + quotientLow * divisorHigh + quotientLow * divisorLow;
  const correction = (sum - product - productError + sumError) / divisor;
  const doubt = quotient * 2 ** -90;
  const value = quotient + correction;
  return quotient + (correction - doubt) === quotient + (correction + doubt) ? value : Number.NaN;
}

/** Buckets of native histograms: one row a bucket. */
class Histogram {
  readonly #times: number[] = [];
  readonly #min: number[] = [];
  readonly #max: number[] = [];
  readonly #count: number[] = [];
  readonly #layout: number[] = [];

  add(time: number, min: number, max: number, count: number, layout: number): void {
    this.#times.push(time);
    this.#min.push(min);
    this.#max.push(max);
    this.#count.push(count);
    this.#layout.push(layout);
  }

  frame(labels: Labels): Frame {
    const options = { labels };
    return frame('', [
      timeField('xMax', Float64Array.from(this.#times), options), floatField('yMin', Float64Array.from(this.#min), options),
      floatField('yMax', Float64Array.from(this.#max), options), floatField('count', Float64Array.from(this.#count), options),
      field('int8', 'yLayout', Int8Array.from(this.#layout), options),
    ], { meta: { type: 'heatmap-cells' } });
  }
}

function grown(values: Float64Array): Float64Array<ArrayBuffer> {
  const wider = new Float64Array(Math.max(512, values.length * 2));
  wider.set(values);
  return wider;
}

function withNotices(frames: readonly Frame[], notices: readonly Notice[]): Frame[] {
  if (frames.length === 0) return [frame('Warnings', [], { meta: { notices } })];
  return frames.map((f) => ({ ...f, meta: { ...f.meta, notices } }));
}

/**
 * One column a key, text all of it. Compat: a column begins with the values that there are and is filled up behind them; who asks for
 * series by a query (nobody is known to) compares with the reference.
 */
function objectsFrame(objects: readonly Record<string, unknown>[]): Frame {
  const keys = [...new Set(objects.flatMap((object) => Object.keys(object)))].sort(byteOrder);
  return frame('', keys.map((key): Field => {
    const values = objects.filter((object) => Object.hasOwn(object, key)).map((object) => String(object[key]));
    return stringField(key, [...values, ...new Array<string>(objects.length - values.length).fill('')]);
  }));
}

/**
 * Exemplars of one series: their own labels win over the series'. None without exemplars. Compat: a label that one exemplar has of its own
 * is empty for those of the series that have not, as the reference shows it.
 */
function exemplarFrame(object: Record<string, unknown>): Frame[] {
  const seriesLabels = textMembers(object['seriesLabels']);
  const exemplars = Array.isArray(object['exemplars']) ? (object['exemplars'] as { labels?: unknown; value?: unknown; timestamp?: unknown }[]) : [];
  if (exemplars.length === 0) return [];
  const rows = exemplars.map(({ labels, value, timestamp }) => {
    const number = value === 'NaN' ? Number.NaN : Number(String(value).replace('Inf', 'Infinity'));
    if (typeof timestamp !== 'number') throw new UnreadableAnswer('an exemplar has no time');
    return { time: Math.trunc(timestamp * 1000), value: number, own: textMembers(labels) };
  });
  const ownNames = new Set(rows.flatMap(({ own }) => Object.keys(own)));
  const names = [...new Set([...Object.keys(seriesLabels), ...ownNames])].sort(byteOrder);
  return [frame('exemplar', [
    timeField('Time', Float64Array.from(rows, (row) => row.time)), floatField('Value', Float64Array.from(rows, (row) => row.value)),
    ...names.map((name) => stringField(name, rows.map(({ own }) => (ownNames.has(name) ? own[name] : seriesLabels[name]) ?? ''))),
  ], { meta: { custom: { resultType: 'exemplar' } } })];
}

const textMembers = (value: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(typeof value === 'object' && value !== null ? value : {}).map(([key, member]) => [key, String(member)]));

/**
 * Reads answers of the Prometheus API (tsdb-backends §2.7) from their bytes straight into columns: no JSON value is made of the samples.
 * Series with the same times share one time column. Series are read as soon as they are there, so that a large answer is never held whole.
 */
import { byteOrder, floatField, frame, keepJsonBytes, stringField, timeField, field, type Field, type Frame, type FrameMeta, type Notice } from '@belvedere/dataframe';

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
  const reader = new AnswerReader();
  reader.part(body);
  return reader.end();
}

type Labels = Record<string, string>;

/** How servers begin an answer of many series. */
const matrixHead = Buffer.from('{"status":"success","data":{"resultType":"matrix","result":[');
/** How they end one of the series. Where it stands elsewhere (in a label), or does not, reading waits for the answer's end. */
const seriesEnd = Buffer.from('"]]}');
const windowBytesMin = 16_384;
/** Longer texts are not looked for among those that came before. */
const knownLengthMax = 64;
const knownStringsMax = 128;

const matrixMeta: FrameMeta = { type: 'timeseries-multi', typeVersion: [0, 1], custom: { resultType: 'matrix' } };
const vectorMeta: FrameMeta = { type: 'numeric-multi', typeVersion: [0, 1], custom: { resultType: 'vector' } };

/** Takes an answer part by part. What is wrong with it is thrown at its end. */
export class AnswerReader {
  /** What came and is not read yet lies from `at` to `end`. */
  #window: Buffer = none;
  #end = 0;
  /** The part of the window that is read now. */
  #bytes: Buffer = none;
  /** All of it and a bit, for reading samples. */
  #ahead: Buffer = none;
  #aheadView: DataView | undefined;
  #at = 0;
  /** Bytes that lay in front of the window. */
  #gone = 0;
  #text: string | undefined;
  /** Whether series are still looked for before the answer's end. */
  #eager = true;
  /** Frames of the series that were read before the answer's end. */
  #early: Frame[] | undefined;
  /** Made for the first samples: an answer of an alert rule has none. */
  #columns: SampleColumns | undefined;
  /** Of a large answer. */
  #knownStrings: string[] | undefined;
  /** Times of one sample: equal ones are shared. */
  #sharedTimes: Float64Array = new Float64Array(0);

  /** Copies what it needs of the bytes. */
  part(bytes: Uint8Array): void {
    if (this.#end + bytes.length + plainSampleBytesMax > this.#window.length) this.#makeRoom(bytes.length);
    this.#window.set(bytes, this.#end);
    this.#end += bytes.length;
    if (this.#eager) this.#readEarly(bytes.length);
  }

  #makeRoom(wanted: number): void {
    const kept = this.#end - this.#at;
    const needed = kept + wanted + plainSampleBytesMax;
    const { length } = this.#window;
    const window = needed > length ? Buffer.allocUnsafe(Math.max(needed, length * 2, length > 0 ? windowBytesMin : 0)) : this.#window;
    this.#window.copy(window, 0, this.#at, this.#end);
    this.#window = window;
    if (window.length >= windowBytesMin) this.#knownStrings ??= new Array<string>(knownStringsMax).fill('');
    this.#gone += this.#at;
    this.#at = 0;
    this.#end = kept;
  }

  /** As many whole series as there are. `came`: bytes that were not there the last time. */
  #readEarly(came: number): void {
    if (!this.#early) {
      if (this.#end < matrixHead.length) return;
      this.#eager = this.#window.compare(matrixHead, 0, matrixHead.length, 0, matrixHead.length) === 0;
      if (!this.#eager) return;
      this.#early = [];
      this.#at = matrixHead.length;
    }
    const from = Math.max(this.#at, this.#end - came - seriesEnd.length + 1);
    const last = this.#window.subarray(from, this.#end).lastIndexOf(seriesEnd);
    if (last < 0) return;
    const limit = from + last + seriesEnd.length;
    this.#look(limit);
    let at = this.#at;
    try {
      while (this.#at < limit) {
        if (this.#early.length > 0) this.#expect(comma);
        const one = this.#oneSeries(matrixMeta);
        if (this.#at > limit) throw this.#unexpected('the end of a series');
        this.#early.push(one);
        at = this.#at;
      }
    } catch (error) {
      if (!(error instanceof UnreadableAnswer)) throw error;
      // The whole answer will say what is wrong, if anything is.
      this.#eager = false;
      this.#at = at;
    }
  }

  #look(end: number): void {
    this.#bytes = this.#window.subarray(0, end);
    this.#text = undefined;
    // Nothing that stood there before is taken for a sample.
    this.#window.fill(0, this.#end, this.#end + plainSampleBytesMax);
    this.#ahead = this.#window.subarray(0, this.#end + plainSampleBytesMax);
    this.#aheadView = undefined;
  }

  end(): PrometheusAnswer {
    if (this.#window === none) this.#makeRoom(0);
    this.#look(this.#end);
    let status = '';
    let errorType = '';
    let error = '';
    let warnings: readonly string[] = [];
    let infos: readonly string[] = [];
    let frames: Frame[] = [];
    let inData = false;
    const early = this.#early;
    if (early) status = 'success';
    try {
      if (early) {
        inData = true;
        frames = this.#restOfData(early);
        inData = false;
      }
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
      }, early !== undefined);
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
    return this.#dataMembers();
  }

  /** `data` whose series were read early, up to one of them. */
  #restOfData(early: Frame[]): Frame[] {
    this.#items(() => early.push(this.#oneSeries(matrixMeta)), early.length);
    return this.#dataMembers('matrix', early);
  }

  /** `resultType` and `frames`: of what was read before. */
  #dataMembers(resultType?: string, frames?: Frame[]): Frame[] {
    const begun = frames !== undefined;
    let resultAt = -1;
    let stats: unknown;
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
    }, begun);
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
    const meta = resultType === 'matrix' ? matrixMeta : vectorMeta;
    this.#items(() => frames.push(this.#oneSeries(meta)));
    return frames;
  }

  #oneSeries(meta: FrameMeta): Frame {
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
    if (histogram) return histogram.frame(labels);
    return frame('', [timeField('Time', times ?? new Float64Array(0)), floatField('Value', values ?? new Float64Array(0), { labels })], { meta });
  }

  /** `[[1700000000,"1.5"],…]`, in one pass over the bytes. */
  #samples(): { times: Float64Array; values: Float64Array } {
    this.#expect(openBracket);
    const columns = (this.#columns ??= new SampleColumns());
    const view = (this.#aheadView ??= new DataView(this.#ahead.buffer, this.#ahead.byteOffset, this.#ahead.length));
    columns.begin(this.#bytes.length - this.#at);
    if (this.#peek() === closeBracket) {
      this.#at++;
      return columns.end();
    }
    for (;;) {
      this.#at = columns.readPlain(this.#ahead, view, this.#at);
      if (columns.ended) break;
      // A sample that is not written as servers write them.
      this.#expect(openBracket);
      const time = this.#time();
      this.#expect(comma);
      const value = this.#quotedNumber();
      this.#expect(closeBracket);
      columns.add(time, value);
      if (this.#peek() !== comma) {
        this.#expect(closeBracket);
        break;
      }
      this.#at++;
      this.#peek();
    }
    return columns.end();
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
    return new UnreadableAnswer(`expected ${wanted} at byte ${this.#gone + this.#at}, found ${found}`);
  }

  /** An object's; `begun`: behind one of them. */
  #members(visit: (key: string) => void, begun = false): void {
    if (!begun) this.#expect(openBrace);
    if (this.#peek() === closeBrace) {
      this.#at++;
      return;
    }
    if (begun) this.#expect(comma);
    for (;;) {
      const key = this.#string();
      this.#expect(colon);
      visit(key);
      if (this.#peek() !== comma) break;
      this.#at++;
    }
    this.#expect(closeBrace);
  }

  /** A list; `null` is an empty one. `before`: how many items were read already, behind the bracket. */
  #items(visit: () => void, before = -1): void {
    if (before < 0) {
      if (this.#peek() === 110) return this.#skip();
      this.#expect(openBracket);
    }
    if (this.#peek() === closeBracket) {
      this.#at++;
      return;
    }
    if (before > 0) this.#expect(comma);
    for (;;) {
      visit();
      if (this.#peek() !== comma) break;
      this.#at++;
    }
    this.#expect(closeBracket);
  }

  /** What is read as Latin-1, so that positions are those of the bytes; made once, for what the fast ways do not cover. */
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
    if (plain) return this.#plainString(start, at);
    try {
      return JSON.parse(bytes.toString('utf8', start - 1, at + 1)) as string;
    } catch (cause) {
      throw new UnreadableAnswer('a string is broken', { cause });
    }
  }

  /** Names and values of labels come again with every series: those that came before are given again. */
  #plainString(from: number, to: number): string {
    const bytes = this.#bytes;
    const length = to - from;
    if (length === 0) return '';
    const strings = this.#knownStrings;
    if (strings === undefined || length > knownLengthMax) return bytes.toString('latin1', from, to);
    const slot = (length * 31 + bytes[from]! * 7 + bytes[from + (length >> 1)]! * 5 + bytes[to - 1]! * 3) & (knownStringsMax - 1);
    const known = strings[slot]!;
    if (known.length === length) {
      let i = 0;
      while (i < length && known.charCodeAt(i) === bytes[from + i]) i++;
      if (i === length) return known;
    }
    return (strings[slot] = bytes.toString('latin1', from, to));
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

const valuesMax = 16_384;
const digitsBytesMax = 262_144;

/**
 * Times and values of one series after another. Values of several lie in one piece of memory, and beside each the digits that it came as, where
 * they are those that would be printed; equal times are shared with the series before.
 */
class SampleColumns {
  /** Behind the list's end. */
  ended = false;
  /** Samples of this series. */
  #count = 0;
  /** Times of the series before, and of this one as long as they are the same. */
  #shared = new Float64Array(0);
  #same = true;
  /** Times of this one once they are not. */
  #times = new Float64Array(0);
  /** `[1700000000,` of each sample as three whole numbers, 0 for one that is written otherwise. */
  #timeTexts = new Int32Array(0);
  #values = new Float64Array(0);
  #valuesFrom = 0;
  /** `[1.5,2` */
  #digits: Buffer = none;
  #digitsView: DataView = new DataView(none.buffer);
  #digitsFrom = 0;
  /** -1 once a number is not written as it would be printed. */
  #digitsAt = 0;

  /** `bytesLeft`: of what is there, the series and others. */
  begin(bytesLeft: number): void {
    this.ended = false;
    this.#count = 0;
    this.#same = true;
    this.#digitsAt = this.#digitsFrom;
    if (this.#valuesFrom === this.#values.length) this.#moveValues(bytesLeft);
    if (this.#digits.length - this.#digitsFrom < 2 * plainSampleBytesMax) this.#moveDigits(bytesLeft);
    this.#digits[this.#digitsFrom] = openBracket;
    this.#digitsAt = this.#digitsFrom + 1;
  }

  #moveValues(bytesLeft: number): void {
    const values = new Float64Array(Math.max(this.#count * 2, Math.min(valuesMax, (bytesLeft >> 4) + 16)));
    values.set(this.#values.subarray(this.#valuesFrom, this.#valuesFrom + this.#count));
    this.#values = values;
    this.#valuesFrom = 0;
  }

  #moveDigits(bytesLeft: number): void {
    const written = Math.max(0, this.#digitsAt - this.#digitsFrom);
    const digits = Buffer.allocUnsafe(Math.max(written * 2, Math.min(digitsBytesMax, bytesLeft)) + 2 * plainSampleBytesMax);
    this.#digits.copy(digits, 0, this.#digitsFrom, this.#digitsFrom + written);
    this.#digits = digits;
    this.#digitsView = new DataView(digits.buffer, digits.byteOffset, digits.length);
    this.#digitsFrom = 0;
    this.#digitsAt = written;
  }

  #growTimes(): void {
    const times = new Float64Array(Math.max(512, this.#times.length * 2));
    times.set(this.#times);
    this.#times = times;
    const texts = new Int32Array(times.length * 3);
    texts.set(this.#timeTexts);
    this.#timeTexts = texts;
  }

  /** One that `readPlain` does not take. */
  add(time: number, value: number): void {
    if (this.#valuesFrom + this.#count === this.#values.length) this.#moveValues(0);
    if (this.#count === this.#times.length) this.#growTimes();
    this.#digitsAt = -1;
    this.#values[this.#valuesFrom + this.#count] = value;
    if (this.#same && (this.#count >= this.#shared.length || this.#shared[this.#count] !== time)) this.#part(this.#count);
    if (!this.#same) {
      this.#times[this.#count] = time;
      this.#timeTexts[this.#count * 3] = 0;
    }
    this.#count++;
  }

  /** From here on the times differ from those before. */
  #part(count: number): void {
    this.#same = false;
    this.#times.set(this.#shared.subarray(0, count));
  }

  end(): { times: Float64Array; values: Float64Array } {
    const count = this.#count;
    if (!this.#same) this.#shared = this.#times.slice(0, count);
    else if (count !== this.#shared.length) this.#shared = this.#shared.slice(0, count);
    const values = this.#values.subarray(this.#valuesFrom, this.#valuesFrom + count);
    this.#valuesFrom += count;
    if (count > 0 && this.#digitsAt > 0) {
      // In place of the last comma.
      this.#digits[this.#digitsAt - 1] = closeBracket;
      keepJsonBytes(values, this.#digits.subarray(this.#digitsFrom, this.#digitsAt));
      this.#digitsFrom = this.#digitsAt;
    }
    return { times: this.#shared, values };
  }

  /**
   * Samples as servers write them: no blanks, whole seconds, a decimal number of up to 18 digits. Stops before the first that is written otherwise, or
   * behind the list's end, and gives the place. Of `bytes`, which `source` shows too, the last `plainSampleBytesMax` are only looked at: they begin with a 0, which ends everything. This is where the
   * time of a large answer goes.
   */
  readPlain(bytes: Buffer, source: DataView, from: number): number {
    let at = from;
    for (;;) {
      if (this.#valuesFrom + this.#count === this.#values.length) this.#moveValues(bytes.length - at);
      if (this.#count === this.#times.length) this.#growTimes();
      if (this.#digitsAt > this.#digits.length - plainSampleBytesMax) this.#moveDigits(bytes.length - at);
      const before = at;
      at = this.#readRun(bytes, source, at);
      if (this.ended || at === before) return at;
    }
  }

  /** Until there is no room left, too. Whole numbers only, nothing looked up. */
  #readRun(bytes: Buffer, source: DataView, from: number): number {
    const { length: known } = this.#shared;
    const shared = this.#shared;
    const times = this.#times;
    const timeTexts = this.#timeTexts;
    const valuesFrom = this.#valuesFrom;
    const values = this.#values;
    const digitsTo = this.#digitsView;
    const digitsMax = digitsTo.byteLength - plainSampleBytesMax;
    const room = Math.min(times.length, values.length - valuesFrom);
    // Whatever is read ahead of a sample's end stays within the bytes.
    const last = bytes.length - plainSampleBytesMax;
    let same = this.#same;
    let n = this.#count;
    let digitsAt = this.#digitsAt;
    let at = from;
    while (n < room && at < last && digitsAt <= digitsMax) {
      let i = at + 12;
      let c = 0;
      if (!same || n >= known || source.getInt32(at) !== timeTexts[n * 3] || source.getInt32(at + 4) !== timeTexts[n * 3 + 1] || source.getInt32(at + 8) !== timeTexts[n * 3 + 2]) {
        if (bytes[at] !== openBracket) break;
        i = at + 1;
        let time = 0;
        c = bytes[i]! | 0;
        while (c >= zero && c <= nine) {
          time = time * 10 + (c - zero);
          c = bytes[++i]! | 0;
        }
        const length = i - at;
        if (c !== comma || length > 11 || length === 1) break;
        i++;
        const ms = time * 1000;
        if (same && (n >= known || ms !== shared[n])) {
          same = false;
          this.#part(n);
        }
        if (!same) {
          times[n] = ms;
          timeTexts[n * 3] = length === 11 ? source.getInt32(at) : 0;
          timeTexts[n * 3 + 1] = source.getInt32(at + 4);
          timeTexts[n * 3 + 2] = source.getInt32(at + 8);
        }
      }
      if (bytes[i] !== quote) break;
      c = bytes[++i]! | 0;
      const start = i;
      const negative = c === minus;
      if (negative) c = bytes[++i]! | 0;
      // Eighteen digits at most, zeros in front not counted, in two whole numbers of nine.
      const integerFrom = i;
      if (c === zero) c = bytes[++i]! | 0;
      let high = 0;
      let low = 0;
      let digit = (c - zero) | 0;
      let stop = i + 9;
      let digitsFrom = i;
      while (digit >>> 0 < 10 && i < stop) {
        high = (Math.imul(high, 10) + digit) | 0;
        digit = (bytes[++i]! - zero) | 0;
      }
      if (digit >>> 0 < 10) {
        stop = i + 9;
        do {
          low = (Math.imul(low, 10) + digit) | 0;
          digit = (bytes[++i]! - zero) | 0;
        } while (digit >>> 0 < 10 && i < stop);
      }
      if (i === integerFrom) break;
      let digits = i - digitsFrom;
      let fraction = 0;
      if (digit === dot - zero) {
        const fractionFrom = ++i;
        digit = (bytes[i]! - zero) | 0;
        if (high === 0) while (digit === 0) digit = (bytes[++i]! - zero) | 0;
        digitsFrom = i;
        if (digits <= 9) {
          stop = i + 9 - digits;
          while (digit >>> 0 < 10 && i < stop) {
            high = (Math.imul(high, 10) + digit) | 0;
            digit = (bytes[++i]! - zero) | 0;
          }
          stop = i + 9;
        } else stop = i + 18 - digits;
        while (digit >>> 0 < 10 && i < stop) {
          low = (Math.imul(low, 10) + digit) | 0;
          digit = (bytes[++i]! - zero) | 0;
        }
        digits += i - digitsFrom;
        fraction = i - fractionFrom;
      }
      if (fraction > 22 || digit !== quote - zero || bytes[i + 1] !== closeBracket) break;
      const next = bytes[i + 2];
      if (next !== comma && next !== closeBracket) break;
      let value = high;
      if (digits > 15) {
        value = longDecimal(high, low, digits - 9, fraction);
        if (value !== value) break;
      } else {
        if (digits > 9) value = high * powersOfTen[digits - 9]! + low;
        if (fraction !== 0) value /= powersOfTen[fraction]!;
      }
      values[valuesFrom + n] = negative ? -value : value;
      n++;
      if (digitsAt >= 0) {
        const before = bytes[i - 1];
        // Seventeen digits of a server that prints the fewest it can, no zeros too many, and nothing that is printed with an exponent.
        if (digits > 17 || (fraction > 0 && (before === zero || value < 1e-6)) || before === dot || (bytes[integerFrom] === zero && i - integerFrom > 1 && bytes[integerFrom + 1] !== dot)) digitsAt = -1;
        else {
          // Four bytes at once; what is too much is written over.
          digitsTo.setInt32(digitsAt, source.getInt32(start));
          digitsTo.setInt32(digitsAt + 4, source.getInt32(start + 4));
          digitsTo.setInt32(digitsAt + 8, source.getInt32(start + 8));
          for (let k = start + 12; k < i; k += 4) digitsTo.setInt32(digitsAt + k - start, source.getInt32(k));
          digitsAt += i - start + 1;
          digitsTo.setInt8(digitsAt - 1, comma);
        }
      }
      at = i + 3;
      if (next === closeBracket) {
        this.ended = true;
        break;
      }
    }
    this.#same = same;
    this.#count = n;
    this.#digitsAt = digitsAt;
    return at;
  }
}

/** More than the longest sample that `readPlain` takes, and what stands behind it. */
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

/** The body of Prometheus remote write 1.0: a protobuf message in a block of snappy (alerting-rules §12, §14). */

/** A value that ends a series. */
export const staleMarker = Symbol('stale');

export interface Sample {
  readonly value: number | typeof staleMarker;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface WrittenSeries {
  /** With `__name__`. Prometheus wants the names in order; they are put so. */
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly Sample[];
}

/** The NaN that Prometheus takes for the end of a series. */
const staleBits = 0x7ff0_0000_0000_0002n;

export function writeRequest(series: readonly WrittenSeries[]): Buffer {
  return snappyBlock(Buffer.concat(series.map(({ labels, samples }) => member(1, Buffer.concat([
    ...Object.keys(labels).sort(byBytes).map((name) => member(1, Buffer.concat([member(1, Buffer.from(name)), member(2, Buffer.from(labels[name]!))]))),
    ...samples.map(({ value, at }) => member(2, sample(value, at))),
  ])))));
}

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

function sample(value: Sample['value'], at: number): Buffer {
  const double = Buffer.alloc(9);
  double[0] = 0x09;
  if (value === staleMarker) double.writeBigUInt64LE(staleBits, 1);
  else double.writeDoubleLE(value, 1);
  return Buffer.concat([double, Buffer.of(0x10), varint(BigInt.asUintN(64, BigInt(Math.trunc(at))))]);
}

/** A length-delimited member. */
const member = (field: number, content: Buffer) => Buffer.concat([Buffer.of((field << 3) | 2), varint(BigInt(content.length)), content]);

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

const literalMax = 65_536;

/** What is sent is small: it is wrapped, not made smaller. A block of literals is a valid block. */
export function snappyBlock(content: Buffer): Buffer {
  const parts = [varint(BigInt(content.length))];
  for (let from = 0; from < content.length; from += literalMax) {
    const literal = content.subarray(from, from + literalMax);
    const length = literal.length - 1;
    parts.push(length < 60 ? Buffer.of(length << 2) : length < 256 ? Buffer.of(60 << 2, length) : Buffer.of(61 << 2, length & 0xff, length >> 8), literal);
  }
  return Buffer.concat(parts);
}

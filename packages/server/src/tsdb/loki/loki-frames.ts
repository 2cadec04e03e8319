/** Answers of the Loki API as frames (tsdb-backends §3.4). Metrics are read by the reader of Prometheus, whose format they have. */
import { allocate, byteOrder, jsonField, jsonText, stringField, type Field, type Frame, type FrameMeta, type Notice } from '@belvedere/dataframe';
import { formatGoDuration } from '../../util/interval.ts';
import { isObject, numberOf, objectOf, textOf, textsOf } from '../../util/json-value.ts';
import { filledIn, quoted } from '../prometheus/query-model.ts';
import { readAnswer, UnreadableAnswer } from '../prometheus/response-reader.ts';
import type { LokiQuery } from './loki-query.ts';

type Labels = Readonly<Record<string, string>>;

/** `dataplane`: log frames in the shape of the toggle `lokiLogsDataplane`. Throws UnreadableAnswer. */
export function lokiFrames(body: Buffer, query: Pick<LokiQuery, 'expr' | 'instant' | 'stepMs' | 'legendFormat'>, { dataplane }: { readonly dataplane: boolean }): readonly Frame[] | undefined {
  const answer = parsed(body);
  const { resultType } = objectOf(answer?.['data']);
  if (resultType === 'streams' && answer?.['status'] !== 'error') return [logsFrame(answer!, query, dataplane)];
  const { frames, error } = readAnswer(body);
  if (error !== undefined) throw new UnreadableAnswer(error);
  if (resultType === 'string') throw new UnreadableAnswer('invalid field length in logs frame. expected 4 or 5, got 2');
  const stats = statsOf(answer);
  return frames.length === 0 ? undefined : frames.map((frame, i) => metricFrame(frame, query, i === 0 ? stats : []));
}

function parsed(body: Buffer): Record<string, unknown> | undefined {
  try {
    const answer: unknown = JSON.parse(body.toString('utf8'));
    return isObject(answer) ? answer : undefined;
  } catch {
    // The other reader says what is wrong with it.
    return undefined;
  }
}

const executed = ({ expr, instant, stepMs }: Pick<LokiQuery, 'expr' | 'instant' | 'stepMs'>) => (instant ? `Expr: ${expr}` : `Expr: ${expr}\nStep: ${formatGoDuration(stepMs)}`);

function metricFrame(frame: Frame, query: Pick<LokiQuery, 'expr' | 'instant' | 'stepMs' | 'legendFormat'>, stats: readonly Stat[]): Frame {
  const { custom: _, ...rest } = frame.meta ?? {};
  const meta: FrameMeta = { ...rest, ...(stats.length > 0 && { stats }), executedQueryString: executed(query) };
  const [time, value, ...others] = frame.fields;
  if (!time || !value) return { ...frame, meta };
  const labels = value.labels ?? {};
  const name = query.legendFormat === '' ? labelsText(labels) : filledIn(query.legendFormat, labels);
  return {
    ...frame, meta,
    fields: [query.instant ? time : { ...time, config: { interval: query.stepMs } }, { ...value, labels, config: name === '' ? {} : { displayNameFromDS: name } }, ...others],
  };
}

const labelsText = (labels: Labels): string => `{${Object.keys(labels).sort(byteOrder).map((key) => `${key}=${quoted(labels[key]!)}`).join(', ')}}`;

interface LogLine {
  readonly labels: string;
  readonly types: string;
  readonly ns: string;
  readonly line: string;
}

function logsFrame(answer: Record<string, unknown>, query: Pick<LokiQuery, 'expr'>, dataplane: boolean): Frame {
  const data = objectOf(answer['data']);
  const categorized = textsOf(data['encodingFlags']).includes('categorize-labels');
  const lines: LogLine[] = [];
  for (const stream of arrayOf(data['result'])) {
    const indexed = labelsOf(objectOf(stream)['stream']);
    const plain = textOfLabels(indexed, 'I');
    for (const entry of arrayOf(objectOf(stream)['values'])) {
      const [ns, line, extra] = arrayOf(entry);
      if (typeof ns !== 'string' || !/^-?\d{1,19}$/.test(ns) || typeof line !== 'string') throw new UnreadableAnswer('a log line is not a time and a text');
      if (extra !== undefined && !categorized) throw new UnreadableAnswer('a log line has more than a time and a text');
      lines.push({ ns, line, ...(extra === undefined ? plain : merged(indexed, objectOf(extra))) });
    }
  }
  const { ms, nanos } = timesOf(lines);
  const time: Field<'time'> = { name: dataplane ? 'timestamp' : 'Time', type: 'time', nullable: false, values: ms, ...(nanos && { nanos }) };
  const labels = jsonField('labels', lines.map((line) => line.labels));
  const text = stringField(dataplane ? 'body' : 'Line', lines.map(({ line }) => line));
  const types = categorized ? [jsonField('labelTypes', lines.map((line) => line.types), { config: { custom: { hidden: true } } })] : [];
  const ids = stringField('id', idsOf(lines));
  const stats = statsOf(answer);
  const notices = [...notes(answer, 'warnings', 'warning'), ...notes(answer, 'infos', 'info')];
  const meta: FrameMeta = {
    ...(dataplane ? { type: 'log-lines' } : { custom: { frameType: 'LabeledTimeValues' } }), ...(stats.length > 0 && { stats }), ...(notices.length > 0 && { notices }),
    executedQueryString: `Expr: ${query.expr}`,
  };
  return { name: '', refId: '', fields: dataplane ? [labels, time, text, ids, ...types] : [labels, time, text, stringField('tsNs', lines.map(({ ns }) => ns)), ...types, ids], meta };
}

const arrayOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function labelsOf(value: unknown): Labels {
  return Object.fromEntries(Object.entries(objectOf(value)).map(([key, text]) => [key, textOf(text)]));
}

/** JSON with sorted keys, and which kind each label is of. */
function textOfLabels(labels: Labels, type: string): Pick<LogLine, 'labels' | 'types'> {
  const keys = Object.keys(labels).sort(byteOrder);
  const object = (value: (key: string) => string) => `{${keys.map((key) => `${jsonText(key)}:${jsonText(value(key))}`).join(',')}}`;
  return { labels: object((key) => labels[key]!), types: object(() => type) };
}

/** Indexed labels, structured metadata, parsed ones: the later wins. */
function merged(indexed: Labels, { structuredMetadata, parsed: read }: Record<string, unknown>): Pick<LogLine, 'labels' | 'types'> {
  const all = new Map<string, readonly [value: string, type: string]>();
  for (const [labels, type] of [[indexed, 'I'], [labelsOf(structuredMetadata), 'S'], [labelsOf(read), 'P']] as const) {
    for (const [key, value] of Object.entries(labels)) all.set(key, [value, type]);
  }
  const keys = [...all.keys()].sort(byteOrder);
  const object = (part: 0 | 1) => `{${keys.map((key) => `${jsonText(key)}:${jsonText(all.get(key)![part])}`).join(',')}}`;
  return { labels: object(0), types: object(1) };
}

function timesOf(lines: readonly LogLine[]): { readonly ms: Float64Array; readonly nanos?: Int32Array } {
  const ms = allocate('time', lines.length);
  let nanos: Int32Array | undefined;
  lines.forEach(({ ns }, row) => {
    // The last six digits are what is finer than a millisecond.
    const whole = BigInt(ns);
    const fine = ((whole % 1_000_000n) + 1_000_000n) % 1_000_000n;
    ms[row] = Number((whole - fine) / 1_000_000n);
    if (fine !== 0n) (nanos ??= new Int32Array(lines.length))[row] = Number(fine);
  });
  return { ms, ...(nanos && { nanos }) };
}

/** Time and hash of line and labels; lines that are alike are numbered. */
function idsOf(lines: readonly LogLine[]): string[] {
  const seen = new Map<string, number>();
  return lines.map(({ ns, line, labels }) => {
    const id = `${ns}_${fnv1(`${line}_${labels}`).toString(16)}`;
    const before = seen.get(id) ?? 0;
    seen.set(id, before + 1);
    return before === 0 ? id : `${id}_${before}`;
  });
}

/** FNV-1, 32 bits, over UTF-8. */
function fnv1(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash, 0x01000193) ^ byte;
  return hash >>> 0;
}

const notes = (answer: Record<string, unknown>, key: string, severity: Notice['severity']): Notice[] => textsOf(answer[key]).map((text) => ({ severity, text }));

interface Stat {
  readonly displayName: string;
  readonly unit?: string;
  readonly value: number;
}

type StatNames = readonly (readonly [key: string, name: string, unit?: string])[];

const summaryStats: StatNames = [
  ['bytesProcessedPerSecond', 'bytes processed per second', 'Bps'], ['linesProcessedPerSecond', 'lines processed per second'], ['totalBytesProcessed', 'total bytes processed', 'decbytes'],
  ['totalLinesProcessed', 'total lines processed'], ['execTime', 'exec time', 's'],
];
const chunkStats: StatNames = [
  ['headChunkBytes', 'head chunk bytes', 'decbytes'], ['headChunkLines', 'head chunk lines'], ['decompressedBytes', 'decompressed bytes', 'decbytes'], ['decompressedLines', 'decompressed lines'],
  ['compressedBytes', 'compressed bytes', 'decbytes'], ['totalDuplicates', 'total duplicates'],
];
const groups: readonly (readonly [key: string, title: string, names: StatNames])[] = [
  ['summary', 'Summary', summaryStats],
  ['store', 'Store', [['totalChunksRef', 'total chunks ref'], ['totalChunksDownloaded', 'total chunks downloaded'], ['chunksDownloadTime', 'chunks download time', 's'], ...chunkStats]],
  ['ingester', 'Ingester', [['totalReached', 'total reached'], ['totalChunksMatched', 'total chunks matched'], ['totalBatches', 'total batches'], ['totalLinesSent', 'total lines sent'], ...chunkStats]],
];

function statsOf(answer: Record<string, unknown> | undefined): Stat[] {
  const stats = objectOf(objectOf(answer?.['data'])['stats']);
  return groups.flatMap(([key, title, names]) => {
    const group = stats[key];
    return isObject(group) ? names.map(([member, name, unit]) => ({ displayName: `${title}: ${name}`, ...(unit && { unit }), value: numberOf(group[member], 0) })) : [];
  });
}

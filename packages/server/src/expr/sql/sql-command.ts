import { Worker } from 'node:worker_threads';
import { labelsText, type Frame, type Labels } from '@belvedere/dataframe';
import { ApiError } from '../../web/errors.ts';
import { goType, type Command } from '../commands.ts';
import { noData, numberValue, type Value } from '../values.ts';
import { cellsOf } from './sql-frames.ts';
import { parseSql, tablesOf } from './sql-parser.ts';
import { runSqlJob, type SqlJob, type SqlOutcome } from './sql-run.ts';

/** SQL expressions (queries-and-frames §13.9): MySQL's dialect, read-only, over the answers of other queries. */

export interface SqlLimits {
  /** Rows times columns over all tables. As for all of these, 0 or less is no limit. */
  readonly sqlInputCellsMax: number;
  readonly sqlOutputCellsMax: number;
  readonly sqlQueryLengthMax: number;
  readonly sqlTimeoutMs: number;
}

/** Rows touched that take a few milliseconds: what needs more goes to a thread of its own. */
const inlineRowsMax = 20_000;
const workerRowsMax = 50_000_000;
const workerHeapMb = 256;

const sqlError = (id: string, message: string): ApiError => new ApiError(400, message, { messageId: `sse.sql.${id}` });

export function createSqlCommand(limits: SqlLimits): (refId: string, model: Readonly<Record<string, unknown>>) => Command {
  return (refId, model) => {
    const text = model['expression'];
    if (text === undefined) throw new Error('no expression in the query');
    if (typeof text !== 'string') throw new Error(`expected sql expression to be type string, but got type ${goType(text)}`);
    if (text === '') throw sqlError('empty_query', `sql expression [${refId}] failed because it has an empty SQL query`);
    const lengthMax = limits.sqlQueryLengthMax;
    if (lengthMax > 0 && [...text].length > lengthMax) throw sqlError('query_too_long', `sql expression [${refId}] was not run because the SQL query exceeded the configured limit of ${lengthMax} characters`);
    let tables: readonly string[];
    try {
      tables = tablesOf(parseSql(text));
    } catch (cause) {
      throw sqlError('invalid_query', `sql expression [${refId}] failed because it has an invalid SQL query: error parsing sql: ${(cause as Error).message}`);
    }
    const forAlerts = model['format'] === 'alerting';

    return {
      kind: 'sql', inputs: tables,
      async evaluate({ inputs, signal }) {
        const named = tables.map((name): readonly [string, Frame] => [name, tableFrame(inputs.get(name))]);
        const cells = named.reduce((sum, [, frame]) => sum + cellsOf(frame), 0);
        if (limits.sqlInputCellsMax > 0 && cells > limits.sqlInputCellsMax) {
          throw sqlError('input_limit_exceeded', `sql expression [${refId}] was not run because the number of input cells (columns*rows) to the sql expression exceeded the configured limit of ${limits.sqlInputCellsMax}`);
        }
        // A table without columns knows none that the query could name: its answer is no data.
        if (named.length > 0 && named.every(([, frame]) => frame.fields.length === 0)) return [noData({ name: refId, refId: '', fields: [] })];
        const frame = resultOf(refId, await run({ sql: text, refId, tables: named, rowsMax: inlineRowsMax }, limits.sqlTimeoutMs, signal));
        return forAlerts ? numbersOf(frame) : [{ kind: 'table', frame: cutOutput(frame, limits.sqlOutputCellsMax), notices: [] }];
      },
    };
  };
}

const tableFrame = (values: readonly Value[] | undefined): Frame => {
  const [first] = values ?? [];
  return first && (first.kind === 'table' || first.kind === 'no data') ? first.frame : { name: '', refId: '', fields: [] };
};

async function run(job: SqlJob, timeoutMs: number, signal: AbortSignal): Promise<SqlOutcome> {
  const inline = runSqlJob(job);
  return inline.kind === 'too much' ? runInThread({ ...job, rowsMax: workerRowsMax }, timeoutMs, signal) : inline;
}

function runInThread(job: SqlJob, timeoutMs: number, signal: AbortSignal): Promise<SqlOutcome> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./sql-worker.ts', import.meta.url), { workerData: job, resourceLimits: { maxOldGenerationSizeMb: workerHeapMb } });
    const finish = (outcome: SqlOutcome | Error): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      void worker.terminate();
      if (outcome instanceof Error) reject(outcome);
      else resolve(outcome);
    };
    const timer = timeoutMs > 0 ? setTimeout(() => finish({ kind: 'failed', id: 'timeout', message: '' }), timeoutMs) : undefined;
    const abort = () => finish(sqlError('cancelled', `sql expression [${job.refId}] was cancelled before it completed`));
    signal.addEventListener('abort', abort);
    worker.once('message', (outcome: SqlOutcome) => finish(outcome));
    worker.once('error', (cause: Error & { code?: string }) => finish({ kind: 'failed', id: '', message: cause.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'the query needs too much memory' : cause.message }));
  });
}

function resultOf(refId: string, outcome: SqlOutcome): Frame {
  if (outcome.kind === 'done') return outcome.frame;
  if (outcome.kind === 'too much') throw sqlError('timeout', timeoutText(refId));
  const { id, message } = outcome;
  switch (id) {
    case 'timeout': throw sqlError('timeout', timeoutText(refId));
    case 'blocked_keyword': throw sqlError('blocked_node_or_func', `did not execute the SQL expression ${refId} because the sql keyword '${message}' is not in the allowed list of keywords`);
    case 'blocked_node_or_func': throw sqlError('blocked_node_or_func', `did not execute the SQL expression ${refId} because the sql function '${message}' is not in the allowed list of functions`);
    case 'column_not_found': throw sqlError('column_not_found',
      `sql expression [${refId}] failed because it selects from a column (refId/query) that does not exist: ${message}.\nIf this happens on a previously working query, it might mean that the query has returned no data, or the resulting schema of the query has changed.`);
    case 'plain': throw new Error(message);
    default: throw sqlError('general_gms_error', `sql expression failed due to error from the sql expression engine: ${message}`);
  }
}

const timeoutText = (refId: string): string => `sql expression [${refId}] did not complete within the configured timeout`;

function cutOutput(frame: Frame, cellsMax: number): Frame {
  const width = frame.fields.length;
  if (cellsMax <= 0 || width === 0 || cellsOf(frame) <= cellsMax) return frame;
  const rows = Math.floor(cellsMax / width);
  const fields = frame.fields.map((field) => {
    const { valid, nanos, ...rest } = field;
    return { ...rest, values: field.values.slice(0, rows) as typeof field.values, ...(valid && { valid: valid.slice(0, rows) }), ...(nanos && { nanos: nanos.slice(0, rows) }) };
  });
  return { ...frame, fields, meta: { ...frame.meta, notices: [{ severity: 'warning', text: `Query exceeded max output cells (${cellsMax}). Only ${rows * width} cells returned.` }] } };
}

const examplesMax = 10;

/** For alert rules: one numeric column, text columns as labels, a number a row. */
function numbersOf(frame: Frame): Value[] {
  const numeric = frame.fields.filter((field) => field.type.startsWith('int') || field.type.startsWith('uint') || field.type.startsWith('float'));
  const [column] = numeric;
  if (!column) throw new Error('no numeric field found in the result of the sql expression');
  if (numeric.length > 1) throw new Error('expected exactly one numeric field, but found multiple');
  const texts = frame.fields.filter((field) => field.type === 'string');
  const seen = new Map<string, number>();
  const values = Array.from({ length: column.values.length }, (_, row): Value => {
    const labels: Record<string, string> = {};
    for (const field of texts) if (!field.valid || field.valid[row] === 1) labels[field.name] = field.values[row] as string;
    const text = labelsText(labels);
    seen.set(text, (seen.get(text) ?? 0) + 1);
    const isMissing = column.valid !== undefined && column.valid[row] === 0;
    return numberValue(column.name, labels satisfies Labels, isMissing ? null : Number(column.values[row]));
  });
  const repeated = [...seen].filter(([, count]) => count > 1).map(([text]) => `(${text})`);
  if (repeated.length > 0) {
    // Compat: the reference leaves the name out of this text.
    throw sqlError('duplicate_string_columns', `sql expression [<no value>] failed because it returned duplicate values across the string columns, which is not allowed for alerting. Examples: ${repeated.slice(0, examplesMax).join(', ')}. ` +
      'Hint: use GROUP BY or aggregation (e.g. MAX(), AVG()) to return one row per unique combination.');
  }
  return values.length === 0 ? [noData()] : values;
}

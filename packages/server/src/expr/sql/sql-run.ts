import type { Frame } from '@belvedere/dataframe';
import { runQuery, SqlError, type Budget } from './sql-engine.ts';
import { parseSql } from './sql-parser.ts';
import { frameOfRelation, relationOf } from './sql-frames.ts';

/** One run of a query over tables: values in, values out, nothing else in sight. The worker thread does the same. */

export interface SqlJob {
  readonly sql: string;
  readonly refId: string;
  readonly tables: readonly (readonly [name: string, frame: Frame])[];
  /** Rows that may be touched before the run is given up. */
  readonly rowsMax: number;
}

export type SqlOutcome =
  | { readonly kind: 'done'; readonly frame: Frame }
  | { readonly kind: 'failed'; readonly id: string; readonly message: string }
  | { readonly kind: 'too much' };

const overBudget = Symbol('over budget');

export function runSqlJob({ sql, refId, tables, rowsMax }: SqlJob): SqlOutcome {
  let left = rowsMax;
  const budget: Budget = { spend(rows) { left -= rows; if (left < 0) throw overBudget; } };
  try {
    const statement = parseSql(sql);
    if (statement.kind === 'blocked') return { kind: 'failed', id: 'blocked_keyword', message: statement.node };
    const relations = new Map(tables.map(([name, frame]) => [name, relationOf(frame, name)]));
    return { kind: 'done', frame: frameOfRelation(runQuery(statement.query, { tables: relations, budget }), refId) };
  } catch (error) {
    if (error === overBudget) return { kind: 'too much' };
    return { kind: 'failed', id: error instanceof SqlError ? error.id : error instanceof RangeError ? '' : 'plain', message: error instanceof RangeError ? 'the query needs too much memory' : (error as Error).message };
  }
}

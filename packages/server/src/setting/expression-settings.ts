import type { Ini } from './ini.ts';

/** `[expressions]` (queries-and-frames §13.9). Limits of 0 or less are none. */
export interface ExpressionSettings {
  readonly enabled: boolean;
  /** Rows times columns over all tables of a SQL expression. */
  readonly sqlInputCellsMax: number;
  readonly sqlOutputCellsMax: number;
  readonly sqlQueryLengthMax: number;
  readonly sqlTimeoutMs: number;
}

export function readExpressionSettings(ini: Ini): ExpressionSettings {
  const section = ini.section('expressions');
  return {
    enabled: section.bool('enabled', true),
    sqlInputCellsMax: section.int('sql_expression_cell_limit', 100_000),
    sqlOutputCellsMax: section.int('sql_expression_output_cell_limit', 100_000),
    sqlQueryLengthMax: section.int('sql_expression_query_length_limit', 10_000),
    sqlTimeoutMs: section.duration('sql_expression_timeout', 10_000),
  };
}

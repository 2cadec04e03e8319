import { floatField, frame, stringField, timeField, valueAt, type Frame, type Labels } from '@belvedere/dataframe';
import type { DataResponse } from '@belvedere/plugin-sdk';
import { createExpressionService, type ExpressionDeps } from './expr-service.ts';
import type { ExprNodeResult, ExprQuery, ExprRun } from './expr.ts';

/** Builders for tests of expressions: answers by refId, and expressions as a client writes them. */

export const range = { from: 0, to: 300_000 };

export const seriesFrame = (labels: Labels | undefined, ...values: (number | null)[]): Frame =>
  frame('', [timeField('time', values.map((_, i) => i * 60_000)), floatField('v', values, { nullable: true, ...(labels && { labels }) })]);

export const numberFrame = (rows: Readonly<Record<string, number | null>>): Frame =>
  frame('', [stringField('host', Object.keys(rows)), floatField('v', Object.values(rows), { nullable: true })]);

export type Answers = Readonly<Record<string, readonly Frame[] | DataResponse | Error>>;

export const source = (refId: string, json: Readonly<Record<string, unknown>> = {}): ExprQuery => ({ refId, datasource: { uid: 'ds', type: 'prometheus' }, timeRange: range, json });
export const expression = (refId: string, json: Readonly<Record<string, unknown>>): ExprQuery => ({ refId, timeRange: range, json });
export const math = (refId: string, text: string, more = {}) => expression(refId, { type: 'math', expression: text, ...more });

export async function evaluate(answers: Answers, expressions: readonly ExprQuery[], run: Partial<ExprRun> = {}, deps: Partial<ExpressionDeps> = {}): Promise<ReadonlyMap<string, ExprNodeResult>> {
  const service = createExpressionService({ enabled: true, ...deps });
  const pipeline = service.build([...Object.keys(answers).map((refId) => source(refId)), ...expressions]);
  return service.run(pipeline, {
    signal: new AbortController().signal,
    async queryData(_datasource, [query]) {
      const answer = answers[query?.refId ?? ''];
      if (answer instanceof Error) throw answer;
      const response = Array.isArray(answer) ? { frames: answer as Frame[] } : (answer as DataResponse);
      return { responses: new Map([[query?.refId ?? '', response]]) };
    },
    ...run,
  });
}

/** `labels: values` of each frame of one result, times left out. */
export function shown(results: ReadonlyMap<string, ExprNodeResult>, refId = 'X'): readonly (readonly [labels: unknown, values: unknown])[] {
  const result = results.get(refId);
  if (result?.error) throw new Error(result.error.text);
  return (result?.frames ?? []).map((f) => {
    const field = f.fields.at(-1);
    return [field?.labels, field ? Array.from({ length: field.values.length }, (_, i) => valueAt(field, i)) : 'no data'] as const;
  });
}

/** What an expression asks (queries-and-frames §13), and how that reads in words. */
import type { DataQuery } from '@grafana/data';

export interface Evaluation {
  readonly type: string;
  readonly params: readonly number[];
}

export interface Condition {
  readonly type: string;
  readonly evaluator: Evaluation;
  /** When an alert that fires ends, where that is not the same as when it begins (queries-and-frames §13.7). */
  readonly unloadEvaluator?: Evaluation;
  readonly operator?: { readonly type: string };
  readonly query?: { readonly params: readonly string[] };
  readonly reducer?: { readonly type: string; readonly params: readonly string[] };
}

export interface ExpressionQuery extends DataQuery {
  readonly type?: string;
  readonly expression?: string;
  readonly reducer?: string;
  readonly settings?: { readonly mode?: string; readonly replaceWithValue?: number };
  readonly window?: string;
  readonly downsampler?: string;
  readonly upsampler?: string;
  readonly conditions?: readonly Condition[];
}

export const evaluators = [
  { value: 'gt', label: 'Is above' }, { value: 'lt', label: 'Is below' }, { value: 'eq', label: 'Is equal to' }, { value: 'ne', label: 'Is not equal to' }, { value: 'gte', label: 'Is above or equal to' }, { value: 'lte', label: 'Is below or equal to' },
  { value: 'within_range', label: 'Is within range' }, { value: 'outside_range', label: 'Is outside range' }, { value: 'no_value', label: 'Has no value' },
];
export const ranged = (type: string) => type === 'within_range' || type === 'outside_range';

const evaluation = ({ type, params }: Evaluation): string => {
  const what = (evaluators.find(({ value }) => value === type)?.label ?? type).toLowerCase();
  return type === 'no_value' ? what : ranged(type) ? `${what} ${params[0]} to ${params[1]}` : `${what} ${params[0]}`;
};

/** `Last of A`, `B is above 5`; empty where it is not known. */
export function expressionText({ type, expression = '', reducer = 'last', settings, window, downsampler, upsampler, conditions = [] }: Partial<ExpressionQuery>): string {
  switch (type) {
    case 'math':
    case 'sql': return expression;
    case 'reduce': return `${reducer} of ${expression}${settings?.mode === 'dropNN' ? ', without missing values' : settings?.mode === 'replaceNN' ? `, with ${settings.replaceWithValue ?? 0} for missing values` : ''}`;
    case 'resample': return `${expression} every ${window}: ${downsampler} of more, ${upsampler} for none`;
    case 'threshold': return conditions.slice(0, 1).map(({ evaluator, unloadEvaluator }) => `${expression} ${evaluation(evaluator)}${unloadEvaluator ? `, until it ${evaluation(unloadEvaluator)}` : ''}`).join('');
    case 'classic_conditions': return conditions.map(({ evaluator, query, reducer: by, operator }, at) => `${at === 0 ? '' : ` ${operator?.type ?? 'and'} `}${by?.type ?? 'last'} of ${query?.params[0] ?? ''} ${evaluation(evaluator)}`).join('');
    default: return '';
  }
}

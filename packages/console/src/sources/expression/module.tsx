/** Expressions over the results of other queries. */
import { CoreApp, type DataSourceApi, type QueryEditorProps } from '@grafana/data';
import { Button, IconButton, InlineField, InlineFieldRow, InlineSwitch, Stack } from '@grafana/ui';
import { CodeField } from '../parts/code-field.tsx';
import { Choice, TextInput } from '../parts/fields.tsx';
import type { SourceModule } from '../source-modules.ts';
import { type Condition, evaluators, type Evaluation, type ExpressionQuery, ranged } from './expression.ts';

const kinds = [
  { value: 'math', label: 'Math', description: 'Calculate with results: $A + $B' }, { value: 'reduce', label: 'Reduce', description: 'One number from each series' }, { value: 'resample', label: 'Resample', description: 'Series at other times' },
  { value: 'threshold', label: 'Threshold', description: 'Whether numbers are above, below or within' }, { value: 'classic_conditions', label: 'Classic conditions', description: 'Several conditions with and, or' }, { value: 'sql', label: 'SQL', description: 'Ask results in SQL' },
] as const;
const reducers = ['mean', 'sum', 'min', 'max', 'count', 'last', 'median'].map((value) => ({ value, label: value }));
const classicReducers = ['avg', 'min', 'max', 'sum', 'count', 'last', 'median', 'diff', 'diff_abs', 'percent_diff', 'percent_diff_abs', 'count_non_null'].map((value) => ({ value, label: value }));
const modes = [{ value: '', label: 'Strict', description: 'A missing number makes the result missing' }, { value: 'dropNN', label: 'Drop non-numeric values' }, { value: 'replaceNN', label: 'Replace non-numeric values' }];
/** What an alert's end is asked by: the other side of what it began by. */
const opposites: Readonly<Record<string, string>> = { gt: 'lt', lt: 'gt', gte: 'lte', lte: 'gte', eq: 'ne', ne: 'eq', within_range: 'outside_range', outside_range: 'within_range' };
const opposite = ({ type, params }: Evaluation): Evaluation => ({ type: opposites[type] ?? 'lt', params });

function Evaluator({ evaluator: { type, params }, onChange, of, labels: [what, value] = ['Condition', 'Value'] }: { readonly evaluator: Evaluation; readonly onChange: (evaluator: Evaluation) => void; readonly of?: readonly { readonly value: string; readonly label: string }[]; readonly labels?: readonly [what: string, value: string] }) {
  const set = (at: number) => (text: string) => onChange({ type, params: ranged(type) ? [0, 1].map((i) => (i === at ? Number(text) : (params[i] ?? 0))) : [Number(text)] });
  return (
    <>
      {of && <Choice label={what} width={22} value={type} options={of} onChange={(next) => onChange({ type: next, params: ranged(next) ? [params[0] ?? 0, params[1] ?? 0] : [params[0] ?? 0] })} />}
      {type !== 'no_value' && <TextInput label={ranged(type) ? 'From' : value} type="number" width={10} value={params[0] ?? 0} onChange={set(0)} />}
      {ranged(type) && <TextInput label="To" type="number" width={10} value={params[1] ?? 0} onChange={set(1)} />}
    </>
  );
}

const firstCondition = (refId: string): Condition => ({ type: 'query', evaluator: { type: 'gt', params: [0] }, operator: { type: 'and' }, query: { params: [refId] }, reducer: { type: 'last', params: [] } });

/** What an expression of a kind begins with, upon the results of `input`. */
export const newExpression = (type: string, input: string): Partial<ExpressionQuery> => ({
  type, expression: type === 'math' ? `$${input} > 0` : type === 'sql' ? `SELECT * FROM ${input}` : input,
  ...(type === 'threshold' || type === 'classic_conditions' ? { conditions: [firstCondition(input)] } : {}), ...(type === 'reduce' ? { reducer: 'last' } : {}), ...(type === 'resample' ? { window: '10m', downsampler: 'mean', upsampler: 'fillna' } : {}),
});

export function ExpressionEditor({ query, queries, onChange, onRunQuery, app }: QueryEditorProps<DataSourceApi<ExpressionQuery>, ExpressionQuery>) {
  const type = query.type ?? 'math';
  const change = (some: Partial<ExpressionQuery>) => onChange({ ...query, type, ...some });
  const inputs = (queries ?? []).map(({ refId }) => refId).filter((refId) => refId !== query.refId);
  const input = <Choice label="Input" width={12} custom value={query.expression ?? ''} options={inputs.map((value) => ({ value, label: value }))} onChange={(expression) => change({ expression })} />;
  const conditions = query.conditions ?? [];
  const [condition = firstCondition(inputs[0] ?? 'A')] = conditions;
  const threshold = (next: Condition) => change({ conditions: [next, ...conditions.slice(1)] });
  return (
    <Stack direction="column" gap={1}>
      <InlineFieldRow>
        <Choice label="Operation" width={24} value={type} options={kinds} onChange={(next) => change(newExpression(next, inputs.find((refId) => refId === query.expression) ?? inputs[0] ?? 'A'))} />
        {(type === 'reduce' || type === 'resample' || type === 'threshold') && input}
        {type === 'reduce' && <Choice label="Function" value={query.reducer ?? 'last'} options={reducers} onChange={(reducer) => change({ reducer })} />}
        {type === 'reduce' && <Choice label="Mode" width={24} value={query.settings?.mode ?? ''} options={modes} onChange={(mode) => change({ settings: mode === '' ? {} : { mode, ...(mode === 'replaceNN' ? { replaceWithValue: 0 } : {}) } })} />}
        {type === 'reduce' && query.settings?.mode === 'replaceNN' && <TextInput label="Replace with" type="number" width={10} value={query.settings.replaceWithValue ?? 0} onChange={(text) => change({ settings: { mode: 'replaceNN', replaceWithValue: Number(text) } })} />}
        {type === 'resample' && <TextInput label="To" width={10} placeholder="10m" value={query.window ?? ''} onChange={(window) => change({ window })} />}
        {type === 'resample' && <Choice label="Downsample" value={query.downsampler ?? 'mean'} options={['last', 'min', 'max', 'mean', 'sum'].map((value) => ({ value, label: value }))} onChange={(downsampler) => change({ downsampler })} />}
        {type === 'resample' && <Choice label="Upsample" value={query.upsampler ?? 'fillna'} options={['pad', 'backfilling', 'fillna'].map((value) => ({ value, label: value }))} onChange={(upsampler) => change({ upsampler })} />}
        {type === 'threshold' && <Evaluator evaluator={condition.evaluator} of={evaluators.filter(({ value }) => value !== 'no_value')} onChange={(evaluator) => threshold({ ...condition, evaluator, ...(condition.unloadEvaluator ? { unloadEvaluator: opposite(evaluator) } : {}) })} />}
        {type === 'threshold' && app === CoreApp.UnifiedAlerting && (
          <InlineField label="Recovers elsewhere" tooltip="An alert that fires ends only beyond another threshold, so that it does not come and go"><InlineSwitch aria-label="Recovers elsewhere" value={condition.unloadEvaluator !== undefined} onChange={(event) => {
            const { unloadEvaluator: _, ...rest } = condition;
            threshold(event.currentTarget.checked ? { ...rest, unloadEvaluator: opposite(rest.evaluator) } : rest);
          }} /></InlineField>
        )}
        {type === 'threshold' && condition.unloadEvaluator && <Evaluator evaluator={condition.unloadEvaluator} labels={['', evaluators.find(({ value }) => value === condition.unloadEvaluator?.type)?.label.replace('Is', 'Ends when') ?? 'Ends at']} onChange={(unloadEvaluator) => threshold({ ...condition, unloadEvaluator })} />}
      </InlineFieldRow>
      {type === 'math' && <CodeField label="Math expression" value={query.expression ?? ''} onChange={(expression) => change({ expression })} onRun={onRunQuery} />}
      {type === 'sql' && <CodeField label="SQL expression" language="sql" height="120px" value={query.expression ?? ''} onChange={(expression) => change({ expression })} onRun={onRunQuery} />}
      {type === 'classic_conditions' && conditions.map((one, at) => {
        const set = (next: Condition) => change({ conditions: conditions.map((other, i) => (i === at ? next : other)) });
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: these have no other name than their place
          <InlineFieldRow key={`${at} of ${conditions.length}`}>
            {at > 0 && <Choice label="Operator" width={10} value={one.operator?.type ?? 'and'} options={['and', 'or', 'logic-or'].map((value) => ({ value, label: value }))} onChange={(operator) => set({ ...one, operator: { type: operator } })} />}
            <Choice label="When" width={18} value={one.reducer?.type ?? 'last'} options={classicReducers} onChange={(reducer) => set({ ...one, reducer: { type: reducer, params: [] } })} />
            <Choice label="of" width={10} custom value={one.query?.params[0] ?? ''} options={inputs.map((value) => ({ value, label: value }))} onChange={(refId) => set({ ...one, query: { params: [refId] } })} />
            <Evaluator evaluator={one.evaluator} of={evaluators} onChange={(evaluator) => set({ ...one, evaluator })} />
            <IconButton name="trash-alt" aria-label={`Remove condition ${at + 1}`} onClick={() => change({ conditions: conditions.filter((_, i) => i !== at) })} />
          </InlineFieldRow>
        );
      })}
      {type === 'classic_conditions' && <div><Button variant="secondary" size="sm" icon="plus" onClick={() => change({ conditions: [...conditions, firstCondition(inputs[0] ?? 'A')] })}>Add condition</Button></div>}
    </Stack>
  );
}

export const source: SourceModule = { QueryEditor: ExpressionEditor as never };

import { css } from '@emotion/css';
import { CoreApp, type DataSourceApi, type GrafanaTheme2, type QueryEditorProps, type SelectableValue } from '@grafana/data';
import { InlineFieldRow, InlineField, RadioButtonGroup, Stack, useStyles2 } from '@grafana/ui';
import type { CodeMirrorCompletionSource } from '@grafana/ui/unstable';
import { useMemo } from 'react';
import { CodeField } from '../parts/code-field.tsx';
import { Choice, Flag, TextInput } from '../parts/fields.tsx';
import { placeAt } from './completion-place.ts';
import { aggregations, functions, ranges } from './functions.ts';
import type { PrometheusSource, PromQuery } from './prometheus-source.ts';

const kinds: SelectableValue<'range' | 'instant' | 'both'>[] = [
  { value: 'range', label: 'Range', description: 'Values over time' }, { value: 'instant', label: 'Instant', description: 'Values at the end of the range' }, { value: 'both', label: 'Both' },
];
const formats = [{ value: 'time_series', label: 'Time series' }, { value: 'table', label: 'Table' }, { value: 'heatmap', label: 'Heatmap' }] as const;
const legends = [{ value: '__auto', label: 'Auto', description: 'The labels that tell series apart' }, { value: '', label: 'Verbose', description: 'All labels' }, { value: '{{label_name}}', label: 'Custom', description: 'Names in {{ }} become values of labels' }];

/** Metrics, functions, labels and their values, by where the cursor stands. */
export function completionOf(source: PrometheusSource): CodeMirrorCompletionSource {
  return async (context) => {
    const place = placeAt(context.state.doc.toString(), context.pos);
    const typed = context.pos > ('from' in place ? place.from : context.pos);
    switch (place.kind) {
      case 'name': {
        if (!typed && !context.explicit) return null;
        const [names, help] = await Promise.all([source.metricNames().catch(() => []), source.metadata().catch(() => ({}) as Awaited<ReturnType<PrometheusSource['metadata']>>)]);
        return {
          from: place.from, validFor: /^[\w:]*$/,
          options: [
            ...names.map((label) => ({ label, type: 'variable', ...(help[label]?.[0]?.type ? { detail: help[label][0].type } : {}), ...(help[label]?.[0]?.help ? { info: help[label][0].help } : {}) })),
            ...Object.entries(functions).map(([label, info]) => ({ label, type: 'function', info, apply: `${label}(`, boost: -1 })),
            ...aggregations.map((label) => ({ label, type: 'keyword', detail: 'aggregation', apply: `${label}(`, boost: -1 })),
          ],
        };
      }
      case 'label': {
        const names = await source.labelNames(place.metric).catch(() => []);
        return { from: place.from, validFor: /^\w*$/, options: names.filter((name) => name !== '__name__').map((label) => ({ label, type: 'property', ...(place.grouping ? {} : { apply: `${label}="` }) })) };
      }
      case 'value': {
        const values = await source.labelValues(place.label, place.metric).catch(() => []);
        return { from: place.from, options: values.map((label) => ({ label, type: 'text' })), validFor: /^[^"]*$/ };
      }
      case 'range':
        return { from: place.from, options: ranges.map((label) => ({ label, type: 'constant' })), validFor: /^[\w$]*$/ };
      case 'none':
        return null;
    }
  };
}

export function PromQueryEditor({ datasource, query, onChange, onRunQuery, app }: Omit<QueryEditorProps<DataSourceApi<PromQuery>, PromQuery>, 'datasource'> & { readonly datasource: unknown }) {
  const styles = useStyles2(stylesOf);
  const completion = useMemo(() => completionOf(datasource as PrometheusSource), [datasource]);
  const kind = query.instant ? (query.range ? 'both' : 'instant') : 'range';
  const change = (some: Partial<PromQuery>) => {
    onChange({ editorMode: 'code', ...query, range: query.range ?? !query.instant, ...some });
    if (!('expr' in some)) setTimeout(onRunQuery);
  };
  const legendFormat = query.legendFormat ?? '__auto';
  return (
    <Stack direction="column" gap={1}>
      <CodeField label="PromQL query" value={query.expr ?? ''} completion={completion} onChange={(expr) => change({ expr })} onRun={onRunQuery} />
      <InlineFieldRow className={styles}>
        <Choice label="Legend" width={20} custom value={legendFormat} options={legends.some(({ value }) => value === legendFormat) ? legends : [...legends, { value: legendFormat, label: legendFormat }]} onChange={(next) => change({ legendFormat: next })} />
        <TextInput label="Min step" placeholder="auto" width={10} value={query.interval ?? ''} tooltip="The shortest distance between values, for example 1m or $__interval" onChange={(interval) => change({ interval })} />
        <Choice label="Format" value={query.format ?? 'time_series'} options={formats} onChange={(format) => change({ format })} />
        <InlineField label="Type">
          <RadioButtonGroup aria-label="Type" options={app === CoreApp.UnifiedAlerting ? kinds.slice(0, 2) : kinds} value={kind} onChange={(next) => change({ range: next !== 'instant', instant: next !== 'range' })} />
        </InlineField>
        {query.range !== false && <Flag label="Exemplars" value={query.exemplar === true} onChange={(exemplar) => change({ exemplar })} />}
      </InlineFieldRow>
    </Stack>
  );
}

const stylesOf = (_theme: GrafanaTheme2) => css({ alignItems: 'center' });

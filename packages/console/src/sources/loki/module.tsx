/** Loki: an editor of LogQL with labels completed, its own settings. */
import type { DataQuery, DataSourceApi, MetricFindValue, QueryEditorProps, ScopedVars, TimeRange } from '@grafana/data';
import { getTemplateSrv } from '@grafana/runtime';
import { InlineFieldRow, Stack } from '@grafana/ui';
import type { CodeMirrorCompletionSource } from '@grafana/ui/unstable';
import { useMemo } from 'react';
import { PlainSource } from '../../host/special-sources.ts';
import { CodeField } from '../parts/code-field.tsx';
import { Choice, TextInput } from '../parts/fields.tsx';
import { SettingsSection, SettingText } from '../parts/settings.tsx';
import { placeAt } from '../prometheus/completion-place.ts';
import { variableQueryOf } from '../prometheus/variable-query.ts';
import type { SettingsFormProps, SourceModule } from '../source-modules.ts';

interface LokiQuery extends DataQuery {
  readonly expr: string;
  readonly queryType?: 'range' | 'instant' | 'stream';
  readonly legendFormat?: string;
  readonly maxLines?: number;
  readonly step?: string;
  readonly direction?: 'backward' | 'forward';
}

interface StoredVariableQuery {
  readonly type?: number;
  readonly label?: string;
  readonly stream?: string;
  readonly query?: string;
}

const nanoseconds = (range: TimeRange | undefined) => (range ? { start: `${range.from.valueOf()}000000`, end: `${range.to.valueOf()}000000` } : {});

class LokiSource extends PlainSource {
  override filterQuery(query: DataQuery): boolean {
    return Boolean((query as LokiQuery).expr);
  }

  override getDefaultQuery(): Partial<LokiQuery> {
    return { expr: '', queryType: 'range' };
  }

  override getQueryDisplayText(query: DataQuery): string {
    return (query as LokiQuery).expr ?? '';
  }

  async labelNames(range?: TimeRange): Promise<string[]> {
    const { data } = await this.getResource<{ data?: string[] }>('labels', nanoseconds(range));
    return data ?? [];
  }

  async labelValues(label: string, match: string, range?: TimeRange): Promise<string[]> {
    const { data } = await this.getResource<{ data?: string[] }>(`label/${encodeURIComponent(label)}/values`, { ...nanoseconds(range), ...(match ? { query: match } : {}) });
    return data ?? [];
  }

  override async metricFindQuery(query: unknown, options?: { readonly scopedVars?: ScopedVars; readonly range?: TimeRange }): Promise<MetricFindValue[]> {
    const stored = (typeof query === 'object' ? query : undefined) as StoredVariableQuery | undefined;
    const filled = (text: string) => getTemplateSrv().replace(text, options?.scopedVars ?? {});
    const named = (values: readonly string[]) => values.map((text) => ({ text }));
    if (stored?.type === 1 && stored.label) return named(await this.labelValues(filled(stored.label), filled(stored.stream ?? ''), options?.range));
    if (stored?.type === 0) return named(await this.labelNames(options?.range));
    const asked = variableQueryOf(filled(typeof query === 'string' ? query : (stored?.query ?? '')));
    if (asked.kind === 'label values') return named(await this.labelValues(asked.label, asked.match, options?.range));
    return named(await this.labelNames(options?.range));
  }
}

const words = ['|=', '!=', '|~', '!~', '| json', '| logfmt', '| pattern ""', '| unwrap ', '| line_format ""', '| label_format ', 'rate(', 'count_over_time(', 'sum_over_time(', 'bytes_rate(', 'sum by (', 'topk('];

function completionOf(source: LokiSource): CodeMirrorCompletionSource {
  return async (context) => {
    const place = placeAt(context.state.doc.toString(), context.pos);
    if (place.kind === 'label') return { from: place.from, options: (await source.labelNames().catch(() => [])).map((label) => ({ label, type: 'property', ...(place.grouping ? {} : { apply: `${label}="` }) })) };
    if (place.kind === 'value') return { from: place.from, options: (await source.labelValues(place.label, '').catch(() => [])).map((label) => ({ label, type: 'text' })), validFor: /^[^"]*$/ };
    if (place.kind === 'name' && context.explicit) return { from: place.from, options: words.map((label) => ({ label, type: 'keyword' })) };
    return null;
  };
}

const types = [{ value: 'range', label: 'Range' }, { value: 'instant', label: 'Instant' }] as const;
const directions = [{ value: 'backward', label: 'Backward', description: 'Newest lines first' }, { value: 'forward', label: 'Forward' }] as const;

function LokiQueryEditor({ datasource, query, onChange, onRunQuery }: QueryEditorProps<DataSourceApi<LokiQuery>, LokiQuery>) {
  const completion = useMemo(() => completionOf(datasource as unknown as LokiSource), [datasource]);
  const change = (some: Partial<LokiQuery>) => {
    onChange({ ...query, ...some });
    if (!('expr' in some)) setTimeout(onRunQuery);
  };
  return (
    <Stack direction="column" gap={1}>
      <CodeField label="LogQL query" value={query.expr ?? ''} completion={completion} onChange={(expr) => change({ expr })} onRun={onRunQuery} />
      <InlineFieldRow>
        <TextInput label="Legend" placeholder="{{name}}" value={query.legendFormat ?? ''} onChange={(legendFormat) => change({ legendFormat })} />
        <Choice label="Type" width={12} value={query.queryType === 'instant' ? 'instant' : 'range'} options={types} onChange={(queryType) => change({ queryType })} />
        <TextInput label="Line limit" type="number" width={10} placeholder="1000" value={query.maxLines} onChange={(text) => change({ maxLines: text === '' ? undefined : Number(text) } as Partial<LokiQuery>)} />
        <TextInput label="Step" width={10} placeholder="auto" value={query.step ?? ''} onChange={(step) => change({ step })} />
        <Choice label="Direction" value={query.direction ?? 'backward'} options={directions} onChange={(direction) => change({ direction })} />
      </InlineFieldRow>
    </Stack>
  );
}

function LokiSettings(props: SettingsFormProps) {
  return <SettingsSection title="Loki"><SettingText {...props} name="maxLines" label="Maximum lines" placeholder="1000" description="Of a query that names no limit" /></SettingsSection>;
}

export const source: SourceModule = { DataSource: LokiSource, QueryEditor: LokiQueryEditor as never, SettingsForm: LokiSettings };

/** Elasticsearch and OpenSearch: Lucene queries, with what is calculated of the documents that they find and how they are grouped. */
import type { DataQuery, DataSourceApi, DataSourceInstanceSettings, QueryEditorProps, ScopedVars } from '@grafana/data';
import { getTemplateSrv } from '@grafana/runtime';
import { IconButton, InlineFieldRow, Button, Stack } from '@grafana/ui';
import { interpolated, PlainSource } from '../../host/special-sources.ts';
import { CodeField } from '../parts/code-field.tsx';
import { Choice, TextInput } from '../parts/fields.tsx';
import { SettingsSection, SettingText } from '../parts/settings.tsx';
import type { SettingsFormProps, SourceModule } from '../source-modules.ts';

interface Metric {
  readonly id: string;
  readonly type: string;
  readonly field?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
}

interface BucketAgg {
  readonly id: string;
  readonly type: string;
  readonly field?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
}

interface ElasticQuery extends DataQuery {
  readonly query?: string;
  readonly alias?: string;
  readonly metrics?: readonly Metric[];
  readonly bucketAggs?: readonly BucketAgg[];
  readonly timeField?: string;
}

class ElasticSource extends PlainSource {
  readonly timeField: string;

  constructor(settings: DataSourceInstanceSettings) {
    super(settings);
    this.timeField = (settings.jsonData as { readonly timeField?: string }).timeField || '@timestamp';
  }

  override getDefaultQuery(): Partial<ElasticQuery> {
    return { query: '', metrics: [{ id: '1', type: 'count' }], bucketAggs: [overTime('2', this.timeField)] };
  }

  override applyTemplateVariables(query: DataQuery, scopedVars: ScopedVars): DataQuery {
    const { query: text = '', ...rest } = query as ElasticQuery;
    return { ...interpolated(rest, scopedVars), query: getTemplateSrv().replace(text, scopedVars, 'lucene') } as DataQuery;
  }

  override getQueryDisplayText(query: DataQuery): string {
    return (query as ElasticQuery).query ?? '';
  }
}

const overTime = (id: string, field: string): BucketAgg => ({ id, type: 'date_histogram', field, settings: { interval: 'auto' } });

const calculations = [
  { value: 'count', label: 'Count' }, { value: 'avg', label: 'Average' }, { value: 'sum', label: 'Sum' }, { value: 'min', label: 'Min' }, { value: 'max', label: 'Max' }, { value: 'cardinality', label: 'Unique count' }, { value: 'percentiles', label: 'Percentiles' },
  { value: 'logs', label: 'Logs' }, { value: 'raw_data', label: 'Raw data' }, { value: 'raw_document', label: 'Raw documents' },
];
const documents = ['logs', 'raw_data', 'raw_document'];
const groupings = [{ value: 'date_histogram', label: 'Date histogram' }, { value: 'terms', label: 'Terms' }, { value: 'histogram', label: 'Histogram' }];

function ElasticQueryEditor({ datasource, query, onChange, onRunQuery }: QueryEditorProps<DataSourceApi<ElasticQuery>, ElasticQuery>) {
  const timeField = (datasource as unknown as ElasticSource).timeField ?? '@timestamp';
  const metrics = query.metrics ?? [{ id: '1', type: 'count' }];
  const isDocuments = metrics.some(({ type }) => documents.includes(type));
  const buckets = query.bucketAggs ?? (isDocuments ? [] : [overTime('2', timeField)]);
  const change = (some: Partial<ElasticQuery>) => {
    onChange({ ...query, metrics, bucketAggs: buckets, timeField, ...some });
    if (!('query' in some)) setTimeout(onRunQuery);
  };
  const freeId = () => String(Math.max(0, ...[...metrics, ...buckets].map(({ id }) => Number(id) || 0)) + 1);
  const setMetric = (at: number, some: Partial<Metric>) => change({ metrics: metrics.map((one, index) => (index === at ? { ...one, ...some } : one)) });
  const setBucket = (at: number, some: Partial<BucketAgg>) => change({ bucketAggs: buckets.map((one, index) => (index === at ? { ...one, ...some } : one)) });
  const setType = (at: number, type: string) => {
    if (documents.includes(type)) return change({ metrics: [{ id: metrics[at]!.id, type, settings: { limit: '500' } }], bucketAggs: [] });
    return change({ metrics: metrics.map((one, index) => (index === at ? { id: one.id, type, ...(type === 'count' ? {} : { field: one.field ?? '' }), ...(type === 'percentiles' ? { settings: { percents: ['25', '50', '75', '95', '99'] } } : {}) } : one)), ...(isDocuments ? { bucketAggs: [overTime('2', timeField)] } : {}) });
  };
  return (
    <Stack direction="column" gap={1}>
      <CodeField label="Lucene query" value={query.query ?? ''} height="44px" onChange={(text) => change({ query: text })} onRun={onRunQuery} />
      {metrics.map((metric, at) => (
        <InlineFieldRow key={metric.id}>
          <Choice label={at === 0 ? 'Metric' : 'And'} width={20} value={metric.type} options={calculations.some(({ value }) => value === metric.type) ? calculations : [...calculations, { value: metric.type, label: metric.type }]} onChange={(type) => setType(at, type)} />
          {metric.type !== 'count' && !documents.includes(metric.type) && <TextInput label="Field" width={24} value={metric.field ?? ''} onChange={(field) => setMetric(at, { field })} />}
          {documents.includes(metric.type) && <TextInput label="At most" type="number" width={12} value={String(metric.settings?.['limit'] ?? metric.settings?.['size'] ?? '500')} onChange={(limit) => setMetric(at, { settings: { ...metric.settings, [metric.type === 'logs' ? 'limit' : 'size']: limit } })} />}
          {metric.type === 'percentiles' && <TextInput label="Percents" width={20} value={((metric.settings?.['percents'] as string[] | undefined) ?? []).join(', ')} onChange={(text) => setMetric(at, { settings: { ...metric.settings, percents: text.split(',').map((one) => one.trim()).filter((one) => one !== '') } })} />}
          {metrics.length > 1 && <IconButton name="trash-alt" aria-label="Remove the metric" onClick={() => change({ metrics: metrics.filter((_, index) => index !== at) })} />}
        </InlineFieldRow>
      ))}
      {buckets.map((bucket, at) => (
        <InlineFieldRow key={bucket.id}>
          <Choice label={at === 0 ? 'Group by' : 'Then by'} width={20} value={bucket.type} options={groupings.some(({ value }) => value === bucket.type) ? groupings : [...groupings, { value: bucket.type, label: bucket.type }]} onChange={(type) => setBucket(at, { type, field: type === 'date_histogram' ? timeField : '', settings: type === 'terms' ? { size: '10', order: 'desc', orderBy: '_count', min_doc_count: '1' } : type === 'histogram' ? { interval: '1000' } : { interval: 'auto' } })} />
          <TextInput label="Field" width={24} value={bucket.field ?? ''} onChange={(field) => setBucket(at, { field })} />
          {bucket.type === 'terms' && <TextInput label="Size" width={10} value={String(bucket.settings?.['size'] ?? '10')} onChange={(size) => setBucket(at, { settings: { ...bucket.settings, size } })} />}
          {bucket.type !== 'terms' && <TextInput label="Interval" width={12} value={String(bucket.settings?.['interval'] ?? 'auto')} onChange={(interval) => setBucket(at, { settings: { ...bucket.settings, interval } })} />}
          <IconButton name="trash-alt" aria-label="Remove the grouping" disabled={buckets.length === 1} onClick={() => change({ bucketAggs: buckets.filter((_, index) => index !== at) })} />
        </InlineFieldRow>
      ))}
      <InlineFieldRow>
        {!isDocuments && <TextInput label="Alias" placeholder="{{metric}} {{term host}}" width={28} value={query.alias ?? ''} onChange={(alias) => change({ alias })} />}
        {!isDocuments && <Button size="sm" variant="secondary" icon="plus" onClick={() => change({ metrics: [...metrics, { id: freeId(), type: 'avg', field: '' }] })}>Metric</Button>}
        {!isDocuments && <Button size="sm" variant="secondary" icon="plus" onClick={() => change({ bucketAggs: [{ id: freeId(), type: 'terms', field: '', settings: { size: '10', order: 'desc', orderBy: '_count', min_doc_count: '1' } }, ...buckets] })}>Grouping</Button>}
      </InlineFieldRow>
    </Stack>
  );
}

function ElasticSettings(props: SettingsFormProps) {
  return (
    <SettingsSection title="Elasticsearch">
      <SettingText {...props} name="index" label="Index name" placeholder="logs-*" />
      <SettingText {...props} name="timeField" label="Time field name" placeholder="@timestamp" />
      <SettingText {...props} name="logMessageField" label="Message field name" placeholder="_source" />
      <SettingText {...props} name="logLevelField" label="Level field name" />
      <SettingText {...props} name="timeInterval" label="Min time interval" placeholder="10s" />
    </SettingsSection>
  );
}

export const source: SourceModule = { DataSource: ElasticSource, QueryEditor: ElasticQueryEditor as never, SettingsForm: ElasticSettings };

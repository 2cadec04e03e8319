/** TestData: made-up series, tables, logs and traces, by scenario. */
import { toDataFrame, type AnnotationQuery, type DataQuery, type DataQueryRequest, type DataQueryResponse, type DataSourceApi, type QueryEditorProps } from '@grafana/data';
import { InlineFieldRow, Stack, TextArea } from '@grafana/ui';
import { useLoaded } from '../../api/client.ts';
import { PlainSource } from '../../host/special-sources.ts';
import { JsonText } from '../../host/json-text.tsx';
import { merge, of, type Observable } from 'rxjs';
import { Choice, Flag, TextInput } from '../parts/fields.tsx';
import { madeHere } from './made-here.ts';
import type { SourceModule } from '../source-modules.ts';

// biome-ignore lint/suspicious/noExplicitAny: each scenario has members of its own
type TestDataQuery = DataQuery & { scenarioId?: string; [member: string]: any };

interface Scenario {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
}

class TestDataSource extends PlainSource {
  override annotations = { prepareAnnotation: (annotation: AnnotationQuery) => annotation, prepareQuery: ({ target, ...rest }: AnnotationQuery): DataQuery => ({ scenarioId: 'annotations', refId: 'Anno', ...target, datasource: rest.datasource } as DataQuery) };

  override getDefaultQuery() {
    return { scenarioId: 'random_walk', seriesCount: 1 } as Partial<TestDataQuery>;
  }

  override query(request: DataQueryRequest): Observable<DataQueryResponse> {
    const span = { from: request.range?.from.valueOf() ?? 0, to: request.range?.to.valueOf() ?? 0 };
    const here = request.targets.flatMap((target) => madeHere(target as TestDataQuery, span)?.map(toDataFrame) ?? []);
    const asked = request.targets.filter((target) => madeHere(target as TestDataQuery, span) === undefined);
    if (here.length === 0) return super.query(request);
    const made = of({ key: 'made-here', data: here });
    return asked.length === 0 ? made : merge(made, super.query({ ...request, targets: asked }));
  }

  scenarios(): Promise<Scenario[]> {
    return this.getResource('scenarios');
  }
}

function TestDataQueryEditor({ datasource, query, onChange, onRunQuery }: QueryEditorProps<DataSourceApi<TestDataQuery>, TestDataQuery>) {
  const scenarios = useLoaded(() => (datasource as unknown as TestDataSource).scenarios(), datasource.uid);
  const scenario = query.scenarioId ?? 'random_walk';
  const change = (some: Partial<TestDataQuery>) => {
    onChange({ ...query, scenarioId: scenario, ...some });
    setTimeout(onRunQuery);
  };
  const number = (text: string) => (text === '' ? undefined : Number(text));
  const numeric = (member: string, label: string, placeholder: string) => <TextInput key={member} label={label} type="number" width={10} placeholder={placeholder} value={query[member]} onChange={(text) => change({ [member]: number(text) })} />;
  const wave = (member: string, fields: readonly string[]) => fields.map((field) => (
    <TextInput key={field} label={field} width={16} value={query[member]?.[field]} onChange={(text) => change({ [member]: { ...query[member], [field]: Number.isNaN(Number(text)) || text === '' ? text : Number(text) } })} />
  ));
  return (
    <Stack direction="column" gap={1}>
      <InlineFieldRow>
        <Choice
          label="Scenario" width={32} value={scenario} onChange={(scenarioId) => change({ scenarioId })}
          options={(scenarios.value ?? [{ id: scenario, name: scenario }]).map(({ id, name, description }) => ({ value: id, label: name, ...(description ? { description } : {}) }))}
        />
        <TextInput label="Alias" placeholder="optional" value={query['alias'] ?? ''} onChange={(alias) => change({ alias })} />
        <TextInput label="Labels" placeholder="key=value, key2=value2" width={24} value={query['labels'] ?? ''} onChange={(labels) => change({ labels })} />
      </InlineFieldRow>
      <InlineFieldRow>
        {scenario === 'random_walk' && [numeric('seriesCount', 'Series count', '1'), numeric('startValue', 'Start value', 'auto'), numeric('min', 'Min', 'none'), numeric('max', 'Max', 'none'), numeric('spread', 'Spread', '1'), numeric('noise', 'Noise', '0')]}
        {scenario === 'random_walk_table' && <Flag label="With null values" value={query['withNil'] === true} onChange={(withNil) => change({ withNil })} />}
        {scenario === 'predictable_pulse' && wave('pulseWave', ['timeStep', 'onCount', 'offCount', 'onValue', 'offValue'])}
        {scenario === 'logs' && numeric('lines', 'Lines', '10')}
        {scenario === 'logs' && <Flag label="Level" value={query['levelColumn'] === true} onChange={(levelColumn) => change({ levelColumn })} />}
        {scenario === 'trace' && numeric('spanCount', 'Spans', '10')}
        {scenario === 'csv_file' && <TextInput label="File" width={32} placeholder="population_by_state.csv" value={query['csvFileName'] ?? ''} onChange={(csvFileName) => change({ csvFileName })} />}
        {(scenario === 'csv_metric_values' || scenario === 'slow_query') && <TextInput label="Text" width={40} placeholder="1,20,90,30,5,0" value={query['stringInput'] ?? ''} onChange={(stringInput) => change({ stringInput })} />}
      </InlineFieldRow>
      {(scenario === 'csv_content' || scenario === 'raw_frame') && (
        <TextArea
          aria-label="Content" rows={8} key={scenario} defaultValue={query[scenario === 'csv_content' ? 'csvContent' : 'rawFrameContent'] ?? ''} style={{ fontFamily: 'monospace' }}
          onBlur={(event) => change({ [scenario === 'csv_content' ? 'csvContent' : 'rawFrameContent']: event.currentTarget.value })}
        />
      )}
      {['streaming_client', 'simulation', 'usa', 'node_graph', 'flame_graph', 'annotations', 'predictable_csv_wave'].includes(scenario) && (
        <JsonText label="Options" rows={4} value={Object.fromEntries(Object.entries(query).filter(([name]) => !['refId', 'datasource', 'hide', 'key', 'scenarioId'].includes(name)))} onChange={(value) => change(value as object)} />
      )}
    </Stack>
  );
}

export const source: SourceModule = { DataSource: TestDataSource, QueryEditor: TestDataQueryEditor as never };

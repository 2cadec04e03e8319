import { frame, floatField, stringField, timeField, type Frame } from '@belvedere/dataframe';
import { PluginPanic, type DataQuery, type DataResponse, type PluginContext } from '@belvedere/plugin-sdk';
import { parseGoDuration } from '../../util/interval.ts';
import { csvFields } from './csv.ts';
import { logs } from './logs.ts';
import { instants, seriesName, type Json } from './model.ts';
import { numberOf, textOf } from '../../util/json-value.ts';
import { heatmap, randomWalks, randomWalkTable, type Random } from './random-walk.ts';
import type { Simulations } from './simulation.ts';
import { usa } from './usa.ts';
import { csvWaves, metricValues, pulse } from './waves.ts';

/** The scenarios of the test data source (queries-and-frames §15). */

export interface ScenarioDeps {
  readonly random: Random;
  readonly simulations: Simulations;
  now(): number;
  /** Waits, unless the signal aborts first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Text of a bundled CSV file. Throws if there is none of that name. */
  csvFile(name: string): Promise<string>;
  readArrow(bytes: Uint8Array): Promise<Frame>;
}

export interface ScenarioCall {
  readonly query: DataQuery;
  readonly model: Json;
  readonly context: PluginContext;
  readonly signal: AbortSignal;
  /** Whether this is the request's first query. */
  readonly first: boolean;
  readonly deps: ScenarioDeps;
}

export interface Scenario {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly stringInput?: string;
  /** Undefined: no answer for this refId. Absent: computed in the browser. */
  readonly run?: (call: ScenarioCall) => DataResponse | undefined | Promise<DataResponse | undefined>;
}

const one = (made: Frame | undefined): DataResponse | undefined => made && { frames: [made] };
const walkError = 'this is an error and it can include URLs http://grafana.com/';
const slowestMs = 300_000;

const pulseText = 'Predictable Pulse returns a pulse wave where there is a datapoint every timeStepSeconds.\nThe wave cycles at timeStepSeconds*(onCount+offCount).\n' +
  'The cycle of the wave is based off of absolute time (from the epoch) which makes it predictable.\n' +
  'Timestamps will line up evenly on timeStepSeconds (For example, 60 seconds means times will all end in :00 seconds).';

const exponential = Array.from({ length: 10 }, (_, i) => String(2 ** i));
const linear = Array.from({ length: 10 }, (_, i) => String(i * 10));

function keepRow({ model, deps }: ScenarioCall): { keep: () => boolean; drops: boolean } {
  const percent = numberOf(model['dropPercent'], 0);
  return { drops: percent > 0, keep: () => percent <= 0 || deps.random() * 100 >= percent };
}

const table: readonly Scenario[] = [
  { id: 'annotations', name: 'Annotations' },
  {
    id: 'arrow', name: 'Load Apache Arrow Data',
    async run({ model, deps }) {
      const text = textOf(model['stringInput']);
      if (text === '') return undefined;
      const bytes = Buffer.from(text, 'base64');
      if (bytes.length === 0) throw new Error('the input is not base64');
      return one(await deps.readArrow(bytes));
    },
  },
  {
    id: 'csv_content', name: 'CSV Content',
    run(call) {
      const text = textOf(call.model['csvContent']);
      if (text === '') return undefined;
      const { keep, drops } = keepRow(call);
      return one(frame(textOf(call.model['alias']), csvFields(text, keep, drops)));
    },
  },
  {
    id: 'csv_file', name: 'CSV File',
    async run(call) {
      const name = textOf(call.model['csvFileName']);
      if (name === '') return undefined;
      if (!/^\w+\.csv$/.test(name)) throw new Error('the file name is not valid');
      const { keep, drops } = keepRow(call);
      return one(frame(name, csvFields(await call.deps.csvFile(name), keep, drops)));
    },
  },
  { id: 'csv_metric_values', name: 'CSV Metric Values', stringInput: '1,20,90,30,5,0', run: ({ query, model }) => one(metricValues(query, model)) },
  {
    id: 'datapoints_outside_range', name: 'Datapoints Outside Range',
    run: ({ query, model }) => one(frame(seriesName(model, query.refId, 0), [timeField('Time', [query.timeRange.from - 3_600_000]), floatField('Value', [10])])),
  },
  {
    id: 'error_with_source', name: 'Error with source',
    run: ({ model }) => ({ error: 'error', status: 500, errorSource: model['errorSource'] === 'downstream' ? 'downstream' : 'plugin' }),
  },
  { id: 'exponential_heatmap_bucket_data', name: 'Exponential heatmap bucket data', run: ({ query, deps }) => one(heatmap(query, exponential, deps.random)) },
  { id: 'flame_graph', name: 'Flame Graph' },
  { id: 'grafana_api', name: 'Grafana API' },
  { id: 'linear_heatmap_bucket_data', name: 'Linear heatmap bucket data', run: ({ query, deps }) => one(heatmap(query, linear, deps.random)) },
  { id: 'live', name: 'Grafana Live' },
  { id: 'logs', name: 'Logs', run: ({ query, model, deps }) => one(logs(query, model, deps.random)) },
  { id: 'no_data_points', name: 'No Data Points', run: () => undefined },
  { id: 'node_graph', name: 'Node Graph' },
  { id: 'predictable_csv_wave', name: 'Predictable CSV Wave', run({ query, model }) { const frames = csvWaves(query, model); return frames.length > 0 ? { frames } : {}; } },
  { id: 'predictable_pulse', name: 'Predictable Pulse', description: pulseText, run: ({ query, model }) => one(pulse(query, model)) },
  {
    id: 'query_meta', name: 'Query Metadata',
    run: ({ first, context }) => (first ? one(frame('', [stringField('keys', ['username']), stringField('values', [context.user?.name || context.user?.login || ''])])) : undefined),
  },
  { id: 'random_walk', name: 'Random Walk', run({ query, model, deps }) { const frames = randomWalks(query, model, deps.random); return frames.length > 0 ? { frames } : undefined; } },
  { id: 'random_walk_table', name: 'Random Walk Table', run: ({ query, model, deps }) => one(randomWalkTable(query, model, deps.random)) },
  { id: 'random_walk_with_error', name: 'Random Walk (with error)', run: ({ query, model, deps }) => ({ frames: randomWalks(query, model, deps.random, 1), error: walkError }) },
  { id: 'raw_frame', name: 'Raw Frames' },
  {
    id: 'server_error_500', name: 'Conditional Error', description: 'Returns an error when the String Input field is empty', stringInput: '1,20,90,30,5,0',
    run({ query, model }) {
      const made = metricValues(query, model);
      if (!made) throw new PluginPanic('Test Data Panic!');
      return one(made);
    },
  },
  { id: 'simulation', name: 'Simulation', run: ({ query, model, context, deps }) => one(deps.simulations.query(query, model, context.dataSourceInstanceSettings?.uid ?? '', deps.now())) },
  {
    id: 'slow_query', name: 'Slow Query', stringInput: '5s',
    async run({ query, model, signal, deps }) {
      await deps.sleep(Math.min(slowestMs, Math.max(0, parseGoDuration(textOf(model['stringInput'])) ?? 0)), signal);
      return { frames: randomWalks(query, model, deps.random, 1) };
    },
  },
  { id: 'steps', name: 'Steps' },
  { id: 'streaming_client', name: 'Streaming Client' },
  {
    id: 'table_static', name: 'Table Static',
    run({ query }) {
      // Compat: without an interval the rows are there, all of one time.
      const times = query.intervalMs > 0 ? instants(query.timeRange.from, query.timeRange.to, query.intervalMs, 10) : new Float64Array(10).fill(query.timeRange.from);
      const texts = (text: string) => Array.from(times, () => text);
      return one(frame(query.refId, [
        timeField('Time', times), stringField('Message', texts('This is a message')), stringField('Description', texts('Description')), floatField('Value', times.map(() => 23.1)),
      ]));
    },
  },
  { id: 'trace', name: 'Trace' },
  { id: 'usa', name: 'USA generated data', run: ({ query, model }) => ({ frames: usa(query, model) }) },
];

export const scenarios: ReadonlyMap<string, Scenario> = new Map(table.map((scenario) => [scenario.id, scenario]));

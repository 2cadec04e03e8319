/** What the SQL sources have in common (tsdb-backends §4): the query model, the order of the stages, the words of their failures, health. */
import type { FrameMeta } from '@belvedere/dataframe';
import { answerEach, type BackendPlugin, type CheckHealthResult, type DataQuery, type DataResponse, type DataSourceInstanceSettings, type ErrorSource, type PluginContext } from '@belvedere/plugin-sdk';
import { createInstances } from '../http-client/instances.ts';
import { InterpolationError, RefusedByDatabase, UnreachableDatabase, UnreadableRows, UnusableSettings } from './sql-errors.ts';
import type { Interpolated } from './sql-macros.ts';
import { shapeSeries, ShapingError, shapeTable, type SqlTable } from './sql-shaping.ts';

/** Connections of one source. */
export interface SqlPool {
  /** Throws UnreachableDatabase, RefusedByDatabase, UnreadableRows. */
  run(sql: string, options: { readonly rowLimit: number; readonly signal: AbortSignal }): Promise<SqlTable>;
  ping(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface PoolLimits {
  readonly connectionsMax: number;
  readonly idleMax: number;
  /** 0: connections get as old as they like. */
  readonly lifetimeMs: number;
}

export interface SqlEngine {
  /** Of a query that names no format, or one that nobody knows; absent: such a query is refused. */
  readonly otherFormat?: 'time_series';
  readonly timeNames: readonly string[];
  /** Whose fault a failed stage before and after the database is. */
  readonly stageSource: ErrorSource;
  /** Throws InterpolationError. `hidden` is what people read in place of a text that is not for them. */
  interpolate(sql: string, query: DataQuery, hidden: string, settings: DataSourceInstanceSettings): Interpolated;
  /** Throws UnusableSettings. */
  open(settings: DataSourceInstanceSettings, limits: PoolLimits): SqlPool;
  /** Where to read on. */
  readonly helpLink: string;
  /** Of an error that the server has a number for: what health says of it to administrators. */
  readonly numbered?: { readonly link: string; text(number: number): string };
}

export function createSqlSource(engine: SqlEngine): BackendPlugin {
  const instances = createInstances<SqlPool>((settings) => engine.open(settings, limitsOf(settings)), (pool) => pool.close());
  let config: Readonly<Record<string, string>> = {};

  const limitsOf = ({ jsonData }: DataSourceInstanceSettings): PoolLimits => ({
    connectionsMax: whole(jsonData['maxOpenConns'], config['GF_SQL_MAX_OPEN_CONNS_DEFAULT'], 100), idleMax: whole(jsonData['maxIdleConns'], config['GF_SQL_MAX_IDLE_CONNS_DEFAULT'], 100),
    lifetimeMs: 1000 * whole(jsonData['connMaxLifetime'], config['GF_SQL_MAX_CONN_LIFETIME_SECONDS_DEFAULT'], 14_400),
  });
  const poolOf = (context: PluginContext) => {
    config = context.grafanaConfig;
    return instances.get(context.dataSourceInstanceSettings);
  };

  return {
    async queryData({ pluginContext, queries, signal }) {
      const asked = queries.map(readModel).filter(({ rawSql }) => rawSql !== '');
      const pool = await poolOf(pluginContext);
      const rowLimit = whole(undefined, pluginContext.grafanaConfig['GF_SQL_ROW_LIMIT'], 1_000_000);
      return answerEach(asked, (model) => answer(model, pool, { rowLimit, signal, hidden: hiddenText(pluginContext), settings: pluginContext.dataSourceInstanceSettings! }));
    },

    async checkHealth({ pluginContext, signal }): Promise<CheckHealthResult> {
      try {
        await (await poolOf(pluginContext)).ping(signal);
        return { status: 'OK', message: 'Database Connection OK' };
      } catch (error) {
        if (signal.aborted) throw error;
        return { status: 'ERROR', ...healthProblem(error, pluginContext) };
      }
    },

    callResource: async () => { throw new Error('the source has no resources'); },
    dispose: () => instances.dispose(),
  };

  async function answer({ query, refId, rawSql, format }: Model, pool: SqlPool, { rowLimit, signal, hidden, settings }: Call): Promise<DataResponse> {
    const known = format === 'table' || format === 'time_series' ? format : engine.otherFormat;
    if (known === undefined) return { error: `Unrecognized query model format: "${format}"`, status: 500, errorSource: 'plugin' };
    let executed = '';
    const frame = (rest: { fields?: SqlTable['fields']; meta?: FrameMeta } = {}) =>
      ({ name: '', refId, fields: rest.fields ?? [], meta: { ...rest.meta, ...(executed !== '' && { executedQueryString: executed }) } });
    try {
      const { sql, fill } = engine.interpolate(rawSql, query, hidden, settings);
      executed = sql;
      const table = await pool.run(sql, { rowLimit, signal });
      const notices = table.limited ? { notices: [{ severity: 'warning' as const, text: `Results have been limited to ${rowLimit} because the SQL row limit was reached` }] } : {};
      if ((table.fields[0]?.values.length ?? 0) === 0) return { frames: [frame({ meta: notices })], status: 200 };
      if (known === 'table') return { frames: [frame({ fields: shapeTable(table, engine.timeNames), meta: notices })], status: 200 };
      const { fields, meta } = shapeSeries(table, engine.timeNames, query.timeRange, fill);
      return { frames: [frame({ fields, meta: { ...meta, ...notices } })], status: 200 };
    } catch (error) {
      if (signal.aborted) throw error;
      const problem = problemOf(error, hidden);
      if (!problem) throw error;
      return { ...problem, status: 500, frames: [frame()] };
    }
  }

  /** Undefined: a defect of ours. */
  function problemOf(error: unknown, hidden: string): Pick<DataResponse, 'error' | 'errorSource'> | undefined {
    const { stageSource } = engine;
    if (error instanceof InterpolationError) return { error: `interpolation failed: ${error.message}`, errorSource: stageSource };
    if (error instanceof UnreachableDatabase || error instanceof RefusedByDatabase) {
      const atSignIn = error instanceof RefusedByDatabase && error.options.atSignIn && !error.options.shielded;
      return { error: `db query error: ${atSignIn ? 'failed to acquire connection: ' : ''}${shielded(error, hidden)}`, errorSource: 'downstream' };
    }
    if (error instanceof UnreadableRows) return { error: `convert frame from rows error: ${error.message}`, errorSource: error.source ?? stageSource };
    if (error instanceof ShapingError) return { error: error.message, errorSource: error.ofData ? 'downstream' : stageSource };
    return undefined;
  }

  function healthProblem(error: unknown, context: PluginContext): Pick<CheckHealthResult, 'message' | 'details'> {
    if (!(error instanceof UnreachableDatabase || error instanceof RefusedByDatabase || error instanceof UnusableSettings)) throw error;
    if (context.user?.role !== 'Admin') return { message: shielded(error, hiddenText(context)) };
    const details = { verboseMessage: error.message, errorDetailsLink: engine.helpLink };
    if (error instanceof UnreachableDatabase) return { message: `Network error: Failed to connect to the server. Error message: ${error.brief}`, details };
    const number = error instanceof RefusedByDatabase ? error.options.number : undefined;
    if (number !== undefined && engine.numbered) return { message: engine.numbered.text(number), details: { ...details, errorDetailsLink: engine.numbered.link } };
    return { message: error.message, details };
  }
}

/** What anybody may read of a failure. */
function shielded(error: UnreachableDatabase | RefusedByDatabase | UnusableSettings, hidden: string): string {
  if (error instanceof UnreachableDatabase) return `failed to connect to server - ${hidden}`;
  return error instanceof RefusedByDatabase && error.options.shielded ? `query failed - ${hidden}` : error.message;
}

const hiddenText = ({ grafanaConfig }: PluginContext): string => grafanaConfig['GF_USER_FACING_DEFAULT_ERROR'] ?? 'please inspect Grafana server log for details';

/** The record's number, else the server's default. */
function whole(value: unknown, configured: string | undefined, otherwise: number): number {
  const number = typeof value === 'number' ? value : Number(configured ?? otherwise);
  return Number.isFinite(number) && number >= 0 ? Math.trunc(number) : otherwise;
}

interface Call {
  readonly rowLimit: number;
  readonly signal: AbortSignal;
  readonly hidden: string;
  readonly settings: DataSourceInstanceSettings;
}

interface Model {
  readonly query: DataQuery;
  readonly refId: string;
  readonly rawSql: string;
  readonly format: string;
}

/** Throws where the whole request fails (tsdb-backends §4.2). */
function readModel(query: DataQuery): Model {
  const text = (key: string): string => {
    const value = query.json[key] ?? '';
    if (typeof value !== 'string') throw new Error(`error unmarshal query json: ${key} is no text`);
    return value;
  };
  for (const key of ['fill', 'fillInterval', 'fillMode', 'fillValue']) if (query.json[key]) throw new Error('query fill-parameters not supported');
  return { query, refId: query.refId, rawSql: text('rawSql'), format: text('format') };
}

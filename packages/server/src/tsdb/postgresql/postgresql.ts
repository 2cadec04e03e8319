/** The PostgreSQL source (tsdb-backends §4): its macros, and how it differs from the other engines. */
import type { BackendPlugin } from '@belvedere/plugin-sdk';
import { epochMacro, expandMacros, groupInterval, replaceVariables, secondsText, singleQuotes, withFill, type MacroCall } from '../sql/sql-macros.ts';
import { createSqlSource } from '../sql/sql-source.ts';
import type { BuiltInSourceDeps } from '../registry/built-in-sources.ts';
import { openPostgresql } from './postgresql-pool.ts';

export function createPostgresqlPlugin({ clock, dataProxy, log }: Pick<BuiltInSourceDeps, 'clock' | 'dataProxy' | 'log'>): BackendPlugin {
  return createSqlSource({
    otherFormat: 'time_series',
    timeNames: ['time'],
    stageSource: 'downstream',
    helpLink: 'https://grafana.com/docs/grafana/latest/datasources/postgres',
    interpolate: (sql, query, _hidden, { jsonData }) =>
      expandMacros(replaceVariables(sql, query), query, clock.now(), (call) => macro(call, jsonData['timescaledb'] === true), (name) => `unknown macro "${name}"`, aliasBeforeComma),
    open: (settings, limits) => openPostgresql(settings, limits, { dialTimeoutMs: dataProxy.dialTimeoutMs, log }),
  });
}

/** Compat: a group with a comma right behind it means the alias. Saved queries rely on it, and only the first of several calls alike is looked at. */
const aliasBeforeComma = (name: string, written: string, sql: string) => (name === '__timeGroup' && sql[sql.indexOf(written) + written.length] === ',' ? '__timeGroupAlias' : name);

function macro(call: MacroCall, timescale: boolean): string | undefined {
  const { name, args: [column = ''], range } = call;
  switch (name) {
    case '__time': return `${column} AS "time"`;
    case '__timeEpoch': return `extract(epoch from ${column}) as "time"`;
    case '__timeFilter': return `${column} BETWEEN '${timeText(range.from)}' AND '${timeText(range.to)}'`;
    case '__timeFrom': return `'${timeText(range.from)}'`;
    case '__timeTo': return `'${timeText(range.to)}'`;
    case '__timeGroup': return timeGroup(call, timescale);
    case '__timeGroupAlias': return `${timeGroup(call, timescale)} AS "time"`;
    case '__unixEpochGroup': return epochGroup(call);
    case '__unixEpochGroupAlias': return `${epochGroup(call)} AS "time"`;
    default: return epochMacro(call);
  }
}

function timeGroup(call: MacroCall, timescale: boolean): string {
  const column = call.args[0] ?? '';
  const interval = groupInterval({ ...call, name: '__timeGroup' }, singleQuotes, withFill);
  if (timescale) return `time_bucket('${(interval / 1000).toFixed(3)}s',${column})`;
  return `floor(extract(epoch from ${column})/${secondsText(interval)})*${secondsText(interval)}`;
}

function epochGroup(call: MacroCall): string {
  const seconds = secondsText(groupInterval({ ...call, name: '__unixEpochGroup' }, singleQuotes, withFill));
  return `floor((${call.args[0] ?? ''})/${seconds})*${seconds}`;
}

/** RFC 3339 in UTC, as many digits as are needed. */
const timeText = (ms: number): string => new Date(ms).toISOString().replace(/\.?0*Z$/, 'Z');

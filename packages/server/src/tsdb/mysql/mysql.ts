/** The MySQL source (tsdb-backends §4): its macros, and how it differs from the other engines. */
import type { BackendPlugin } from '@belvedere/plugin-sdk';
import { InterpolationError } from '../sql/sql-errors.ts';
import { anyQuotes, epochMacro, expandMacros, groupInterval, replaceVariables, secondsOf, secondsText, singleQuotes, withFill, type MacroCall } from '../sql/sql-macros.ts';
import { createSqlSource } from '../sql/sql-source.ts';
import type { BuiltInSourceDeps } from '../registry/built-in-sources.ts';
import { openMysql } from './mysql-pool.ts';

export function createMysqlPlugin({ clock, dataProxy, log }: Pick<BuiltInSourceDeps, 'clock' | 'dataProxy' | 'log'>): BackendPlugin {
  return createSqlSource({
    timeNames: ['time', 'time_sec'],
    stageSource: 'plugin',
    helpLink: 'https://grafana.com/docs/grafana/latest/datasources/mysql/#configure-the-data-source',
    numbered: {
      link: 'https://dev.mysql.com/doc/mysql-errors/8.4/en/',
      text: (number) => `Database error: Failed to connect to the MySQL server. MySQL error number: ${number}`,
    },
    interpolate(sql, query, hidden) {
      const replaced = replaceVariables(sql, query);
      if (tellsOfAccounts.test(replaced)) throw new InterpolationError(`invalid query - ${hidden}`);
      return expandMacros(replaced, query, clock.now(), macro, (name) => `unknown macro ${name}`);
    },
    open: (settings, limits) => openMysql(settings, limits, { dialTimeoutMs: dataProxy.dialTimeoutMs, log }),
  });
}

/** Statements that say as whom the source signs in, or what that account may do. */
const tellsOfAccounts = /\bshow\s+grants\b|(?<=^|[\s,;(])(?:current_user(?:\(\))?|(?:session_user|system_user|user)\(\))(?=$|[\s,;)])/i;

function macro(call: MacroCall): string | undefined {
  const { name, args: [column = ''], range } = call;
  const from = secondsOf(range.from);
  const to = secondsOf(range.to);
  switch (name) {
    case '__time': case '__timeEpoch': return `UNIX_TIMESTAMP(${column}) as time_sec`;
    // FROM_UNIXTIME knows no time before 1970.
    case '__timeFilter': return `${column} BETWEEN ${from < 0 ? `DATE_ADD(FROM_UNIXTIME(0), INTERVAL ${from} SECOND)` : `FROM_UNIXTIME(${from})`} AND FROM_UNIXTIME(${to})`;
    case '__timeFrom': return `FROM_UNIXTIME(${from})`;
    case '__timeTo': return `FROM_UNIXTIME(${to})`;
    case '__timeGroup': return timeGroup(call);
    case '__timeGroupAlias': return `${timeGroup(call)} AS "time"`;
    case '__unixEpochGroup': return epochGroup(call);
    case '__unixEpochGroupAlias': return `${epochGroup(call)} AS "time"`;
    default: return epochMacro(call);
  }
}

function timeGroup(call: MacroCall): string {
  const seconds = roundHalfEven(groupInterval({ ...call, name: '__timeGroup' }, anyQuotes) / 1000);
  return `UNIX_TIMESTAMP(${call.args[0] ?? ''}) DIV ${seconds} * ${seconds}`;
}

function epochGroup(call: MacroCall): string {
  const seconds = secondsText(groupInterval({ ...call, name: '__unixEpochGroup' }, singleQuotes, withFill));
  return `${call.args[0] ?? ''} DIV ${seconds} * ${seconds}`;
}

const roundHalfEven = (value: number): number => (Math.abs(value % 1) === 0.5 ? 2 * Math.round(value / 2) : Math.round(value));

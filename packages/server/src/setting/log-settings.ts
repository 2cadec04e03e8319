import { type Ini, parseDuration } from './ini.ts';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];
export type LogFormat = 'console' | 'text' | 'json';

export interface LogOutputSettings {
  readonly level: LogLevel;
  readonly format: LogFormat;
}

/** `[log]` and `[log.<mode>]` (config-and-operations §6). */
export interface LogSettings {
  readonly console?: LogOutputSettings;
  readonly file?: LogOutputSettings & {
    readonly name: string;
    readonly rotate: boolean;
    readonly linesMax: number;
    readonly bytesMax: number;
    readonly daily: boolean;
    readonly daysMax: number;
  };
  /** logger -> level, exact names. */
  readonly filters: ReadonlyMap<string, LogLevel>;
}

const level = (word: string): LogLevel => {
  const lower = word.toLowerCase();
  if (lower === 'critical') return 'error';
  // Compat: an unknown level is info, not an error; configurations out there have `level = notice`.
  return (logLevels as readonly string[]).includes(lower) ? (lower as LogLevel) : 'info';
};

export function readLogSettings(ini: Ini): LogSettings {
  const log = ini.section('log');
  const modes = log.list('mode', ['console', 'file']);
  const output = (mode: string): LogOutputSettings => {
    const section = ini.section(`log.${mode}`);
    const format = section.string('format', mode === 'console' ? 'console' : 'text');
    return { level: level(section.string('level') || log.string('level', 'info')), format: format === 'json' || format === 'console' ? format : 'text' };
  };
  const file = ini.section('log.file');
  const filters = new Map<string, LogLevel>();
  for (const item of log.list('filters')) {
    const colon = item.lastIndexOf(':');
    if (colon > 0) filters.set(item.slice(0, colon), level(item.slice(colon + 1)));
  }
  return {
    ...(modes.includes('console') ? { console: output('console') } : {}),
    ...(modes.includes('file')
      ? {
          file: {
            ...output('file'), name: file.string('file_name', 'grafana.log'), rotate: file.bool('log_rotate', true), linesMax: file.int('max_lines', 1_000_000),
            bytesMax: 2 ** Math.min(file.int('max_size_shift', 28), 52), daily: file.bool('daily_rotate', true), daysMax: maxDays(file.string('max_days', '7')),
          },
        }
      : {}),
    filters,
  };
}

/** `7`, or a duration such as `168h`. */
function maxDays(text: string): number {
  const days = Number(text);
  if (Number.isFinite(days)) return days;
  const ms = parseDuration(text);
  return ms === undefined ? 7 : Math.ceil(ms / 86_400_000);
}

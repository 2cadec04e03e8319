/** The server's logger (config-and-operations §6): pino underneath; console and text lines as logfmt, or JSON. */
import pino from 'pino';
import type { Ini } from '../../setting/ini.ts';
import type { LogFields, Logger } from './log.ts';

const levels = { trace: 'trace', debug: 'debug', info: 'info', warn: 'warn', error: 'error', critical: 'error' } as const;

export interface LineSink {
  write(line: string): void;
}

/** `[log]` to a logger writing lines to `sink`. */
export function createLogger(ini: Ini, sink: LineSink = process.stdout): Logger {
  const log = ini.section('log');
  const consoleSection = ini.section('log.console');
  const level = levels[(consoleSection.string('level') || log.string('level', 'info')) as keyof typeof levels] ?? 'info';
  const json = consoleSection.string('format', 'console') === 'json';
  const filters = new Map(log.list('filters').map((filter) => filter.split(':') as [string, string]));
  const root = pino({
    level, base: null, messageKey: 'msg',
    timestamp: () => `,"t":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { error: errorText },
  }, { write: (line: string) => sink.write(json ? line : logfmt(line)) });
  return wrap(root, filters);
}

function wrap(base: pino.Logger, filters: ReadonlyMap<string, string>): Logger {
  const at = (level: 'trace' | 'debug' | 'info' | 'warn' | 'error') => (message: string, fields?: LogFields) => (fields ? base[level](fields, message) : base[level](message));
  return {
    trace: at('trace'), debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'),
    child(name) {
      const filter = filters.get(name);
      return wrap(base.child({ logger: name }, filter && filter in levels ? { level: levels[filter as keyof typeof levels] } : {}), filters);
    },
  };
}

/** An error and its causes in one line; the stack only where nobody foresaw it. */
function errorText(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const causes: string[] = [];
  for (let e: unknown = error; e instanceof Error; e = e.cause) causes.push(e.message);
  return `${causes.join(': ')}${error.stack ? `\n${error.stack.split('\n').slice(1, 6).join('\n')}` : ''}`;
}

function logfmt(line: string): string {
  const { logger, t, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const pairs = Object.entries({ ...(logger ? { logger } : {}), t, level, msg, ...fields });
  return `${pairs.map(([key, value]) => `${key}=${quoted(value)}`).join(' ')}\n`;
}

function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text === '' || /[\s"=]/.test(text) ? JSON.stringify(text) : text;
}

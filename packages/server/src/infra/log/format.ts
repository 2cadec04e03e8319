/** One line of log in the three formats (config-and-operations §6). */
import type { LogFormat, LogLevel } from '../../setting/log-settings.ts';
import { Secret } from '../../util/secret.ts';
import type { LogFields } from './log.ts';

export interface LogLine {
  readonly logger: string;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields | undefined;
  readonly at: Date;
}

export type Formatter = (line: LogLine) => string;

/** `console` is coloured on a terminal and plain text elsewhere. */
export function formatter(format: LogFormat, terminal: boolean): Formatter {
  if (format === 'json') return jsonLine;
  return format === 'console' && terminal ? consoleLine : textLine;
}

function jsonLine({ logger, level, message, fields, at }: LogLine): string {
  const line: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields ?? {})) line[key] = plain(value);
  return `${JSON.stringify({ ...line, level, logger, msg: message, t: at.toISOString() })}\n`;
}

function textLine({ logger, level, message, fields, at }: LogLine): string {
  return `logger=${quoted(logger)} t=${at.toISOString()} level=${level} msg=${quoted(message)}${pairs(fields)}\n`;
}

const colours: Record<LogLevel, number> = { trace: 90, debug: 36, info: 32, warn: 33, error: 31 };

function consoleLine({ logger, level, message, fields, at }: LogLine): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const time = `${two(at.getMonth() + 1)}-${two(at.getDate())}|${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  const colour = (text: string) => `\x1b[${colours[level]}m${text}\x1b[0m`;
  return `${colour(level.toUpperCase().padEnd(5))}[${time}] ${message.padEnd(40)} ${colour('logger')}=${quoted(logger)}${pairs(fields, colour)}\n`;
}

function pairs(fields: LogFields | undefined, colour: (text: string) => string = (text) => text): string {
  let text = '';
  for (const [key, value] of Object.entries(fields ?? {})) {
    const shown = plain(value);
    text += ` ${colour(key.replace(/[\s="]/g, '_'))}=${quoted(typeof shown === 'string' ? shown : (JSON.stringify(shown) ?? 'null'))}`;
  }
  return text;
}

function quoted(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a line must stay a line.
  return text === '' || /[\s"=\x00-\x1f\x7f]/.test(text) ? JSON.stringify(text) : text;
}

/** Errors become their messages, causes included; what JSON cannot show becomes text. */
function plain(value: unknown): unknown {
  if (value instanceof Error) return errorText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Secret) return value.toString();
  try {
    JSON.stringify(value);
    return value;
  } catch {
    return String(value);
  }
}

function errorText(error: Error, depth = 0): string {
  const { cause } = error;
  const own = error.message === '' ? error.name : error.message;
  if (cause === undefined || depth > 4) return own;
  return `${own}: ${cause instanceof Error ? errorText(cause, depth + 1) : String(cause)}`;
}

/** The log of a process: console and file, a level a logger, three formats (config-and-operations §6). */
import { type LogLevel, logLevels, type LogSettings } from '../../setting/log-settings.ts';
import { formatter, type LogLine } from './format.ts';
import type { LogFields, Logger } from './log.ts';
import { LogFile } from './log-file.ts';

export interface Log extends Logger {
  /** Opens the log file anew; after SIGHUP. */
  reopen(): void;
  close(): void;
}

export interface LogDeps {
  readonly settings: LogSettings;
  /** Where the log file is. */
  readonly folder: string;
  readonly write?: (text: string) => void;
  readonly terminal?: boolean;
  readonly now?: () => Date;
}

interface Output {
  readonly levelMin: number;
  readonly write: (line: LogLine) => void;
}

const rank = (level: LogLevel) => logLevels.indexOf(level);

export function createLog({ settings, folder, write = (text) => process.stdout.write(text), terminal = process.stdout.isTTY === true, now = () => new Date() }: LogDeps): Log {
  const outputs: Output[] = [];
  if (settings.console) {
    const format = formatter(settings.console.format, terminal);
    outputs.push({ levelMin: rank(settings.console.level), write: (line) => write(format(line)) });
  }
  let file: LogFile | undefined;
  if (settings.file) {
    file = new LogFile(folder, settings.file, now);
    const opened = file;
    const format = formatter(settings.file.format, false);
    outputs.push({ levelMin: rank(settings.file.level), write: (line) => opened.write(format(line)) });
  }
  return {
    ...createLogger('server', outputs, settings.filters, now),
    reopen: () => file?.reopen(),
    close: () => file?.close(),
  };
}

function createLogger(name: string, outputs: readonly Output[], filters: LogSettings['filters'], now: () => Date): Logger {
  const filter = filters.get(name);
  // Decided once a logger, so that a line below every level costs a comparison.
  const at = (level: LogLevel) => {
    const wanted = outputs.filter(({ levelMin }) => rank(level) >= (filter === undefined ? levelMin : rank(filter)));
    if (wanted.length === 0) return () => {};
    return (message: string, fields?: LogFields) => {
      const line: LogLine = { logger: name, level, message, fields, at: now() };
      for (const output of wanted) output.write(line);
    };
  };
  return {
    trace: at('trace'), debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'),
    child: (child) => createLogger(child, outputs, filters, now),
  };
}

/** A plugin's log: one line of JSON on stderr, which the host takes into its own (plugins §17.5, §26.2). */

export interface PluginLog {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

const plain = (_key: string, value: unknown): unknown => (value instanceof Error ? value.message : typeof value === 'bigint' ? String(value) : value);

export function createPluginLog(write: (line: string) => void = (line) => { process.stderr.write(line); }): PluginLog {
  const at = (level: string) => (message: string, fields: Readonly<Record<string, unknown>> = {}) => write(`${JSON.stringify({ ...fields, '@level': level, '@message': message }, plain)}\n`);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

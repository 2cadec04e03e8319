/**
 * The INI dialect and the accessor over the merged configuration (config-and-operations §1). A bad value is an error at start that
 * names file, section and key.
 */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** A setting that cannot be used. Ends the start. */
export class SettingError extends Error {
  constructor(where: string, reason: string) {
    super(`${where}: ${reason}`);
    this.name = 'SettingError';
  }
}

interface Value {
  text: string;
  /** File, environment variable or argument that said it. */
  origin: string;
  /** Expanded, but with its `%(key)s` as they were written: what the settings page shows. */
  written?: string;
}

/** section -> key -> value. The unnamed section is ''. */
export type IniSections = Map<string, Map<string, Value>>;

const truths = new Set(['1', 't', 'T', 'true', 'TRUE', 'True', 'yes', 'YES', 'Yes', 'y', 'on', 'ON', 'On']);
const falsehoods = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False', 'no', 'NO', 'No', 'n', 'off', 'OFF', 'Off']);

/** Parses one file. Later keys win, sections of one name merge. Throws SettingError naming file and line. */
export function parseIni(text: string, file: string): IniSections {
  const sections: IniSections = new Map([['', new Map()]]);
  let section = sections.get('')!;
  const lines = text.split(/\r?\n/);
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    if (line.startsWith('[')) {
      const end = line.lastIndexOf(']');
      if (end < 0) throw new SettingError(`${file}:${i + 1}`, 'unclosed section');
      const name = line.slice(1, end).trim();
      section = sections.get(name) ?? new Map();
      sections.set(name, section);
      continue;
    }
    const delimiter = /[=:]/.exec(line);
    if (!delimiter) throw new SettingError(`${file}:${i + 1}`, `key-value delimiter not found: ${line.slice(0, 60)}`);
    const key = line.slice(0, delimiter.index).trim();
    let raw = line.slice(delimiter.index + 1).trim();
    const quote = raw.startsWith('"""') ? '"""' : raw.startsWith('`') ? '`' : undefined;
    if (quote) {
      const startedAt = i;
      let rest = raw.slice(quote.length);
      while (!rest.includes(quote)) {
        i++;
        if (i >= lines.length) throw new SettingError(`${file}:${startedAt + 1}`, `missing closing ${quote}`);
        rest += `\n${lines[i]}`;
      }
      section.set(key, { text: rest.slice(0, rest.indexOf(quote)), origin: file });
      continue;
    }
    while (raw.endsWith('\\') && i + 1 < lines.length) raw = raw.slice(0, -1).trimEnd() + lines[++i]!.trim();
    section.set(key, { text: plainValue(raw), origin: file });
  }
  return sections;
}

/** Cut at the first comment mark, then stripped of one pair of outer quotes. */
function plainValue(raw: string): string {
  const mark = raw.search(/[#;]/);
  const value = (mark < 0 ? raw : raw.slice(0, mark)).trim();
  const first = value[0];
  return value.length > 1 && (first === '"' || first === "'") && value.endsWith(first) ? value.slice(1, -1) : value;
}

/** Sections whose environment variables count although no file declares the key (§1.3). */
const dynamicSections = [
  'security', 'security.encryption', 'environment', 'metrics', 'query', 'provisioning', 'grafana-apiserver', 'unified_storage', 'secrets_manager',
  'support_bundles', 'caching', 'recorded_queries', 'reporting', 'analytics', 'secretscan', 'auth.passwordless', 'auth.extended_jwt', 'oauth2_server',
  'settings_service', 'operator', 'database', 'authorization',
];
const isDynamic = (section: string) => dynamicSections.includes(section) || section.startsWith('unified_storage.') || section.startsWith('zanzana.');

export interface IniSources {
  readonly defaults: { readonly text: string; readonly file: string };
  readonly custom?: { readonly text: string; readonly file: string };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `cfg:…` arguments in order, with or without the prefix. */
  readonly overrides?: readonly string[];
}

export interface IniSection {
  /** The value, or '' (or `otherwise`) where nothing is said. */
  string(key: string, otherwise?: string): string;
  bool(key: string, otherwise?: boolean): boolean;
  int(key: string, otherwise?: number): number;
  number(key: string, otherwise?: number): number;
  /** Milliseconds; `10s`, `1h30m`, also `d`, `w`, `M`, `y`. */
  duration(key: string, otherwiseMs?: number): number;
  /** Comma or blank separated, or a JSON array. */
  list(key: string, otherwise?: readonly string[]): readonly string[];
  /** One of the given words. */
  oneOf<const T extends string>(key: string, words: readonly T[], otherwise: T): T;
  has(key: string): boolean;
  /** Own keys, without inherited ones. */
  keys(): readonly string[];
  /** The value as it was written, `%(key)s` not replaced; undefined where nothing is said. For showing, not for use. */
  written(key: string): string | undefined;
  /** Throws a SettingError about this key: for checks of the caller's own. */
  fail(key: string, reason: string): never;
}

export interface Ini {
  section(name: string): IniSection;
  /** Names of all sections, '' for the unnamed one left out. */
  sections(): readonly string[];
  /** Which command line and environment said something: for the log, values redacted. */
  readonly overrides: readonly string[];
}

export const environmentName = (section: string, key: string) =>
  `GF_${section === '' ? 'DEFAULT' : section}_${key}`.toUpperCase().replace(/[.-]/g, '_');

/** Merges the sources in the order of §1.1 and expands what can be expanded. */
export function loadIni({ defaults, custom, env, overrides = [] }: IniSources): Ini {
  const merged = parseIni(defaults.text, defaults.file);
  const said: string[] = [];
  const parsed = overrides.map(parseOverride);
  for (const o of parsed) {
    if (o.defaultOnly) set(merged, o.section, o.key, { text: o.value, origin: `cfg:default.${o.section}.${o.key}` });
  }
  if (custom) {
    for (const [name, keys] of parseIni(custom.text, custom.file)) {
      for (const [key, value] of keys) if (value.text !== '') set(merged, name, key, value);
    }
  }
  applyEnvironment(merged, env, said);
  for (const o of parsed) {
    if (o.defaultOnly || !merged.get(o.section)?.has(o.key)) continue;
    set(merged, o.section, o.key, { text: o.value, origin: `cfg:${o.section ? `${o.section}.` : ''}${o.key}` });
    said.push(`cfg:${o.section ? `${o.section}.` : ''}${o.key}=${redact(o.key, o.value)}`);
  }
  for (const [name, keys] of merged) {
    for (const [key, value] of keys) {
      const where = `${value.origin}: [${name}] ${key}`;
      value.written = expand(value.text, env, where);
      value.text = expand(interpolate(value.text, keys, merged.get('')!), env, where);
    }
  }
  return {
    section: (name) => sectionAccessor(merged, name, env),
    sections: () => [...merged.keys()].filter((name) => name !== ''),
    overrides: said,
  };
}

function set(sections: IniSections, section: string, key: string, value: Value): void {
  if (!sections.has(section)) sections.set(section, new Map());
  sections.get(section)!.set(key, { ...value });
}

function applyEnvironment(merged: IniSections, env: IniSources['env'], said: string[]): void {
  for (const [name, value] of Object.entries(env)) {
    // A section of its own for each stored resource, declared or not.
    const found = /^GF_UNIFIED_STORAGE_(.+)_(DUALWRITERMODE|ENABLEMIGRATION|AUTOMIGRATIONTHRESHOLD)$/.exec(name);
    if (!found || !value) continue;
    const key = { DUALWRITERMODE: 'dualWriterMode', ENABLEMIGRATION: 'enableMigration', AUTOMIGRATIONTHRESHOLD: 'autoMigrationThreshold' }[found[2]!]!;
    set(merged, `unified_storage.${found[1]!.toLowerCase().replaceAll('_', '.')}`, key, { text: value, origin: name });
  }
  for (const [section, keys] of merged) {
    for (const key of keys.keys()) {
      const name = environmentName(section, key);
      const value = env[name];
      if (!value) continue;
      keys.set(key, { text: value, origin: name });
      said.push(`${name}=${redact(key, value)}`);
    }
  }
}

function parseOverride(argument: string): { section: string; key: string; value: string; defaultOnly: boolean } {
  const text = argument.replace(/^cfg:/, '');
  const parts = text.split('=');
  if (parts.length !== 2) throw new SettingError(argument, 'a command line override is cfg:section.key=value, with one =');
  const defaultOnly = parts[0]!.startsWith('default.');
  const path = defaultOnly ? parts[0]!.slice('default.'.length) : parts[0]!;
  const dot = path.lastIndexOf('.');
  return { section: dot < 0 ? '' : path.slice(0, dot), key: path.slice(dot + 1), value: parts[1]!, defaultOnly };
}

/** `%(key)s` stands for a key of the same section, else of the unnamed one. */
function interpolate(text: string, own: Map<string, Value>, unnamed: Map<string, Value>, depth = 0): string {
  if (depth > 20 || !text.includes('%(')) return text;
  return text.replace(/%\(([^)]+)\)s/g, (all, key: string) => {
    const found = own.get(key) ?? unnamed.get(key);
    return found ? interpolate(found.text, own, unnamed, depth + 1) : all;
  });
}

/** `$__env{X}`, `${X}`, `$__file{/path}` (§1.4). Exported for tests and for sections made at run time. */
export function expand(text: string, env: IniSources['env'], where: string): string {
  if (!text.includes('$')) return text;
  const variable = (name: string) => env[name] ?? (name === 'HOSTNAME' ? hostname() : '');
  const withEnv = text.replace(/\$__env\{([^}]*)\}|\$\{([^}]*)\}/g, (_, a?: string, b?: string) => variable(a ?? b ?? ''));
  return withEnv.replace(/\$__file\{([^}]*)\}/g, (_, path: string) => {
    try {
      return readFileSync(path, 'utf8').trim();
    } catch (cause) {
      throw Object.assign(new SettingError(where, `cannot read ${path}`), { cause });
    }
  });
}

function sectionAccessor(sections: IniSections, name: string, env: IniSources['env']): IniSection {
  const find = (key: string): Value | undefined => {
    const own = sections.get(name)?.get(key);
    if (own) return own;
    if (isDynamic(name)) {
      const value = env[environmentName(name, key)];
      if (value) return { text: expand(value, env, environmentName(name, key)), origin: environmentName(name, key) };
    }
    for (let parent = name; parent.includes('.'); ) {
      parent = parent.slice(0, parent.lastIndexOf('.'));
      const inherited = sections.get(parent)?.get(key);
      if (inherited) return inherited;
    }
    return undefined;
  };
  const fail = (key: string, reason: string): never => {
    throw new SettingError(`${find(key)?.origin ?? 'configuration'}: [${name}] ${key}`, reason);
  };
  /** Undefined where nothing is said: the caller's default stands. */
  const said = (key: string) => find(key)?.text.trim() || undefined;
  const numeric = (key: string, otherwise: number, whole: boolean) => {
    const text = said(key);
    if (text === undefined) return otherwise;
    const value = Number(text);
    if (!Number.isFinite(value) || (whole && !Number.isInteger(value))) fail(key, `not a ${whole ? 'whole ' : ''}number: ${redact(key, text)}`);
    return value;
  };
  return {
    string: (key, otherwise = '') => find(key)?.text || otherwise,
    bool(key, otherwise = false) {
      const text = said(key);
      if (text === undefined) return otherwise;
      if (truths.has(text)) return true;
      if (falsehoods.has(text)) return false;
      return fail(key, `not a boolean: ${redact(key, text)}`);
    },
    int: (key, otherwise = 0) => numeric(key, otherwise, true),
    number: (key, otherwise = 0) => numeric(key, otherwise, false),
    duration(key, otherwiseMs = 0) {
      const text = said(key);
      if (text === undefined) return otherwiseMs;
      return parseDuration(text) ?? fail(key, `not a duration: ${redact(key, text)}`);
    },
    list: (key, otherwise = []) => {
      const text = said(key);
      return text === undefined ? otherwise : parseList(text);
    },
    oneOf(key, words, otherwise) {
      const text = said(key);
      if (text === undefined) return otherwise;
      return words.find((word) => word === text) ?? fail(key, `is one of ${words.join(', ')}, not ${redact(key, text)}`);
    },
    has: (key) => find(key) !== undefined,
    keys: () => [...(sections.get(name)?.keys() ?? [])],
    written: (key) => {
      const found = find(key);
      return found?.written ?? found?.text;
    },
    fail,
  };
}

const unitMs: Record<string, number> = {
  ns: 1e-6, us: 1e-3, 'µs': 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, M: 2_592_000_000, y: 31_536_000_000,
};

/** `1h30m` in milliseconds; a bare 0 is 0; undefined if it is no duration. */
export function parseDuration(text: string): number | undefined {
  if (/^[+-]?0+$/.test(text)) return 0;
  const sign = text.startsWith('-') ? -1 : 1;
  const body = text.replace(/^[+-]/, '');
  if (!/^(\d+(\.\d*)?(ns|us|µs|ms|s|m|h|d|w|M|y))+$/.test(body)) return undefined;
  let total = 0;
  for (const [, amount, , unit] of body.matchAll(/(\d+(\.\d*)?)(ns|us|µs|ms|s|m|h|d|w|M|y)/g)) total += Number(amount) * unitMs[unit!]!;
  return sign * total;
}

/** Commas and white space separate, quotes hold together, a JSON array is read as such (malformed: empty). */
export function parseList(text: string): readonly string[] {
  const trimmed = text.trim();
  if (trimmed.startsWith('[')) {
    try {
      const parsed: unknown = JSON.parse(trimmed);
      return Array.isArray(parsed) && parsed.every((item) => typeof item === 'string') ? parsed : [];
    } catch {
      return [];
    }
  }
  return [...trimmed.matchAll(/"([^"]*)"|[^\s,]+/g)].map(([whole, quoted]) => quoted ?? whole);
}

const secretParts = [
  'PASSWORD', 'SECRET', 'PROVIDER_CONFIG', 'PRIVATE_KEY', 'SECRET_KEY', 'CERTIFICATE', 'ACCOUNT_KEY', 'ENCRYPTION_KEY', 'VAULT_TOKEN', 'CLIENT_SECRET',
  'ENTERPRISE_LICENSE', 'API_DB_PASS',
];
const secretEnds = ['ID_FORWARDING_TOKEN', 'AUTHENTICATION_TOKEN', 'AUTH_TOKEN', 'RENDERER_TOKEN', 'API_TOKEN', 'WEBHOOK_TOKEN', 'INSTALL_TOKEN'];
const urlsStayWhole = ['RUDDERSTACK', 'APPLICATION_INSIGHTS', 'SENTRY'];

/** What may be shown of a value (§1.5). */
export function redact(key: string, value: string): string {
  if (value === '') return '';
  const upper = key.toUpperCase();
  if (upper === 'TOKEN' || secretParts.some((part) => upper.includes(part)) || secretEnds.some((end) => upper.endsWith(end))) return '*********';
  if (urlsStayWhole.some((part) => upper.includes(part))) return value;
  return value.replace(/(\w+:\/\/[^\s:/@,]*):[^\s/@,]+@/g, '$1:xxxxx@');
}

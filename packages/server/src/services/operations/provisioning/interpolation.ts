/** Values in provisioning files that come from the environment or from files (config-and-operations §1.4, queries-and-frames on data source files). */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Interpolation {
  /** A string with `$__env{}`, `$__file{}`, `$VAR`, `${VAR}` replaced; `$$` is a dollar. Throws where a file cannot be read. */
  text(raw: string): string;
  /** Every string in a JSON-like value; keys stay. */
  deep(value: unknown): unknown;
  /** As `deep`, and a string that changed becomes the integer, number or boolean that it spells; never one that holds `$$`. */
  retyped(value: unknown): unknown;
}

export function createInterpolation(env: Environment): Interpolation {
  const variable = (name: string) => env[name] ?? (name === 'HOSTNAME' ? hostname() : '');
  // The marked forms first; their results may hold plain ones, as in the reference.
  const marked = (part: string) =>
    part
      .replace(/\$__env\{([^}]*)\}/g, (_, name: string) => variable(name))
      .replace(/\$__file\{([^}]*)\}/g, (_, path: string) => readFileSync(path, 'utf8').trim());
  const plain = (part: string) =>
    part.replace(/\$(?:\{([^}]*)\}|([A-Za-z_][A-Za-z0-9_]*|[0-9*#@!?-]))/g, (_, braced?: string, bare?: string) => env[braced ?? bare ?? ''] ?? '');
  const text = (raw: string) => (raw.includes('$') ? raw.split('$$').map((part) => plain(marked(part))).join('$') : raw);

  const walk = (value: unknown, leaf: (raw: string) => unknown): unknown => {
    if (typeof value === 'string') return leaf(value);
    if (Array.isArray(value)) return value.map((item) => walk(item, leaf));
    if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, leaf)]));
    }
    return value;
  };
  return {
    text,
    deep: (value) => walk(value, text),
    retyped: (value) =>
      walk(value, (raw) => {
        const result = text(raw);
        return result === raw || raw.includes('$$') ? result : typed(result);
      }),
  };
}

function typed(text: string): string | number | boolean {
  if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return Number(text);
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false;
  return text;
}

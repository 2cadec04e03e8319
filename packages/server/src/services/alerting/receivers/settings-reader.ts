/** Reads a notifier's settings, secrets decrypted among them (alerting-notifications §8, §9). Numbers and booleans may come as texts. */
import { notifierForms, type FormField } from './notifier-forms.ts';
import { BadSettings } from './integration.ts';

export interface SettingsReader {
  /** Empty when absent. */
  text(key: string, otherwise?: string): string;
  number(key: string): number | undefined;
  bool(key: string, otherwise?: boolean): boolean;
  list(key: string): readonly string[];
  map(key: string): Readonly<Record<string, string>>;
  object(key: string): SettingsReader | undefined;
  objects(key: string): readonly SettingsReader[];
  has(key: string): boolean;
}

export function settingsReader(settings: Readonly<Record<string, unknown>>): SettingsReader {
  const get = (key: string) => (Object.hasOwn(settings, key) ? settings[key] : undefined);
  const isObject = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v);
  return {
    text(key, otherwise = '') {
      const value = get(key);
      if (typeof value === 'string') return value === '' ? otherwise : value;
      if (typeof value === 'number' || typeof value === 'boolean') return String(value);
      return otherwise;
    },
    number(key) {
      const value = get(key);
      if (typeof value === 'number') return value;
      return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : undefined;
    },
    bool(key, otherwise = false) {
      const value = get(key);
      if (typeof value === 'boolean') return value;
      return value === 'true' ? true : value === 'false' ? false : otherwise;
    },
    list(key) {
      const value = get(key);
      if (Array.isArray(value)) return value.filter((v): v is string => typeof v === 'string');
      return typeof value === 'string' && value !== '' ? value.split(',').map((s) => s.trim()).filter((s) => s !== '') : [];
    },
    map(key) {
      const value = get(key);
      return isObject(value) ? Object.fromEntries(Object.entries(value).filter((e): e is [string, string] => typeof e[1] === 'string')) : {};
    },
    object: (key) => {
      const value = get(key);
      return isObject(value) ? settingsReader(value) : undefined;
    },
    objects: (key) => {
      const value = get(key);
      return Array.isArray(value) ? value.filter(isObject).map(settingsReader) : [];
    },
    has: (key) => get(key) !== undefined && get(key) !== null,
  };
}

/** The id as it is kept, whatever the case it was written in. Throws BadSettings for types that nobody knows. */
export function normalType(type: string): string {
  const form = notifierForms.find((f) => f.type.toLowerCase() === type.toLowerCase());
  if (!form) throw new BadSettings(`unknown integration type: ${type}`);
  // Compat: the older spelling of LINE is kept as it was written.
  return type === 'line' ? 'line' : form.type;
}

const dotted = (fields: readonly FormField[], prefix: string): string[] => fields.flatMap((f) => [
  ...(f.secure ? [prefix + f.name] : []), ...(f.parts && f.element !== 'subform_array' ? dotted(f.parts, `${prefix}${f.name}.`) : []),
]);

const secretsByType = new Map<string, readonly string[]>();

/** Dotted keys of secret settings. */
export function secretKeys(type: string): readonly string[] {
  const id = type.toLowerCase();
  let keys = secretsByType.get(id);
  if (!keys) {
    const form = notifierForms.find((f) => f.type.toLowerCase() === id)?.versions.find((v) => v.version === 'v1');
    keys = dotted(form?.options ?? [], '');
    secretsByType.set(id, keys);
  }
  return keys;
}

/** Dotted keys of settings that only those with `protected:write` may change: addresses. */
export function protectedKeys(type: string): readonly string[] {
  const form = notifierForms.find((f) => f.type.toLowerCase() === type.toLowerCase())?.versions.find((v) => v.version === 'v1');
  const walk = (fields: readonly FormField[], prefix: string): string[] => fields.flatMap((f) => [...(f.protected ? [prefix + f.name] : []), ...(f.parts ? walk(f.parts, `${prefix}${f.name}.`) : [])]);
  return walk(form?.options ?? [], '');
}

type Json = Record<string, unknown>;

export function getDotted(settings: Readonly<Json>, key: string): unknown {
  let value: unknown = settings;
  for (const part of key.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Json)[part];
  }
  return value;
}

/** A copy with the member set, or taken away when `value` is undefined. */
export function withDotted(settings: Readonly<Json>, key: string, value: unknown): Json {
  const [first = '', ...rest] = key.split('.');
  const copy: Json = { ...settings };
  if (rest.length === 0) {
    if (value === undefined) delete copy[first];
    else copy[first] = value;
    return copy;
  }
  const inner = copy[first];
  if (value === undefined && (typeof inner !== 'object' || inner === null)) return copy;
  copy[first] = withDotted(typeof inner === 'object' && inner !== null ? (inner as Json) : {}, rest.join('.'), value);
  return copy;
}

/** "Extract fields": columns out of texts that hold JSON, `key=value` pairs, separated values or what an expression finds. */
import type { DataFrame, Field } from '@grafana/data';
import { fieldOf, frameOf, kinds, type Tools } from './frames.ts';

export interface ExtractFieldsOptions {
  readonly source?: string;
  readonly format?: 'json' | 'kvp' | 'auto' | 'regexp' | 'delimiter';
  readonly jsonPaths?: readonly { readonly path: string; readonly alias?: string }[];
  readonly delimiter?: string;
  readonly regExp?: string;
  readonly replace?: boolean;
  readonly keepTime?: boolean;
}

type Found = Readonly<Record<string, unknown>>;

export function extractFields(options: ExtractFieldsOptions, frames: readonly DataFrame[], tools: Pick<Tools, 'nameOf' | 'typeOf'>): DataFrame[] {
  const { source, replace = false, keepTime = false } = options;
  return frames.map((frame) => {
    const from = frame.fields.find((field) => field.name === source || tools.nameOf(field, frame, frames) === source);
    if (!from) return frame;
    const found = from.values.map((value: unknown) => extracted(value, options));
    const names = [...new Set(found.flatMap((one) => Object.keys(one)))];
    const made = names.map((name): Field => {
      const field = fieldOf(name, kinds.other, found.map((one) => one[name] ?? null));
      return { ...field, type: tools.typeOf(field) ?? kinds.other };
    });
    const kept = replace ? frame.fields.filter(({ type }) => keepTime && type === kinds.time) : frame.fields;
    return frameOf([...kept, ...made], { ...frame });
  });
}

function extracted(value: unknown, { format = 'auto', jsonPaths = [], delimiter = ',', regExp = '' }: ExtractFieldsOptions): Found {
  if (value === null || value === undefined) return {};
  switch (format) {
    case 'json': return byPaths(jsonOf(value), jsonPaths);
    case 'kvp': return pairsOf(String(value));
    case 'delimiter': return Object.fromEntries(String(value).split(delimiter).map((one) => [one.trim(), one.trim()]).filter(([key]) => key !== ''));
    case 'regexp': return expressionOf(regExp)?.exec(String(value))?.groups ?? {};
    case 'auto': {
      const json = jsonOf(value);
      return json === undefined ? pairsOf(String(value)) : byPaths(json, jsonPaths);
    }
  }
}

function jsonOf(value: unknown): unknown {
  if (typeof value === 'object') return value;
  try {
    const read: unknown = JSON.parse(String(value));
    return typeof read === 'object' ? read : undefined;
  } catch {
    return undefined;
  }
}

function byPaths(json: unknown, paths: ExtractFieldsOptions['jsonPaths'] = []): Found {
  const wanted = paths.filter(({ path }) => path !== '');
  if (wanted.length === 0) return typeof json === 'object' && json !== null ? (json as Found) : {};
  return Object.fromEntries(wanted.map(({ path, alias }) => [alias || path, at(json, path)]));
}

const at = (json: unknown, path: string): unknown =>
  path.replace(/\[["']?([^\]"']+)["']?\]/g, '.$1').split('.').filter((key) => key !== '').reduce<unknown>((value, key) => (typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined), json);

/** `a=1 b="two words", c: 3` */
function pairsOf(text: string): Found {
  const found: Record<string, string> = {};
  for (const [, key = '', quoted, plain] of text.matchAll(/([^\s=:,{}"']+)"?\s*[=:]\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,}]+))/g)) found[key] = quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '';
  return found;
}

/** `/…/flags`, or the expression alone; nothing where it cannot be read. */
function expressionOf(text: string): RegExp | undefined {
  const [, body = text, flags = ''] = /^\/(.*)\/([a-z]*)$/s.exec(text) ?? [];
  try {
    return new RegExp(body, flags.replace(/[gy]/g, ''));
  } catch {
    return undefined;
  }
}

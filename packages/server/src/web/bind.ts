/**
 * Binds JSON bodies and query strings to schemas the way the reference does (identity-and-access §1.3): keys match case-insensitively,
 * unknown keys are ignored, null and absent members become zero values unless the member is optional, a wrong type is an error.
 */
import type { Static, TSchema } from 'typebox';

/** Why a value does not fit: a path and a reason. Callers answer 400 with their own message. */
export class BindError extends Error {
  constructor(path: string, reason: string) {
    super(`${path || 'body'}: ${reason}`);
    this.name = 'BindError';
  }
}

/** The JSON Schema members that a TypeBox schema carries and binding looks at. */
interface Shape {
  type?: string;
  properties?: Record<string, Shape>;
  required?: string[];
  items?: Shape;
  additionalProperties?: Shape | boolean;
  patternProperties?: Record<string, Shape>;
  anyOf?: Shape[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
}

type Binder = (value: unknown, path: string) => unknown;

const binders = new WeakMap<object, Binder>();

/** Binds a parsed JSON value. Throws BindError. */
export function bindValue<S extends TSchema>(schema: S, value: unknown): Static<S> {
  return binderOf(schema as Shape)(value, '') as Static<S>;
}

/** Binds a body's text; nothing but white space binds as the schema's zero value. Throws BindError. */
export function bindJson<S extends TSchema>(schema: S, text: string, parse: (text: string) => unknown = JSON.parse): Static<S> {
  return bindValue(schema, text.trim() === '' ? undefined : parseFirstValue(text, parse));
}

/** What a handler binds by itself, because its errors are its own: the media type is demanded as everywhere. Throws BindError. */
export function bindJsonRequest<S extends TSchema>(schema: S, { headers, rawBody }: { readonly headers: { readonly 'content-type'?: string | undefined }; readonly rawBody: Buffer }): Static<S> {
  if (!isJsonType(headers['content-type'])) throw new BindError('', 'is not declared as JSON');
  return bindJson(schema, rawBody.toString('utf8'));
}

export const isJsonType = (type: string | undefined): boolean => type !== undefined && /^application\/json\s*(;|$)/i.test(type);

/** Parses the first JSON value of the text; whatever follows it is not looked at, as with a stream decoder. */
export function parseFirstValue(text: string, parse: (text: string) => unknown = JSON.parse): unknown {
  try {
    return parse(text);
  } catch (error) {
    const end = endOfFirstValue(text);
    if (end > 0 && end < text.length) {
      try {
        return parse(text.slice(0, end));
      } catch {
        // The first value itself is broken: the first error says so.
      }
    }
    throw new BindError('', error instanceof Error ? error.message : 'not JSON');
  }
}

/** Only objects and arrays are followed by more in practice; for scalars the whole text has to be one. */
function endOfFirstValue(text: string): number {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 92) i++;
      else if (c === 34) inString = false;
    } else if (c === 34) inString = true;
    else if (c === 123 || c === 91) depth++;
    else if (c === 125 || c === 93) {
      if (--depth === 0) return i + 1;
    }
  }
  return -1;
}

function binderOf(shape: Shape): Binder {
  let binder = binders.get(shape);
  if (!binder) {
    binder = makeBinder(shape);
    binders.set(shape, binder);
  }
  return binder;
}

function makeBinder(shape: Shape): Binder {
  if (shape.anyOf) return unionBinder(shape);
  if (shape.const !== undefined || shape.enum) return literalBinder(shape);
  switch (shape.type) {
    case 'object': return shape.properties ? objectBinder(shape) : recordBinder(shape);
    case 'array': return arrayBinder(shape);
    case 'string': return stringBinder(shape);
    case 'integer': return numberBinder(shape, true);
    case 'number': return numberBinder(shape, false);
    case 'boolean':
      return (value, path) => {
        if (value === undefined || value === null) return shape.default ?? false;
        if (typeof value !== 'boolean') throw new BindError(path, 'is not a boolean');
        return value;
      };
    case 'null': return () => null;
    default: return (value) => (value === undefined ? shape.default : value);
  }
}

function objectBinder(shape: Shape): Binder {
  const members = Object.entries(shape.properties ?? {}).map(([key, member]) => ({
    key, bind: binderOf(member), optional: !(shape.required ?? []).includes(key),
  }));
  const byFoldedKey = new Map(members.map((m) => [m.key.toLowerCase(), m]));
  const rest = typeof shape.additionalProperties === 'object' ? binderOf(shape.additionalProperties) : undefined;
  return (value, path) => {
    if (value !== undefined && value !== null && (typeof value !== 'object' || Array.isArray(value))) throw new BindError(path, 'is not an object');
    const given = (value ?? {}) as Record<string, unknown>;
    const out: Record<string, unknown> = {};
    const seen = new Set<string>();
    for (const key of Object.keys(given)) {
      const member = byFoldedKey.get(key.toLowerCase());
      if (!member) {
        if (rest || shape.additionalProperties === true) setOwn(out, key, rest ? rest(given[key], `${path}.${key}`) : given[key]);
        continue;
      }
      // Of several spellings the last one counts; a null leaves what there is.
      if (seen.has(member.key) && (given[key] === null || given[key] === undefined)) continue;
      seen.add(member.key);
      if (member.optional && (given[key] === null || given[key] === undefined)) continue;
      out[member.key] = member.bind(given[key], path ? `${path}.${key}` : key);
    }
    for (const member of members) {
      if (!seen.has(member.key) && !member.optional) out[member.key] = member.bind(undefined, path ? `${path}.${member.key}` : member.key);
    }
    return out;
  };
}

function recordBinder(shape: Shape): Binder {
  const inner = shape.patternProperties ? Object.values(shape.patternProperties)[0] : typeof shape.additionalProperties === 'object' ? shape.additionalProperties : undefined;
  const bind = inner && binderOf(inner);
  return (value, path) => {
    if (value === undefined || value === null) return {};
    if (typeof value !== 'object' || Array.isArray(value)) throw new BindError(path, 'is not an object');
    const out: Record<string, unknown> = {};
    for (const [key, member] of Object.entries(value)) setOwn(out, key, bind ? bind(member, `${path}.${key}`) : member);
    return out;
  };
}

/** Assigning `__proto__` would change the prototype instead of adding a member. */
function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

function arrayBinder(shape: Shape): Binder {
  const bind = shape.items && binderOf(shape.items);
  return (value, path) => {
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) throw new BindError(path, 'is not an array');
    if (value.length < (shape.minItems ?? 0)) throw new BindError(path, `has fewer than ${shape.minItems} items`);
    if (value.length > (shape.maxItems ?? Number.POSITIVE_INFINITY)) throw new BindError(path, `has more than ${shape.maxItems} items`);
    return bind ? value.map((item, i) => bind(item, `${path}.${i}`)) : value;
  };
}

function stringBinder(shape: Shape): Binder {
  const pattern = shape.pattern === undefined ? undefined : new RegExp(shape.pattern, 'u');
  return (value, path) => {
    if (value === undefined || value === null) value = shape.default ?? '';
    if (typeof value !== 'string') throw new BindError(path, 'is not a string');
    if (value.length < (shape.minLength ?? 0)) throw new BindError(path, 'is too short');
    if (value.length > (shape.maxLength ?? Number.POSITIVE_INFINITY)) throw new BindError(path, 'is too long');
    if (pattern && !pattern.test(value)) throw new BindError(path, 'has the wrong form');
    return value;
  };
}

function numberBinder(shape: Shape, whole: boolean): Binder {
  return (value, path) => {
    if (value === undefined || value === null) return shape.default ?? 0;
    if (typeof value !== 'number') throw new BindError(path, 'is not a number');
    if (whole && !Number.isSafeInteger(value)) throw new BindError(path, 'is not a whole number');
    if (value < (shape.minimum ?? Number.NEGATIVE_INFINITY)) throw new BindError(path, `is less than ${shape.minimum}`);
    if (value > (shape.maximum ?? Number.POSITIVE_INFINITY)) throw new BindError(path, `is more than ${shape.maximum}`);
    return value;
  };
}

function literalBinder(shape: Shape): Binder {
  const allowed = shape.enum ?? [shape.const];
  return (value, path) => {
    if ((value === undefined || value === null) && shape.default !== undefined) return shape.default;
    if (!allowed.includes(value)) throw new BindError(path, `is not one of ${allowed.join(', ')}`);
    return value;
  };
}

function unionBinder(shape: Shape): Binder {
  const options = (shape.anyOf ?? []).map((option) => ({ option, bind: binderOf(option) }));
  const nullable = options.some(({ option }) => option.type === 'null');
  return (value, path) => {
    if (value === null && nullable) return null;
    if (value === undefined && shape.default !== undefined) return shape.default;
    let first: unknown;
    for (const { option, bind } of options) {
      if (option.type === 'null') continue;
      try {
        return bind(value, path);
      } catch (error) {
        first ??= error;
      }
    }
    throw first ?? new BindError(path, 'fits none of the forms');
  };
}

const goTrue = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);

/** Query booleans in the forms that the reference reads; anything else is false. */
export const queryBool = (text: string | null | undefined): boolean => goTrue.has(text ?? '');

/** Query integers; anything unparsable is 0. */
export function queryInt(text: string | null | undefined): number {
  if (!text || !/^[+-]?\d+$/.test(text)) return 0;
  const n = Number(text);
  return Number.isSafeInteger(n) ? n : 0;
}

/** Binds a query string to an object schema: unparsable numbers and booleans become zero, arrays collect repeated keys. */
export function bindQuery<S extends TSchema>(schema: S, search: URLSearchParams): Static<S> {
  const out: Record<string, unknown> = {};
  const shape = schema as Shape;
  for (const [key, member] of Object.entries(shape.properties ?? {})) {
    const optional = !(shape.required ?? []).includes(key);
    if (member.type === 'array') {
      const all = search.getAll(key);
      if (all.length || !optional) out[key] = all.map((text) => queryScalar(member.items ?? {}, text));
      continue;
    }
    const text = search.get(key);
    if (text === null && optional) continue;
    out[key] = text === null && member.default !== undefined ? member.default : queryScalar(member, text ?? '');
  }
  return out as Static<S>;
}

function queryScalar(shape: Shape, text: string): unknown {
  switch (shape.type) {
    case 'boolean': return queryBool(text);
    case 'integer': return queryInt(text);
    case 'number': return Number.isFinite(Number(text)) ? Number(text) : 0;
    default: return text;
  }
}

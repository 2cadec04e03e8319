/** Reads a dashboard of the second generation by its description: what is unknown goes, what is missing is there and empty; and says what is wrong with it (dashboards-and-content §14.2). Pure. */
import { isObject } from '../../../util/json-value.ts';
import type { Json } from './document.ts';
import { v2Definitions, type Definitions, type Shape, type V2Version } from './v2-schema.ts';

/** The document is none: something is of another type than its place. */
export class V2TypeError extends Error {}

export interface Violation {
  /** `cursorSync`, `variables.0.spec.hide` */
  readonly path: string;
  readonly message: string;
}

export function typedV2(value: unknown, version: V2Version): Json {
  const definitions = v2Definitions[version];
  return read(definitions, definitions['Spec']!, value ?? {}, { struct: 'Spec', path: '' }) as Json;
}

/** The same of a document that was made from another: what is of another type than its place is left out, as if it were missing. */
export function fittedV2(value: Json, version: V2Version): Json {
  const definitions = v2Definitions[version];
  return read(definitions, definitions['Spec']!, value, { struct: 'Spec', path: '', lenient: true }) as Json;
}

/** `colour`, `links[0].colour`. Compat: what lies inside a choice of kinds is not looked at. */
export function unknownInV2(value: unknown, version: V2Version): readonly string[] {
  const definitions = v2Definitions[version];
  const found: string[] = [];
  collectUnknown(definitions, definitions['Spec']!, value, '', found);
  return found;
}

function collectUnknown(definitions: Definitions, shape: Shape, value: unknown, path: string, found: string[]): void {
  if (shape.$ref !== undefined) return collectUnknown(definitions, definitions[shape.$ref]!, value, path, found);
  if (shape.items && Array.isArray(value)) value.forEach((item, i) => collectUnknown(definitions, shape.items!, item, `${path}[${i}]`, found));
  if (!isObject(value) || !shape.properties) return;
  for (const [name, member] of Object.entries(value)) {
    if (Object.hasOwn(shape.properties, name)) collectUnknown(definitions, shape.properties[name]!, member, joined(path, name), found);
    else found.push(joined(path, name));
  }
}

interface Place {
  /** Type that holds the member, for messages. */
  readonly struct: string;
  readonly path: string;
  readonly lenient?: boolean;
}

/** Undefined for what does not fit, where that is nobody's fault. */
function attempt(definitions: Definitions, shape: Shape, value: unknown, place: Place): unknown {
  if (!place.lenient) return read(definitions, shape, value, place);
  try {
    return read(definitions, shape, value, place);
  } catch (error) {
    if (error instanceof V2TypeError) return undefined;
    throw error;
  }
}

function read(definitions: Definitions, shape: Shape, value: unknown, place: Place): unknown {
  if (shape.$ref !== undefined) {
    const target = definitions[shape.$ref]!;
    return read(definitions, target, value, target.properties ? { ...place, struct: shape.$ref } : place);
  }
  if (shape.union) return readUnion(definitions, shape.union, value, place);
  if (value === undefined || value === null) return zeroOf(definitions, shape, place);
  if (shape.anyOf) {
    for (const option of shape.anyOf) {
      try {
        return read(definitions, option, value, place);
      } catch (error) {
        if (!(error instanceof V2TypeError)) throw error;
      }
    }
    throw mismatch(value, shape.anyOf[0]!, place);
  }
  switch (shape.type) {
    case 'string': if (typeof value !== 'string') throw mismatch(value, shape, place); return value;
    case 'boolean': if (typeof value !== 'boolean') throw mismatch(value, shape, place); return value;
    case 'number': if (typeof value !== 'number') throw mismatch(value, shape, place); return value;
    case 'integer': if (!Number.isInteger(value)) throw mismatch(value, shape, place); return value;
    case 'array':
      if (!Array.isArray(value)) throw mismatch(value, shape, place);
      return place.lenient
        ? value.map((item) => attempt(definitions, shape.items!, item, place)).filter((item) => item !== undefined && item !== null)
        : value.map((item) => read(definitions, shape.items!, item, place));
    case 'object':
      if (!isObject(value)) throw mismatch(value, shape, place);
      return shape.properties ? readStruct(definitions, shape, value, place) : readMap(definitions, shape.additionalProperties!, value, place);
    case undefined: return value;
    default: throw new Error(`${shape.type satisfies never} is no type`);
  }
}

function readMap(definitions: Definitions, shape: Shape, value: Json, place: Place): Json {
  // A free map is taken as it is, whatever its names are.
  if (Object.keys(shape).length === 0) return value;
  const members = Object.entries(value).map(([name, member]): [string, unknown] => [name, attempt(definitions, shape, member, { ...place, path: joined(place.path, name) })]);
  return Object.fromEntries(place.lenient ? members.filter(([, member]) => member !== undefined) : members);
}

function readStruct(definitions: Definitions, shape: Shape, value: Json, place: Place): Json {
  const out: Json = {};
  for (const [name, member] of Object.entries(shape.properties!)) {
    const given = Object.hasOwn(value, name) ? value[name] : undefined;
    const required = shape.required?.includes(name) ?? false;
    if (!required && (given === undefined || given === null)) continue;
    const at = { ...place, path: joined(place.path, name) };
    let found = attempt(definitions, member, given, at);
    if (found === undefined && required) found = read(definitions, member, undefined, at);
    if (found === undefined) continue;
    // An empty list or map that may be missing is missing.
    if (!required && isEmpty(member, found)) continue;
    out[name] = found;
  }
  return out;
}

const isEmpty = (shape: Shape, value: unknown) => (shape.type === 'array' ? (value as unknown[]).length === 0 : shape.additionalProperties !== undefined && Object.keys(value as Json).length === 0);

function readUnion(definitions: Definitions, { by, of }: NonNullable<Shape['union']>, value: unknown, place: Place): unknown {
  if (value === undefined || value === null) return null;
  if (!isObject(value)) throw new V2TypeError(`json: cannot unmarshal ${goTypeOf(value)} into Go value of type map[string]interface {}`);
  const told = value[by];
  const name = of.find((each) => definitions[each]!.properties![by]!.const === told);
  if (name === undefined) throw new V2TypeError(told === undefined ? `discriminator field '${by}' not found in map` : `could not unmarshal resource with \`${by} = ${String(told)}\``);
  return read(definitions, { $ref: name }, value, place);
}

function zeroOf(definitions: Definitions, shape: Shape, place: Place): unknown {
  switch (shape.type) {
    case 'string': return '';
    case 'boolean': return false;
    case 'number': case 'integer': return shape.nullable ? null : 0;
    case 'object': return shape.properties ? readStruct(definitions, shape, {}, place) : null;
    case 'array': case undefined: return shape.anyOf ? '' : null;
    default: throw new Error(`${shape.type satisfies never} is no type`);
  }
}

function mismatch(value: unknown, shape: Shape, { struct, path }: Place): V2TypeError {
  const holder = struct === 'Spec' ? 'DashboardSpec' : `Dashboard${struct}`;
  return new V2TypeError(`json: cannot unmarshal ${goTypeOf(value)} into Go struct field ${holder}.spec.${path} of type ${goNames[shape.type ?? 'object']}`);
}

const goNames = { string: 'string', boolean: 'bool', integer: 'int64', number: 'float64', array: '[]interface {}', object: 'map[string]interface {}' } as const;
const goTypeOf = (value: unknown) => (Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value);

/** What a document that was read by `typedV2` still has of wrong words; empty where all is well. */
export function violationsOfV2(spec: Json, version: V2Version): readonly Violation[] {
  const definitions = v2Definitions[version];
  const found: Findings = { plain: [], chosen: [], missing: false };
  check(definitions, definitions['Spec']!, spec, '', found, false);
  // Compat: where a list is missing altogether the check ends early, and what is not one of several words passes with it; a classic dashboard does, and comes out empty.
  return found.plain.length > 0 ? found.plain : found.missing ? [] : found.chosen;
}

interface Findings {
  /** Against a word that is the only one possible. */
  readonly plain: Violation[];
  /** Against all words of a choice. */
  readonly chosen: Violation[];
  missing: boolean;
}

function check(definitions: Definitions, shape: Shape, value: unknown, path: string, found: Findings, insideUnion: boolean): void {
  if (shape.$ref !== undefined) return check(definitions, definitions[shape.$ref]!, value, path, found, insideUnion);
  if (shape.union) {
    const { by, of } = shape.union;
    if (!isObject(value)) return;
    const name = of.find((each) => definitions[each]!.properties![by]!.const === value[by])!;
    return check(definitions, definitions[name]!, value, path, found, true);
  }
  if (shape.const !== undefined) {
    if (value !== shape.const) (insideUnion ? found.chosen : found.plain).push({ path, message: conflict(shape.const, value) });
    return;
  }
  if (shape.enum) {
    if (!shape.enum.includes(value as string)) found.chosen.push(...shape.enum.map((word) => ({ path, message: conflict(word, value) })));
    return;
  }
  if (value === null && (shape.type === 'array' || shape.additionalProperties)) {
    // One of several forms that does not fit is refused like a wrong word.
    if (insideUnion) found.chosen.push({ path, message: `conflicting values null and ${shape.type === 'array' ? '[...]' : '{...}'} (mismatched types null and ${shape.type === 'array' ? 'list' : 'struct'})` });
    else found.missing = true;
    return;
  }
  if (shape.items && Array.isArray(value)) value.forEach((item, i) => check(definitions, shape.items!, item, joined(path, String(i)), found, insideUnion));
  if (!isObject(value)) return;
  if (shape.properties) for (const [name, member] of Object.entries(shape.properties)) if (Object.hasOwn(value, name)) check(definitions, member, value[name], joined(path, name), found, insideUnion);
  if (shape.additionalProperties) for (const [name, member] of Object.entries(value)) check(definitions, shape.additionalProperties, member, joined(path, name), found, insideUnion);
}

const conflict = (word: string, value: unknown) => `conflicting values ${JSON.stringify(word)} and ${JSON.stringify(value)}`;
const joined = (path: string, name: string) => (path === '' ? name : `${path}.${name}`);

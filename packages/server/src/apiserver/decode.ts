/**
 * Turns what came in into an object of a kind (apiserver-and-storage §3.1, §4.4): schema, unknown and duplicate fields, names, labels.
 */
import { randomBytes } from 'node:crypto';
import type { TSchema } from 'typebox';
import { deletedGeneration } from '../storage/resource-changes.ts';
import { Type } from '../web/schema.ts';
import type { ApiObject, ManagedFieldsEntry, ObjectMeta, OwnerReference } from './api-object.ts';
import { apiVersionOf, type Kind, type WriteOptions } from './kind.ts';
import { labelValueProblems, qualifiedNameProblems } from './names.ts';
import { badRequest, causes, invalid, type StatusCause } from './status.ts';

/** The parts of a TypeBox schema that decide about a value. */
interface Shape {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly items?: Shape;
  readonly additionalProperties?: boolean | Shape;
  readonly patternProperties?: Readonly<Record<string, Shape>>;
  readonly anyOf?: readonly Shape[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
}

export class FieldTypeError extends Error {}

/** Fields that the schema does not know. */
export type Unknown = (path: string) => void;

/** Zero values for what is missing, unknown fields dropped. */
export function decodeTyped(schema: Shape, value: unknown, path: string, unknown: Unknown): unknown {
  if (value === undefined || value === null) return zeroOf(schema);
  if (schema.anyOf) {
    for (const option of schema.anyOf) {
      try {
        return decodeTyped(option, value, path, unknown);
      } catch (error) {
        if (!(error instanceof FieldTypeError)) throw error;
      }
    }
    throw new FieldTypeError(`cannot read ${path}`);
  }
  const wrong = () => new FieldTypeError(`json: cannot unmarshal ${typeName(value)} into field ${path} of type ${String(schema.type)}`);
  switch (schema.type ?? (schema.const !== undefined || schema.enum ? 'string' : undefined)) {
    case 'string': if (typeof value !== 'string') throw wrong(); return value;
    case 'boolean': if (typeof value !== 'boolean') throw wrong(); return value;
    case 'number': if (typeof value !== 'number') throw wrong(); return value;
    case 'integer': if (!Number.isInteger(value)) throw wrong(); return value;
    case 'array':
      if (!Array.isArray(value)) throw wrong();
      return schema.items ? value.map((item, i) => decodeTyped(schema.items!, item, `${path}[${i}]`, unknown)) : value;
    case 'object': {
      if (typeof value !== 'object' || Array.isArray(value)) throw wrong();
      return decodeObject(schema, value as Record<string, unknown>, path, unknown);
    }
    default: return value;
  }
}

function decodeObject(schema: Shape, value: Record<string, unknown>, path: string, unknown: Unknown): Record<string, unknown> {
  const inner = schema.patternProperties ? Object.values(schema.patternProperties)[0] : typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
  const out: Record<string, unknown> = {};
  if (!schema.properties || inner) {
    for (const [name, member] of Object.entries(value)) setOwn(out, name, inner ? decodeTyped(inner, member, `${path}.${name}`, unknown) : member);
    if (!schema.properties) return out;
  }
  for (const [name, member] of Object.entries(schema.properties)) {
    const present = Object.hasOwn(value, name) && value[name] !== null;
    if (present || (schema.required ?? []).includes(name)) out[name] = decodeTyped(member, value[name], path === '' ? name : `${path}.${name}`, unknown);
  }
  for (const name of Object.keys(value)) {
    if (Object.hasOwn(schema.properties, name) || inner) continue;
    if (schema.additionalProperties === true) setOwn(out, name, value[name]);
    else unknown(path === '' ? name : `${path}.${name}`);
  }
  return out;
}

/** Assigning `__proto__` would change the prototype instead of adding a member. */
function setOwn(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  else target[name] = value;
}

function zeroOf(schema: Shape): unknown {
  if (schema.default !== undefined) return schema.default;
  switch (schema.type) {
    case 'string': return '';
    case 'boolean': return false;
    case 'number': case 'integer': return 0;
    case 'array': return [];
    case 'object': return schema.properties ? decodeObject(schema, {}, '', () => {}) : {};
    default: return schema.const ?? schema.enum?.[0] ?? null;
  }
}

const typeName = (value: unknown) => (Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value);

const metaMembers: Record<string, string> = {
  name: 'string', generateName: 'string', namespace: 'string', selfLink: 'string', uid: 'string', resourceVersion: 'string', generation: 'number',
  creationTimestamp: 'string', deletionTimestamp: 'string', deletionGracePeriodSeconds: 'number', labels: 'map', annotations: 'map',
  ownerReferences: 'array', finalizers: 'array', managedFields: 'array',
};

/** Lists of objects in the metadata. */
const metaLists: Record<string, Shape> = {
  ownerReferences: Type.Object({
    apiVersion: Type.String(), kind: Type.String(), name: Type.String(), uid: Type.String(), controller: Type.Optional(Type.Boolean()), blockOwnerDeletion: Type.Optional(Type.Boolean()),
  }) as unknown as Shape,
  managedFields: Type.Object({
    manager: Type.Optional(Type.String()), operation: Type.Optional(Type.String()), apiVersion: Type.Optional(Type.String()), time: Type.Optional(Type.String()),
    fieldsType: Type.Optional(Type.String()), fieldsV1: Type.Optional(Type.Object({}, { additionalProperties: true })), subresource: Type.Optional(Type.String()),
  }) as unknown as Shape,
};

function decodeMeta(value: unknown, unknown: Unknown): ObjectMeta {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw new FieldTypeError(`json: cannot unmarshal ${typeName(value)} into field metadata`);
  const meta: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    const wanted = Object.hasOwn(metaMembers, name) ? metaMembers[name] : undefined;
    if (wanted === undefined) {
      unknown(`metadata.${name}`);
      continue;
    }
    if (member === null) continue;
    const ok = wanted === 'array' ? Array.isArray(member) : wanted === 'map' ? isStringMap(member) : typeof member === wanted;
    if (!ok) throw new FieldTypeError(`json: cannot unmarshal ${typeName(member)} into field metadata.${name}`);
    // As it is read into a map of texts: null is the empty one.
    meta[name] = wanted === 'map' ? Object.fromEntries(Object.entries(member as Record<string, string | null>).map(([key, text]) => [key, text ?? ''])) : member;
  }
  for (const name of ['creationTimestamp', 'deletionTimestamp']) checkTime(meta[name]);
  if (Array.isArray(meta['finalizers']) && !meta['finalizers'].every((f) => typeof f === 'string')) throw new FieldTypeError('json: cannot unmarshal into field metadata.finalizers');
  for (const [name, schema] of Object.entries(metaLists)) {
    const list = meta[name] as unknown[] | undefined;
    if (list) meta[name] = list.map((item, i) => decodeTyped(schema, item, `metadata.${name}[${i}]`, unknown));
  }
  return meta as ObjectMeta;
}

const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function checkTime(value: unknown): void {
  if (typeof value !== 'string' || (timePattern.test(value) && !Number.isNaN(Date.parse(value)))) return;
  throw new FieldTypeError(`parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(value)} as "2006"`);
}

const isStringMap = (value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every((member) => typeof member === 'string' || member === null);

export interface Decoded {
  readonly object: ApiObject;
  readonly warnings: readonly string[];
}

export interface DecodeOptions {
  readonly kind: Kind;
  readonly version: string;
  readonly validation: WriteOptions['fieldValidation'];
  /** The JSON text, where there is one, to find fields that are given twice. */
  readonly text?: string;
  /** What YAML had twice. */
  readonly duplicates?: string;
}

/** Throws a 400 for what is no such object. */
export function decodeObjectOf(value: Record<string, unknown>, { kind, version, validation, text, duplicates: ofYaml }: DecodeOptions): Decoded {
  checkTypeMeta(value, kind, version);
  const unknownFields: string[] = [];
  const unknown: Unknown = (path) => {
    if (unknownFields.length < 100) unknownFields.push(path);
  };
  const duplicates = text && (validation === 'Strict' || validation === 'Warn') ? duplicateFields(text) : [];
  const order = new Map(Object.keys(value).map((name, i) => [name, i]));
  let object: ApiObject;
  try {
    object = decodeMembers(value, kind, version, unknown);
  } catch (error) {
    if (error instanceof FieldTypeError) throw badRequest(`${kind.kind} in version "${version}" cannot be handled as a ${kind.kind}: ${error.message}`);
    throw error;
  }
  if (validation === 'Ignore') return { object, warnings: [] };
  const problems = [...duplicates.map((path) => ({ path, text: `duplicate field "${path}"` })), ...unknownFields.map((path) => ({ path, text: `unknown field "${path}"` }))];
  const place = ({ path }: { path: string }) => order.get(path.split('.')[0]!) ?? 0;
  const warnings = [...(ofYaml ? [ofYaml] : []), ...problems.sort((a, b) => place(a) - place(b)).map((problem) => problem.text)];
  if (validation === 'Strict' && warnings.length > 0) {
    throw badRequest(`${kind.kind} in version "${version}" cannot be handled as a ${kind.kind}: strict decoding error: ${warnings.join(', ')}`);
  }
  return { object, warnings: validation === 'Warn' || validation === '' ? warnings : [] };
}

function checkTypeMeta(value: Record<string, unknown>, kind: Kind, version: string): void {
  const expected = apiVersionOf(kind, version);
  const apiVersion = typeof value['apiVersion'] === 'string' ? value['apiVersion'] : '';
  const name = typeof value['kind'] === 'string' ? value['kind'] : '';
  if ((apiVersion === '' || apiVersion === expected) && (name === '' || name === kind.kind)) return;
  const known = name === kind.kind || name === '' ? kind.versions.some((v) => apiVersionOf(kind, v.name) === apiVersion) : false;
  if (known) throw badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${expected})`);
  const said = apiVersion === '' ? expected : apiVersion;
  throw badRequest(`${name || kind.kind} in version "${said.split('/').at(-1)}" cannot be handled as a ${kind.kind}: no kind "${name || kind.kind}" is registered for version "${said}"`);
}

function decodeMembers(value: Record<string, unknown>, kind: Kind, version: string, unknown: Unknown): ApiObject {
  const declared = kind.versions.find((v) => v.name === version);
  const schema = declared?.spec;
  for (const path of declared?.unknown?.(value['spec']) ?? []) unknown(`spec.${path}`);
  const object: ApiObject = {
    kind: kind.kind, apiVersion: apiVersionOf(kind, version), metadata: decodeMeta(value['metadata'], unknown),
    spec: schema ? decodeTyped(schema as TSchema as Shape, value['spec'], 'spec', unknown) : freeSpec(value['spec']),
  };
  if (value['status'] !== undefined && value['status'] !== null) object.status = value['status'];
  const more: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    if (name === 'apiVersion' || name === 'kind' || name === 'metadata' || name === 'spec' || name === 'status') continue;
    if (name === 'secure' && (kind.securesValues || kind.backend)) more[name] = value[name];
    else unknown(name);
  }
  return Object.keys(more).length > 0 ? { ...object, more } : object;
}

function freeSpec(spec: unknown): unknown {
  if (spec === undefined || spec === null) return undefined;
  if (typeof spec !== 'object' || Array.isArray(spec)) throw new FieldTypeError(`json: cannot unmarshal ${typeName(spec)} into field spec`);
  return spec;
}

/** Paths of object members that a JSON text gives twice. The text is known to be valid. */
export function duplicateFields(text: string): string[] {
  const found: string[] = [];
  const stack: { readonly names: Set<string> | undefined; name: string; index: number }[] = [];
  const path = () => stack.map((level, i) => (level.names ? `${i === 0 ? '' : '.'}${level.name}` : `[${level.index}]`)).join('');
  let expectsName = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === '"') {
      const start = i++;
      while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
      const level = stack.at(-1);
      if (!expectsName || !level?.names) continue;
      level.name = JSON.parse(text.slice(start, i + 1)) as string;
      if (level.names.has(level.name)) found.push(path());
      level.names.add(level.name);
      expectsName = false;
    } else if (c === '{') {
      stack.push({ names: new Set(), name: '', index: 0 });
      expectsName = true;
    } else if (c === '[') stack.push({ names: undefined, name: '', index: 0 });
    else if (c === '}' || c === ']') {
      stack.pop();
      expectsName = false;
    } else if (c === ',') {
      const level = stack.at(-1);
      if (level?.names) expectsName = true;
      else if (level) level.index++;
    }
  }
  return found;
}

const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
/** A longer prefix is cut, so that the whole name is one of Kubernetes. */
const prefixLengthMax = 58;

export function generatedName(prefix: string): string {
  return prefix.slice(0, prefixLengthMax) + [...randomBytes(5)].map((byte) => alphabet[byte % alphabet.length]).join('');
}

const namePattern = /^[a-zA-Z0-9:\-_.]*$/;

/** Names are checked twice in the reference: as path segments, then as storage keys. */
export function checkName(kind: Kind, name: string, prefix = ''): void {
  const segment = (field: string, value: string) => ['/', '%'].filter((part) => value.includes(part)).map((part) => causes.invalid(field, value, `may not contain '${part}'`));
  const problems = [...segment('metadata.generateName', prefix), ...segment('metadata.name', name)];
  if (problems.length > 0) throw invalid(kind, name, problems);
  if (kind.ownNames) return;
  if (name === '.' || name === '..') throw invalid(kind, name, [causes.invalid('metadata.name', name, `may not be '${name}'`)]);
  if (name.length > 253) throw badRequest('invalid request key: name is too long');
  if (!namePattern.test(name)) {
    throw badRequest(`invalid request key: name must consist of alphanumeric characters, '-', '_', ':' or '.' (e.g. 'MyName',  or 'my.name',  or 'abc-123', regex used for validation is '^[a-zA-Z0-9:\\-\\_\\.]*$')`);
  }
}

const annotationsBytesMax = 262_144;

export function checkMetadata(kind: Kind, meta: ObjectMeta): void {
  // Relational kinds show annotations that are no qualified names, and get them back.
  if (kind.backend) return;
  // What comes back from the trash says so.
  const generation = meta.generation === deletedGeneration ? 0 : (meta.generation ?? 0);
  const problems: StatusCause[] = generation < 0 ? [causes.invalid('metadata.generation', meta.generation, 'must be greater than or equal to 0')] : [];
  for (const [key, value] of Object.entries(meta.labels ?? {})) {
    problems.push(...nameProblems('metadata.labels', key));
    for (const why of labelValueProblems(value)) problems.push(causes.invalid('metadata.labels', value, why));
  }
  let bytes = 0;
  for (const [key, value] of Object.entries(meta.annotations ?? {})) {
    problems.push(...nameProblems('metadata.annotations', key.toLowerCase(), key));
    bytes += key.length + Buffer.byteLength(value);
  }
  if (bytes > annotationsBytesMax) problems.push(causes.tooLong('metadata.annotations', `may not be more than ${annotationsBytesMax} bytes`));
  for (const finalizer of meta.finalizers ?? []) problems.push(...nameProblems('metadata.finalizers', finalizer));
  problems.push(...ownerProblems(meta.ownerReferences ?? []), ...managedFieldsProblems(meta.managedFields ?? []));
  if (problems.length > 0) throw invalid(kind, meta.name ?? '', problems);
}

function ownerProblems(owners: readonly OwnerReference[]): StatusCause[] {
  const field = 'metadata.ownerReferences';
  const problems: StatusCause[] = [];
  for (const { apiVersion, kind, name, uid } of owners) {
    if (apiVersion === '' || apiVersion.split('/').length > 2 || apiVersion.endsWith('/')) problems.push(causes.invalid(`${field}.apiVersion`, apiVersion, 'version must not be empty'));
    for (const [part, value] of Object.entries({ kind, name, uid })) if (value === '') problems.push(causes.invalid(`${field}.${part}`, value, `must not be empty`));
  }
  const controllers = owners.filter(({ controller }) => controller === true);
  if (controllers.length > 1) {
    problems.push(causes.invalid(field, owners, `Only one reference can have Controller set to true. Found "true" in references for ${controllers[0]!.name} and ${controllers[1]!.name}`));
  }
  return problems;
}

function managedFieldsProblems(entries: readonly Partial<ManagedFieldsEntry>[]): StatusCause[] {
  // One empty entry asks for a new beginning.
  if (isReset(entries)) return [];
  return entries.flatMap(({ operation = '', fieldsType = '' }, i): StatusCause[] => {
    const field = `metadata.managedFields[${i}]`;
    if (operation !== 'Apply' && operation !== 'Update') return [causes.invalid(`${field}.operation`, operation, 'must be `Apply` or `Update`')];
    return fieldsType === 'FieldsV1' ? [] : [causes.invalid(`${field}.fieldsType`, fieldsType, 'must be `FieldsV1`')];
  });
}

export const isReset = (entries: readonly Partial<ManagedFieldsEntry>[]): boolean => entries.length === 1 && Object.keys(entries[0]!).length === 0;

const nameProblems = (field: string, key: string, shown = key): StatusCause[] => qualifiedNameProblems(key).map((why) => causes.invalid(field, shown, why));

/** Who set which field, and server-side apply (apiserver-and-storage §4.4). Lists are owned as a whole, but for those of the metadata. */
import { isExactNumber } from '../util/exact-json.ts';
import { isObject } from '../util/json-value.ts';
import type { FieldSet, ManagedFieldsEntry, ObjectMeta, OwnerReference } from './api-object.ts';

type Json = unknown;
type Members = Record<string, Json>;
type MutableSet = { [field: string]: MutableSet };

const isMap = (value: Json): value is Members => isObject(value) && !isExactNumber(value);
const hasMembers = (value: Members) => Object.keys(value).length > 0;

/** Begins the names that items of lists have while their owners are worked out. */
const item = '\0item:';
const isItem = /^\0item:[kv]:/;
/** `f:title`, `v:"example.com/hold"`, `k:{"uid":"…"}` */
const fieldOf = (member: string) => (isItem.test(member) ? member.slice(item.length) : `f:${member}`);
const memberOf = (field: string) => (field.startsWith('f:') ? field.slice(2) : item + field);

/** The metadata that clients own, with a member for every item of its lists. */
export function ownedMetadata({ labels, annotations, generateName, finalizers, ownerReferences }: ObjectMeta): Members {
  return {
    ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}), ...(generateName ? { generateName } : {}),
    ...(Array.isArray(finalizers) ? { finalizers: Object.fromEntries(finalizers.map((name) => [`${item}v:${JSON.stringify(name)}`, [name]])) } : {}),
    ...(Array.isArray(ownerReferences) ? { ownerReferences: Object.fromEntries(ownerReferences.map((owner) => [`${item}k:${JSON.stringify({ uid: owner.uid })}`, [owner]])) } : {}),
  };
}

/** … and back. */
export function listedMetadata(metadata: Members): ObjectMeta {
  const { finalizers, ownerReferences, ...rest } = metadata;
  const items = (members: Json) => (isMap(members) ? Object.values(members).flat() : []);
  return {
    ...rest, ...(finalizers === undefined ? {} : { finalizers: items(finalizers) as string[] }),
    ...(ownerReferences === undefined ? {} : { ownerReferences: items(ownerReferences) as OwnerReference[] }),
  };
}

export function sameJson(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  if (isExactNumber(a) || isExactNumber(b)) return JSON.stringify(a) === JSON.stringify(b);
  if (!isMap(a) || !isMap(b)) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && sameJson(a[name], b[name]));
}

/** All fields of a value. Maps own themselves (`.`) unless they are part of the schema, as `spec` is. */
function fieldsOf(value: Members, structs: ReadonlySet<string>, path = ''): MutableSet {
  const set: MutableSet = {};
  for (const [name, member] of Object.entries(value)) {
    const at = path === '' ? name : `${path}.${name}`;
    set[fieldOf(name)] = isMap(member) && hasMembers(member) ? { ...(structs.has(at) ? {} : { '.': {} }), ...fieldsOf(member, structs, at) } : {};
  }
  return set;
}

/** Fields that `now` has and `before` has not, or has otherwise. */
function changedFields(now: Members, before: Members, structs: ReadonlySet<string>, path = ''): MutableSet {
  const set: MutableSet = {};
  for (const [name, member] of Object.entries(now)) {
    const at = path === '' ? name : `${path}.${name}`;
    const old = before[name];
    if (isMap(member) && isMap(old) && (hasMembers(member) || structs.has(at))) {
      const inner = changedFields(member, old, structs, at);
      if (hasMembers(inner)) set[fieldOf(name)] = inner;
    } else if (!Object.hasOwn(before, name) || !sameJson(member, old)) Object.assign(set, fieldsOf({ [name]: member }, structs, path));
  }
  return set;
}

/** Fields that `before` has and `now` has not. */
const removedFields = (now: Members, before: Members, structs: ReadonlySet<string>, path = ''): MutableSet => {
  const set: MutableSet = {};
  for (const [name, old] of Object.entries(before)) {
    const at = path === '' ? name : `${path}.${name}`;
    const member = now[name];
    if (!Object.hasOwn(now, name)) Object.assign(set, fieldsOf({ [name]: old }, structs, path));
    else if (isMap(member) && isMap(old)) {
      const inner = removedFields(member, old, structs, at);
      if (hasMembers(inner)) set[fieldOf(name)] = inner;
    }
  }
  return set;
};

const isLeaf = (set: FieldSet) => Object.keys(set).length === 0;

function union(a: FieldSet, b: FieldSet): MutableSet {
  const out: MutableSet = { ...(a as MutableSet) };
  for (const [name, inner] of Object.entries(b)) out[name] = out[name] ? union(out[name], inner) : (inner as MutableSet);
  return out;
}

/** `a` without the leaves of `b`. What nothing is left of goes; a map that is owned as such stays. */
function without(a: FieldSet, b: FieldSet): MutableSet {
  const out: MutableSet = {};
  for (const [name, inner] of Object.entries(a)) {
    const taken = b[name];
    if (taken === undefined || (isLeaf(inner) && !isLeaf(taken) && taken['.'] === undefined)) out[name] = inner as MutableSet;
    else if (!isLeaf(inner)) {
      const rest = without(inner, taken);
      if (!isLeaf(rest)) out[name] = rest;
    }
  }
  return out;
}

/** Sorted as the reference sorts, so that the same set is the same text. */
function sorted(set: FieldSet): MutableSet {
  const entries = Object.entries(set);
  // A map that is owned without any of its members is written like a leaf.
  if (entries.length === 1 && entries[0]![0] === '.') return {};
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, inner]) => [name, sorted(inner)]));
}

export interface Writer {
  readonly manager: string;
  readonly apiVersion: string;
  /** RFC 3339 */
  readonly time: string;
  /** Paths of maps that the schema declares. */
  readonly structs: ReadonlySet<string>;
}

/** After a create, update or patch: the writer owns what he changed, and nobody else does any longer. */
export function afterUpdate(entries: readonly ManagedFieldsEntry[], now: Members, before: Members, writer: Writer): ManagedFieldsEntry[] {
  const changed = changedFields(now, before, writer.structs);
  const removed = removedFields(now, before, writer.structs);
  const taken = union(changed, removed);
  let found = false;
  const out: ManagedFieldsEntry[] = [];
  for (const entry of entries) {
    const mine = entry.manager === writer.manager && entry.operation === 'Update' && entry.apiVersion === writer.apiVersion && !entry.subresource;
    found ||= mine;
    const fields = mine ? sorted(union(without(entry.fieldsV1, removed), changed)) : sorted(without(entry.fieldsV1, taken));
    if (isLeaf(fields)) continue;
    out.push(sameJson(fields, entry.fieldsV1) ? entry : { ...entry, fieldsV1: fields, time: writer.time });
  }
  if (!found && !isLeaf(changed)) {
    out.push({ manager: writer.manager, operation: 'Update', apiVersion: writer.apiVersion, time: writer.time, fieldsType: 'FieldsV1', fieldsV1: sorted(changed) });
  }
  return out;
}

export interface ApplyConflict {
  readonly manager: string;
  /** `.spec.title` */
  readonly path: string;
  /** `f:spec`, `f:title` */
  readonly fields: readonly string[];
}

export interface Applied {
  readonly object: Members;
  readonly managedFields: ManagedFieldsEntry[];
  readonly conflicts: readonly ApplyConflict[];
}

/** Server-side apply of `config` to `live`. With conflicts and without `force` the object is not to be used. */
export function applyConfig(entries: readonly ManagedFieldsEntry[], config: Members, live: Members, writer: Writer, force: boolean): Applied {
  const owned = fieldsOf(config, writer.structs);
  const isMine = (entry: ManagedFieldsEntry) => entry.manager === writer.manager && entry.operation === 'Apply';
  const mine = entries.find(isMine);
  const conflicts: ApplyConflict[] = [];
  for (const entry of entries) if (!isMine(entry)) collectConflicts(entry, owned, config, live, conflicts);
  if (conflicts.length > 0 && !force) return { object: live, managedFields: [...entries], conflicts };
  const object = mergeInto(live, config);
  const others = entries.filter((entry) => !isMine(entry));
  if (mine) removeAbandoned(object, mine.fieldsV1, owned, others.map((entry) => entry.fieldsV1));
  const lost = conflictSet(conflicts);
  const rest = others.map((entry) => ({ ...entry, fieldsV1: sorted(without(entry.fieldsV1, lost)) })).filter((entry) => !isLeaf(entry.fieldsV1));
  const fields = sorted(owned);
  const own: ManagedFieldsEntry = mine && sameJson(mine.fieldsV1, fields) && sameJson(object, live)
    ? mine
    : { manager: writer.manager, operation: 'Apply', apiVersion: writer.apiVersion, time: writer.time, fieldsType: 'FieldsV1', fieldsV1: fields };
  const managedFields = [...rest, own].sort((a, b) => (a.operation === b.operation ? (a.manager < b.manager ? -1 : 1) : a.operation === 'Apply' ? -1 : 1));
  return { object, managedFields, conflicts };
}

function collectConflicts(entry: ManagedFieldsEntry, owned: FieldSet, config: Json, live: Json, out: ApplyConflict[]): void {
  const walk = (theirs: FieldSet, ours: FieldSet, wanted: Json, is: Json, path: string, fields: readonly string[]): void => {
    for (const [field, inner] of Object.entries(theirs)) {
      const same = ours[field];
      if (same === undefined || field === '.') continue;
      const key = memberOf(field);
      const [next, current] = [isMap(wanted) ? wanted[key] : undefined, isMap(is) ? is[key] : undefined];
      const at = path + shownField(field);
      if (!isLeaf(inner) && !isLeaf(same)) walk(inner, same, next, current, at, [...fields, field]);
      else if (!sameJson(next, current)) out.push({ manager: entry.manager, path: at, fields: [...fields, field] });
    }
  };
  walk(entry.fieldsV1, owned, config, live, '', []);
}

/** `.title`, `[="example.com/hold"]`, `[uid="…"]` */
function shownField(field: string): string {
  if (field.startsWith('f:')) return `.${field.slice(2)}`;
  if (field.startsWith('v:')) return `[=${field.slice(2)}]`;
  return `[${field.slice(2).replace(/^\{"(\w+)":(.*)\}$/, '$1=$2')}]`;
}

const conflictSet = (conflicts: readonly ApplyConflict[]): MutableSet =>
  conflicts.reduce<MutableSet>((set, { fields }) => union(set, fields.reduceRight<MutableSet>((inner, field) => ({ [field]: inner }), {})), {});

function mergeInto(live: Json, config: Members): Members {
  const out: Members = isMap(live) ? { ...live } : {};
  for (const [name, member] of Object.entries(config)) {
    const merged = isMap(member) && hasMembers(member) ? mergeInto(Object.hasOwn(out, name) ? out[name] : undefined, member) : member;
    Object.defineProperty(out, name, { value: merged, enumerable: true, configurable: true, writable: true });
  }
  return out;
}

/** What the applier no longer mentions goes, unless somebody else owns it. */
function removeAbandoned(object: Members, before: FieldSet, now: FieldSet, others: readonly FieldSet[]): void {
  for (const [name, inner] of Object.entries(before)) {
    if (name === '.') continue;
    const key = memberOf(name);
    const theirs = others.map((set) => set[name]).filter((set) => set !== undefined);
    const member = object[key];
    if (now[name] === undefined && theirs.length === 0) delete object[key];
    else if (isMap(member) && !isLeaf(inner)) {
      object[key] = { ...member };
      removeAbandoned(object[key] as Members, inner, now[name] ?? {}, theirs);
    }
  }
}

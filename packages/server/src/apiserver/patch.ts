/** Patches (apiserver-and-storage §4.4): JSON, merge and strategic merge. */
import fastJsonPatch, { type Operation } from 'fast-json-patch';
import { duplicateFields } from './decode.ts';
import { badRequest, StatusError } from './status.ts';
import { cloneJson, parseExact } from '../util/exact-json.ts';
import { isObject } from '../util/json-value.ts';

type Members = Record<string, unknown>;

const operationsMax = 10_000;

export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const out: Members = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete out[name];
    else setMember(out, name, mergePatch(Object.hasOwn(out, name) ? out[name] : undefined, value));
  }
  return out;
}

/** Lists of the metadata that a strategic merge adds to; all other lists of our kinds are replaced. Their items are known by themselves, or by a member. */
const mergedLists: Readonly<Record<string, string>> = { 'metadata.finalizers': '', 'metadata.ownerReferences': 'uid' };
const setsOrder = '$setElementOrder/';
const deletesFrom = '$deleteFromPrimitiveList/';

/** A merge that knows directives: `$patch`, `$retainKeys`, `$deleteFromPrimitiveList/…`. Throws a 4xx for those that make no sense. */
export function strategicMergePatch(target: unknown, patch: Members, path = ''): Members {
  const directive = patch['$patch'];
  if (directive === 'replace') return Object.fromEntries(Object.entries(patch).filter(([name]) => name !== '$patch'));
  if (directive === 'delete') return {};
  if (directive !== undefined) throw badRequest(`unknown patch type: ${JSON.stringify(directive)} in map`);
  const out = { ...(isObject(target) ? target : {}) };
  retainKeys(out, patch);
  for (const [name, value] of Object.entries(patch)) {
    if (name === '$retainKeys' || name.startsWith(setsOrder)) continue;
    if (name.startsWith(deletesFrom)) {
      const list = name.slice(deletesFrom.length);
      if (Array.isArray(out[list]) && Array.isArray(value)) out[list] = (out[list] as unknown[]).filter((item) => !value.includes(item));
      continue;
    }
    const at = path === '' ? name : `${path}.${name}`;
    const before = Object.hasOwn(out, name) ? out[name] : undefined;
    if (value === null) delete out[name];
    else if (isObject(value)) setMember(out, name, strategicMergePatch(before, value, at));
    else setMember(out, name, Array.isArray(value) && Object.hasOwn(mergedLists, at) ? mergedList(Array.isArray(before) ? before : [], value, mergedLists[at]!) : value);
  }
  return out;
}

function retainKeys(out: Members, patch: Members): void {
  const kept = patch['$retainKeys'];
  if (kept === undefined) return;
  if (!Array.isArray(kept)) throw badRequest('invalid patch format of retainKeys');
  const unexpected = Object.keys(patch).some((name) => !name.startsWith('$') && patch[name] !== null && !kept.includes(name));
  if (unexpected) throw new StatusError(422, 'Invalid', "patch content doesn't match retainKeys list", {});
  for (const name of Object.keys(out)) if (!kept.includes(name)) delete out[name];
}

function mergedList(before: readonly unknown[], patch: readonly unknown[], key: string): unknown[] {
  if (key === '') return [...new Set([...before, ...patch])];
  if (patch.some((item) => isObject(item) && item['$patch'] === 'replace' && item[key] === undefined)) return patch.filter((item) => !isObject(item) || item['$patch'] === undefined);
  let out = [...before];
  for (const item of patch) {
    const is = isObject(item) ? item[key] : undefined;
    const same = (other: unknown) => isObject(other) && other[key] === is;
    if (!isObject(item) || is === undefined) throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
    if (item['$patch'] === 'delete') out = out.filter((other) => !same(other));
    else if (out.some(same)) out = out.map((other) => (same(other) ? strategicMergePatch(other, item) : other));
    else out.push(item);
  }
  return out;
}

function setMember(target: Members, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  else target[name] = value;
}

/** A value as the reference shows those that it does not write as JSON: `map[spec:map[title:A]]`. */
export function shownValue(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(shownValue).join(' ')}]`;
  if (!isObject(value)) return typeof value === 'string' ? value : JSON.stringify(value);
  return `map[${Object.keys(value).sort().map((name) => `${name}:${shownValue(value[name])}`).join(' ')}]`;
}

export function parsePatch(text: string): unknown {
  try {
    return parseExact(text);
  } catch (error) {
    throw badRequest(`error decoding patch: ${(error as Error).message}`);
  }
}

export function checkOperations(patch: unknown): Operation[] {
  if (!Array.isArray(patch) || !patch.every(isObject)) throw badRequest('error decoding patch: json: cannot unmarshal object into a list of operations');
  if (patch.length > operationsMax) throw new StatusError(413, 'RequestEntityTooLarge', `The allowed maximum operations in a JSON patch is ${operationsMax}, got ${patch.length}`);
  return patch as unknown as Operation[];
}

/** Fields that a patch has twice, and members of operations that nobody knows: a warning, or a refusal where the writer is strict. */
export function patchProblems(text: string, operations: readonly Operation[] | undefined): string[] {
  const twice = duplicateFields(text).map((path) => `duplicate field "${path}"`);
  if (!operations) return twice;
  const unknown = operations.flatMap((operation, i) => Object.keys(operation).filter((name) => !operationMembers.has(name)).map((name) => `unknown field "[${i}].${name}"`));
  return [...twice, ...unknown].map((problem) => `json patch ${problem}`);
}

const operationMembers = new Set(['op', 'path', 'from', 'value']);

/** Copies of copies double with every operation; this is where it ends. */
const copiedCharactersMax = 16 * 1_048_576;

export function jsonPatch(target: Members, operations: readonly Operation[]): Members {
  let document = cloneJson(target);
  let copied = 0;
  try {
    for (const operation of cloneJson(operations)) {
      if (operation.op === 'copy') copied += (JSON.stringify(fastJsonPatch.getValueByPointer(document, operation.from)) ?? '').length;
      if (copied > copiedCharactersMax) throw new StatusError(413, 'RequestEntityTooLarge', 'The patch copies too much');
      // Works on a copy; refuses paths into prototypes.
      document = fastJsonPatch.applyOperation(document, operation, true, true, true).newDocument;
    }
    return document;
  } catch (cause) {
    if (cause instanceof StatusError) throw cause;
    throw new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {}, cause);
  }
}

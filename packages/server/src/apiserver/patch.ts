/** Patches (apiserver-and-storage §4.4): JSON, merge and strategic merge, which for lists of our kinds means merge. */
import fastJsonPatch, { type Operation } from 'fast-json-patch';
import { badRequest, StatusError } from './status.ts';
import { cloneJson, isExactNumber, parseExact } from '../util/exact-json.ts';
import { isObject } from '../util/json-value.ts';

type Members = Record<string, unknown>;

const operationsMax = 10_000;

export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch) || isExactNumber(patch)) return patch;
  const out: Members = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete out[name];
    else if (name === '__proto__') Object.defineProperty(out, name, { value: mergePatch(undefined, value), enumerable: true, configurable: true, writable: true });
    else out[name] = mergePatch(Object.hasOwn(out, name) ? out[name] : undefined, value);
  }
  return out;
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

/** `jsonData` as text: keys sorted, numbers exactly as they were written (queries-and-frames §1). */
import { badRequest } from '../../../web/errors.ts';
import { jsonMembers } from '../../../util/json-text.ts';

type ReviverContext = { readonly source?: string };
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;
const parseWithSource = JSON.parse as (text: string, reviver: (key: string, value: unknown, context: ReviverContext) => unknown) => unknown;

/** The member `jsonData` of a request body, whatever the case of its key; `{}` where it is absent or null. */
export function jsonDataOf(body: string): string {
  const found = jsonMembers(body).findLast(({ key }) => key.toLowerCase() === 'jsondata');
  return found ? canonicalJson(body.slice(found.valueStart, found.end)) : '{}';
}

/** Sorted and compact; `null` becomes `{}`. Expects valid JSON. */
export function canonicalJson(text: string): string {
  try {
    const value = parseWithSource(text, (_key, value, { source }) =>
      typeof value === 'number' && source !== undefined && String(value) !== source ? rawJson(source) : sorted(value));
    return value === null ? '{}' : JSON.stringify(value);
  } catch (error) {
    // Nested deeper than the stack.
    if (error instanceof RangeError) throw badRequest();
    throw error;
  }
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const keys = Object.keys(value).sort();
  // Numeric keys come first in any object of JavaScript; the order is for people and diffs, nothing depends on it.
  return Object.fromEntries(keys.map((key) => [key, (value as Record<string, unknown>)[key]]));
}

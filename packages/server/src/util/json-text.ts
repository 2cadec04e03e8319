/**
 * JSON that stays text: finds the members of an object in its text, so that a stored document can be changed at the top or spliced into an
 * answer without being parsed and written again. Numbers, key order and unknown members survive exactly. Expects valid JSON.
 */

export interface JsonMember {
  readonly key: string;
  /** Where the key's opening quote stands. */
  readonly start: number;
  readonly valueStart: number;
  /** Behind the value's last character. */
  readonly end: number;
}

/** The members of the object that starts at `from` (white space before it is skipped); none if something else stands there. */
export function jsonMembers(text: string, from = 0): JsonMember[] {
  const members: JsonMember[] = [];
  let i = skipSpace(text, from);
  if (text.charCodeAt(i) !== openBrace) return members;
  i = skipSpace(text, i + 1);
  while (text.charCodeAt(i) === quote) {
    const start = i;
    const keyEnd = endOfString(text, i);
    const raw = text.slice(start + 1, keyEnd - 1);
    const key = raw.includes('\\') ? (JSON.parse(text.slice(start, keyEnd)) as string) : raw;
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = endOfValue(text, valueStart);
    members.push({ key, start, valueStart, end });
    i = skipSpace(text, end);
    if (text.charCodeAt(i) !== comma) break;
    i = skipSpace(text, i + 1);
  }
  return members;
}

/** The text of one member's value. Of equal keys the last one counts, as it does for parsers. */
export function memberText(text: string, members: readonly JsonMember[], key: string): string | undefined {
  const found = members.findLast((m) => m.key === key);
  return found && text.slice(found.valueStart, found.end);
}

/** The object's text with some members left out, others set: `changes` maps a key to its new value's text, or null to leave it out. Repeated keys are reduced to the last. */
export function editObject(text: string, members: readonly JsonMember[], changes: Readonly<Record<string, string | null>>): string {
  const last = new Map<string, JsonMember>();
  for (const member of members) last.set(member.key, member);
  // Joined, not concatenated: such a text lies in one piece, and whoever goes through it next is twice as fast.
  const out: string[] = [];
  for (const member of members) {
    if (last.get(member.key) !== member) continue;
    const change = Object.hasOwn(changes, member.key) ? changes[member.key] : undefined;
    if (change === null) continue;
    out.push(out.length === 0 ? '{' : ',');
    if (change === undefined) out.push(text.slice(member.start, member.end));
    else out.push(text.slice(member.start, member.valueStart), change);
  }
  for (const [key, change] of Object.entries(changes)) {
    if (change !== null && !last.has(key)) out.push(out.length === 0 ? '{' : ',', JSON.stringify(key), ':', change);
  }
  if (out.length === 0) return '{}';
  out.push('}');
  return out.join('');
}

/** `{"a":1}` with members (JSON text without braces: `"id":1,"uid":"x"`) put in front. */
export function withMembers(object: string, members: string): string {
  const open = object.indexOf('{');
  const rest = skipSpace(object, open + 1);
  return object.charCodeAt(rest) === closeBrace ? `{${members}}` : `{${members},${object.slice(rest)}`;
}

/** Whether two JSON texts say the same, whatever the order of keys and the white space. */
export function sameJson(a: string, b: string): boolean {
  return a === b || sameValue(JSON.parse(a), JSON.parse(b));
}

export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => sameValue(item, b[i]));
  if (Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && sameValue((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}

const quote = 34;
const comma = 44;
const backslash = 92;
const openBrace = 123;
const closeBrace = 125;

function skipSpace(text: string, i: number): number {
  for (;;) {
    const c = text.charCodeAt(i);
    if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return i;
    i++;
  }
}

/** Behind the closing quote of the string that opens at `i`. */
function endOfString(text: string, i: number): number {
  for (;;) {
    i = text.indexOf('"', i + 1);
    if (i < 0) return text.length;
    let slashes = 0;
    while (text.charCodeAt(i - 1 - slashes) === backslash) slashes++;
    if (slashes % 2 === 0) return i + 1;
  }
}

function endOfValue(text: string, i: number): number {
  const first = text.charCodeAt(i);
  if (first === quote) return endOfString(text, i);
  if (first !== openBrace && first !== 91) {
    // A number, true, false or null.
    for (;;) {
      const c = text.charCodeAt(i);
      if (Number.isNaN(c) || c === comma || c === closeBrace || c === 93 || c === 32 || c === 10 || c === 13 || c === 9) return i;
      i++;
    }
  }
  let depth = 0;
  for (;;) {
    const c = text.charCodeAt(i);
    if (c === quote) {
      i = endOfString(text, i);
      continue;
    }
    if (Number.isNaN(c)) return i;
    i++;
    if (c === openBrace || c === 91) depth++;
    else if ((c === closeBrace || c === 93) && --depth === 0) return i;
  }
}

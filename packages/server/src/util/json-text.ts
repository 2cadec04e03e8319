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
  /** Of an object that was asked for: its own members, at their places in the same text. */
  readonly members?: readonly JsonMember[];
}

/** An object's text and the places of its members, for whoever reads it next. */
export interface OutlinedText {
  readonly text: string;
  readonly members: readonly JsonMember[];
}

/**
 * The members of the object that starts at `from` (white space before it is skipped); none if something else stands there. Objects under keys
 * that `inside` accepts are taken apart as well, in the same walk through the text.
 */
export const jsonMembers = (text: string, from = 0, inside?: (key: string) => boolean): readonly JsonMember[] => scanObject(text, from, inside).members;

function scanObject(text: string, from: number, inside?: (key: string) => boolean): { members: JsonMember[]; end: number } {
  const members: JsonMember[] = [];
  let i = skipSpace(text, from);
  if (text.charCodeAt(i) !== openBrace) return { members, end: i };
  i = skipSpace(text, i + 1);
  while (text.charCodeAt(i) === quote) {
    const start = i;
    const keyEnd = endOfString(text, i);
    const raw = text.slice(start + 1, keyEnd - 1);
    const key = raw.includes('\\') ? (JSON.parse(text.slice(start, keyEnd)) as string) : raw;
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const within = inside?.(key) && text.charCodeAt(valueStart) === openBrace ? scanObject(text, valueStart) : undefined;
    const end = within?.end ?? endOfValue(text, valueStart);
    members.push(within ? { key, start, valueStart, end, members: within.members } : { key, start, valueStart, end });
    i = skipSpace(text, end);
    if (text.charCodeAt(i) !== comma) break;
    i = skipSpace(text, i + 1);
  }
  return { members, end: i + 1 };
}

/** The text of one member's value. Of equal keys the last one counts, as it does for parsers. */
export function memberText(text: string, members: readonly JsonMember[], key: string): string | undefined {
  const found = members.findLast((m) => m.key === key);
  return found && text.slice(found.valueStart, found.end);
}

/** The object under a name, in whatever capitals; of several the last one, as for the binding of bodies. No members if something else stands there. */
export function outlineOf(text: string, name: string): OutlinedText {
  const folded = name.toLowerCase();
  const named = (key: string) => key === name || key.toLowerCase() === folded;
  const members = jsonMembers(text, 0, named);
  const spelled = members.filter(({ key }) => named(key));
  const found = spelled.findLast(({ valueStart }) => !text.startsWith('null', valueStart)) ?? spelled.at(-1);
  return { text, members: found?.members ?? [] };
}

/** The object's text with some members left out, others set: `changes` maps a key to its new value's text, or null to leave it out. Repeated keys are reduced to the last. */
export const editObject = (text: string, members: readonly JsonMember[], changes: Readonly<Record<string, string | null>>): string => editOutline({ text, members }, changes).text;

/** As `editObject`, and says where the members are now. */
export function editOutline({ text, members }: OutlinedText, changes: Readonly<Record<string, string | null>>): OutlinedText {
  const last = new Map<string, JsonMember>();
  for (const member of members) last.set(member.key, member);
  // Joined, not concatenated: such a text lies in one piece, and whoever goes through it next is twice as fast.
  const out: string[] = [];
  const moved: JsonMember[] = [];
  let at = 0;
  const put = (key: string, head: string, value: string) => {
    out.push(out.length === 0 ? '{' : ',', head, value);
    const start = at + 1;
    at = start + head.length + value.length;
    moved.push({ key, start, valueStart: start + head.length, end: at });
  };
  for (const member of members) {
    if (last.get(member.key) !== member) continue;
    const change = Object.hasOwn(changes, member.key) ? changes[member.key] : undefined;
    if (change !== null) put(member.key, text.slice(member.start, member.valueStart), change ?? text.slice(member.valueStart, member.end));
  }
  for (const [key, change] of Object.entries(changes)) {
    if (change !== null && change !== undefined && !last.has(key)) put(key, `${JSON.stringify(key)}:`, change);
  }
  if (out.length === 0) return { text: '{}', members: [] };
  out.push('}');
  return { text: out.join(''), members: moved };
}

/** `{"a":1}` with members (JSON text without braces: `"id":1,"uid":"x"`) put in front. */
export function withMembers(object: string, members: string): string {
  const open = object.indexOf('{');
  const rest = skipSpace(object, open + 1);
  return object.charCodeAt(rest) === closeBrace ? `{${members}}` : `{${members},${object.slice(rest)}`;
}

/** Whether two JSON texts say the same, whatever the order of keys and the white space. */
export function sameJson(a: string, b: string): boolean {
  return a === b || (isObjectText(a) && isObjectText(b) ? sameOutline({ text: a, members: jsonMembers(a) }, { text: b, members: jsonMembers(b) }) : sameValue(JSON.parse(a), JSON.parse(b)));
}

const isObjectText = (text: string) => text.charCodeAt(skipSpace(text, 0)) === openBrace;

/** As `sameJson`, of objects. Only members that are written otherwise are parsed, and the short ones first: one difference is enough. */
export function sameOutline(a: OutlinedText, b: OutlinedText): boolean {
  const [ours, theirs] = [lastMembers(a), lastMembers(b)];
  if (ours.size !== theirs.size) return false;
  const open: [string, string][] = [];
  for (const [key, text] of ours) {
    const other = theirs.get(key);
    if (other === undefined) return false;
    if (other !== text) open.push([text, other]);
  }
  open.sort((x, y) => x[0].length - y[0].length);
  return open.every(([x, y]) => sameValue(JSON.parse(x), JSON.parse(y)));
}

const lastMembers = ({ text, members }: OutlinedText) => new Map(members.map((member) => [member.key, text.slice(member.valueStart, member.end)]));

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

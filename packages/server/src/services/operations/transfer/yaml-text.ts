/**
 * JSON values as YAML that reads well: blocks, plain words, texts of several lines as they are. Only for values that come back exactly the
 * same (`fitsYaml`); whatever does not fit is kept as JSON text.
 */

const plainKey = /^[A-Za-z_$][\w$./-]*$/;
const plainText = /^[A-Za-z_/][\w./+=@-]*(?: [\w./+=@-]+)*$/;
const reserved = /^(?:true|false|null|yes|no|on|off|y|n|nan|inf)$/i;
const depthMax = 60;
const keyLengthMax = 500;
/** What editors and YAML readers might take for something else. */
const invisible = /[\u007f-\u009f\u00a0\u2028\u2029\ufeff\ufffe\uffff]/g;

/** Whether the text of this JSON is what comes out of reading its YAML and writing it as JSON again. */
export function fitsYaml(text: string): boolean {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return false;
  }
  return typeof value === 'object' && value !== null && isShallow(value, 0) && JSON.stringify(value) === text;
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depth >= depthMax) return false;
  if (Array.isArray(value)) return value.every((item) => isShallow(item, depth + 1));
  return Object.entries(value).every(([key, member]) => key.length <= keyLengthMax && isShallow(member, depth + 1));
}

/** Lines that end with a line break. */
export function yamlText(value: unknown): string {
  const out: string[] = [];
  if (isCollection(value)) block(out, value, '');
  else out.push(scalar(value, ''), '\n');
  return out.join('');
}

const isCollection = (value: unknown): value is object => typeof value === 'object' && value !== null && (Array.isArray(value) ? value.length > 0 : Object.keys(value).length > 0);

function block(out: string[], value: object, indent: string, firstIndent = indent): void {
  let lead = firstIndent;
  if (Array.isArray(value)) {
    for (const item of value) {
      out.push(lead, '- ');
      if (isCollection(item)) block(out, item, `${indent}  `, '');
      else out.push(scalar(item, `${indent}  `), '\n');
      lead = indent;
    }
    return;
  }
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    out.push(lead, plainKey.test(key) && !reserved.test(key) ? key : quoted(key), ':');
    if (isCollection(member)) {
      out.push('\n');
      block(out, member, `${indent}  `);
    } else out.push(' ', scalar(member, `${indent}  `), '\n');
    lead = indent;
  }
}

function scalar(value: unknown, indent: string): string {
  if (typeof value !== 'string') return Array.isArray(value) ? '[]' : typeof value === 'object' && value !== null ? '{}' : JSON.stringify(value);
  if (plainText.test(value) && !reserved.test(value)) return value;
  return lines(value, indent) ?? quoted(value);
}

/** A literal block, where the text has several lines and nothing in it that a block would lose. */
function lines(text: string, indent: string): string | undefined {
  if (!text.includes('\n') || /^[ \n\t]|[ \t]\n|[ \t]$|\n\n$/.test(text) || /[^\n\t\x20-\x7e\u00a1-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/.test(text)) return undefined;
  const ends = text.endsWith('\n');
  const body = (ends ? text.slice(0, -1) : text).split('\n').map((line) => (line === '' ? '' : indent + line)).join('\n');
  return `${ends ? '|' : '|-'}\n${body}`;
}

const quoted = (text: string): string => JSON.stringify(text).replace(invisible, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

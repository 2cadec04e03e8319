/**
 * JSON that may stand inside a script element: valid JSON still, so that it serves API answers too. Everything beyond ASCII is escaped as well:
 * a page of ASCII only is written without being encoded.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: what is not ASCII is told from what is.
const hostile = /[<>&]|[^\u0000-\u007e]/g;

export const escapeScriptJson = (json: string): string => json.replace(hostile, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
export const scriptJson = (value: unknown): string => escapeScriptJson(JSON.stringify(value));

/** Text that may stand in markup, inside an attribute too. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** Members of an object, each given as JSON text; undefined ones are left out. */
export function objectOf(members: Readonly<Record<string, string | undefined>>): string {
  let text = '';
  for (const key in members) if (members[key] !== undefined) text += `${text === '' ? '{' : ','}"${key}":${members[key]}`;
  return text === '' ? '{}' : `${text}}`;
}

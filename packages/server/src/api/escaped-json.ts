/** JSON that may stand inside a script element: valid JSON still, so that it serves API answers too. */
const hostile = /[<>&\u2028\u2029]/g;
const escapes: Readonly<Record<string, string>> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026', '\u2028': '\\u2028', '\u2029': '\\u2029' };

export const escapeScriptJson = (json: string): string => json.replace(hostile, (c) => escapes[c]!);
export const scriptJson = (value: unknown): string => escapeScriptJson(JSON.stringify(value));

/** Members of an object, each given as JSON text; undefined ones are left out. */
export const objectOf = (members: Readonly<Record<string, string | undefined>>): string =>
  `{${Object.entries(members).filter(([, text]) => text !== undefined).map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(',')}}`;

/** JSON whose numbers come out as they went in: integers beyond a double's 53 bits are kept as they were written, and numbers that no double holds are refused. */

type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;
const parseWithSource = JSON.parse as (text: string, reviver: Reviver) => unknown;
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

/** What might hold such a number. Hardly any text does, and looking is quick. */
const suspicious = /\d{16}|\d[eE]\+?\d{3}/;
const wholeNumber = /^-?\d+$/;

/** Throws what `JSON.parse` throws, and a `SyntaxError` for a number that is too large. */
export function parseExact(text: string): unknown {
  return suspicious.test(text) ? parseWithSource(text, (_key, value, { source }) => exactNumber(value, source, rawJson)) : JSON.parse(text);
}

/** As `parseExact`, with large integers as `bigint`, for writers that know these. */
export function parseWithBigInts(text: string): unknown {
  return suspicious.test(text) ? parseWithSource(text, (_key, value, { source }) => exactNumber(value, source, BigInt)) : JSON.parse(text);
}

function exactNumber(value: unknown, source: string | undefined, keep: (source: string) => unknown): unknown {
  if (typeof value !== 'number' || source === undefined) return value;
  if (!Number.isFinite(value)) throw new SyntaxError(`the number ${source.slice(0, 40)} is out of range`);
  return !Number.isSafeInteger(value) && wholeNumber.test(source) ? keep(source) : value;
}

/** What a parser of another format read as `bigint`. */
export const exactInteger = (value: bigint): unknown => (BigInt.asIntN(54, value) === value && Number.isSafeInteger(Number(value)) ? Number(value) : rawJson(value.toString()));

/** Whether a parsed value is a number that is kept as text; it looks like an object. */
export const isExactNumber = (JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON;

/** A copy of a parsed value. `structuredClone` does not know exact numbers. */
export const cloneJson = <T>(value: T): T => parseExact(JSON.stringify(value)) as T;

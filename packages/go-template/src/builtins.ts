/** The functions that every Go template has. */
import { sprintf } from './printf.ts';
import { GoMap, isTrue, printValue, SafeHtml, typeName } from './value.ts';

const htmlEscapes: Record<string, string> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&#34;', "'": '&#39;', '\0': '\ufffd' };
export const escapeHtml = (text: string) => text.replace(/[<>&"'\0]/g, (c) => htmlEscapes[c]!);

const jsEscapes: Record<string, string> = { '\\': '\\\\', "'": "\\'", '"': '\\"', '<': '\\u003C', '>': '\\u003E', '&': '\\u0026', '=': '\\u003D', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** fmt.Sprint puts a space between operands when neither is a string. */
function sprint(args: readonly unknown[]): string {
  let out = '';
  args.forEach((arg, i) => {
    if (i > 0 && typeof arg !== 'string' && typeof args[i - 1] !== 'string') out += ' ';
    out += printValue(arg);
  });
  return out;
}

function length(value: unknown): bigint {
  if (typeof value === 'string') return BigInt(Buffer.byteLength(value));
  if (Array.isArray(value)) return BigInt(value.length);
  if (value instanceof Map) return BigInt(value.size);
  throw new Error(value === null || value === undefined ? 'len of nil pointer' : `len of type ${typeName(value)}`);
}

function at(item: unknown, ...indexes: unknown[]): unknown {
  let value = item;
  for (const index of indexes) {
    if (value === null || value === undefined) throw new Error('index of untyped nil');
    if (value instanceof Map) {
      if (typeof index !== 'string') throw new Error(`value has type ${typeName(index)}; should be string`);
      value = value.has(index) ? value.get(index) : value instanceof GoMap ? value.zero ?? null : null;
    } else if (Array.isArray(value) || typeof value === 'string') {
      if (typeof index !== 'bigint') throw new Error(`cannot index slice/array with type ${typeName(index)}`);
      const bytes = typeof value === 'string' ? Buffer.from(value) : value;
      if (index < 0n || index >= BigInt(bytes.length)) throw new Error(`index out of range: ${index}`);
      value = typeof value === 'string' ? BigInt(bytes[Number(index)] as number) : (bytes as unknown[])[Number(index)];
    } else throw new Error(`can't index item of type ${typeName(value)}`);
  }
  return value;
}

function slice(item: unknown, ...indexes: unknown[]): unknown {
  const bounds = indexes.map((i) => {
    if (typeof i !== 'bigint') throw new Error(`cannot index slice/array with type ${typeName(i)}`);
    return Number(i);
  });
  if (bounds.length > 3) throw new Error(`too many slice indexes: ${bounds.length}`);
  const source = typeof item === 'string' ? Buffer.from(item) : item;
  if (!Array.isArray(source) && !Buffer.isBuffer(source)) throw new Error(`can't slice item of type ${typeName(item)}`);
  const [from = 0, to = source.length] = bounds;
  if (from < 0 || from > source.length) throw new Error(`index out of range: ${from}`);
  if (to < 0 || to > source.length) throw new Error(`index out of range: ${to}`);
  if (from > to) throw new Error(`invalid slice index: ${from} > ${to}`);
  return Buffer.isBuffer(source) ? source.subarray(from, to).toString() : source.slice(from, to);
}

const numeric = (v: unknown): v is number | bigint => typeof v === 'number' || typeof v === 'bigint';

function equal(a: unknown, b: unknown): boolean {
  if (a === null || a === undefined || b === null || b === undefined) return (a ?? null) === (b ?? null);
  if (numeric(a) && numeric(b)) {
    if (typeof a !== typeof b) throw new Error('incompatible types for comparison');
    return a === b;
  }
  const left = a instanceof SafeHtml ? a.text : a;
  const right = b instanceof SafeHtml ? b.text : b;
  if (typeof left !== typeof right) throw new Error('incompatible types for comparison');
  if (typeof left === 'object') throw new Error(`non-comparable type ${printValue(a)}: ${typeName(a)}`);
  return left === right;
}

function less(a: unknown, b: unknown): boolean {
  if (numeric(a) && numeric(b) && typeof a === typeof b) return a < b;
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
  throw new Error(numeric(a) || typeof a === 'string' ? 'incompatible types for comparison' : 'invalid type for comparison');
}

export const builtins: Readonly<Record<string, (...args: never[]) => unknown>> = {
  // `and` and `or` are the executor's own; they stand here to be known by name.
  and: (...args: unknown[]) => args.find((a) => !isTrue(a)) ?? args.at(-1),
  or: (...args: unknown[]) => args.find(isTrue) ?? args.at(-1),
  not: (arg: unknown) => !isTrue(arg),
  len: (arg: unknown) => length(arg),
  index: (item: unknown, ...indexes: unknown[]) => at(item, ...indexes),
  slice: (item: unknown, ...indexes: unknown[]) => slice(item, ...indexes),
  print: (...args: unknown[]) => sprint(args),
  printf: (format: unknown, ...args: unknown[]) => {
    if (typeof format !== 'string') throw new Error(`wrong type for value; expected string; got ${typeName(format)}`);
    return sprintf(format, args);
  },
  println: (...args: unknown[]) => `${args.map((a) => printValue(a)).join(' ')}\n`,
  html: (...args: unknown[]) => new SafeHtml(escapeHtml(sprint(args))),
  js: (...args: unknown[]) => sprint(args).replace(/[\\'"<>&=\n\r\t]/g, (c) => jsEscapes[c]!),
  urlquery: (...args: unknown[]) => encodeURIComponent(sprint(args)).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`).replaceAll('%20', '+'),
  eq: (first: unknown, ...others: unknown[]) => {
    if (others.length === 0) throw new Error('missing argument for comparison');
    return others.some((o) => equal(first, o));
  },
  ne: (a: unknown, b: unknown) => !equal(a, b),
  lt: (a: unknown, b: unknown) => less(a, b),
  le: (a: unknown, b: unknown) => less(a, b) || equal(a, b),
  gt: (a: unknown, b: unknown) => !less(a, b) && !equal(a, b),
  ge: (a: unknown, b: unknown) => !less(a, b),
  call: (fn: unknown, ...args: unknown[]) => {
    if (typeof fn !== 'function') throw new Error(`non-function ${printValue(fn)} of type ${typeName(fn)}`);
    return (fn as (...a: unknown[]) => unknown)(...args);
  },
};

/** fmt.Sprintf for the verbs that templates use. */
import { formatFloat, printValue, typeName } from './value.ts';

/** Wider or more precise than this is a mistake, and memory. */
const widthMax = 10_000;

export function sprintf(format: string, args: readonly unknown[]): string {
  let out = '';
  let next = 0;
  for (let i = 0; i < format.length; i++) {
    const c = format[i]!;
    if (c !== '%') {
      out += c;
      continue;
    }
    i++;
    let flags = '';
    while (i < format.length && '+-# 0'.includes(format[i]!)) flags += format[i++];
    const number = (): number | undefined => {
      if (format[i] === '*') {
        i++;
        const given = args[next++];
        return Math.min(Number(given ?? 0), widthMax);
      }
      let digits = '';
      while (i < format.length && format[i]! >= '0' && format[i]! <= '9') digits += format[i++];
      return digits === '' ? undefined : Math.min(Number(digits), widthMax);
    };
    const width = number();
    let precision: number | undefined;
    if (format[i] === '.') {
      i++;
      precision = number() ?? 0;
    }
    const verb = format[i];
    if (verb === undefined) {
      out += '%!(NOVERB)';
      break;
    }
    if (verb === '%') {
      out += '%';
      continue;
    }
    if (next >= args.length) {
      out += `%!${verb}(MISSING)`;
      continue;
    }
    out += pad(formatVerb(verb, args[next++], flags, precision), width, flags, verb);
  }
  if (next < args.length) {
    out += `%!(EXTRA ${args.slice(next).map((a) => `${typeName(a)}=${printValue(a)}`).join(', ')})`;
  }
  return out;
}

function pad(text: string, width: number | undefined, flags: string, verb: string): string {
  const length = [...text].length;
  if (width === undefined || length >= width) return text;
  const missing = width - length;
  if (flags.includes('-')) return text + ' '.repeat(missing);
  if (flags.includes('0') && 'dfFeEgGxXob'.includes(verb)) {
    const sign = /^[+-]/.exec(text)?.[0] ?? '';
    return sign + '0'.repeat(missing) + text.slice(sign.length);
  }
  return ' '.repeat(missing) + text;
}

function formatVerb(verb: string, arg: unknown, flags: string, precision: number | undefined): string {
  const bad = () => `%!${verb}(${typeName(arg)}=${printValue(arg)})`;
  const signed = (text: string) => (text.startsWith('-') ? text : flags.includes('+') ? `+${text}` : flags.includes(' ') ? ` ${text}` : text);
  switch (verb) {
    case 'v':
      if (typeof arg === 'number' && precision !== undefined) return signed(formatGeneral(arg, precision));
      return flags.includes('#') && typeof arg === 'string' ? quote(arg) : printValue(arg);
    case 's': {
      if (typeof arg === 'number' || typeof arg === 'bigint' || typeof arg === 'boolean') return bad();
      const text = printValue(arg, '%!s(<nil>)');
      return precision === undefined ? text : [...text].slice(0, precision).join('');
    }
    case 'q': return typeof arg === 'bigint' ? `'${String.fromCodePoint(Number(arg))}'` : quote(printValue(arg));
    case 'd': return typeof arg === 'bigint' ? signed(arg.toString()) : bad();
    case 'b': return typeof arg === 'bigint' ? signed(arg.toString(2)) : bad();
    case 'o': return typeof arg === 'bigint' ? signed(arg.toString(8)) : bad();
    case 'x': case 'X': {
      const hex = typeof arg === 'bigint' ? arg.toString(16) : typeof arg === 'string' ? Buffer.from(arg).toString('hex') : undefined;
      if (hex === undefined) return bad();
      const text = (flags.includes('#') ? '0x' : '') + hex;
      return verb === 'X' ? text.toUpperCase() : text;
    }
    case 'c': return typeof arg === 'bigint' ? String.fromCodePoint(Number(arg)) : bad();
    case 'U': return typeof arg === 'bigint' ? `U+${arg.toString(16).toUpperCase().padStart(4, '0')}` : bad();
    case 't': return typeof arg === 'boolean' ? String(arg) : bad();
    case 'T': return typeName(arg);
    case 'f': case 'F': return typeof arg === 'number' ? signed(fixed(arg, precision ?? 6)) : bad();
    case 'e': case 'E': {
      if (typeof arg !== 'number') return bad();
      const text = signed(exponential(arg, precision ?? 6));
      return verb === 'E' ? text.toUpperCase() : text;
    }
    case 'g': case 'G': {
      if (typeof arg !== 'number') return bad();
      const text = signed(precision === undefined ? formatFloat(arg) : formatGeneral(arg, precision));
      return verb === 'G' ? text.toUpperCase() : text;
    }
    default: return bad();
  }
}

const special = (value: number) => (Number.isFinite(value) ? undefined : formatFloat(value));

export function fixed(value: number, precision: number): string {
  return special(value) ?? (Math.abs(value) >= 1e21 ? BigInt(Math.trunc(value)).toString() + (precision > 0 ? `.${'0'.repeat(precision)}` : '') : value.toFixed(Math.min(precision, 100)));
}

/** Go writes at least two digits of exponent. */
export function exponential(value: number, precision: number): string {
  const finite = special(value);
  if (finite !== undefined) return finite;
  const [digits = '', exp = '0'] = value.toExponential(Math.min(precision, 100)).split('e');
  const exponent = Number(exp);
  return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** %g with a precision: significant digits, trailing zeros dropped, exponent when it is below -4 or not below the precision. */
export function formatGeneral(value: number, precision: number): string {
  const finite = special(value);
  if (finite !== undefined) return finite;
  const significant = Math.min(Math.max(precision, 1), 100);
  const [digits = '', exp = '0'] = value.toExponential(significant - 1).split('e');
  const exponent = Number(exp);
  const trimmed = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
  if (exponent < -4 || exponent >= significant) return `${trimmed(digits)}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  return trimmed(value.toFixed(Math.min(100, Math.max(0, significant - 1 - exponent))));
}

/** strconv.Quote, near enough: what JSON escapes, with Go's names for control characters. */
export function quote(text: string): string {
  let out = '"';
  for (const c of text) {
    const code = c.codePointAt(0)!;
    if (c === '"' || c === '\\') out += `\\${c}`;
    else if (c === '\n') out += '\\n';
    else if (c === '\t') out += '\\t';
    else if (c === '\r') out += '\\r';
    else if (c === '\x07') out += '\\a';
    else if (c === '\b') out += '\\b';
    else if (c === '\f') out += '\\f';
    else if (c === '\v') out += '\\v';
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, '0')}`;
    else out += c;
  }
  return `${out}"`;
}

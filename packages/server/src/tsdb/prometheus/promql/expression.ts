/** PromQL as a tree, parsed and written again (tsdb-backends §2.5, §2.8): only what filters and suggestions need of it is interpreted. */

export interface Matcher {
  name: string;
  op: '=' | '!=' | '=~' | '!~';
  value: string;
}

/** ` @ 123.000 offset 5m` */
export interface Modifiers {
  at?: string;
  offset?: string;
}

export type Expression =
  | ({ kind: 'selector'; name: string; matchers: Matcher[]; range?: string } & Modifiers)
  | ({ kind: 'subquery'; of: Expression; range: string; step: string } & Modifiers)
  | { kind: 'call'; name: string; args: Expression[] }
  | { kind: 'aggregation'; op: string; grouping: string[]; without: boolean; args: Expression[] }
  | { kind: 'binary'; op: string; left: Expression; right: Expression; modifiers: string }
  | { kind: 'unary'; op: '+' | '-'; of: Expression }
  | { kind: 'parens'; of: Expression }
  | { kind: 'number'; text: string }
  | { kind: 'string'; value: string };

/** `1:9: parse error: …` */
export class PromqlError extends Error {
  override readonly name = 'PromqlError';
}

const aggregations = new Set(['sum', 'avg', 'count', 'min', 'max', 'group', 'stddev', 'stdvar', 'topk', 'bottomk', 'count_values', 'quantile', 'limitk', 'limit_ratio']);
const precedence: Readonly<Record<string, number>> = {
  or: 1, and: 2, unless: 2, '==': 3, '!=': 3, '<=': 3, '<': 3, '>=': 3, '>': 3, '+': 4, '-': 4, '*': 5, '/': 5, '%': 5, atan2: 5, '^': 6,
};
/** Deeper nesting is refused instead of overflowing the stack. */
const depthMax = 200;

interface Token {
  readonly kind: 'word' | 'number' | 'duration' | 'string' | 'mark' | 'end';
  readonly text: string;
  readonly at: number;
  /** `string`: its value. */
  readonly value?: string;
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const patterns = /\s+|#[^\n]*|((?:\d+(?:y|w|d|h|ms|m|s))+)(?![a-zA-Z0-9_])|(0x[0-9a-fA-F]+|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|([a-zA-Z_:][a-zA-Z0-9_:]*)|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)|(=~|!~|!=|==|<=|>=|[-+*/%^(){}[\],=<>:@])/gy;
  let at = 0;
  let inBrackets = false;
  while (at < text.length) {
    // In brackets a colon parts range and step; elsewhere names may begin with one.
    if (inBrackets && text[at] === ':') {
      tokens.push({ kind: 'mark', text: ':', at });
      at++;
      continue;
    }
    patterns.lastIndex = at;
    const found = patterns.exec(text);
    if (!found) throw problem(text, at, `unexpected character: '${text[at]}'`);
    const [whole, duration, number, word, string, mark] = found;
    if (duration !== undefined) tokens.push({ kind: 'duration', text: duration, at });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number, at });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word, at });
    else if (string !== undefined) tokens.push({ kind: 'string', text: string, at, value: unquoted(text, string, at) });
    else if (mark !== undefined) {
      tokens.push({ kind: 'mark', text: mark, at });
      if (mark === '[' || mark === ']') inBrackets = mark === '[';
    }
    at += whole.length;
  }
  tokens.push({ kind: 'end', text: '', at });
  return tokens;
}

const escapes: Readonly<Record<string, string>> = { a: '\u0007', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\', "'": "'", '"': '"' };

function unquoted(text: string, string: string, at: number): string {
  if (string.startsWith('`')) return string.slice(1, -1);
  return string.slice(1, -1).replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|.)/gs, (_, escape: string) => {
    if (escape.length > 1) {
      const code = /^[0-7]/.test(escape) ? Number.parseInt(escape, 8) : Number.parseInt(escape.slice(1), 16);
      if (code > 0x10ffff) throw problem(text, at, 'escape sequence is an invalid Unicode code point');
      return String.fromCodePoint(code);
    }
    const value = escapes[escape];
    if (value === undefined) throw problem(text, at, `unknown escape sequence U+${escape.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')} '${escape}'`);
    return value;
  });
}

function problem(text: string, at: number, message: string): PromqlError {
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  return new PromqlError(`${line}:${at - (before.lastIndexOf('\n') + 1) + 1}: parse error: ${message}`);
}

/** Throws PromqlError. */
export function parsePromql(text: string): Expression {
  const tokens = tokenize(text);
  let next = 0;
  let depth = 0;
  let openParens = 0;

  const peek = () => tokens[next]!;
  const take = () => tokens[next++]!;
  const is = (mark: string) => peek().kind === 'mark' && peek().text === mark;
  const isWord = (word: string) => peek().kind === 'word' && peek().text.toLowerCase() === word;
  function unexpected(context = ''): PromqlError {
    const token = peek();
    if (token.kind === 'end') return problem(text, token.at, openParens > 0 ? 'unclosed left parenthesis' : 'unexpected end of input');
    return problem(text, token.at, `unexpected ${token.kind === 'mark' ? '' : `${token.kind} `}${JSON.stringify(token.text)}${context}`);
  }
  function expect(mark: string): void {
    if (!is(mark)) throw unexpected();
    next++;
    if (mark === '(') openParens++;
    if (mark === ')') openParens--;
  }
  const optional = (mark: string) => {
    if (!is(mark)) return false;
    next++;
    return true;
  };

  function binary(min: number): Expression {
    if (++depth > depthMax) throw problem(text, peek().at, 'the expression is nested too deeply');
    let left = unary();
    for (;;) {
      const token = peek();
      const op = token.kind === 'word' ? token.text.toLowerCase() : token.kind === 'mark' ? token.text : '';
      const rank = Object.hasOwn(precedence, op) ? precedence[op]! : 0;
      if (rank === 0 || rank < min) break;
      next++;
      const modifiers = binaryModifiers();
      // `^` binds to the right.
      left = { kind: 'binary', op, left, modifiers, right: binary(op === '^' ? rank : rank + 1) };
    }
    depth--;
    return left;
  }

  function binaryModifiers(): string {
    let out = '';
    if (isWord('bool')) {
      next++;
      out += ' bool';
    }
    if (isWord('on') || isWord('ignoring')) {
      const on = take().text.toLowerCase() === 'on';
      const names = labelList();
      if (on || names.length > 0) out += ` ${on ? 'on' : 'ignoring'} (${names.join(', ')})`;
      if (isWord('group_left') || isWord('group_right')) {
        const side = take().text.toLowerCase();
        out += ` ${side} (${is('(') ? labelList().join(', ') : ''})`;
      }
    }
    return out;
  }

  function labelList(): string[] {
    const names: string[] = [];
    expect('(');
    while (!is(')')) {
      const token = take();
      if (token.kind === 'word') names.push(token.text);
      else if (token.kind === 'string') names.push(token.value!);
      else {
        next--;
        throw unexpected(' in grouping opts');
      }
      if (!optional(',')) break;
    }
    expect(')');
    return names;
  }

  function unary(): Expression {
    if (is('+') || is('-')) {
      const op = take().text as '+' | '-';
      // Sign binds tighter than everything but `^`.
      const of = binary(precedence['^']!);
      return { kind: 'unary', op, of };
    }
    return postfix(primary());
  }

  function postfix(start: Expression): Expression {
    let of = start;
    for (;;) {
      if (is('[')) {
        next++;
        const range = durationText();
        if (optional(':')) {
          const step = is(']') ? '' : durationText();
          of = { kind: 'subquery', of, range, step };
        } else {
          if (of.kind !== 'selector' || of.range !== undefined) throw problem(text, peek().at, 'ranges only allowed for vector selectors');
          of.range = range;
        }
        expect(']');
      } else if (is('@')) {
        next++;
        if (of.kind !== 'selector' && of.kind !== 'subquery') throw problem(text, peek().at, '@ modifier must be preceded by an instant vector selector or range vector selector or a subquery');
        if (isWord('start') || isWord('end')) {
          const word = take().text;
          expect('(');
          expect(')');
          of.at = `${word}()`;
        } else {
          const sign = is('-') || is('+') ? take().text : '';
          const token = take();
          if (token.kind !== 'number') {
            next--;
            throw unexpected();
          }
          of.at = (Number(`${sign}${token.text.replaceAll('_', '')}`)).toFixed(3);
        }
      } else if (isWord('offset')) {
        next++;
        if (of.kind !== 'selector' && of.kind !== 'subquery') throw problem(text, peek().at, 'offset modifier must be preceded by an instant vector selector or range vector selector or a subquery');
        const sign = is('-') || is('+') ? take().text : '';
        of.offset = (sign === '-' ? '-' : '') + durationText();
      } else return of;
    }
  }

  function durationText(): string {
    const token = take();
    if (token.kind === 'duration') return durationOf(token.text);
    if (token.kind === 'number') return durationOfSeconds(Number(token.text.replaceAll('_', '')));
    next--;
    throw unexpected(' in duration');
  }

  function primary(): Expression {
    const token = peek();
    switch (token.kind) {
      case 'number':
      case 'duration':
        next++;
        return { kind: 'number', text: token.kind === 'number' ? numberText(token.text) : numberText(String(secondsOf(token.text))) };
      case 'string': {
        next++;
        return { kind: 'string', value: token.value! };
      }
      case 'mark':
        if (token.text === '(') {
          expect('(');
          const of = binary(1);
          expect(')');
          return { kind: 'parens', of };
        }
        if (token.text === '{') return selector('');
        throw unexpected();
      case 'word': {
        next++;
        const lower = token.text.toLowerCase();
        if (aggregations.has(lower) && (is('(') || isWord('by') || isWord('without'))) return aggregation(lower);
        if (is('(')) return { kind: 'call', name: token.text, args: callArguments() };
        if (lower === 'inf' || lower === 'nan') return { kind: 'number', text: lower === 'inf' ? '+Inf' : 'NaN' };
        return selector(token.text);
      }
      default: throw unexpected();
    }
  }

  function aggregation(op: string): Expression {
    let grouping: string[] = [];
    let without = false;
    const groupingHere = () => {
      if (!isWord('by') && !isWord('without')) return;
      without = take().text.toLowerCase() === 'without';
      grouping = labelList();
    };
    groupingHere();
    const args = callArguments();
    groupingHere();
    return { kind: 'aggregation', op, grouping, without, args };
  }

  function callArguments(): Expression[] {
    const args: Expression[] = [];
    expect('(');
    while (!is(')')) {
      args.push(binary(1));
      if (!optional(',')) break;
    }
    expect(')');
    return args;
  }

  function selector(name: string): Expression {
    const matchers: Matcher[] = [];
    let metric = name;
    if (optional('{')) {
      while (!is('}')) {
        const token = take();
        if (token.kind !== 'word' && token.kind !== 'string') {
          next--;
          throw unexpected(' in label matching, expected label matching operator');
        }
        const label = token.kind === 'word' ? token.text : token.value!;
        if (token.kind === 'string' && (is(',') || is('}'))) metric = label;
        else {
          const op = take();
          if (op.kind !== 'mark' || !['=', '!=', '=~', '!~'].includes(op.text)) {
            next--;
            throw unexpected(' in label matching, expected label matching operator');
          }
          const value = take();
          if (value.kind !== 'string') {
            next--;
            throw unexpected(' in label matching, expected string');
          }
          matchers.push({ name: label, op: op.text as Matcher['op'], value: value.value! });
        }
        if (!optional(',')) break;
      }
      expect('}');
    }
    const byName = metric === '' ? matchers.findIndex((m) => m.name === '__name__' && m.op === '=') : -1;
    if (byName >= 0) metric = matchers.splice(byName, 1)[0]!.value;
    return { kind: 'selector', name: metric, matchers };
  }

  if (peek().kind === 'end') throw problem(text, 0, 'no expression found in input');
  const root = binary(1);
  if (peek().kind !== 'end') throw unexpected();
  return root;
}

const unitMs: readonly (readonly [string, number, boolean])[] = [
  ['y', 31_536_000_000, true], ['w', 604_800_000, true], ['d', 86_400_000, false], ['h', 3_600_000, false], ['m', 60_000, false], ['s', 1000, false], ['ms', 1, false],
];
const msByUnit = new Map(unitMs.map(([unit, ms]) => [unit, ms]));

const millisecondsOf = (duration: string) => [...duration.matchAll(/(\d+)(y|w|d|h|ms|m|s)/g)].reduce((sum, [, n, unit]) => sum + Number(n) * msByUnit.get(unit!)!, 0);
const secondsOf = (duration: string) => millisecondsOf(duration) / 1000;

/** As Prometheus prints a duration: `90m` is `1h30m`, 14 days are `2w`. */
const durationOf = (duration: string) => durationText(millisecondsOf(duration));
const durationOfSeconds = (seconds: number) => durationText(Math.round(seconds * 1000));

function durationText(ms: number): string {
  if (ms === 0) return '0s';
  let out = '';
  let left = ms;
  for (const [unit, size, exact] of unitMs) {
    if (exact && (left % size !== 0 || out !== '')) continue;
    const count = Math.floor(left / size);
    if (count > 0) out += `${count}${unit}`;
    left -= count * size;
  }
  return out;
}

/** As Go prints the shortest form of a double. */
function numberText(source: string): string {
  const value = Number(source.replaceAll('_', ''));
  if (!Number.isFinite(value)) return '+Inf';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e21)) {
    const [mantissa, exponent = ''] = value.toExponential().split('e');
    return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
  }
  return String(value);
}

const plainName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const plainLabel = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const quote = (text: string) => JSON.stringify(text);
const label = (name: string) => (plainLabel.test(name) ? name : quote(name));

/** `{a="1",b=~"2"}` with the metric in front, or in the braces where its name needs quotes. */
export function selectorText(name: string, matchers: readonly Matcher[]): string {
  const parts = matchers.map(({ name: key, op, value }) => `${label(key)}${op}${quote(value)}`);
  const plain = name === '' || plainName.test(name);
  if (!plain) parts.unshift(quote(name));
  return (plain ? name : '') + (parts.length > 0 ? `{${parts.join(',')}}` : '');
}

const modifiersText = ({ at, offset }: Modifiers) => (at === undefined ? '' : ` @ ${at}`) + (offset === undefined ? '' : ` offset ${offset}`);

export function writePromql(e: Expression): string {
  switch (e.kind) {
    case 'selector': return selectorText(e.name, e.matchers) + (e.range === undefined ? '' : `[${e.range}]`) + modifiersText(e);
    case 'subquery': return `${writePromql(e.of)}[${e.range}:${e.step}]${modifiersText(e)}`;
    case 'call': return `${e.name}(${e.args.map(writePromql).join(', ')})`;
    case 'aggregation': {
      const grouping = e.without ? ` without (${e.grouping.map(label).join(', ')}) ` : e.grouping.length > 0 ? ` by (${e.grouping.map(label).join(', ')}) ` : '';
      return `${e.op}${grouping}(${e.args.map(writePromql).join(', ')})`;
    }
    case 'binary': return `${writePromql(e.left)} ${e.op}${e.modifiers} ${writePromql(e.right)}`;
    case 'unary': return `${e.op}${writePromql(e.of)}`;
    case 'parens': return `(${writePromql(e.of)})`;
    case 'number': return e.text;
    case 'string': return quote(e.value);
    default: return e satisfies never;
  }
}

/** Every node, parents first. */
export function* walk(e: Expression): Generator<Expression> {
  yield e;
  switch (e.kind) {
    case 'subquery': case 'unary': case 'parens': yield* walk(e.of); return;
    case 'call': case 'aggregation': for (const arg of e.args) yield* walk(arg); return;
    case 'binary':
      yield* walk(e.left);
      yield* walk(e.right);
      return;
    default:
  }
}

/** Math expressions (queries-and-frames §13.4): text -> tree. Errors have the reference's texts; the caller puts what is around them. */

export type MathNode =
  | { readonly kind: 'number'; readonly value: number; readonly text: string }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'variable'; readonly refId: string; readonly text: string }
  | { readonly kind: 'unary'; readonly operator: UnaryOperator; readonly operand: MathNode; readonly text: string }
  | { readonly kind: 'binary'; readonly operator: BinaryOperator; readonly left: MathNode; readonly right: MathNode; readonly text: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly MathNode[]; readonly text: string };

export type UnaryOperator = '!' | '-';
export type BinaryOperator = '||' | '&&' | '==' | '!=' | '>' | '>=' | '<' | '<=' | '+' | '-' | '*' | '/' | '%' | '**';

/** Functions and how many arguments they take. */
export const mathFunctions: ReadonlyMap<string, 0 | 1> = new Map([
  ['abs', 1], ['log', 1], ['round', 1], ['ceil', 1], ['floor', 1], ['is_nan', 1], ['is_inf', 1], ['is_null', 1], ['is_number', 1],
  ['nan', 0], ['inf', 0], ['infn', 0], ['null', 0],
]);

type TokenKind = 'number' | 'string' | 'variable' | 'name' | 'operator' | '(' | ')' | ',' | 'error' | 'end';
interface Token { readonly kind: TokenKind; readonly text: string }

const space = /[ \t\r\n]+/y;
const number = /0[xX][0-9a-fA-F]*|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d*)?/y;
const name = /[\p{L}_]+/uy;
const operatorRun = /[-+*/%!&|=<>]+/y;
const plainVariable = /\$[\p{L}\p{N}_]+/uy;
const bracedVariable = /\$\{[\p{L}\p{N}_ ]*\}/uy;
const quoted = /"(?:[^"\\\n]|\\.)*"/y;
const operators: ReadonlySet<string> = new Set(['||', '&&', '==', '!=', '>', '>=', '<', '<=', '+', '-', '*', '/', '%', '**', '!']);

/** Operator characters are taken as long as they last, so `*-` is one unknown operator. The first error ends the tokens. */
function tokens(input: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const text = pattern.exec(input)?.[0];
    if (text !== undefined) at = pattern.lastIndex;
    return text;
  };
  const fail = (text: string) => { found.push({ kind: 'error', text }); return found; };
  for (;;) {
    take(space);
    if (at >= input.length) break;
    const c = input[at] as string;
    let text: string | undefined;
    if (c === '(' || c === ')' || c === ',') { found.push({ kind: c, text: c }); at++; }
    else if (c === '$') {
      const braced = input[at + 1] === '{';
      text = take(braced ? bracedVariable : plainVariable);
      if (text === undefined) return fail(braced ? 'unterminated variable missing closing }' : 'incomplete variable');
      if (text === '${}') return fail('incomplete variable');
      found.push({ kind: 'variable', text });
    } else if (c === '"') {
      text = take(quoted);
      if (text === undefined) return fail('unterminated string');
      found.push({ kind: 'string', text });
    } else if ((text = take(number)) !== undefined) found.push({ kind: 'number', text });
    else if ((text = take(name)) !== undefined) found.push({ kind: 'name', text });
    else if ((text = take(operatorRun)) !== undefined) {
      if (!operators.has(text)) return fail(text);
      found.push({ kind: 'operator', text });
    } else return fail(`invalid character: ${String.fromCodePoint(input.codePointAt(at) as number)}`);
  }
  found.push({ kind: 'end', text: 'EOF' });
  return found;
}

const shownMax = 10;
const shown = ({ kind, text }: Token): string =>
  kind === 'error' || kind === 'end' ? text : text.length > shownMax ? `${JSON.stringify(text.slice(0, shownMax))}...` : JSON.stringify(text);

const levels: readonly (readonly string[])[] = [['||'], ['&&'], ['==', '!=', '>', '>=', '<', '<='], ['+', '-'], ['*', '/', '%'], ['**']];
const depthMax = 400;

export function parseMath(input: string): MathNode {
  const list = tokens(input);
  let at = 0;
  let depth = 0;
  const peek = () => list[at] as Token;
  const next = () => { const token = list[at] as Token; if (at < list.length - 1) at++; return token; };
  const unexpected = (token: Token, where: string) => new Error(`unexpected ${shown(token)} in ${where}`);

  function level(n: number): MathNode {
    if (n === levels.length) return factor();
    const accepted = levels[n] as readonly string[];
    let left = level(n + 1);
    while (peek().kind === 'operator' && accepted.includes(peek().text)) {
      const operator = next().text as BinaryOperator;
      const right = level(n + 1);
      left = { kind: 'binary', operator, left, right, text: `${left.text} ${operator} ${right.text}` };
    }
    return left;
  }

  function factor(): MathNode {
    if (++depth > depthMax) throw new Error('expression is nested too deeply');
    try {
      const token = next();
      if (token.kind === 'number') return { kind: 'number', text: token.text, value: numberOf(token.text) };
      if (token.kind === 'variable') return { kind: 'variable', text: token.text, refId: token.text.replace(/^\$\{?|\}$/g, '') };
      if (token.kind === 'name') return call(token.text);
      if (token.kind === 'operator' && (token.text === '!' || token.text === '-')) {
        const operand = factor();
        return { kind: 'unary', operator: token.text, operand, text: `${token.text}${operand.text}` };
      }
      if (token.kind !== '(') throw unexpected(token, 'input: F()');
      const inner = level(0);
      const close = next();
      if (close.kind !== ')') throw unexpected(close, 'input: F()');
      return inner;
    } finally {
      depth--;
    }
  }

  function call(called: string): MathNode {
    if (!mathFunctions.has(called)) throw new Error(`non existent function ${called}`);
    const open = next();
    if (open.kind !== '(') throw unexpected(open, 'func');
    const args: MathNode[] = [];
    while (peek().kind !== ')') {
      if (peek().kind === 'string') args.push({ kind: 'string', text: next().text });
      else args.push(level(0));
    }
    next();
    return { kind: 'call', name: called, args, text: `${called}(${args.map((arg) => arg.text).join(', ')})` };
  }

  const root = level(0);
  if (peek().kind !== 'end') throw unexpected(peek(), 'root input');
  check(root);
  return root;
}

/** What is grammatical may still have wrong arguments. */
function check(node: MathNode): void {
  switch (node.kind) {
    case 'unary': return check(node.operand);
    case 'binary': check(node.left); return check(node.right);
    case 'call': {
      const wanted = mathFunctions.get(node.name) as number;
      if (node.args.length < wanted) throw new Error(`parse: not enough arguments for ${node.name}`);
      if (node.args.length > wanted) throw new Error(`parse: too many arguments for ${node.name}`);
      node.args.forEach((arg, i) => { if (arg.kind === 'string') throw new Error(`parse: expected numberSet or seriesSet for argument ${i}, got string`); });
      return node.args.forEach(check);
    }
    default:
  }
}

/** A leading zero means octal, unless the digits are none. */
function numberOf(text: string): number {
  const value = /^0[xX]/.test(text) ? (text.length > 2 ? Number(text) : Number.NaN) : /^0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number(text);
  if (Number.isNaN(value)) throw new Error(`illegal number syntax: ${JSON.stringify(text)}`);
  return value;
}

/** The refIds that an expression uses, each once, in order of first use. */
export function mathVariables(node: MathNode, found: Set<string> = new Set()): Set<string> {
  if (node.kind === 'variable') found.add(node.refId);
  else if (node.kind === 'unary') mathVariables(node.operand, found);
  else if (node.kind === 'binary') { mathVariables(node.left, found); mathVariables(node.right, found); }
  else if (node.kind === 'call') for (const arg of node.args) mathVariables(arg, found);
  return found;
}

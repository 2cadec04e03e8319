/** Parses Go text/template (alerting-notifications §7.1). */
import type { Command, List, Node, Operand, Pipe, Tree } from './ast.ts';

export class TemplateError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TemplateError';
  }
}

type TokenKind = 'text' | 'open' | 'close' | 'word' | 'field' | 'variable' | 'dot' | 'string' | 'char' | 'number' | 'pipe' | 'declare' | 'assign' | 'comma' | 'lparen' | 'rparen' | 'space' | 'symbol' | 'eof';

interface Token {
  readonly kind: TokenKind;
  readonly pos: number;
  readonly text: string;
}

/** Nested deeper than this is not a template anybody wrote. */
const depthMax = 200;

const isSpace = (c: string | undefined) => c === ' ' || c === '\t' || c === '\r' || c === '\n';
const isAlphaNumeric = (c: string | undefined) => c !== undefined && /[\p{L}\p{Nd}_]/u.test(c);
const keywords = new Set(['if', 'else', 'end', 'range', 'define', 'template', 'block', 'with', 'break', 'continue', 'nil']);

class Lexer {
  readonly tokens: Token[] = [];
  readonly #name: string;
  readonly #text: string;

  constructor(name: string, text: string) {
    this.#name = name;
    this.#text = text;
    this.#run();
  }

  #fail(pos: number, message: string): never {
    throw new TemplateError(`template: ${this.#name}:${lineOf(this.#text, pos)}: ${message}`);
  }

  #run(): void {
    const text = this.#text;
    let pos = 0;
    let trimNext = false;
    for (;;) {
      const open = text.indexOf('{{', pos);
      const end = open < 0 ? text.length : open;
      const trimsLeft = open >= 0 && text[open + 2] === '-' && isSpace(text[open + 3]);
      let from = pos;
      let to = end;
      if (trimNext) while (from < to && isSpace(text[from])) from++;
      if (trimsLeft) while (to > from && isSpace(text[to - 1])) to--;
      if (to > from) this.tokens.push({ kind: 'text', pos: from, text: text.slice(from, to) });
      if (open < 0) break;
      let at = open + 2 + (trimsLeft ? 2 : 0);
      if (text.startsWith('/*', at)) {
        const close = text.indexOf('*/', at);
        if (close < 0) this.#fail(open, 'unclosed comment');
        let after = close + 2;
        trimNext = isSpace(text[after]) && text[after + 1] === '-';
        if (trimNext) after += 2;
        if (!text.startsWith('}}', after)) this.#fail(open, 'comment ends before closing delimiter');
        pos = after + 2;
        continue;
      }
      this.tokens.push({ kind: 'open', pos: open, text: '{{' });
      [at, trimNext] = this.#action(at);
      pos = at;
    }
    this.tokens.push({ kind: 'eof', pos: text.length, text: '' });
  }

  /** Returns where the action ends and whether it trims what follows. */
  #action(start: number): [number, boolean] {
    const text = this.#text;
    let at = start;
    let parens = 0;
    const push = (kind: TokenKind, from: number, to: number) => {
      this.tokens.push({ kind, pos: from, text: text.slice(from, to) });
      at = to;
    };
    for (;;) {
      const trims = isSpace(text[at]) && text[at + 1] === '-' && text.startsWith('}}', at + 2);
      if (trims || text.startsWith('}}', at)) {
        if (parens > 0) this.#fail(at, 'unclosed left paren');
        this.tokens.push({ kind: 'close', pos: at, text: '}}' });
        return [at + (trims ? 4 : 2), trims];
      }
      const c = text[at];
      if (c === undefined) this.#fail(at, 'unclosed action');
      if (isSpace(c)) {
        let end = at;
        while (isSpace(text[end]) && !(text[end + 1] === '-' && text.startsWith('}}', end + 2))) end++;
        push('space', at, end);
      } else if (c === ':') {
        if (text[at + 1] !== '=') this.#fail(at, 'expected :=');
        push('declare', at, at + 2);
      } else if (c === '=') push('assign', at, at + 1);
      else if (c === '|') push('pipe', at, at + 1);
      else if (c === ',') push('comma', at, at + 1);
      else if (c === '(') {
        parens++;
        push('lparen', at, at + 1);
      } else if (c === ')') {
        if (--parens < 0) this.#fail(at, 'unexpected right paren');
        push('rparen', at, at + 1);
      } else if (c === '"') {
        let end = at + 1;
        while (text[end] !== '"') {
          if (text[end] === undefined || text[end] === '\n') this.#fail(at, 'unterminated quoted string');
          end += text[end] === '\\' ? 2 : 1;
        }
        push('string', at, end + 1);
      } else if (c === '`') {
        const end = text.indexOf('`', at + 1);
        if (end < 0) this.#fail(at, 'unterminated raw quoted string');
        push('string', at, end + 1);
      } else if (c === "'") {
        let end = at + 1;
        while (text[end] !== "'") {
          if (text[end] === undefined || text[end] === '\n') this.#fail(at, 'unterminated character constant');
          end += text[end] === '\\' ? 2 : 1;
        }
        push('char', at, end + 1);
      } else if (c === '.' && !/[0-9]/.test(text[at + 1] ?? '')) {
        let end = at + 1;
        while (isAlphaNumeric(text[end])) end++;
        push(end === at + 1 ? 'dot' : 'field', at, end);
        this.#terminated(at, end);
      } else if (c === '$') {
        let end = at + 1;
        while (isAlphaNumeric(text[end])) end++;
        push('variable', at, end);
        this.#terminated(at, end);
      } else if (/[0-9+\-.]/.test(c)) {
        const number = /^[+-]?(0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|[0-9_]*\.?[0-9_]*([eE][+-]?[0-9]+)?)i?/.exec(text.slice(at, at + 400))?.[0] ?? '';
        const end = at + number.length;
        if (number === '' || number === '+' || number === '-' || isAlphaNumeric(text[end])) {
          let stop = Math.max(end, at + 1);
          while (isAlphaNumeric(text[stop])) stop++;
          this.#fail(at, `bad number syntax: ${JSON.stringify(text.slice(at, stop))}`);
        }
        push('number', at, end);
      } else if (isAlphaNumeric(c)) {
        let end = at;
        while (isAlphaNumeric(text[end])) end++;
        push('word', at, end);
        this.#terminated(at, end);
      } else if (c > ' ' && c <= '~') push('symbol', at, at + 1);
      else {
        this.#fail(at, `unrecognized character in action: ${named(text, at)}`);
      }
    }
  }

  #terminated(from: number, end: number): void {
    const c = this.#text[end];
    if (c === undefined || isSpace(c) || '.,|:)(='.includes(c) || this.#text.startsWith('}}', end)) return;
    this.#fail(from, `bad character ${named(this.#text, end)}`);
  }
}

function named(text: string, at: number): string {
  const code = text.codePointAt(at)!;
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')} '${String.fromCodePoint(code)}'`;
}

function lineOf(text: string, pos: number): number {
  let line = 1;
  for (let i = 0; i < pos && i < text.length; i++) if (text.charCodeAt(i) === 10) line++;
  return line;
}

export interface ParseOptions {
  /** What messages call the text. */
  readonly name: string;
  readonly text: string;
  readonly hasFunction: (name: string) => boolean;
}

/** Returns the top-level tree (its name is `name`) and those that it defines. Throws TemplateError. */
export function parseTemplate(options: ParseOptions): { readonly root: Tree; readonly defined: ReadonlyMap<string, Tree> } {
  const parser = new Parser(options);
  return parser.parse();
}

class Parser {
  readonly #name: string;
  readonly #text: string;
  readonly #tokens: readonly Token[];
  readonly #hasFunction: (name: string) => boolean;
  readonly #defined = new Map<string, Tree>();
  #at = 0;
  #depth = 0;
  #ranges = 0;
  #variables: string[] = ['$'];

  constructor(options: ParseOptions) {
    this.#name = options.name;
    this.#text = options.text;
    this.#hasFunction = options.hasFunction;
    this.#tokens = new Lexer(options.name, options.text).tokens;
  }

  parse(): { root: Tree; defined: ReadonlyMap<string, Tree> } {
    const nodes: Node[] = [];
    while (this.#peek().kind !== 'eof') {
      if (this.#peek().kind === 'open' && this.#wordAfterOpen() === 'define') {
        this.#openTag();
        this.#next();
        this.#definition();
        continue;
      }
      const node = this.#textOrAction();
      if (node === 'end' || node === 'else') this.#fail(`unexpected {{${node}}}`);
      if (node) nodes.push(node);
    }
    return { root: this.#tree(this.#name, nodes), defined: this.#defined };
  }

  #tree(name: string, root: List): Tree {
    return { name, parseName: this.#name, text: this.#text, root };
  }

  #fail(message: string, pos = this.#last?.pos ?? 0): never {
    throw new TemplateError(`template: ${this.#name}:${lineOf(this.#text, pos)}: ${message}`);
  }

  #unexpected(token: Token, context: string): never {
    if (token.kind === 'eof') this.#fail('unexpected EOF', token.pos);
    const shown = token.kind === 'word' && keywords.has(token.text) ? `<${token.text}>` : token.kind === 'space' ? JSON.stringify(token.text) : token.text.length > 10 ? `${JSON.stringify(token.text.slice(0, 10))}...` : JSON.stringify(token.text);
    this.#fail(`unexpected ${shown} in ${context}`, token.pos);
  }

  #last: Token | undefined;

  #next(): Token {
    const token = this.#tokens[Math.min(this.#at++, this.#tokens.length - 1)]!;
    this.#last = token;
    return token;
  }

  #peek(): Token {
    return this.#tokens[Math.min(this.#at, this.#tokens.length - 1)]!;
  }

  #skipSpace(): void {
    while (this.#peek().kind === 'space') this.#at++;
  }

  #nextSolid(): Token {
    this.#skipSpace();
    return this.#next();
  }

  #peekSolid(): Token {
    this.#skipSpace();
    return this.#peek();
  }

  #wordAfterOpen(): string | undefined {
    let i = this.#at + 1;
    while (this.#tokens[i]?.kind === 'space') i++;
    const token = this.#tokens[i];
    return token?.kind === 'word' ? token.text : undefined;
  }

  #openTag(): void {
    this.#next();
    this.#skipSpace();
  }

  #definition(): void {
    const context = 'define clause';
    const name = this.#nextSolid();
    if (name.kind !== 'string') this.#unexpected(name, context);
    const close = this.#nextSolid();
    if (close.kind !== 'close') this.#unexpected(close, context);
    const outer = { variables: this.#variables, ranges: this.#ranges };
    this.#variables = ['$'];
    this.#ranges = 0;
    const { list, ender } = this.#list();
    if (ender !== 'end') this.#fail(`unexpected {{else}} in ${context}`);
    this.#variables = outer.variables;
    this.#ranges = outer.ranges;
    this.#add(this.#tree(unquote(name.text), list));
  }

  /** A later definition wins, but an empty one does not replace a body. */
  #add(tree: Tree): void {
    const before = this.#defined.get(tree.name);
    if (before && !isEmpty(before.root) && isEmpty(tree.root)) return;
    if (before && !isEmpty(before.root) && !isEmpty(tree.root)) this.#fail(`multiple definition of template ${JSON.stringify(tree.name)}`);
    this.#defined.set(tree.name, tree);
  }

  #list(): { list: List; ender: 'end' | 'else' } {
    if (++this.#depth > depthMax) this.#fail('nested too deeply');
    const list: Node[] = [];
    for (;;) {
      if (this.#peek().kind === 'eof') this.#fail('unexpected EOF', this.#peek().pos);
      const node = this.#textOrAction();
      if (node === 'end' || node === 'else') {
        this.#depth--;
        return { list, ender: node };
      }
      if (node) list.push(node);
    }
  }

  #textOrAction(): Node | 'end' | 'else' | undefined {
    const token = this.#next();
    if (token.kind === 'text') return { kind: 'text', pos: token.pos, text: token.text };
    if (token.kind !== 'open') this.#unexpected(token, 'input');
    const word = this.#peekSolid();
    if (word.kind === 'word') {
      switch (word.text) {
        case 'end': {
          this.#next();
          const close = this.#nextSolid();
          if (close.kind !== 'close') this.#unexpected(close, 'end');
          return 'end';
        }
        case 'else': {
          this.#next();
          const after = this.#peekSolid();
          if (after.kind === 'word' && (after.text === 'if' || after.text === 'with')) return 'else';
          const close = this.#nextSolid();
          if (close.kind !== 'close') this.#unexpected(close, 'else');
          return 'else';
        }
        case 'if': case 'with': case 'range':
          this.#next();
          return this.#control(word.text, word.pos);
        case 'template': {
          this.#next();
          const name = this.#nextSolid();
          if (name.kind !== 'string') this.#unexpected(name, 'template clause');
          const pipe = this.#peekSolid().kind === 'close' ? undefined : this.#pipeline('template clause', 'close');
          if (!pipe) this.#next();
          return { kind: 'template', pos: name.pos, name: unquote(name.text), pipe };
        }
        case 'block': return this.#block(word);
        case 'break': case 'continue': {
          this.#next();
          const close = this.#nextSolid();
          if (close.kind !== 'close') this.#unexpected(close, `{{${word.text}}}`);
          if (this.#ranges === 0) this.#fail(`{{${word.text}}} outside {{range}}`);
          return { kind: word.text, pos: word.pos };
        }
        case 'define': this.#next(); return this.#unexpected(word, 'command');
        default:
      }
    }
    const pos = this.#peek().pos;
    return { kind: 'action', pos, pipe: this.#pipeline('command', 'close') };
  }

  #block(word: Token): Node {
    this.#next();
    const context = 'block clause';
    const name = this.#nextSolid();
    if (name.kind !== 'string') this.#unexpected(name, context);
    const pipe = this.#pipeline(context, 'close');
    const outer = this.#variables;
    this.#variables = ['$'];
    const { list, ender } = this.#list();
    if (ender !== 'end') this.#fail(`unexpected {{else}} in ${context}`);
    this.#variables = outer;
    this.#add(this.#tree(unquote(name.text), list));
    return { kind: 'template', pos: word.pos, name: unquote(name.text), pipe };
  }

  #control(kind: 'if' | 'with' | 'range', pos: number): Node {
    const known = this.#variables.length;
    const pipe = this.#pipeline(kind, 'close');
    if (kind === 'range') this.#ranges++;
    const { list: body, ender } = this.#list();
    if (kind === 'range') this.#ranges--;
    let otherwise: List | undefined;
    if (ender === 'else') {
      const after = this.#peekSolid();
      if (after.kind === 'word' && (after.text === 'if' || after.text === 'with') && after.text === kind) {
        // `{{else if}}` is an if of its own that shares the end.
        this.#next();
        otherwise = [this.#control(kind, after.pos)];
      } else if (after.kind === 'word' && (after.text === 'if' || after.text === 'with')) this.#unexpected(after, 'else');
      else {
        const rest = this.#list();
        if (rest.ender !== 'end') this.#fail('expected end; found {{else}}');
        otherwise = rest.list;
      }
    }
    this.#variables.length = known;
    return { kind, pos, pipe, body, otherwise };
  }

  #pipeline(context: string, end: 'close' | 'rparen'): Pipe {
    if (++this.#depth > depthMax) this.#fail('nested too deeply');
    const pos = this.#peekSolid().pos;
    const declare: string[] = [];
    let assign = false;
    const mark = this.#at;
    const first = this.#peekSolid();
    if (first.kind === 'variable') {
      this.#next();
      let after = this.#peekSolid();
      if (after.kind === 'declare' || after.kind === 'assign') {
        assign = after.kind === 'assign';
        this.#next();
        declare.push(first.text);
      } else if (after.kind === 'comma' && context === 'range') {
        this.#next();
        const second = this.#nextSolid();
        if (second.kind !== 'variable') this.#fail('range can only initialize variables');
        after = this.#nextSolid();
        if (after.kind !== 'declare' && after.kind !== 'assign') this.#unexpected(after, context);
        assign = after.kind === 'assign';
        declare.push(first.text, second.text);
      } else this.#at = mark;
      if (assign) for (const name of declare) this.#useVariable(name);
    }
    const commands: Command[] = [];
    for (;;) {
      const token = this.#peekSolid();
      if (token.kind === end) {
        this.#next();
        if (commands.length === 0) this.#fail(`missing value for ${context}`);
        for (let i = 1; i < commands.length; i++) {
          const operand = commands[i]!.args[0]!;
          if (['bool', 'dot', 'nil', 'number', 'string'].includes(operand.kind)) this.#fail(`non executable command in pipeline stage ${i + 1}`);
        }
        if (!assign) this.#variables.push(...declare);
        this.#depth--;
        return { kind: 'pipe', pos, declare, assign, commands };
      }
      if (token.kind === 'eof' || token.kind === 'close' || token.kind === 'rparen' || token.kind === 'declare' || token.kind === 'assign' || token.kind === 'comma') this.#unexpected(token, context);
      commands.push(this.#command(context));
    }
  }

  #command(context: string): Command {
    const pos = this.#peekSolid().pos;
    const args: Operand[] = [];
    for (;;) {
      this.#skipSpace();
      const operand = this.#operand();
      if (operand) args.push(operand);
      const token = this.#next();
      if (token.kind === 'space') continue;
      if (token.kind === 'close' || token.kind === 'rparen') {
        this.#at--;
        break;
      }
      if (token.kind === 'pipe') {
        // A pipe at the end of the pipeline has nothing to feed.
        const after = this.#peekSolid();
        if (after.kind === 'close' || after.kind === 'rparen') this.#fail(`missing value for ${context}`, after.pos);
        break;
      }
      this.#unexpected(token, 'operand');
    }
    if (args.length === 0) this.#fail('empty command');
    return { pos, args };
  }

  #operand(): Operand | undefined {
    const node = this.#term();
    if (!node) return undefined;
    if (this.#peek().kind !== 'field') return node;
    const pos = this.#peek().pos;
    const path: string[] = [];
    while (this.#peek().kind === 'field') path.push(this.#next().text.slice(1));
    switch (node.kind) {
      case 'field': return { kind: 'field', pos, path: [...node.path, ...path] };
      case 'variable': return { kind: 'variable', pos, name: node.name, path: [...node.path, ...path] };
      case 'bool': case 'string': case 'number': case 'nil': case 'dot': return this.#fail(`unexpected . after term ${JSON.stringify(this.#text.slice(node.pos, pos))}`);
      default: return { kind: 'chain', pos, of: node, path };
    }
  }

  #term(): Operand | undefined {
    const token = this.#next();
    const pos = token.pos;
    switch (token.kind) {
      case 'word':
        if (token.text === 'nil') return { kind: 'nil', pos };
        if (token.text === 'true' || token.text === 'false') return { kind: 'bool', pos, value: token.text === 'true' };
        if (keywords.has(token.text)) this.#unexpected(token, 'operand');
        if (!this.#hasFunction(token.text)) this.#fail(`function ${JSON.stringify(token.text)} not defined`);
        return { kind: 'function', pos, name: token.text };
      case 'dot': return { kind: 'dot', pos };
      case 'variable':
        this.#useVariable(token.text);
        return { kind: 'variable', pos, name: token.text, path: [] };
      case 'field': return { kind: 'field', pos, path: [token.text.slice(1)] };
      case 'number': return { kind: 'number', pos, value: this.#number(token), text: token.text };
      case 'char': {
        const inner = unquote(`"${token.text.slice(1, -1).replace(/^"$/, '\\"').replace(/^\\'$/, "'")}"`);
        return { kind: 'number', pos, value: BigInt(inner.codePointAt(0) ?? 0), text: token.text };
      }
      case 'string': return { kind: 'string', pos, value: unquote(token.text), text: token.text };
      case 'lparen': return this.#pipeline('parenthesized pipeline', 'rparen');
      default:
        this.#at--;
        return undefined;
    }
  }

  #number(token: Token): bigint | number {
    const text = token.text.replaceAll('_', '').replace(/^\+/, '');
    try {
      if (/^-?(\d+|0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+)$/.test(text)) return text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
    } catch {
      // Not an integer: a float, or nothing.
    }
    const value = Number(text);
    if (Number.isNaN(value) || text.endsWith('i')) this.#fail(`bad number syntax: ${JSON.stringify(token.text)}`);
    return value;
  }

  #useVariable(name: string): void {
    if (!this.#variables.includes(name)) this.#fail(`undefined variable ${JSON.stringify(name)}`);
  }
}

const isEmpty = (list: List) => list.every((n) => n.kind === 'text' && n.text.trim() === '');

function unquote(text: string): string {
  if (text.startsWith('`')) return text.slice(1, -1);
  return text.slice(1, -1).replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|.)/gs, (_, escape: string) => {
    switch (escape[0]) {
      case 'n': return '\n';
      case 't': return '\t';
      case 'r': return '\r';
      case 'a': return '\x07';
      case 'b': return '\b';
      case 'f': return '\f';
      case 'v': return '\v';
      case 'x': case 'u': case 'U': {
        const code = Number.parseInt(escape.slice(1), 16);
        return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
      }
      default: return /^[0-7]{3}$/.test(escape) ? String.fromCharCode(Number.parseInt(escape, 8)) : escape;
    }
  });
}

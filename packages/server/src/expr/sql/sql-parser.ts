import type { Expr, OrderItem, Query, Select, SelectItem, Statement, TableRef, Window } from './sql-ast.ts';

/** Text -> statement. Errors say `syntax error at position N near 'X'`, the position behind the token. */

type TokenKind = 'word' | 'quoted' | 'string' | 'number' | 'variable' | 'symbol' | 'end';
interface Token { readonly kind: TokenKind; readonly text: string; readonly start: number; readonly end: number }

const blank = /(?:\s+|--(?=[\s]|$)[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const word = /[\p{L}_$][\p{L}\p{N}_$]*/uy;
const numeral = /0x[0-9a-fA-F]+|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const variable = /@@?[\w.$]+/y;
const symbol = /<=>|<<|>>|<=|>=|<>|!=|\|\||&&|:=|->>|->|[-+*/%=<>!()[\],.;~^&|?:{}]/y;

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', 0: '\0', Z: '\x1a' };

const syntaxError = (end: number, near: string): Error => new Error(`syntax error at position ${end + 1}${near === '' ? '' : ` near '${near}'`}`);

function tokenize(sql: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(sql)?.[0];
  };
  while (at < sql.length) {
    const space = take(blank);
    if (space !== undefined) { at += space.length; continue; }
    const start = at;
    const c = sql[at] as string;
    if (c === "'" || c === '"' || c === '`') {
      const { text, end } = quotedText(sql, at, c);
      found.push({ kind: c === '`' ? 'quoted' : 'string', text, start, end });
      at = end;
      continue;
    }
    const kinds: readonly (readonly [TokenKind, RegExp])[] = [['number', numeral], ['word', word], ['variable', variable], ['symbol', symbol]];
    let text: string | undefined;
    for (const [kind, pattern] of kinds) {
      text = take(pattern);
      if (text === undefined) continue;
      at += text.length;
      found.push({ kind, text, start, end: at });
      break;
    }
    if (text === undefined) throw syntaxError(at + 1, c);
  }
  found.push({ kind: 'end', text: '', start: sql.length, end: sql.length });
  return found;
}

function quotedText(sql: string, start: number, quote: string): { text: string; end: number } {
  let text = '';
  for (let at = start + 1; at < sql.length; at++) {
    const c = sql[at] as string;
    if (c === quote) {
      if (sql[at + 1] !== quote) return { text, end: at + 1 };
      text += quote;
      at++;
    } else if (c === '\\' && quote !== '`') {
      const next = sql[++at] ?? '';
      // In patterns the backslash itself is wanted.
      text += next === '%' || next === '_' ? `\\${next}` : (escapes[next] ?? next);
    } else text += c;
  }
  throw syntaxError(sql.length, sql.slice(start + 1));
}

/** Words that end an expression or a table, so they are no aliases. */
const reserved: ReadonlySet<string> = new Set(`select from where group having order limit offset union intersect except on using join inner left right cross natural outer as and or not xor in is null like
  regexp rlike between case when then else end exists distinct by asc desc with all div mod interval into for straight_join window over partition rows range true false insert update delete create drop
  alter set show values into separator collate`.split(/\s+/));

const blockedStatements: Readonly<Record<string, string>> = {
  insert: '*sqlparser.Insert', replace: '*sqlparser.Insert', update: '*sqlparser.Update', delete: '*sqlparser.Delete', create: '*sqlparser.DDL', drop: '*sqlparser.DDL', alter: '*sqlparser.AlterTable',
  truncate: '*sqlparser.DDL', rename: '*sqlparser.DDL', show: '*sqlparser.Show', set: '*sqlparser.Set', use: '*sqlparser.Use', begin: '*sqlparser.Begin', start: '*sqlparser.Begin', commit: '*sqlparser.Commit',
  rollback: '*sqlparser.Rollback', call: '*sqlparser.Call', explain: '*sqlparser.Explain', describe: '*sqlparser.Explain', desc: '*sqlparser.Explain', load: '*sqlparser.Load', grant: '*sqlparser.GrantPrivilege',
  lock: '*sqlparser.LockTables', unlock: '*sqlparser.UnlockTables', kill: '*sqlparser.Kill', analyze: '*sqlparser.Analyze', prepare: '*sqlparser.Prepare', execute: '*sqlparser.Execute',
};

const comparisons: ReadonlySet<string> = new Set(['=', '<=>', '<', '<=', '>', '>=', '<>', '!=']);
const depthMax = 200;

export function parseSql(sql: string): Statement {
  const tokens = tokenize(sql);
  let at = 0;
  let depth = 0;
  /** Set by `INTO OUTFILE` and the like, wherever it stands. */
  let blocked: string | undefined;

  const peek = (ahead = 0): Token => tokens[Math.min(at + ahead, tokens.length - 1)] as Token;
  const lower = (token: Token): string => (token.kind === 'word' ? token.text.toLowerCase() : '');
  const fail = (token = peek()): never => { throw syntaxError(token.end, token.text); };
  const next = (): Token => { const token = peek(); if (token.kind !== 'end') at++; return token; };
  const isWord = (...words: readonly string[]): boolean => words.includes(lower(peek()));
  const isSymbol = (...symbols: readonly string[]): boolean => peek().kind === 'symbol' && symbols.includes(peek().text);
  const acceptWord = (...words: readonly string[]): boolean => { if (!isWord(...words)) return false; at++; return true; };
  const acceptSymbol = (text: string): boolean => { if (!isSymbol(text)) return false; at++; return true; };
  const expectWord = (text: string): void => { if (!acceptWord(text)) fail(); };
  const expectSymbol = (text: string): void => { if (!acceptSymbol(text)) fail(); };
  const identifier = (): string => {
    const token = next();
    if (token.kind === 'quoted' || (token.kind === 'word' && !reserved.has(token.text.toLowerCase()))) return token.text;
    return fail(token);
  };
  const commaList = <T>(one: () => T): T[] => { const list = [one()]; while (acceptSymbol(',')) list.push(one()); return list; };
  const nested = <T>(inner: () => T): T => {
    if (++depth > depthMax) throw new Error('the statement is nested too deeply');
    try { return inner(); } finally { depth--; }
  };

  function query(): Query {
    return nested(() => {
      const ctes: Query['ctes'][number][] = [];
      if (acceptWord('with')) {
        const recursive = acceptWord('recursive');
        ctes.push(...commaList(() => {
          const name = identifier();
          const columns = acceptSymbol('(') ? commaList(identifier) : [];
          if (columns.length > 0) expectSymbol(')');
          expectWord('as');
          expectSymbol('(');
          const inner = query();
          expectSymbol(')');
          return { name, columns, query: inner, recursive };
        }));
      }
      const body = setOperations();
      const orderBy = acceptWord('order') ? orderItems() : [];
      let limit: Expr | undefined;
      let offset: Expr | undefined;
      if (acceptWord('limit')) {
        limit = expr();
        if (acceptSymbol(',')) { offset = limit; limit = expr(); }
        else if (acceptWord('offset')) offset = expr();
      }
      if (isWord('into')) { blocked = 'sqlparser.Variables'; while (peek().kind !== 'end' && !isSymbol(';', ')')) next(); }
      return { ctes, body, orderBy, ...(limit && { limit }), ...(offset && { offset }) };
    });
  }

  function setOperations(): Query['body'] {
    let left = queryTerm();
    while (isWord('union', 'intersect', 'except')) {
      const operator = lower(next()) as 'union' | 'intersect' | 'except';
      const all = acceptWord('all') || (acceptWord('distinct') && false);
      const right = queryTerm();
      left = { ctes: [], orderBy: [], body: { kind: 'compound', operator, all, left, right } };
    }
    // A lone parenthesised query keeps its own order and limit as a compound of one.
    return left.orderBy.length === 0 && left.ctes.length === 0 && !left.limit ? left.body : { kind: 'select', distinct: false, items: [{ kind: 'star' }], from: { kind: 'derived', query: left, alias: '' }, groupBy: [] };
  }

  function queryTerm(): Query {
    if (acceptSymbol('(')) {
      const inner = query();
      expectSymbol(')');
      return inner;
    }
    return { ctes: [], orderBy: [], body: select() };
  }

  function orderItems(): OrderItem[] {
    expectWord('by');
    return commaList(() => {
      const by = expr();
      const descending = acceptWord('desc');
      if (!descending) acceptWord('asc');
      return { expr: by, descending };
    });
  }

  function select(): Select {
    expectWord('select');
    const distinct = acceptWord('distinct', 'distinctrow');
    if (!distinct) acceptWord('all');
    const items = isWord('from') ? [] : commaList(selectItem);
    if (isWord('into')) { blocked = 'sqlparser.Variables'; while (peek().kind !== 'end' && !isWord('from') && !isSymbol(';', ')')) next(); }
    const from = acceptWord('from') ? tables() : undefined;
    const where = acceptWord('where') ? expr() : undefined;
    const groupBy = acceptWord('group') ? (expectWord('by'), commaList(expr)) : [];
    const having = acceptWord('having') ? expr() : undefined;
    return { kind: 'select', distinct, items, ...(from && { from }), ...(where && { where }), groupBy, ...(having && { having }) };
  }

  function selectItem(): SelectItem {
    if (acceptSymbol('*')) return { kind: 'star' };
    if ((peek().kind === 'word' || peek().kind === 'quoted') && peek(1).text === '.' && peek(1).kind === 'symbol' && peek(2).text === '*' && peek(2).kind === 'symbol') {
      const table = identifier();
      at += 2;
      return { kind: 'star', table };
    }
    const start = peek().start;
    const value = expr();
    const written = sql.slice(start, (tokens[at - 1] as Token).end);
    if (acceptWord('as')) { const token = next(); return { kind: 'expr', expr: value, name: token.kind === 'string' || token.kind === 'quoted' || token.kind === 'word' ? token.text : fail(token), aliased: true }; }
    if (peek().kind === 'quoted' || peek().kind === 'string' || (peek().kind === 'word' && !reserved.has(lower(peek())))) return { kind: 'expr', expr: value, name: next().text, aliased: true };
    return { kind: 'expr', expr: value, name: value.kind === 'column' ? value.name : value.kind === 'literal' && typeof value.value === 'string' ? value.value : written, aliased: false };
  }

  function tables(): TableRef {
    let left = joined();
    while (acceptSymbol(',')) left = { kind: 'join', type: 'inner', left, right: joined(), natural: false };
    return left;
  }

  function joined(): TableRef {
    let left = table();
    for (;;) {
      const natural = acceptWord('natural');
      let type: 'inner' | 'left' | 'right' = 'inner';
      if (isWord('left', 'right')) { type = lower(next()) as 'left' | 'right'; acceptWord('outer'); expectWord('join'); }
      else if (acceptWord('inner', 'cross')) expectWord('join');
      else if (!acceptWord('join', 'straight_join')) { if (natural) fail(); return left; }
      const right = table();
      if (acceptWord('on')) left = { kind: 'join', type, left, right, on: expr(), natural };
      else if (acceptWord('using')) {
        expectSymbol('(');
        const using = commaList(identifier);
        expectSymbol(')');
        left = { kind: 'join', type, left, right, using, natural };
      } else left = { kind: 'join', type, left, right, natural };
    }
  }

  function alias(): string | undefined {
    if (acceptWord('as')) return identifier();
    return peek().kind === 'quoted' || (peek().kind === 'word' && !reserved.has(lower(peek()))) ? next().text : undefined;
  }

  function table(): TableRef {
    if (acceptSymbol('(')) {
      if (isWord('select', 'with') || isSymbol('(')) {
        const inner = query();
        expectSymbol(')');
        return { kind: 'derived', query: inner, alias: alias() ?? '' };
      }
      const inner = nested(tables);
      expectSymbol(')');
      return inner;
    }
    let name = identifier();
    while (acceptSymbol('.')) name = identifier();
    return { kind: 'table', name, alias: alias() ?? name };
  }

  const expr = (): Expr => nested(or);

  function chain(one: () => Expr, operatorOf: () => string | undefined): Expr {
    let left = one();
    for (let operator = operatorOf(); operator !== undefined; operator = operatorOf()) left = { kind: 'binary', operator, left, right: one() };
    return left;
  }
  const or = (): Expr => chain(xor, () => (acceptWord('or') || acceptSymbol('||') ? 'or' : undefined));
  const xor = (): Expr => chain(and, () => (acceptWord('xor') ? 'xor' : undefined));
  const and = (): Expr => chain(not, () => (acceptWord('and') || acceptSymbol('&&') ? 'and' : undefined));

  function not(): Expr {
    if (acceptWord('not')) return nested(() => ({ kind: 'unary', operator: 'not', operand: not() }));
    return comparison();
  }

  function comparison(): Expr {
    let left = bits();
    for (;;) {
      if (peek().kind === 'symbol' && comparisons.has(peek().text)) {
        const operator = next().text;
        left = { kind: 'binary', operator: operator === '<>' ? '!=' : operator, left, right: bits() };
        continue;
      }
      if (acceptWord('is')) {
        const negated = acceptWord('not');
        const what = lower(next());
        if (what !== 'null' && what !== 'true' && what !== 'false') { at--; return fail(); }
        left = { kind: 'is', operand: left, what, negated };
        continue;
      }
      const negated = isWord('not') && ['in', 'like', 'between', 'regexp', 'rlike'].includes(lower(peek(1)));
      if (negated) at++;
      if (acceptWord('in')) {
        expectSymbol('(');
        left = isWord('select', 'with') ? { kind: 'in', operand: left, query: query(), negated } : { kind: 'in', operand: left, list: commaList(expr), negated };
        expectSymbol(')');
      } else if (acceptWord('between')) {
        const low = bits();
        expectWord('and');
        left = { kind: 'between', operand: left, low, high: bits(), negated };
      } else if (isWord('like', 'regexp', 'rlike')) {
        const regexp = lower(next()) !== 'like';
        const pattern = bits();
        left = { kind: 'like', operand: left, pattern, regexp, negated, ...(acceptWord('escape') && { escape: bits() }) };
      } else return left;
    }
  }

  const symbolOf = (...symbols: readonly string[]) => (): string | undefined => (isSymbol(...symbols) ? next().text : undefined);
  const bits = (): Expr => chain(() => chain(() => chain(additive, symbolOf('<<', '>>')), symbolOf('&')), symbolOf('|'));
  const additive = (): Expr => chain(multiplicative, symbolOf('+', '-'));
  const multiplicative = (): Expr => chain(power, () => (acceptWord('div') ? 'div' : acceptWord('mod') ? '%' : symbolOf('*', '/', '%')()));
  const power = (): Expr => chain(unary, symbolOf('^'));

  function unary(): Expr {
    if (isSymbol('-', '+', '~')) { const operator = next().text as '-' | '+' | '~'; return nested(() => ({ kind: 'unary', operator, operand: unary() })); }
    if (acceptSymbol('!')) return nested(() => ({ kind: 'unary', operator: 'not', operand: unary() }));
    let value = primary();
    while (isSymbol('->', '->>')) {
      const unquote = next().text === '->>';
      const extract: Expr = call('json_extract', [value, primary()]);
      value = unquote ? call('json_unquote', [extract]) : extract;
    }
    if (acceptWord('collate')) identifier();
    return value;
  }

  const call = (name: string, args: readonly Expr[], more: Partial<Extract<Expr, { kind: 'call' }>> = {}): Expr => ({ kind: 'call', name, args, star: false, distinct: false, orderBy: [], ...more });

  function primary(): Expr {
    const token = peek();
    switch (token.kind) {
      case 'number': at++; return numberLiteral(token.text);
      case 'string': { at++; let value = token.text; while (peek().kind === 'string') value += next().text; return { kind: 'literal', value }; }
      case 'variable': at++; return { kind: 'variable', name: token.text };
      case 'quoted': return column();
      case 'symbol': {
        if (token.text !== '(') return fail();
        at++;
        if (isWord('select', 'with')) { const inner = query(); expectSymbol(')'); return { kind: 'subquery', query: inner }; }
        const inner = expr();
        expectSymbol(')');
        return inner;
      }
      case 'word': return named(token);
      default: return fail();
    }
  }

  function numberLiteral(text: string): Expr {
    if (/^(\d+|0x[0-9a-f]+)$/i.test(text)) { const whole = BigInt(text); return { kind: 'literal', value: whole <= 9007199254740991n ? Number(whole) : whole }; }
    return { kind: 'literal', value: Number(text), decimal: !/e/i.test(text) };
  }

  function column(): Expr {
    const parts = [identifier()];
    while (acceptSymbol('.')) { const token = next(); parts.push(token.kind === 'word' || token.kind === 'quoted' ? token.text : fail(token)); }
    return { kind: 'column', name: parts.at(-1) as string, ...(parts.length > 1 && { table: parts.at(-2) as string }) };
  }

  function named(token: Token): Expr {
    const name = token.text.toLowerCase();
    switch (name) {
      case 'null': at++; return { kind: 'literal', value: null };
      case 'true': case 'false': at++; return { kind: 'literal', value: name === 'true' };
      case 'case': at++; return caseExpr();
      case 'exists': { at++; expectSymbol('('); const inner = query(); expectSymbol(')'); return { kind: 'exists', query: inner }; }
      case 'interval': { at++; const amount = bits(); return { kind: 'interval', amount, unit: lower(next()) }; }
    }
    if (peek(1).kind === 'symbol' && peek(1).text === '(') return functionCall();
    if (['current_timestamp', 'current_date', 'utc_timestamp'].includes(name)) { at++; return call(token.text, []); }
    if ((name === 'date' || name === 'timestamp') && peek(1).kind === 'string') { at++; return { kind: 'cast', operand: primary(), type: name === 'date' ? 'date' : 'datetime' }; }
    return column();
  }

  function caseExpr(): Expr {
    const operand = isWord('when') ? undefined : expr();
    const whens: { when: Expr; result: Expr }[] = [];
    while (acceptWord('when')) {
      const when = expr();
      expectWord('then');
      whens.push({ when, result: expr() });
    }
    if (whens.length === 0) fail();
    const otherwise = acceptWord('else') ? expr() : undefined;
    expectWord('end');
    return { kind: 'case', whens, ...(operand && { operand }), ...(otherwise && { otherwise }) };
  }

  function functionCall(): Expr {
    const written = next().text;
    const name = written.toLowerCase();
    expectSymbol('(');
    if (name === 'cast' || name === 'convert') {
      const operand = expr();
      if (name === 'convert') { if (acceptWord('using')) { identifier(); expectSymbol(')'); return operand; } expectSymbol(','); } else expectWord('as');
      const type = lower(next());
      if (type === '') { at--; fail(); }
      if (acceptSymbol('(')) { commaList(expr); expectSymbol(')'); }
      acceptWord('integer');
      acceptWord('character') && (expectWord('set'), identifier());
      expectSymbol(')');
      return { kind: 'cast', operand, type };
    }
    if (name === 'extract') {
      const unit = lower(next());
      expectWord('from');
      const operand = expr();
      expectSymbol(')');
      return call(unit, [operand]);
    }
    if (name === 'trim' && isWord('both', 'leading', 'trailing')) {
      const side = lower(next());
      const what = isWord('from') ? undefined : expr();
      expectWord('from');
      const operand = expr();
      expectSymbol(')');
      return call(side === 'leading' ? 'ltrim' : side === 'trailing' ? 'rtrim' : 'trim', what ? [operand, what] : [operand]);
    }
    if (name === 'timestampdiff' || name === 'timestampadd') {
      const unit = lower(next());
      expectSymbol(',');
      const args = commaList(expr);
      expectSymbol(')');
      return call(written, [{ kind: 'literal', value: unit }, ...args]);
    }
    const star = acceptSymbol('*');
    const distinct = acceptWord('distinct');
    const args: Expr[] = [];
    if (!star && !isSymbol(')')) {
      args.push(expr());
      for (;;) {
        if (acceptSymbol(',')) args.push(expr());
        // SUBSTRING(x FROM 1 FOR 2), POSITION(a IN b) is taken by IN above.
        else if ((name === 'substring' || name === 'substr' || name === 'mid') && acceptWord('from', 'for')) args.push(expr());
        else break;
      }
    }
    const orderBy = acceptWord('order') ? orderItems() : [];
    let separator: string | undefined;
    if (acceptWord('separator')) { const token = next(); separator = token.kind === 'string' ? token.text : fail(token); }
    expectSymbol(')');
    const over = acceptWord('over') ? window() : undefined;
    return call(written, args, { star, distinct, orderBy, ...(separator !== undefined && { separator }), ...(over && { over }) });
  }

  function window(): Window {
    expectSymbol('(');
    const partitionBy = acceptWord('partition') ? (expectWord('by'), commaList(expr)) : [];
    const orderBy = acceptWord('order') ? orderItems() : [];
    let frame: Window['frame'];
    if (isWord('rows', 'range')) {
      at++;
      const between = acceptWord('between');
      const from = bound();
      if (between) { expectWord('and'); frame = { from, to: bound() }; } else frame = { from, to: 0 };
    }
    expectSymbol(')');
    return { partitionBy, orderBy, ...(frame && { frame }) };
  }

  function bound(): number {
    if (acceptWord('current')) { expectWord('row'); return 0; }
    const unbounded = acceptWord('unbounded');
    const token = unbounded ? undefined : next();
    const size = unbounded ? Number.POSITIVE_INFINITY : token?.kind === 'number' ? Number(token.text) : (fail(token) as never);
    if (acceptWord('preceding')) return -size;
    if (acceptWord('following')) return size;
    return fail();
  }

  if (peek().kind === 'end') throw new Error('empty statement');
  const node = blockedStatements[lower(peek())];
  if (node !== undefined) return { kind: 'blocked', node };
  if (!isWord('select', 'with') && !isSymbol('(')) fail();
  const parsed = query();
  acceptSymbol(';');
  if (peek().kind !== 'end') fail();
  return blocked !== undefined ? { kind: 'blocked', node: blocked } : { kind: 'query', query: parsed };
}

/** Tables that a query reads, without its own common table expressions and `dual`. In order of first mention. */
export function tablesOf(statement: Statement): string[] {
  const found = new Set<string>();
  const inQuery = (query: Query, known: ReadonlySet<string>): void => {
    const names = new Set(known);
    for (const cte of query.ctes) {
      if (cte.recursive) names.add(cte.name);
      inQuery(cte.query, names);
      names.add(cte.name);
    }
    visit(query.body, names);
    visit(query.orderBy, names);
    visit(query.limit, names);
  };
  const visit = (part: unknown, known: ReadonlySet<string>): void => {
    if (typeof part !== 'object' || part === null) return;
    if (Array.isArray(part)) { for (const item of part) visit(item, known); return; }
    if ('ctes' in part) return inQuery(part as Query, known);
    const node = part as { kind?: string; name?: string };
    if (node.kind === 'table' && node.name !== undefined) { if (!known.has(node.name) && node.name.toLowerCase() !== 'dual') found.add(node.name); return; }
    for (const value of Object.values(part)) visit(value, known);
  };
  if (statement.kind === 'query') inQuery(statement.query, new Set());
  return [...found];
}

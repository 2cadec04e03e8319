import type { Compound, Expr, OrderItem, Query, Select, SelectItem, TableRef, Window } from './sql-ast.ts';
import { addInterval, aggregateNames, isAllowedFunction, isIntervalUnit, regexpOf, roundAt, scalarFunction, windowNames } from './sql-functions.ts';
import { commonType, compare, integerType, isInteger, isTrue, keyOf, numberOf, order, SqlJson, SqlTime, textOf, timeOf, type SqlType, type SqlValue } from './sql-values.ts';

/** Runs queries over tables in memory (queries-and-frames §13.9). Rows are arrays; expressions are compiled to closures once. */

export interface Column {
  readonly name: string;
  readonly type: SqlType;
  readonly nullable: boolean;
  /** The table's alias; '' for results. */
  readonly table: string;
}

export interface Relation {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly SqlValue[])[];
}

/** What a query may cost, in rows touched. */
export interface Budget {
  spend(rows: number): void;
}

export class SqlError extends Error {
  /** `column_not_found`, `blocked_node_or_func`, …; '' for the engine's own complaints. */
  readonly id: string;
  constructor(id: string, message: string) {
    super(message);
    this.name = 'SqlError';
    this.id = id;
  }
}

interface Compiled {
  readonly type: SqlType;
  readonly nullable: boolean;
  readonly eval: () => SqlValue;
}

type Row = readonly SqlValue[];

/** Columns in reach of an expression, and the row that it is evaluated on. */
class Scope {
  row: Row = [];
  aggregates: readonly SqlValue[] = [];
  windows: readonly SqlValue[] = [];
  readonly columns: readonly Column[];
  readonly parent: Scope | undefined;
  constructor(columns: readonly Column[], parent?: Scope) {
    this.columns = columns;
    this.parent = parent;
  }
}

interface AggregateCall { readonly run: (rows: readonly Row[]) => SqlValue }
interface WindowCall { readonly run: (units: readonly Unit[]) => SqlValue[] }

/** One output row in the making: a row, or a group that its first row stands for. */
interface Unit { readonly row: Row; readonly aggregates: readonly SqlValue[]; windows: SqlValue[] }

interface Context {
  readonly tables: ReadonlyMap<string, Relation>;
  readonly budget: Budget;
  /** Of the select being compiled; absent where aggregates have no place. */
  readonly aggregates?: AggregateCall[];
  readonly windows?: WindowCall[];
  /** Columns of a grouped query that may stand alone: those that it groups by. */
  readonly grouped?: ReadonlySet<number>;
  readonly groupKeys?: readonly string[];
  /** Names of the select list, for GROUP BY, HAVING and ORDER BY. */
  readonly aliases?: ReadonlyMap<string, Expr>;
}

const recursionMax = 1000;

export function runQuery(query: Query, context: Context, parent?: Scope): Relation {
  let inner = context;
  if (query.ctes.length > 0) {
    const tables = new Map(context.tables);
    inner = { ...context, tables };
    for (const cte of query.ctes) {
      const made = cte.recursive && cte.query.body.kind === 'compound' ? runRecursive(cte.name, cte.columns, cte.query.body, { ...inner, tables }, parent) : runQuery(cte.query, { tables, budget: context.budget }, parent);
      tables.set(cte.name, renamed(made, cte.name, cte.columns));
    }
  }
  const plain: Context = { tables: inner.tables, budget: inner.budget };
  if (query.body.kind === 'select') return runSelect(query.body, query.orderBy, limitsOf(query, plain), plain, parent);
  const combined = runCompound(query.body, plain, parent);
  const scope = new Scope(combined.columns, parent);
  const keys = query.orderBy.map(({ expr, descending }) => ({ descending, key: orderKey(expr, combined.columns, scope, plain) }));
  return { columns: combined.columns, rows: cut(sortRows(combined.rows, keys, scope), limitsOf(query, plain)) };
}

function renamed(relation: Relation, table: string, names: readonly string[]): Relation {
  return { columns: relation.columns.map((column, i) => ({ ...column, table, name: names[i] ?? column.name })), rows: relation.rows };
}

function runRecursive(name: string, names: readonly string[], body: Compound, context: Context & { tables: Map<string, Relation> }, parent?: Scope): Relation {
  const first = renamed(runQuery(body.left, context, parent), name, names);
  const rows: Row[] = [...first.rows];
  const seen = new Set(body.all ? [] : rows.map((row) => keyOf(row)));
  let fresh: readonly Row[] = first.rows;
  for (let round = 0; fresh.length > 0; round++) {
    if (round >= recursionMax) throw new SqlError('', 'the recursion does not end');
    const tables = new Map(context.tables).set(name, { columns: first.columns, rows: fresh });
    fresh = runQuery(body.right, { tables, budget: context.budget }, parent).rows.filter((row) => {
      if (body.all) return true;
      const key = keyOf(row);
      return seen.has(key) ? false : seen.add(key);
    });
    context.budget.spend(fresh.length + 1);
    rows.push(...fresh);
  }
  return { columns: first.columns, rows };
}

interface Limits { readonly offset: number; readonly count: number }

function limitsOf(query: Query, context: Context): Limits {
  const read = (expr: Expr | undefined, fallback: number): number => (expr ? Math.max(0, Math.trunc(numberOf(compile(expr, new Scope([]), context).eval()))) : fallback);
  return { offset: read(query.offset, 0), count: read(query.limit, Number.POSITIVE_INFINITY) };
}

const cut = <T>(rows: readonly T[], { offset, count }: Limits): readonly T[] => (offset === 0 && count >= rows.length ? rows : rows.slice(offset, offset + count));

function runCompound(compound: Compound, context: Context, parent?: Scope): Relation {
  const left = runQuery(compound.left, context, parent);
  const right = runQuery(compound.right, context, parent);
  if (left.columns.length !== right.columns.length) throw new SqlError('', 'UNION requires the same number of columns on both sides');
  context.budget.spend(left.rows.length + right.rows.length);
  const columns = left.columns.map((column, i) => {
    const other = right.columns[i] as Column;
    return { ...column, table: '', type: commonType([column.type, other.type]), nullable: column.nullable || other.nullable };
  });
  const convert = (row: Row): Row => row.map((value, i) => (columns[i]?.type === 'string' && value !== null ? textOf(value) : value));
  const l = left.rows.map(convert);
  const r = right.rows.map(convert);
  if (compound.operator === 'union') return { columns, rows: compound.all ? [...l, ...r] : distinct([...l, ...r]) };
  const keys = new Set(r.map((row) => keyOf(row)));
  const wanted = compound.operator === 'intersect';
  return { columns, rows: distinct(l.filter((row) => keys.has(keyOf(row)) === wanted)) };
}

function distinct(rows: readonly Row[]): Row[] {
  const seen = new Set<string>();
  return rows.filter((row) => { const key = keyOf(row); return seen.has(key) ? false : seen.add(key); });
}

function sortRows(rows: readonly Row[], keys: readonly { key: Compiled; descending: boolean }[], scope: Scope): readonly Row[] {
  if (keys.length === 0) return rows;
  const keyed = rows.map((row) => { scope.row = row; return { row, keys: keys.map(({ key }) => key.eval()) }; });
  return keyed.sort((a, b) => byKeys(a.keys, b.keys, keys)).map(({ row }) => row);
}

function byKeys(a: readonly SqlValue[], b: readonly SqlValue[], keys: readonly { descending: boolean }[]): number {
  for (let i = 0; i < keys.length; i++) {
    const sign = order(a[i] as SqlValue, b[i] as SqlValue);
    if (sign !== 0) return keys[i]?.descending ? -sign : sign;
  }
  return 0;
}

function orderKey(expr: Expr, columns: readonly Column[], scope: Scope, context: Context): Compiled {
  if (expr.kind === 'literal' && typeof expr.value === 'number') {
    const at = expr.value - 1;
    if (!columns[at]) throw new SqlError('', `Unknown column '${expr.value}' in 'order clause'`);
    return { type: columns[at]?.type as SqlType, nullable: true, eval: () => scope.row[at] as SqlValue };
  }
  return compile(expr, scope, context);
}

function runFrom(ref: TableRef | undefined, context: Context, parent?: Scope): Relation {
  if (!ref) return { columns: [], rows: [[]] };
  switch (ref.kind) {
    case 'table': {
      const found = context.tables.get(ref.name);
      if (!found) {
        if (ref.name.toLowerCase() === 'dual') return { columns: [], rows: [[]] };
        throw new SqlError('', `table not found: ${ref.name}`);
      }
      context.budget.spend(found.rows.length);
      return renamed(found, ref.alias, []);
    }
    case 'derived': return renamed(runQuery(ref.query, context, parent), ref.alias, []);
    case 'join': return runJoin(ref, context, parent);
  }
}

function runJoin(ref: Extract<TableRef, { kind: 'join' }>, context: Context, parent?: Scope): Relation {
  if (ref.type === 'right') {
    // A right join is a left join the other way round, its columns put back in order.
    const flipped = runJoin({ ...ref, type: 'left', left: ref.right, right: ref.left }, context, parent);
    const width = runFromWidth(ref.right, flipped, ref);
    if (ref.using || ref.natural) return flipped;
    const swap = <T>(list: readonly T[]): T[] => [...list.slice(width), ...list.slice(0, width)];
    return { columns: swap(flipped.columns), rows: flipped.rows.map(swap) };
  }
  const left = runFrom(ref.left, context, parent);
  const right = runFrom(ref.right, context, parent);
  const outer = ref.type === 'left';
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  const shared = ref.using ?? (ref.natural ? left.columns.filter((l) => right.columns.some((r) => same(l.name, r.name))).map((l) => l.name) : []);
  const indexIn = (columns: readonly Column[], name: string): number => {
    const at = columns.findIndex((column) => same(column.name, name));
    if (at < 0) throw columnMissing(name);
    return at;
  };
  const pairs: [number, number][] = shared.map((name) => [indexIn(left.columns, name), indexIn(right.columns, name)]);
  const columns = [...left.columns, ...right.columns.map((column) => (outer ? { ...column, nullable: true } : column))];
  const scope = new Scope(columns, parent);
  for (const [l, r] of equalColumns(ref.on, left.columns, right.columns)) pairs.push([l, r]);
  const on = ref.on && compile(ref.on, scope, context);

  const indexed = pairs.length > 0;
  const byKey = new Map<string, Row[]>();
  if (indexed) {
    for (const row of right.rows) {
      const key = joinKey(pairs.map(([, r]) => row[r] as SqlValue));
      if (key === undefined) continue;
      const same = byKey.get(key);
      if (same) same.push(row);
      else byKey.set(key, [row]);
    }
  }
  const rows: Row[] = [];
  const blank: Row = right.columns.map(() => null);
  for (const l of left.rows) {
    const key = indexed ? joinKey(pairs.map(([at]) => l[at] as SqlValue)) : undefined;
    const candidates = !indexed ? right.rows : key === undefined ? [] : (byKey.get(key) ?? []);
    context.budget.spend(candidates.length + 1);
    let matched = false;
    for (const r of candidates) {
      const row = [...l, ...r];
      if (on) { scope.row = row; if (isTrue(on.eval()) !== true) continue; }
      matched = true;
      rows.push(row);
    }
    if (outer && !matched) rows.push([...l, ...blank]);
  }
  if (shared.length === 0) return { columns, rows };
  // The shared columns appear once, first.
  const first = pairs.slice(0, shared.length).map(([l]) => l);
  const dropped = new Set(pairs.slice(0, shared.length).map(([, r]) => left.columns.length + r));
  const kept = [...first, ...columns.map((_, i) => i).filter((i) => !first.includes(i) && !dropped.has(i))];
  return { columns: kept.map((i) => columns[i] as Column), rows: rows.map((row) => kept.map((i) => row[i] as SqlValue)) };
}

const runFromWidth = (right: TableRef, flipped: Relation, ref: Extract<TableRef, { kind: 'join' }>): number => {
  const aliases = new Set(aliasesOf(right));
  const width = flipped.columns.findIndex((column) => !aliases.has(column.table));
  return width < 0 || ref.natural ? flipped.columns.length : width;
};
const aliasesOf = (ref: TableRef): string[] => (ref.kind === 'join' ? [...aliasesOf(ref.left), ...aliasesOf(ref.right)] : [ref.alias]);

/** Equal numbers of different types have one key. */
function joinKey(values: readonly SqlValue[]): string | undefined {
  return values.some((value) => value === null) ? undefined : keyOf(values);
}

/** Pairs of columns of equal kind that an ON condition compares, for a lookup; the condition itself is still checked. */
function equalColumns(on: Expr | undefined, left: readonly Column[], right: readonly Column[]): [number, number][] {
  if (on?.kind !== 'binary') return [];
  if (on.operator === 'and') return [...equalColumns(on.left, left, right), ...equalColumns(on.right, left, right)];
  if (on.operator !== '=' || on.left.kind !== 'column' || on.right.kind !== 'column') return [];
  const find = (expr: Expr & { kind: 'column' }, columns: readonly Column[]): number => {
    const found = columns.map((column, i) => (matches(column, expr) ? i : -1)).filter((i) => i >= 0);
    return found.length === 1 ? (found[0] as number) : -1;
  };
  for (const [a, b] of [[on.left, on.right], [on.right, on.left]] as const) {
    const l = find(a, left);
    const r = find(b, right);
    if (l < 0 || r < 0 || find(a, right) >= 0 || find(b, left) >= 0) continue;
    const x = (left[l] as Column).type;
    const y = (right[r] as Column).type;
    if (x === y || (x !== 'string' && y !== 'string' && x !== 'time' && y !== 'time' && x !== 'json' && y !== 'json')) return [[l, r]];
  }
  return [];
}

const columnMissing = (name: string, table?: string): SqlError => new SqlError('column_not_found', table === undefined ? `column "${name}" could not be found in any table in scope` : `table "${table}" does not have column "${name}"`);

const matches = (column: Column, { name, table }: { readonly name: string; readonly table?: string }): boolean =>
  column.name.toLowerCase() === name.toLowerCase() && (table === undefined || column.table.toLowerCase() === table.toLowerCase());

function runSelect(select: Select, orderBy: readonly OrderItem[], limits: Limits, context: Context, parent?: Scope): Relation {
  const input = runFrom(select.from, context, parent);
  const scope = new Scope(input.columns, parent);
  let rows = input.rows;
  if (select.where) {
    const where = compile(select.where, scope, context);
    rows = rows.filter((row) => { scope.row = row; context.budget.spend(1); return isTrue(where.eval()) === true; });
  }
  const items = expandStars(select.items, input.columns);
  const aliases = new Map<string, Expr>();
  for (const item of items) if (item.aliased && !aliases.has(item.name.toLowerCase())) aliases.set(item.name.toLowerCase(), item.expr);
  const positional = (expr: Expr, clause: string): Expr => {
    if (expr.kind !== 'literal' || typeof expr.value !== 'number') return expr;
    const item = items[expr.value - 1];
    if (!item) throw new SqlError('', `Unknown column '${expr.value}' in '${clause}'`);
    return item.expr;
  };
  const groupExprs = select.groupBy.map((expr) => positional(expr, 'group statement'));
  const isGrouped = groupExprs.length > 0 || items.some((item) => hasAggregate(item.expr)) || (select.having !== undefined && hasAggregate(select.having)) || orderBy.some((item) => hasAggregate(item.expr));

  const aggregates: AggregateCall[] = [];
  const windows: WindowCall[] = [];
  const keysOf = groupExprs.map((expr) => compile(expr, scope, { ...context, aliases: aliasesBehindColumns(aliases, input.columns) }));
  const output: Context = {
    ...context, aggregates, windows,
    ...(isGrouped && { grouped: new Set(groupExprs.flatMap((expr) => columnIndex(resolveAlias(expr, aliases, input.columns), input.columns))), groupKeys: groupExprs.map((expr) => exprKey(resolveAlias(expr, aliases, input.columns))) }),
  };
  const columns = items.map((item, i) => ({ item, value: compileOutput(item.expr, scope, output, i + 1) }));
  const later: Context = { ...output, aliases };
  const having = select.having && compile(select.having, scope, later);
  const sortKeys = orderBy.map(({ expr, descending }) => ({ descending, key: compile(resolveAlias(positional(expr, 'order clause'), aliases, []), scope, later) }));

  let units: Unit[] = isGrouped ? group(rows, keysOf, scope, aggregates, context.budget) : rows.map((row) => ({ row, aggregates: [], windows: [] }));
  const enter = (unit: Unit): void => { scope.row = unit.row; scope.aggregates = unit.aggregates; scope.windows = unit.windows; };
  if (having) units = units.filter((unit) => { enter(unit); return isTrue(having.eval()) === true; });
  for (const [w, call] of windows.entries()) call.run(units).forEach((value, i) => { (units[i] as Unit).windows[w] = value; });

  let made = units.map((unit) => {
    enter(unit);
    context.budget.spend(1);
    return { row: columns.map(({ value }) => value.eval()) as Row, keys: sortKeys.map(({ key }) => key.eval()) };
  });
  if (select.distinct) {
    const seen = new Set<string>();
    made = made.filter(({ row }) => { const key = keyOf(row); return seen.has(key) ? false : seen.add(key); });
  }
  if (sortKeys.length > 0) made.sort((a, b) => byKeys(a.keys, b.keys, sortKeys));
  return {
    columns: columns.map(({ item, value }) => ({ name: item.name, type: value.type, nullable: value.nullable, table: '' })),
    rows: cut(made, limits).map(({ row }) => row),
  };
}

type ExprItem = Extract<SelectItem, { kind: 'expr' }>;

function expandStars(items: readonly SelectItem[], columns: readonly Column[]): ExprItem[] {
  return items.flatMap((item): ExprItem[] => {
    if (item.kind === 'expr') return [item];
    const chosen = columns.map((column, i) => ({ column, i })).filter(({ column }) => item.table === undefined || column.table.toLowerCase() === item.table.toLowerCase());
    if (item.table !== undefined && chosen.length === 0) throw new SqlError('', `table not found: ${item.table}`);
    return chosen.map(({ column, i }) => ({ kind: 'expr', expr: { kind: 'column', name: `#${i}` }, name: column.name, aliased: false }));
  });
}

/** A column of the input beats an alias of the same name in GROUP BY. */
function aliasesBehindColumns(aliases: ReadonlyMap<string, Expr>, columns: readonly Column[]): ReadonlyMap<string, Expr> {
  return new Map([...aliases].filter(([name]) => !columns.some((column) => column.name.toLowerCase() === name)));
}

function resolveAlias(expr: Expr, aliases: ReadonlyMap<string, Expr>, columns: readonly Column[]): Expr {
  if (expr.kind !== 'column' || expr.table !== undefined || columns.some((column) => matches(column, expr))) return expr;
  return aliases.get(expr.name.toLowerCase()) ?? expr;
}

function columnIndex(expr: Expr, columns: readonly Column[]): number[] {
  if (expr.kind !== 'column') return [];
  if (/^#\d+$/.test(expr.name) && Number(expr.name.slice(1)) < columns.length) return [Number(expr.name.slice(1))];
  const at = columns.findIndex((column) => matches(column, expr));
  return at < 0 ? [] : [at];
}

/** Equal expressions have equal keys, whatever the case of their columns. */
const exprKey = (expr: Expr): string => JSON.stringify(expr, (key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : key === 'name' && typeof value === 'string' ? value.toLowerCase() : value));

function hasAggregate(expr: Expr): boolean {
  if (expr.kind === 'call' && !expr.over && aggregateNames.has(expr.name.toLowerCase())) return true;
  for (const [key, value] of Object.entries(expr)) {
    if (key === 'query') continue;
    const parts: unknown[] = Array.isArray(value) ? value : [value];
    for (const part of parts) {
      if (typeof part !== 'object' || part === null) continue;
      if ('kind' in part ? hasAggregate(part as Expr) : Object.values(part).some((inner) => typeof inner === 'object' && inner !== null && 'kind' in inner && hasAggregate(inner as Expr))) return true;
    }
  }
  return false;
}

function group(rows: readonly Row[], keys: readonly Compiled[], scope: Scope, aggregates: readonly AggregateCall[], budget: Budget): Unit[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    scope.row = row;
    budget.spend(1);
    const key = keyOf(keys.map((compiled) => compiled.eval()));
    const found = groups.get(key);
    if (found) found.push(row);
    else groups.set(key, [row]);
  }
  // Aggregates without GROUP BY answer for no rows too.
  if (groups.size === 0 && keys.length === 0) groups.set('', []);
  return [...groups.values()].map((members) => ({ row: members[0] ?? scope.columns.map(() => null), aggregates: aggregates.map((call) => call.run(members)), windows: [] }));
}

/** A column of the select list: in a grouped query it is an aggregate, a group key, or made of such. */
function compileOutput(expr: Expr, scope: Scope, context: Context, position: number): Compiled {
  if (context.grouped) {
    const loose = looseColumn(expr, scope, context);
    if (loose) {
      throw new SqlError('', `Expression #${position} of SELECT list is not in GROUP BY clause and contains nonaggregated column '${loose.table.toLowerCase()}.${loose.name}' which is not functionally dependent on columns in GROUP BY clause; this is incompatible with sql_mode=only_full_group_by`);
    }
  }
  return compile(expr, scope, context);
}

function looseColumn(expr: Expr, scope: Scope, context: Context): Column | undefined {
  if (context.groupKeys?.includes(exprKey(expr))) return undefined;
  if (expr.kind === 'call' && !expr.over && aggregateNames.has(expr.name.toLowerCase())) return undefined;
  if (expr.kind === 'column') {
    const [at] = columnIndex(expr, scope.columns);
    return at === undefined || context.grouped?.has(at) ? undefined : scope.columns[at];
  }
  for (const [key, value] of Object.entries(expr)) {
    if (key === 'query' || key === 'over') continue;
    for (const part of (Array.isArray(value) ? value : [value]) as unknown[]) {
      if (typeof part !== 'object' || part === null) continue;
      const parts = 'kind' in part ? [part as Expr] : (Object.values(part).filter((inner) => typeof inner === 'object' && inner !== null && 'kind' in inner) as Expr[]);
      for (const inner of parts) { const loose = looseColumn(inner, scope, context); if (loose) return loose; }
    }
  }
  return undefined;
}

const constant = (value: SqlValue, type: SqlType): Compiled => ({ type, nullable: value === null || type === 'decimal', eval: () => value });

export function compile(expr: Expr, scope: Scope, context: Context): Compiled {
  const of = (inner: Expr): Compiled => compile(inner, scope, context);
  switch (expr.kind) {
    case 'literal': return constant(expr.value, literalType(expr));
    case 'variable': return constant(expr.name.toLowerCase().endsWith('version') ? '8.0.31' : null, 'string');
    case 'column': return compileColumn(expr, scope, context);
    case 'unary': return compileUnary(expr.operator, of(expr.operand));
    case 'binary': return compileBinary(expr.operator, expr.left, expr.right, of);
    case 'is': {
      const operand = of(expr.operand);
      const test = (value: SqlValue): boolean => (expr.what === 'null' ? value === null : isTrue(value) === (expr.what === 'true'));
      return { type: 'bool', nullable: false, eval: () => test(operand.eval()) !== expr.negated };
    }
    case 'between': {
      const [operand, low, high] = [of(expr.operand), of(expr.low), of(expr.high)];
      return { type: 'bool', nullable: operand.nullable || low.nullable || high.nullable, eval() {
        const [v, a, b] = [operand.eval(), low.eval(), high.eval()];
        return v === null || a === null || b === null ? null : (compare(v, a) >= 0 && compare(v, b) <= 0) !== expr.negated;
      } };
    }
    case 'in': return compileIn(expr, scope, context);
    case 'like': return compileLike(expr, of);
    case 'case': return compileCase(expr, of);
    case 'cast': return compileCast(of(expr.operand), expr.type);
    case 'interval': throw new SqlError('', 'an interval has no place here');
    case 'subquery': {
      const run = subquery(expr.query, scope, context);
      const columns = run.columns;
      if (columns.length !== 1) throw new SqlError('', `Operand should contain 1 column(s)`);
      return { type: columns[0]?.type as SqlType, nullable: true, eval() {
        const { rows } = run.result();
        if (rows.length > 1) throw new SqlError('', 'the subquery returned more than 1 row');
        return rows[0]?.[0] ?? null;
      } };
    }
    case 'exists': {
      const run = subquery(expr.query, scope, context);
      return { type: 'bool', nullable: false, eval: () => run.result().rows.length > 0 };
    }
    case 'call': return compileCall(expr, scope, context);
  }
}

function literalType({ value, decimal }: Extract<Expr, { kind: 'literal' }>): SqlType {
  if (value === null) return 'null';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'bigint') return 'int64';
  return decimal ? 'decimal' : decimal === undefined ? integerType(value) : 'float64';
}

function compileColumn(expr: Extract<Expr, { kind: 'column' }>, scope: Scope, context: Context): Compiled {
  for (let level: Scope | undefined = scope; level; level = level.parent) {
    const here: Scope = level;
    const starred = level === scope && /^#\d+$/.test(expr.name) ? Number(expr.name.slice(1)) : -1;
    const at = starred >= 0 && starred < level.columns.length ? starred : uniqueIndex(expr, level.columns);
    if (at >= 0) {
      const column = level.columns[at] as Column;
      return { type: column.type, nullable: column.nullable, eval: () => here.row[at] as SqlValue };
    }
    if (level === scope && expr.table === undefined) {
      const alias = context.aliases?.get(expr.name.toLowerCase());
      if (alias && alias !== expr) return compile(alias, scope, { ...context, aliases: new Map() });
    }
  }
  throw columnMissing(expr.name, expr.table);
}

function uniqueIndex(expr: Extract<Expr, { kind: 'column' }>, columns: readonly Column[]): number {
  let found = -1;
  for (let i = 0; i < columns.length; i++) {
    if (!matches(columns[i] as Column, expr)) continue;
    if (found >= 0 && columns[found]?.table !== columns[i]?.table) throw new SqlError('', `ambiguous column name "${expr.name}", it's present in all these tables: [${columns.filter((c) => matches(c, expr)).map((c) => c.table.toLowerCase()).join(' ')}]`);
    if (found < 0) found = i;
  }
  return found;
}

function compileUnary(operator: '-' | '+' | 'not' | '~', operand: Compiled): Compiled {
  if (operator === 'not') return { type: 'bool', nullable: operand.nullable, eval: () => { const truth = isTrue(operand.eval()); return truth === null ? null : !truth; } };
  if (operator === '+') return operand;
  if (operator === '~') return { type: 'uint64', nullable: operand.nullable, eval: () => { const v = operand.eval(); return v === null ? null : narrow(BigInt.asUintN(64, ~BigInt(Math.trunc(numberOf(v))))); } };
  const type = operand.type === 'string' || operand.type === 'bool' || operand.type === 'time' ? 'float64' : operand.type;
  return { type, nullable: operand.nullable, eval: () => { const v = operand.eval(); return v === null ? null : typeof v === 'bigint' ? -v : -numberOf(v); } };
}

const narrow = (value: bigint): number | bigint => (value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value);

const comparisons: Readonly<Record<string, (sign: number) => boolean>> = { '=': (s) => s === 0, '!=': (s) => s !== 0, '<': (s) => s < 0, '<=': (s) => s <= 0, '>': (s) => s > 0, '>=': (s) => s >= 0 };

function compileBinary(operator: string, leftExpr: Expr, rightExpr: Expr, of: (expr: Expr) => Compiled): Compiled {
  if ((operator === '+' || operator === '-') && (rightExpr.kind === 'interval' || leftExpr.kind === 'interval')) {
    const [time, interval] = rightExpr.kind === 'interval' ? [leftExpr, rightExpr] : [rightExpr, leftExpr as Extract<Expr, { kind: 'interval' }>];
    return compileInterval(of(time), of(interval.amount), interval.unit, operator === '+' ? 1 : -1);
  }
  const left = of(leftExpr);
  const right = of(rightExpr);
  const nullable = left.nullable || right.nullable;
  if (operator === 'and' || operator === 'or' || operator === 'xor') return { type: 'bool', nullable, eval: () => logic(operator, left, right) };
  if (operator === '<=>') return { type: 'bool', nullable: false, eval: () => { const [a, b] = [left.eval(), right.eval()]; return a === null || b === null ? a === b : compare(a, b) === 0; } };
  const test = comparisons[operator];
  if (test) return { type: 'bool', nullable, eval: () => { const [a, b] = [left.eval(), right.eval()]; return a === null || b === null ? null : test(compare(a, b)); } };
  return arithmetic(operator, left, right);
}

function logic(operator: 'and' | 'or' | 'xor', left: Compiled, right: Compiled): SqlValue {
  const a = isTrue(left.eval());
  if (operator === 'and' && a === false) return false;
  if (operator === 'or' && a === true) return true;
  const b = isTrue(right.eval());
  if (operator === 'xor') return a === null || b === null ? null : a !== b;
  if (operator === 'and') return b === false ? false : a === null || b === null ? null : true;
  return b === true ? true : a === null || b === null ? null : false;
}

const wholeOperators: ReadonlySet<string> = new Set(['div', '&', '|', '^', '<<', '>>']);

function arithmetic(operator: string, left: Compiled, right: Compiled): Compiled {
  const integers = (isInteger(left.type) || left.type === 'bool') && (isInteger(right.type) || right.type === 'bool');
  const decimals = [left.type, right.type].every((type) => isInteger(type) || type === 'decimal' || type === 'bool');
  const type: SqlType = wholeOperators.has(operator) ? (operator === 'div' ? 'int64' : 'uint64') : operator === '/' ? (decimals ? 'decimal' : 'float64') : integers ? 'int64' : decimals ? 'decimal' : 'float64';
  const fallible = operator === '/' || operator === '%' || operator === 'div';
  return { type, nullable: left.nullable || right.nullable || fallible, eval() {
    const [a, b] = [left.eval(), right.eval()];
    if (a === null || b === null) return null;
    if (integers && operator !== '/') return whole(operator, a, b);
    const value = float(operator, numberOf(a), numberOf(b));
    return Number.isFinite(value) ? value : null;
  } };
}

function whole(operator: string, a: SqlValue, b: SqlValue): SqlValue {
  const [x, y] = [numberOf(a), numberOf(b)];
  if (typeof a !== 'bigint' && typeof b !== 'bigint') {
    const value = float(operator, x, y);
    if (Number.isNaN(value)) return null;
    if (Number.isSafeInteger(value)) return value;
  }
  const [p, q] = [BigInt(a as number), BigInt(b as number)];
  switch (operator) {
    case '+': return narrow(p + q);
    case '-': return narrow(p - q);
    case '*': return narrow(p * q);
    case '%': return q === 0n ? null : narrow(p % q);
    case 'div': return q === 0n ? null : narrow(p / q);
    default: { const value = float(operator, x, y); return Number.isFinite(value) ? value : null; }
  }
}

function float(operator: string, a: number, b: number): number {
  switch (operator) {
    case '+': return a + b;
    case '-': return a - b;
    case '*': return a * b;
    case '/': return b === 0 ? Number.NaN : a / b;
    case '%': return b === 0 ? Number.NaN : a % b;
    case 'div': return b === 0 ? Number.NaN : Math.trunc(a / b);
    default: return bitwise(operator, BigInt(Math.trunc(a)), BigInt(Math.trunc(b)));
  }
}

function bitwise(operator: string, a: bigint, b: bigint): number {
  const shift = b > 64n ? 64n : b < 0n ? 64n : b;
  const value = operator === '&' ? a & b : operator === '|' ? a | b : operator === '^' ? a ^ b : operator === '<<' ? a << shift : a >> shift;
  return Number(BigInt.asUintN(64, value));
}

function compileInterval(time: Compiled, amount: Compiled, unit: string, sign: 1 | -1): Compiled {
  if (!isIntervalUnit(unit)) throw new SqlError('', `the interval unit ${unit} is not known`);
  return { type: time.type === 'string' ? 'string' : 'time', nullable: true, eval() {
    const value = addInterval(time.eval(), amount.eval(), unit, sign);
    return time.type === 'string' && value !== null ? textOf(value) : value;
  } };
}

function subquery(query: Query, scope: Scope, context: Context): { readonly columns: readonly Column[]; result(): Relation } {
  const plain: Context = { tables: context.tables, budget: context.budget };
  // Run once on an empty outer row: that tells its columns, and whether it looks at the outer row at all.
  let looked = false;
  const watched = new Scope(scope.columns, scope.parent);
  Object.defineProperty(watched, 'row', { get: () => { looked = true; return scope.row.length === 0 ? scope.columns.map(() => null) : scope.row; } });
  const first = runQuery(query, plain, watched);
  const correlated = looked || scope.parent !== undefined;
  return { columns: first.columns, result: () => (correlated ? runQuery(query, plain, watched) : first) };
}

function compileIn(expr: Extract<Expr, { kind: 'in' }>, scope: Scope, context: Context): Compiled {
  const operand = compile(expr.operand, scope, context);
  const run = expr.query && subquery(expr.query, scope, context);
  const list = expr.list?.map((item) => compile(item, scope, context)) ?? [];
  return { type: 'bool', nullable: operand.nullable || run !== undefined || list.some((item) => item.nullable), eval() {
    const value = operand.eval();
    if (value === null) return null;
    let unknown = false;
    const values = run ? run.result().rows.map((row) => row[0] as SqlValue) : list.map((item) => item.eval());
    context.budget.spend(values.length);
    for (const candidate of values) {
      if (candidate === null) unknown = true;
      else if (compare(value, candidate) === 0) return !expr.negated;
    }
    return unknown ? null : expr.negated;
  } };
}

function compileLike(expr: Extract<Expr, { kind: 'like' }>, of: (expr: Expr) => Compiled): Compiled {
  const [operand, pattern] = [of(expr.operand), of(expr.pattern)];
  const escape = expr.escape ? textOf(of(expr.escape).eval()) : '\\';
  let last: { readonly text: string; readonly test: (text: string) => boolean } | undefined;
  return { type: 'bool', nullable: operand.nullable || pattern.nullable, eval() {
    const [value, text] = [operand.eval(), pattern.eval()];
    if (value === null || text === null) return null;
    const wanted = textOf(text);
    if (last?.text !== wanted) { const regexp = expr.regexp ? regexpOf(wanted) : undefined; last = { text: wanted, test: regexp ? (s) => regexp.test(s) : (s) => like(s, wanted, escape) }; }
    return last.test(textOf(value)) !== expr.negated;
  } };
}

/** `%` any text, `_` one character. Linear: goes back to the last `%` only. */
function like(text: string, pattern: string, escape: string): boolean {
  const parts: (string | 0 | 1)[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i] as string;
    if (c === escape && i + 1 < pattern.length) parts.push(pattern[++i] as string);
    else parts.push(c === '%' ? 1 : c === '_' ? 0 : c);
  }
  let t = 0, p = 0, star = -1, mark = 0;
  while (t < text.length) {
    if (p < parts.length && (parts[p] === 0 || parts[p] === text[t])) { t++; p++; }
    else if (p < parts.length && parts[p] === 1) { star = p++; mark = t; }
    else if (star >= 0) { p = star + 1; t = ++mark; }
    else return false;
  }
  while (p < parts.length && parts[p] === 1) p++;
  return p === parts.length;
}

function compileCase(expr: Extract<Expr, { kind: 'case' }>, of: (expr: Expr) => Compiled): Compiled {
  const operand = expr.operand && of(expr.operand);
  const whens = expr.whens.map(({ when, result }) => ({ when: of(when), result: of(result) }));
  const otherwise = expr.otherwise && of(expr.otherwise);
  const branches = [...whens.map(({ result }) => result), ...(otherwise ? [otherwise] : [])];
  const type = commonType(branches.map((branch) => branch.type));
  return { type, nullable: !otherwise || branches.some((branch) => branch.nullable || branch.type === 'null'), eval() {
    const value = operand?.eval();
    for (const { when, result } of whens) {
      const candidate = when.eval();
      const hit = value === undefined ? isTrue(candidate) === true : value !== null && candidate !== null && compare(value, candidate) === 0;
      if (hit) return coerce(result.eval(), type);
    }
    return otherwise ? coerce(otherwise.eval(), type) : null;
  } };
}

const coerce = (value: SqlValue, type: SqlType): SqlValue => (value !== null && type === 'string' && typeof value !== 'string' ? textOf(value) : value);

function compileCast(operand: Compiled, type: string): Compiled {
  const cast = (to: SqlType, f: (value: SqlValue) => SqlValue, fallible = false): Compiled => ({ type: to, nullable: operand.nullable || fallible, eval: () => { const v = operand.eval(); return v === null ? null : f(v); } });
  switch (type) {
    case 'signed': case 'int': case 'integer': return cast('int64', (v) => (typeof v === 'bigint' ? v : roundAt(numberOf(v))));
    case 'unsigned': return cast('uint64', (v) => (typeof v === 'bigint' ? v : narrow(BigInt.asUintN(64, BigInt(roundAt(numberOf(v)))))));
    case 'char': case 'nchar': case 'binary': case 'text': return cast('string', textOf);
    case 'decimal': return cast('decimal', (v) => roundAt(numberOf(v)));
    case 'double': case 'real': case 'float': return cast('float64', numberOf);
    case 'date': return cast('time', (v) => { const time = timeOf(v); return time && new SqlTime(Math.floor(time.ms / 86_400_000) * 86_400_000); }, true);
    case 'datetime': case 'timestamp': return cast('time', timeOf, true);
    case 'json': return cast('json', (v) => { try { return new SqlJson(JSON.stringify(JSON.parse(textOf(v)))); } catch { throw new SqlError('', 'Invalid JSON text'); } });
    default: throw new SqlError('', `the type ${type} is not known`);
  }
}

type Call = Extract<Expr, { kind: 'call' }>;

/** Characters of one value. */
const textMax = 1_000_000;

function compileCall(expr: Call, scope: Scope, context: Context): Compiled {
  const name = expr.name.toLowerCase();
  if (!isAllowedFunction(name)) throw new SqlError('blocked_node_or_func', expr.name);
  if (expr.over || windowNames.has(name)) return compileWindow(name, expr, scope, context);
  if (aggregateNames.has(name)) return compileAggregate(name, expr, scope, context);
  const args = name === 'date_add' || name === 'date_sub' || name === 'adddate' || name === 'subdate' ? [] : expr.args.map((arg) => compile(arg, scope, context));
  const wrongCount = () => new SqlError('', `function '${name}' expected a different number of arguments, ${expr.args.length} received`);
  switch (name) {
    case 'if': {
      const [test, yes, no] = args;
      if (!test || !yes || !no) throw wrongCount();
      const type = commonType([yes.type, no.type]);
      return { type, nullable: yes.nullable || no.nullable, eval: () => coerce(isTrue(test.eval()) === true ? yes.eval() : no.eval(), type) };
    }
    case 'ifnull': case 'coalesce': {
      if (args.length === 0 || (name === 'ifnull' && args.length !== 2)) throw wrongCount();
      const type = commonType(args.map((arg) => arg.type));
      return { type, nullable: args.some((arg) => arg.nullable), eval() { for (const arg of args) { const value = arg.eval(); if (value !== null) return coerce(value, type); } return null; } };
    }
    case 'date_add': case 'adddate': case 'date_sub': case 'subdate': {
      const [time, by] = expr.args;
      if (!time || !by || expr.args.length !== 2) throw wrongCount();
      const sign = name.endsWith('add') || name === 'adddate' ? 1 : -1;
      return by.kind === 'interval' ? compileInterval(compile(time, scope, context), compile(by.amount, scope, context), by.unit, sign) : compileInterval(compile(time, scope, context), compile(by, scope, context), 'day', sign);
    }
    case 'timestampadd': {
      const [unit, amount, time] = args;
      if (!unit || !amount || !time) throw wrongCount();
      return compileInterval(time, amount, textOf(unit.eval()), 1);
    }
  }
  const scalar = scalarFunction(name);
  if (!scalar || args.length < scalar.args[0] || args.length > scalar.args[1]) throw wrongCount();
  const type = typeof scalar.type === 'function' ? scalar.type(args.map((arg) => arg.type)) : scalar.type;
  return { type, nullable: scalar.fallible === true || (!scalar.nulls && args.some((arg) => arg.nullable)), eval() {
    const values = args.map((arg) => arg.eval());
    const value = !scalar.nulls && values.includes(null) ? null : scalar.run(values);
    if (typeof value === 'string' && value.length > textMax) throw new SqlError('', 'a text has become too long');
    return value;
  } };
}

/** An aggregate over rows, given its compiled arguments. */
function aggregateOf(name: string, expr: Call, scope: Scope, context: Context): { readonly type: SqlType; readonly nullable: boolean; readonly run: (rows: readonly Row[]) => SqlValue } {
  const plain: Context = { tables: context.tables, budget: context.budget, ...(context.aliases && { aliases: context.aliases }) };
  const args = expr.args.map((arg) => compile(arg, scope, plain));
  const [first] = args;
  if (!first && !(name === 'count' && expr.star)) throw new SqlError('', `function '${name}' expected at least 1 argument, 0 received`);
  const sorters = expr.orderBy.map(({ expr: by, descending }) => ({ descending, key: compile(by, scope, plain) }));
  const tuples = (rows: readonly Row[]): SqlValue[][] => {
    context.budget.spend(rows.length);
    const list = sorters.length > 0 ? sortRows(rows, sorters, scope) : rows;
    const values = list.map((row) => { scope.row = row; return args.map((arg) => arg.eval()); }).filter((tuple) => name === 'json_arrayagg' || !tuple.includes(null));
    if (!expr.distinct) return values;
    const seen = new Set<string>();
    return values.filter((tuple) => { const key = keyOf(tuple); return seen.has(key) ? false : seen.add(key); });
  };
  const firsts = (rows: readonly Row[]): SqlValue[] => tuples(rows).map(([value]) => value as SqlValue);
  const numbers = (rows: readonly Row[]): number[] => firsts(rows).map(numberOf);
  const argType = first?.type ?? 'int64';
  const float = (f: (values: number[]) => number | null) => ({ type: 'float64' as const, nullable: true, run: (rows: readonly Row[]) => { const values = numbers(rows); return values.length === 0 ? null : f(values); } });
  switch (name) {
    case 'count': return { type: 'int64', nullable: false, run: expr.star ? (rows) => rows.length : (rows) => tuples(rows).length };
    case 'sum': return float((values) => values.reduce((a, b) => a + b, 0));
    case 'avg': return float((values) => values.reduce((a, b) => a + b, 0) / values.length);
    case 'min': return { type: argType, nullable: true, run: (rows) => firsts(rows).reduce<SqlValue>((a, b) => (a === null || compare(b, a) < 0 ? b : a), null) };
    case 'max': return { type: argType, nullable: true, run: (rows) => firsts(rows).reduce<SqlValue>((a, b) => (a === null || compare(b, a) > 0 ? b : a), null) };
    case 'any_value': case 'first': return { type: argType, nullable: first?.nullable ?? true, run: (rows) => firsts(rows)[0] ?? null };
    case 'last': return { type: argType, nullable: first?.nullable ?? true, run: (rows) => firsts(rows).at(-1) ?? null };
    case 'group_concat': return { type: 'string', nullable: false, run: (rows) => { const values = tuples(rows); return values.length === 0 ? null : values.map((tuple) => tuple.map(textOf).join('')).join(expr.separator ?? ',').slice(0, 1024); } };
    case 'stddev': case 'std': case 'stddev_pop': return float((values) => Math.sqrt(variance(values, 0)));
    case 'stddev_samp': return float((values) => (values.length < 2 ? null : Math.sqrt(variance(values, 1))));
    case 'variance': case 'var_pop': return float((values) => variance(values, 0));
    case 'var_samp': return float((values) => (values.length < 2 ? null : variance(values, 1)));
    case 'json_arrayagg': return { type: 'json', nullable: true, run: (rows) => new SqlJson(JSON.stringify(firsts(rows).map(plainJson))) };
    case 'json_objectagg': return { type: 'json', nullable: true, run: (rows) => new SqlJson(JSON.stringify(Object.fromEntries(tuples(rows).map(([key, value]) => [textOf(key as SqlValue), plainJson(value as SqlValue)])))) };
    default: {
      const fold = (start: bigint, f: (a: bigint, b: bigint) => bigint) => ({ type: 'uint64' as const, nullable: false, run: (rows: readonly Row[]): SqlValue => narrow(numbers(rows).reduce((a, b) => f(a, BigInt(Math.trunc(b))), start)) });
      return name === 'bit_and' ? fold(0xffffffffffffffffn, (a, b) => a & b) : name === 'bit_or' ? fold(0n, (a, b) => a | b) : fold(0n, (a, b) => a ^ b);
    }
  }
}

const plainJson = (value: SqlValue): unknown => (value instanceof SqlJson ? JSON.parse(value.text) : value instanceof SqlTime ? textOf(value) : typeof value === 'bigint' ? Number(value) : value);

function variance(values: readonly number[], less: 0 | 1): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return values.reduce((a, b) => a + (b - mean) ** 2, 0) / (values.length - less);
}

function compileAggregate(name: string, expr: Call, scope: Scope, context: Context): Compiled {
  if (!context.aggregates) throw new SqlError('', 'Invalid use of group function');
  const { type, nullable, run } = aggregateOf(name, expr, scope, context);
  const at = context.aggregates.push({ run }) - 1;
  return { type, nullable, eval: () => scope.aggregates[at] as SqlValue };
}

function compileWindow(name: string, expr: Call, scope: Scope, context: Context): Compiled {
  const { windows, budget } = context;
  if (!windows) throw new SqlError('', `You cannot use the window function '${name}' in this context.`);
  const over: Window = expr.over ?? { partitionBy: [], orderBy: [] };
  const inner: Context = { tables: context.tables, budget, ...(context.aggregates && { aggregates: context.aggregates }), ...(context.grouped && { grouped: context.grouped }) };
  const of = (part: Expr): Compiled => compile(part, scope, inner);
  const partition = over.partitionBy.map(of);
  const sorters = over.orderBy.map(({ expr: by, descending }) => ({ descending, key: of(by) }));
  const isAggregate = aggregateNames.has(name);
  const aggregate = isAggregate ? aggregateOf(name, expr, scope, context) : undefined;
  const args = isAggregate ? [] : expr.args.map(of);
  const at = windows.push({ run: (units) => {
    const results = new Array<SqlValue>(units.length).fill(null);
    const enter = (unit: Unit): void => { scope.row = unit.row; scope.aggregates = unit.aggregates; };
    const parts = new Map<string, { index: number; unit: Unit; keys: SqlValue[] }[]>();
    units.forEach((unit, index) => {
      enter(unit);
      budget.spend(1);
      const key = keyOf(partition.map((p) => p.eval()));
      const entry = { index, unit, keys: sorters.map(({ key: by }) => by.eval()) };
      const found = parts.get(key);
      if (found) found.push(entry);
      else parts.set(key, [entry]);
    });
    for (const part of parts.values()) {
      if (sorters.length > 0) part.sort((a, b) => byKeys(a.keys, b.keys, sorters));
      const values = args[0] ? part.map(({ unit }) => { enter(unit); return (args[0] as Compiled).eval(); }) : [];
      const peersEnd = (i: number): number => { let end = i; while (end + 1 < part.length && byKeys((part[end + 1] as { keys: SqlValue[] }).keys, (part[i] as { keys: SqlValue[] }).keys, sorters) === 0) end++; return end; };
      const frameOf = (i: number): [number, number] => over.frame ? [Math.max(0, i + over.frame.from), Math.min(part.length - 1, i + over.frame.to)] : sorters.length > 0 ? [0, peersEnd(i)] : [0, part.length - 1];
      const second = args[1] ? numberOf(args[1].eval()) : undefined;
      let rank = 0;
      let dense = 0;
      part.forEach(({ index, unit, keys }, i) => {
        const isNew = i === 0 || byKeys(keys, (part[i - 1] as { keys: SqlValue[] }).keys, sorters) !== 0;
        if (isNew) { rank = i + 1; dense++; }
        const [from, to] = frameOf(i);
        results[index] = ((): SqlValue => {
          switch (name) {
            case 'row_number': return i + 1;
            case 'rank': return rank;
            case 'dense_rank': return dense;
            case 'percent_rank': return part.length === 1 ? 0 : (rank - 1) / (part.length - 1);
            case 'cume_dist': return (peersEnd(i) + 1) / part.length;
            case 'ntile': { const n = Math.max(1, numberOf(values[0] ?? 1)); const size = Math.floor(part.length / n); const larger = part.length % n; return i < larger * (size + 1) ? Math.floor(i / (size + 1)) + 1 : larger + Math.floor((i - larger * (size + 1)) / Math.max(1, size)) + 1; }
            case 'lag': case 'lead': { const j = name === 'lag' ? i - (second ?? 1) : i + (second ?? 1); if (j >= 0 && j < part.length) return values[j] as SqlValue; enter(unit); return args[2]?.eval() ?? null; }
            case 'first_value': return from <= to ? (values[from] as SqlValue) : null;
            case 'last_value': return from <= to ? (values[to] as SqlValue) : null;
            case 'nth_value': { const j = from + (second ?? 1) - 1; return j <= to ? (values[j] as SqlValue) : null; }
            default: budget.spend(to - from + 1); return (aggregate as { run: (rows: readonly Row[]) => SqlValue }).run(part.slice(from, to + 1).map((entry) => entry.unit.row));
          }
        })();
      });
    }
    return results;
  } }) - 1;
  const type: SqlType = aggregate ? aggregate.type : ['row_number', 'rank', 'dense_rank', 'ntile'].includes(name) ? (name === 'row_number' ? 'int64' : 'uint64') : name === 'percent_rank' || name === 'cume_dist' ? 'float64' : (args[0]?.type ?? 'int64');
  const nullable = aggregate ? aggregate.nullable : args.length > 0 && name !== 'ntile';
  return { type, nullable, eval: () => scope.windows[at] as SqlValue };
}

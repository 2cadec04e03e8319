/** Statements of the MySQL dialect that SQL expressions accept (queries-and-frames §13.9). */

export type Expr =
  | { readonly kind: 'literal'; readonly value: number | bigint | string | boolean | null; readonly decimal?: boolean }
  | { readonly kind: 'column'; readonly table?: string; readonly name: string }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'unary'; readonly operator: '-' | '+' | 'not' | '~'; readonly operand: Expr }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expr; readonly right: Expr }
  | { readonly kind: 'is'; readonly operand: Expr; readonly what: 'null' | 'true' | 'false'; readonly negated: boolean }
  | { readonly kind: 'between'; readonly operand: Expr; readonly low: Expr; readonly high: Expr; readonly negated: boolean }
  | { readonly kind: 'in'; readonly operand: Expr; readonly list?: readonly Expr[]; readonly query?: Query; readonly negated: boolean }
  | { readonly kind: 'like'; readonly operand: Expr; readonly pattern: Expr; readonly escape?: Expr; readonly regexp: boolean; readonly negated: boolean }
  | { readonly kind: 'case'; readonly operand?: Expr; readonly whens: readonly { readonly when: Expr; readonly result: Expr }[]; readonly otherwise?: Expr }
  | { readonly kind: 'cast'; readonly operand: Expr; readonly type: string }
  | { readonly kind: 'interval'; readonly amount: Expr; readonly unit: string }
  | { readonly kind: 'subquery'; readonly query: Query }
  | { readonly kind: 'exists'; readonly query: Query }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expr[]; readonly star: boolean; readonly distinct: boolean; readonly orderBy: readonly OrderItem[]; readonly separator?: string; readonly over?: Window };

export interface Window {
  readonly partitionBy: readonly Expr[];
  readonly orderBy: readonly OrderItem[];
  /** Rows around the current one; absent: the default frame. */
  readonly frame?: { readonly from: number; readonly to: number };
}

export interface OrderItem { readonly expr: Expr; readonly descending: boolean }

export type SelectItem =
  | { readonly kind: 'star'; readonly table?: string }
  | { readonly kind: 'expr'; readonly expr: Expr; readonly name: string; readonly aliased: boolean };

export type TableRef =
  | { readonly kind: 'table'; readonly name: string; readonly alias: string }
  | { readonly kind: 'derived'; readonly query: Query; readonly alias: string }
  | { readonly kind: 'join'; readonly type: 'inner' | 'left' | 'right'; readonly left: TableRef; readonly right: TableRef; readonly on?: Expr; readonly using?: readonly string[]; readonly natural: boolean };

export interface Select {
  readonly kind: 'select';
  readonly distinct: boolean;
  readonly items: readonly SelectItem[];
  readonly from?: TableRef;
  readonly where?: Expr;
  readonly groupBy: readonly Expr[];
  readonly having?: Expr;
}

export interface Compound { readonly kind: 'compound'; readonly operator: 'union' | 'intersect' | 'except'; readonly all: boolean; readonly left: Query; readonly right: Query }

export interface Query {
  readonly ctes: readonly { readonly name: string; readonly columns: readonly string[]; readonly query: Query; readonly recursive: boolean }[];
  readonly body: Select | Compound;
  readonly orderBy: readonly OrderItem[];
  readonly limit?: Expr;
  readonly offset?: Expr;
}

/** What is not a query is known by its node's name only; it is never run. */
export type Statement = { readonly kind: 'query'; readonly query: Query } | { readonly kind: 'blocked'; readonly node: string };

/** Executes a parsed template on data (alerting-notifications §7.1). Bounded in output, depth and steps, whoever wrote the template. */
import type { Command, List, Node, Operand, Pipe, Tree } from './ast.ts';
import { nodeText } from './ast.ts';
import { TemplateError } from './parse.ts';
import { goField, GoMap, isStruct, isTrue, printValue, SafeHtml, sortedKeys, typeName } from './value.ts';

export type Functions = Readonly<Record<string, (...args: never[]) => unknown>>;

export interface ExecOptions {
  readonly functions: ReadonlyMap<string, (...args: unknown[]) => unknown>;
  readonly lookup: (name: string) => Tree | undefined;
  /** What a map yields for a key that it does not have. */
  readonly missingKey: 'default' | 'zero' | 'error';
  /** Called for each value that is printed, not for the template's own text. */
  readonly escape: ((text: string) => string) | undefined;
  readonly outputBytesMax: number;
}

/** Nothing, as an absent map member is: prints as `<no value>`. */
const noValue: unique symbol = Symbol('no value');

const depthMax = 500;
const stepsMax = 2_000_000;

class Jump extends Error {
  readonly to: 'break' | 'continue';
  constructor(to: 'break' | 'continue') {
    super(to);
    this.to = to;
  }
}

export function execute(tree: Tree, data: unknown, options: ExecOptions): string {
  const run = new Run(options);
  run.template(tree, data);
  return run.output();
}

class Run {
  readonly #options: ExecOptions;
  readonly #parts: string[] = [];
  #bytes = 0;
  #depth = 0;
  #steps = 0;
  #tree!: Tree;
  #variables: { name: string; value: unknown }[] = [];

  constructor(options: ExecOptions) {
    this.#options = options;
  }

  output(): string {
    return this.#parts.join('');
  }

  template(tree: Tree, data: unknown): void {
    if (++this.#depth > depthMax) throw new TemplateError(`exceeded maximum template depth (${depthMax})`);
    const outer = { tree: this.#tree, variables: this.#variables };
    this.#tree = tree;
    this.#variables = [{ name: '$', value: data }];
    this.#list(tree.root, data);
    this.#tree = outer.tree;
    this.#variables = outer.variables;
    this.#depth--;
  }

  #write(text: string): void {
    this.#bytes += Buffer.byteLength(text);
    if (this.#bytes > this.#options.outputBytesMax) throw new TemplateError('template output exceeds maximum size');
    this.#parts.push(text);
  }

  #fail(node: { readonly pos: number }, message: string): never {
    const { text, parseName, name } = this.#tree;
    const before = text.slice(0, node.pos);
    const line = before.split('\n').length;
    const column = Buffer.byteLength(before.slice(before.lastIndexOf('\n') + 1));
    throw new TemplateError(`template: ${parseName}:${line}:${column}: executing ${JSON.stringify(name)} at <${nodeText(node as Node)}>: ${message}`);
  }

  #list(list: List, dot: unknown): void {
    for (const node of list) this.#node(node, dot);
  }

  #node(node: Node, dot: unknown): void {
    if (++this.#steps > stepsMax) throw new TemplateError('the template takes too many steps');
    switch (node.kind) {
      case 'text': return this.#write(node.text);
      case 'action': {
        const value = this.#pipe(node.pipe, dot);
        if (node.pipe.declare.length === 0) this.#print(value);
        return;
      }
      case 'if': case 'with': {
        const mark = this.#variables.length;
        const value = this.#pipe(node.pipe, dot);
        if (isTrue(plain(value))) this.#list(node.body, node.kind === 'with' ? plain(value) : dot);
        else if (node.otherwise) this.#list(node.otherwise, dot);
        this.#variables.length = mark;
        return;
      }
      case 'range': return this.#range(node, dot);
      case 'template': {
        const tree = this.#options.lookup(node.name);
        if (!tree) return this.#fail({ ...node }, `template ${JSON.stringify(node.name)} not defined`);
        return this.template(tree, node.pipe ? plain(this.#pipe(node.pipe, dot)) : null);
      }
      case 'break': case 'continue': throw new Jump(node.kind);
      default: return node satisfies never;
    }
  }

  #range(node: Extract<Node, { kind: 'range' }>, dot: unknown): void {
    const mark = this.#variables.length;
    const value = plain(this.#pipe(node.pipe, dot, true));
    const once = (key: unknown, item: unknown): boolean => {
      const { declare, assign } = node.pipe;
      const inner = this.#variables.length;
      if (declare.length > 0) {
        const bind = (name: string, what: unknown) => (assign ? this.#assign(name, what) : this.#variables.push({ name, value: what }));
        if (declare.length === 1) bind(declare[0]!, item);
        else {
          bind(declare[0]!, key);
          bind(declare[1]!, item);
        }
      }
      try {
        this.#list(node.body, item);
      } catch (error) {
        if (!(error instanceof Jump)) throw error;
        if (error.to === 'break') return false;
      } finally {
        this.#variables.length = inner;
      }
      return true;
    };
    let ran = false;
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) {
        ran = true;
        if (!once(BigInt(i), value[i])) break;
      }
    } else if (value instanceof Map) {
      for (const key of sortedKeys(value)) {
        ran = true;
        if (!once(key, value.get(key))) break;
      }
    } else if (typeof value === 'bigint') {
      for (let i = 0n; i < value; i++) {
        ran = true;
        if (++this.#steps > stepsMax) throw new TemplateError('the template takes too many steps');
        if (!once(i, i)) break;
      }
    } else if (value !== null && value !== undefined) this.#fail({ ...node.pipe }, `range can't iterate over ${printValue(value)}`);
    if (!ran && node.otherwise) this.#list(node.otherwise, dot);
    this.#variables.length = mark;
  }

  #print(value: unknown): void {
    if (value === noValue || value === null || value === undefined) return this.#write(this.#options.escape ? this.#options.escape('<no value>') : '<no value>');
    const text = printValue(value);
    this.#write(this.#options.escape && !(value instanceof SafeHtml) ? this.#options.escape(text) : text);
  }

  #assign(name: string, value: unknown): void {
    for (let i = this.#variables.length - 1; i >= 0; i--) {
      if (this.#variables[i]!.name === name) {
        this.#variables[i]!.value = value;
        return;
      }
    }
  }

  /** `forRange`: the range node itself declares the variables, once a turn. */
  #pipe(pipe: Pipe, dot: unknown, forRange = false): unknown {
    let value: unknown = noValue;
    let first = true;
    for (const command of pipe.commands) {
      value = this.#command(command, dot, first ? undefined : { value: plain(value) });
      first = false;
    }
    if (!forRange) {
      for (const name of pipe.declare) {
        if (pipe.assign) this.#assign(name, plain(value));
        else this.#variables.push({ name, value: plain(value) });
      }
    }
    return value;
  }

  #command(command: Command, dot: unknown, final: { value: unknown } | undefined): unknown {
    if (++this.#steps > stepsMax) throw new TemplateError('the template takes too many steps');
    const first = command.args[0]!;
    const rest = command.args.slice(1);
    switch (first.kind) {
      case 'field': return this.#fieldChain(first, dot, dot, first.path, rest, final);
      case 'chain': {
        if (first.of.kind === 'nil') this.#fail(first, 'indirection through explicit nil');
        return this.#fieldChain(first, dot, this.#operand(first.of, dot), first.path, rest, final);
      }
      case 'function': return this.#function(first, dot, rest, final, command);
      case 'variable': {
        const value = this.#variable(first);
        if (first.path.length > 0) return this.#fieldChain(first, dot, value, first.path, rest, final);
        if (rest.length > 0 || final) this.#fail(first, "can't give argument to non-function " + nodeText(first));
        return value;
      }
      default:
    }
    if (rest.length > 0 || final) this.#fail(first, `can't give argument to non-function ${nodeText(first)}`);
    if (first.kind === 'nil') this.#fail(first, 'nil is not a command');
    return this.#operand(first, dot);
  }

  #operand(operand: Operand, dot: unknown): unknown {
    switch (operand.kind) {
      case 'dot': return dot;
      case 'nil': return null;
      case 'bool': case 'number': case 'string': return operand.value;
      case 'pipe': return this.#pipe(operand, dot);
      case 'function': return this.#function(operand, dot, [], undefined);
      case 'field': return this.#fieldChain(operand, dot, dot, operand.path, [], undefined);
      case 'variable': {
        const value = this.#variable(operand);
        return operand.path.length > 0 ? this.#fieldChain(operand, dot, value, operand.path, [], undefined) : value;
      }
      case 'chain': return this.#fieldChain(operand, dot, this.#operand(operand.of, dot), operand.path, [], undefined);
      default: return operand satisfies never;
    }
  }

  #variable(operand: Extract<Operand, { kind: 'variable' }>): unknown {
    for (let i = this.#variables.length - 1; i >= 0; i--) if (this.#variables[i]!.name === operand.name) return this.#variables[i]!.value;
    return this.#fail(operand, `undefined variable: ${operand.name}`);
  }

  #fieldChain(node: Operand, dot: unknown, receiver: unknown, path: readonly string[], rest: readonly Operand[], final: { value: unknown } | undefined): unknown {
    let value = receiver;
    for (let i = 0; i < path.length; i++) {
      const last = i === path.length - 1;
      value = this.#field(node, dot, value, path[i]!, last ? rest : [], last ? final : undefined);
    }
    return value;
  }

  #field(node: Operand, dot: unknown, receiver: unknown, name: string, rest: readonly Operand[], final: { value: unknown } | undefined): unknown {
    const hasArgs = rest.length > 0 || final !== undefined;
    const apply = (method: (...args: unknown[]) => unknown) => this.#call(node, name, method, rest, dot, final);
    // Of what is not there everything is missing too.
    if (receiver === noValue) return noValue;
    if (receiver === null || receiver === undefined) {
      if (this.#options.missingKey === 'error') this.#fail(node, `nil data; no entry for key ${JSON.stringify(name)}`);
      return noValueOr(this.#fail.bind(this), node, name);
    }
    if (isStruct(receiver)) {
      const member = receiver[goField](name);
      if (member === undefined) this.#fail(node, `can't evaluate field ${name} in type ${receiver.goType}`);
      if (typeof member === 'function') return apply(member as (...args: unknown[]) => unknown);
      if (hasArgs) this.#fail(node, `${name} has arguments but cannot be invoked as function`);
      return member;
    }
    if (receiver instanceof Map) {
      const method = receiver instanceof GoMap && receiver.methods && Object.hasOwn(receiver.methods, name) ? receiver.methods[name] : undefined;
      if (method) return apply(method);
      if (hasArgs) this.#fail(node, `${name} is not a method but has arguments`);
      if (receiver.has(name)) return receiver.get(name);
      if (this.#options.missingKey === 'error') this.#fail(node, `map has no entry for key ${JSON.stringify(name)}`);
      if (this.#options.missingKey === 'zero' && receiver instanceof GoMap && receiver.zero !== undefined) return receiver.zero;
      return noValue;
    }
    return this.#fail(node, `can't evaluate field ${name} in type ${typeName(receiver)}`);
  }

  #function(node: Extract<Operand, { kind: 'function' }>, dot: unknown, rest: readonly Operand[], final: { value: unknown } | undefined, command?: Command): unknown {
    // These two look at no more arguments than they need.
    if (node.name === 'and' || node.name === 'or') {
      let value: unknown = null;
      for (const arg of rest) {
        value = plain(this.#operand(arg, dot));
        if (isTrue(value) === (node.name === 'or')) return value;
      }
      return final ? final.value : value;
    }
    const fn = this.#options.functions.get(node.name);
    if (!fn) return this.#fail(node, `${JSON.stringify(node.name)} is not a defined function`);
    return this.#call(command ?? node, node.name, fn, rest, dot, final);
  }

  #call(node: Operand | Command, name: string, fn: (...args: unknown[]) => unknown, rest: readonly Operand[], dot: unknown, final: { value: unknown } | undefined): unknown {
    const args = rest.map((arg) => plain(this.#operand(arg, dot)));
    if (final) args.push(final.value);
    if (fn.length > args.length) this.#fail(node, `wrong number of args for ${name}: want ${fn.length} got ${args.length}`);
    try {
      return fn(...args);
    } catch (error) {
      if (error instanceof Jump) throw error;
      if (error instanceof RangeError && /call stack/i.test(error.message)) throw new TemplateError('exceeded maximum template depth');
      return this.#fail(node, `error calling ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

const plain = (value: unknown): unknown => (value === noValue ? null : value);

function noValueOr(fail: (node: Operand, message: string) => never, node: Operand, name: string): unknown {
  return node.kind === 'field' || node.kind === 'chain' || node.kind === 'variable' ? fail(node, `nil pointer evaluating interface {}.${name}`) : noValue;
}

/** Go's text/template: parsing and execution, for notification templates and for the labels and annotations of rules. */
import type { List, Tree } from './ast.ts';
import { builtins, escapeHtml } from './builtins.ts';
import { execute } from './exec.ts';
import { parseTemplate, TemplateError } from './parse.ts';

export { TemplateError } from './parse.ts';
export { escapeHtml } from './builtins.ts';
export { exponential, fixed, formatGeneral, quote, sprintf } from './printf.ts';
export { formatFloat, goField, GoMap, goString, isStruct, isTrue, printValue, SafeHtml, sortedKeys, struct, typeName, type GoMethod, type GoStruct } from './value.ts';

export interface TemplateSetOptions {
  readonly functions?: Readonly<Record<string, (...args: never[]) => unknown>>;
  /** Default `default`: a missing member prints as `<no value>`. `zero`: as its type's zero value. */
  readonly missingKey?: 'default' | 'zero' | 'error';
  /** Printed values are escaped for HTML, unless they are SafeHtml. */
  readonly html?: boolean;
  /** Default 10 MiB. */
  readonly outputBytesMax?: number;
}

const expandedMax = 500;

/** Templates that call each other by name. */
export class TemplateSet {
  readonly #functions: ReadonlyMap<string, (...args: unknown[]) => unknown>;
  readonly #options: TemplateSetOptions;
  readonly #trees: Map<string, Tree>;
  /** Texts that were expanded lately. */
  readonly #expanded = new Map<string, ReturnType<typeof parseTemplate>>();

  constructor(options: TemplateSetOptions = {}, from?: TemplateSet) {
    this.#options = options;
    this.#functions = new Map(Object.entries({ ...builtins, ...options.functions }) as [string, (...args: unknown[]) => unknown][]);
    this.#trees = new Map(from ? from.#trees : []);
  }

  /** A set that knows everything that this one does and can be added to; `more` replaces options. */
  clone(more: TemplateSetOptions = {}): TemplateSet {
    return new TemplateSet({ ...this.#options, ...more, functions: { ...this.#options.functions, ...more.functions } }, this);
  }

  /** Parses `text` and keeps it under `name`, and what it defines under theirs; later ones win. Throws TemplateError. */
  add(name: string, text: string, messageName = name): void {
    const { root, defined } = this.#parse(messageName, text);
    for (const tree of defined.values()) {
      if (isBlank(tree.root) && this.#trees.has(tree.name)) continue;
      this.#trees.set(tree.name, tree);
    }
    if (!isBlank(root.root) || !this.#trees.has(name)) this.#trees.set(name, { ...root, name });
  }

  /** What a text defines and which templates each definition calls. Throws TemplateError. */
  inspect(name: string, text: string): ReadonlyMap<string, ReadonlySet<string>> {
    const { defined } = this.#parse(name, text);
    return new Map([...defined.values()].map((tree) => [tree.name, calls(tree.root)]));
  }

  has(name: string): boolean {
    return this.#trees.has(name);
  }

  /** Runs the template kept under `name`. Throws TemplateError. */
  run(name: string, data: unknown): string {
    const tree = this.#trees.get(name);
    if (!tree) throw new TemplateError(`template: no template ${JSON.stringify(name)} associated with template ""`);
    return this.#execute(tree, data);
  }

  /** Parses and runs a text that may call the templates of this set; what it defines is forgotten afterwards. Throws TemplateError. */
  expand(text: string, data: unknown, name = ''): string {
    if (!text.includes('{{')) return text;
    const key = `${name}\n${text}`;
    let parsed = this.#expanded.get(key);
    if (!parsed) {
      parsed = this.#parse(name, text);
      if (this.#expanded.size >= expandedMax) this.#expanded.delete(this.#expanded.keys().next().value!);
      this.#expanded.set(key, parsed);
    }
    return this.#execute(parsed.root, data, parsed.defined);
  }

  #parse(name: string, text: string) {
    return parseTemplate({ name, text, hasFunction: (f) => this.#functions.has(f) });
  }

  #execute(tree: Tree, data: unknown, local?: ReadonlyMap<string, Tree>): string {
    try {
      return execute(tree, data, {
        functions: this.#functions,
        lookup: (name) => local?.get(name) ?? this.#trees.get(name),
        missingKey: this.#options.missingKey ?? 'default',
        escape: this.#options.html ? escapeHtml : undefined,
        outputBytesMax: this.#options.outputBytesMax ?? 10 * 1_048_576,
      });
    } catch (error) {
      if (error instanceof RangeError) throw new TemplateError('exceeded maximum template depth');
      throw error;
    }
  }
}

const isBlank = (list: List) => list.every((n) => n.kind === 'text' && n.text.trim() === '');

function calls(list: List, into = new Set<string>()): Set<string> {
  for (const node of list) {
    if (node.kind === 'template') into.add(node.name);
    if ('body' in node) {
      calls(node.body, into);
      if (node.otherwise) calls(node.otherwise, into);
    }
  }
  return into;
}

/** The tree of a parsed template. `pos` is an offset into the text, for messages. */
export type Node =
  | { readonly kind: 'text'; readonly pos: number; readonly text: string }
  | { readonly kind: 'action'; readonly pos: number; readonly pipe: Pipe }
  | { readonly kind: 'if' | 'with'; readonly pos: number; readonly pipe: Pipe; readonly body: List; readonly otherwise: List | undefined }
  | { readonly kind: 'range'; readonly pos: number; readonly pipe: Pipe; readonly body: List; readonly otherwise: List | undefined }
  | { readonly kind: 'template'; readonly pos: number; readonly name: string; readonly pipe: Pipe | undefined }
  | { readonly kind: 'break' | 'continue'; readonly pos: number };

export type List = readonly Node[];

export interface Pipe {
  readonly kind: 'pipe';
  readonly pos: number;
  readonly declare: readonly string[];
  /** `=` instead of `:=`. */
  readonly assign: boolean;
  readonly commands: readonly Command[];
}

export interface Command {
  readonly pos: number;
  readonly args: readonly Operand[];
}

export type Operand =
  | { readonly kind: 'dot' | 'nil'; readonly pos: number }
  | { readonly kind: 'bool'; readonly pos: number; readonly value: boolean }
  | { readonly kind: 'number'; readonly pos: number; readonly value: bigint | number; readonly text: string }
  | { readonly kind: 'string'; readonly pos: number; readonly value: string; readonly text: string }
  | { readonly kind: 'function'; readonly pos: number; readonly name: string }
  | { readonly kind: 'field'; readonly pos: number; readonly path: readonly string[] }
  | { readonly kind: 'variable'; readonly pos: number; readonly name: string; readonly path: readonly string[] }
  | { readonly kind: 'chain'; readonly pos: number; readonly of: Operand; readonly path: readonly string[] }
  | Pipe;

export interface Tree {
  readonly name: string;
  /** What messages call the text it was parsed from. */
  readonly parseName: string;
  readonly text: string;
  readonly root: List;
}

/** How Go writes a node in messages: `<.Foo.Bar>`. */
export function nodeText(node: Node | Pipe | Operand | Command): string {
  if (!('kind' in node)) return node.args.map((a) => (a.kind === 'pipe' ? `(${nodeText(a)})` : nodeText(a))).join(' ');
  switch (node.kind) {
    case 'text': return node.text;
    case 'action': return `{{${nodeText(node.pipe)}}}`;
    case 'if': case 'with': case 'range': return `{{${node.kind} ${nodeText(node.pipe)}}}…{{end}}`;
    case 'template': return `{{template ${JSON.stringify(node.name)}${node.pipe ? ` ${nodeText(node.pipe)}` : ''}}}`;
    case 'break': case 'continue': return `{{${node.kind}}}`;
    case 'pipe': return (node.declare.length > 0 ? `${node.declare.join(', ')} ${node.assign ? '=' : ':='} ` : '') + node.commands.map(nodeText).join(' | ');
    case 'dot': return '.';
    case 'nil': return 'nil';
    case 'bool': return String(node.value);
    case 'number': case 'string': return node.text;
    case 'function': return node.name;
    case 'field': return `.${node.path.join('.')}`;
    case 'variable': return [node.name, ...node.path].join('.');
    case 'chain': return `${node.of.kind === 'pipe' ? `(${nodeText(node.of)})` : nodeText(node.of)}.${node.path.join('.')}`;
    default: return node satisfies never;
  }
}

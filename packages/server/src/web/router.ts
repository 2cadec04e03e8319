/**
 * Finds the route of a request: static segments before parameters before a trailing `*`, going back where a path leads nowhere. Four
 * hundred routes are a millisecond to register, and most requests are one look-up.
 */

export interface Match<T> {
  readonly value: T;
  readonly params: Record<string, string>;
}

export interface Router<T> {
  /** `exact`: a trailing slash is another path. Throws where method and path are taken. */
  add(method: string, path: string, value: T, options?: { readonly exact?: boolean }): void;
  /** `path` as it came, without the query. `malformed` where its percent-encoding is. */
  find(method: string, path: string): Match<T> | undefined | 'malformed';
}

interface Leaf<T> {
  readonly value: T;
  readonly names: readonly string[];
  readonly exact: boolean;
}

interface Node<T> {
  readonly statics: Map<string, Node<T>>;
  param?: Node<T>;
  leaf?: Leaf<T>;
  rest?: Leaf<T>;
}

/** Longer than any name; what is longer is no path of ours. */
const paramCharsMax = 4096;

const newNode = <T>(): Node<T> => ({ statics: new Map() });
const noParams: Record<string, string> = Object.freeze({}) as Record<string, string>;

export function createRouter<T>(): Router<T> {
  const trees = new Map<string, Node<T>>();
  /** `METHOD path` of routes without parameters. */
  const statics = new Map<string, T>();

  function add(method: string, path: string, value: T, { exact = false }: { readonly exact?: boolean } = {}): void {
    const segments = segmentsOf(path);
    let node = trees.get(method);
    if (!node) trees.set(method, (node = newNode()));
    const names: string[] = [];
    for (const [i, segment] of segments.entries()) {
      if (segment === '*') {
        if (i !== segments.length - 1) throw new Error(`${path}: * is the last segment`);
        if (node.rest) throw new Error(`${method} ${path} is declared twice`);
        node.rest = { value, names: [...names, '*'], exact };
        return;
      }
      if (segment.startsWith(':')) {
        names.push(segment.slice(1));
        node = node.param ??= newNode();
      } else {
        let next: Node<T> | undefined = node.statics.get(segment);
        if (!next) node.statics.set(segment, (next = newNode()));
        node = next;
      }
    }
    if (node.leaf) throw new Error(`${method} ${path} is declared twice`);
    node.leaf = { value, names, exact };
    if (names.length === 0) statics.set(`${method} ${path}`, value);
  }

  function walk(node: Node<T>, segments: readonly string[], at: number, values: string[], slash: boolean): Match<T> | undefined {
    if (at === segments.length) return node.leaf && !(slash && node.leaf.exact) ? toMatch(node.leaf, values) : undefined;
    const segment = segments[at]!;
    const next = node.statics.get(segment);
    const found = next && walk(next, segments, at + 1, values, slash);
    if (found) return found;
    if (node.param && segment !== '' && segment.length <= paramCharsMax) {
      values.push(segment);
      const below = walk(node.param, segments, at + 1, values, slash);
      if (below) return below;
      values.pop();
    }
    return node.rest ? toMatch(node.rest, [...values, segments.slice(at).join('/')]) : undefined;
  }

  return {
    add,
    find(method, path) {
      const value = statics.get(`${method} ${path}`);
      if (value !== undefined) return { value, params: noParams };
      const tree = trees.get(method);
      if (!tree) return undefined;
      const slash = path.length > 1 && path.endsWith('/') && path[path.length - 2] !== '/';
      let segments = segmentsOf(slash ? path.slice(0, -1) : path);
      if (path.includes('%')) {
        try {
          segments = segments.map(decodeURIComponent);
        } catch {
          return 'malformed';
        }
      }
      return walk(tree, segments, 0, [], slash);
    },
  };
}

const segmentsOf = (path: string): string[] => (path === '/' || path === '' ? [] : path.slice(path.startsWith('/') ? 1 : 0).split('/'));

function toMatch<T>({ value, names }: Leaf<T>, values: readonly string[]): Match<T> {
  // Without a prototype: a parameter may have any name and any text.
  const params: Record<string, string> = Object.create(null) as Record<string, string>;
  names.forEach((name, i) => {
    params[name] = values[i]!;
  });
  return { value, params };
}

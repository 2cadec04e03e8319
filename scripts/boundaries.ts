/**
 * Which module may import which (docs/adr/0003). Imports point down the list of layers only; a service uses another one's interface, never
 * its store or its routes; the packages below know nothing of the server.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '..');

/** From the top down. */
const layers = ['entry', 'composition', 'domains', 'engines', 'base', 'settings', 'values'] as const;
type Layer = (typeof layers)[number];

/** Folder of packages/server/src -> layer. A folder that is not here is an objection: say where it belongs. */
const layerOf: Readonly<Record<string, Layer>> = {
  'main.ts': 'entry', 'command-line': 'entry',
  server: 'composition', modules: 'composition',
  api: 'domains', apps: 'domains', services: 'domains', apiserver: 'domains', operators: 'domains', aggregator: 'domains', extensions: 'domains', codegen: 'domains', middleware: 'domains',
  storage: 'engines', plugins: 'engines', tsdb: 'engines', expr: 'engines',
  infra: 'base', web: 'base', registry: 'base',
  setting: 'settings',
  util: 'values',
};

/** What is so on purpose, each with its reason. */
const exceptions: readonly { readonly from: RegExp; readonly to: RegExp; readonly why: string }[] = [
  { from: /^packages\/server\/src\/setting\//, to: /infra\/db\/database\.ts$/, why: 'names of the databases are the database layer\'s, type only' },
  {
    from: /services\/(identity\/(identities|serviceaccounts\/serviceaccount-service|teams\/team-service)|tenancy\/orgs\/org-service)\.ts$/, to: /identity\/users\/user-store\.ts$/,
    why: 'people, service accounts and members are rows of one table',
  },
  { from: /^packages\/server\/src\/command-line\/reset-admin-password\.ts$/, to: /./, why: 'a command is a small composition root' },
];

/** Small packages -> what of ours they may import. */
const packages: Readonly<Record<string, readonly string[]>> = { dataframe: [], 'go-template': [], 'plugin-sdk': ['dataframe'], console: [] };

export interface Import {
  readonly from: string;
  readonly to: string;
  /** `import type`: no more than a name. */
  readonly typeOnly?: boolean;
}

/** The objection to one import of one file by another (paths from the repository's root), or null. */
export function objection({ from, to, typeOnly = false }: Import): string | null {
  if (from.endsWith('.test.ts') || /-fixtures\.ts$|\/fake-|\/fixtures\//.test(from)) return null;
  if (exceptions.some((exception) => exception.from.test(from) && exception.to.test(to))) return null;
  const fromPackage = /^packages\/([^/]+)\//.exec(from)?.[1];
  const toPackage = /^packages\/([^/]+)\//.exec(to)?.[1];
  if (!fromPackage) return null;
  if (fromPackage !== toPackage) {
    if (fromPackage === 'server' && toPackage !== 'console') return null;
    return toPackage && packages[fromPackage]?.includes(toPackage) ? null : `${from} imports ${to}: package ${fromPackage} stands alone (docs/adr/0003-direction.md)`;
  }
  if (fromPackage !== 'server') return null;
  const [fromFolder, toFolder] = [folder(from), folder(to)];
  const [upper, lower] = [layerOf[fromFolder], layerOf[toFolder]];
  if (!upper || !lower) return `${upper ? to : from}: no layer is named for ${upper ? toFolder : fromFolder} (scripts/boundaries.ts)`;
  if (layers.indexOf(lower) < layers.indexOf(upper)) return `${from} looks up to ${to}: pass what it needs as a parameter (docs/adr/0003-direction.md)`;
  if (fromFolder === 'services' && toFolder === 'services' && domain(from) !== domain(to) && /-(store|api)\.ts$/.test(to) && !typeOnly) {
    return `${from} reaches into ${domain(to)}: its interface is what others may use (docs/adr/0003-direction.md)`;
  }
  return null;
}

const folder = (path: string) => path.split('/')[3] ?? '';
/** services/<theme>/<domain>, or services/<domain> where a theme is one domain. */
const domain = (path: string) => {
  const parts = dirname(path).split('/').slice(4);
  return parts.slice(0, 2).join('/');
};

/** All TypeScript of ours, as paths from the root. */
export function sources(folders: readonly string[] = ['packages', 'scripts', 'bench', 'e2e']): string[] {
  const found: string[] = [];
  const walk = (path: string) => {
    for (const name of readdirSync(path)) {
      if (name === 'node_modules' || name === 'dist') continue;
      const full = join(path, name);
      if (statSync(full).isDirectory()) walk(full);
      else if (/\.(ts|tsx|mjs)$/.test(name) && !name.endsWith('.d.ts')) found.push(relative(root, full));
    }
  };
  for (const name of folders) walk(join(root, name));
  return found.sort();
}

/** Relative imports (static, dynamic, by `import.meta`) and those of our own packages, resolved. */
export function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found: Import[] = [];
  for (const match of text.matchAll(/(import\s+type\b[^;'"]*from|from|import)\s*\(?\s*['"]([^'"]+)['"]|new URL\(\s*['"]([^'"]+)['"]|import\.meta\.dirname,\s*['"]([^'"]+\.ts)['"]/g)) {
    // A file that is named beside the source is meant, with or without a dot before it.
    const specifier = match[2] ?? (match[3] ?? match[4]!).replace(/^(?![./]|\w+:)/, './');
    const typeOnly = match[1]?.startsWith('import type') ?? /^import\s+type/.test(match[0]);
    if (specifier.startsWith('.')) found.push({ from: file, to: relative(root, resolve(root, dirname(file), specifier)), typeOnly });
    const own = /^@belvedere\/([^/]+)$/.exec(specifier);
    if (own) found.push({ from: file, to: `packages/${own[1]}/src/index.ts`, typeOnly });
  }
  return found;
}

/** Packages that one module wraps, because they are too heavy to be loaded at every start. */
const wrapped: readonly { readonly specifier: RegExp; readonly by: string }[] = [{ specifier: /^import (?!type )[^;]* from 'typebox';/m, by: 'packages/server/src/web/schema.ts' }];

function wrappedObjections(file: string): string[] {
  if (!file.startsWith('packages/server/src/') || file.endsWith('.test.ts')) return [];
  const text = readFileSync(join(root, file), 'utf8');
  return wrapped.filter(({ specifier, by }) => file !== by && specifier.test(text)).map(({ by }) => `${file} loads a heavy package: import from ${by} instead`);
}

export function allObjections(): string[] {
  return [...new Set(sources(['packages']).flatMap((file) => [...importsOf(file).map(objection).filter((text) => text !== null), ...wrappedObjections(file)]))];
}

/** Links in the documents, and files that nothing uses. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { importsOf, root, sources } from './boundaries.ts';

/** Relative links to files that are not there. */
export function brokenLinks(): string[] {
  return markdown(root).flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8').replace(/```[\s\S]*?```/g, '');
    return [...text.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)]
      .map((match) => match[1]!)
      .filter((link) => !/^[a-z]+:/.test(link) && !existsSync(resolve(root, dirname(file), decodeURIComponent(link))))
      .map((link) => `${file}: no ${link}`);
  });
}

function markdown(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    if (name === 'node_modules' || name === 'dist' || name === 'data' || name.startsWith('.')) return [];
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return markdown(path);
    return name.endsWith('.md') ? [relative(root, path)] : [];
  });
}

/** Where a program begins: what node, npm, vitest or a person starts, and the packages' own entrances. */
const entrances = [
  /\.test\.tsx?$/, /^packages\/server\/src\/main\.ts$/, /^packages\/[^/]+\/src\/index\.tsx?$/, /^packages\/server\/src\/server\/server\.ts$/, /^packages\/console\//,
  /^scripts\/[^/]+\.(ts|mjs)$/, /^bench\/(main|load)\.ts$/,
];

/** Files that no entrance reaches, followed through imports and `new URL(…)`. */
export function deadFiles(): string[] {
  const all = sources();
  const known = new Set(all);
  const reached = new Set<string>();
  const waiting = all.filter((file) => entrances.some((entrance) => entrance.test(file)));
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    waiting.push(...importsOf(file).map(({ to }) => to).filter((to) => known.has(to)));
  }
  return all.filter((file) => !reached.has(file));
}

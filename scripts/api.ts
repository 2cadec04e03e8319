/**
 * npm run api: writes docs/openapi.json and docs/errors.md from the code, prints what changed and how much of the reference's description is
 * served. `--check` writes nothing and fails where they are not fresh.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type OpenApi, openApi, templatePath } from '../packages/server/src/codegen/openapi.ts';
import { root } from './boundaries.ts';
import { declared } from './declared.ts';
import { errorManual } from './error-manual.ts';

const check = process.argv.includes('--check');
const { routes, errors } = await declared();
const description = openApi(routes);
const stale: string[] = [];
const apiFile = join(root, 'docs/openapi.json');
const before = existsSync(apiFile) ? (JSON.parse(readFileSync(apiFile, 'utf8')) as OpenApi) : undefined;
put(apiFile, `${JSON.stringify(description, null, 1)}\n`);
put(join(root, 'docs/errors.md'), errorManual(errors));

if (check) {
  for (const file of stale) console.log(`${file} is not fresh: npm run api`);
} else {
  changes(before, description);
  coverage();
}
process.exit(check && stale.length > 0 ? 1 : 0);

function put(file: string, text: string): void {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  if (check) stale.push(file.slice(root.length + 1));
  else writeFileSync(file, text);
}

function changes(old: OpenApi | undefined, now: OpenApi): void {
  const operations = (api: OpenApi | undefined) => new Map(Object.entries(api?.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, JSON.stringify(operation)] as const)));
  const [had, has] = [operations(old), operations(now)];
  const added = [...has.keys()].filter((key) => !had.has(key));
  const removed = [...had.keys()].filter((key) => !has.has(key));
  const changed = [...has].filter(([key, text]) => had.has(key) && had.get(key) !== text).map(([key]) => key);
  console.log(`${has.size} operations: ${added.length} new, ${changed.length} changed, ${removed.length} gone`);
  for (const [sign, keys] of [['+', added], ['~', changed], ['-', removed]] as const) for (const key of keys.slice(0, 40)) console.log(`  ${sign} ${key}`);
}

/** Of the reference's operations, how many a declared route would answer. */
function coverage(): void {
  const file = resolve(root, '../shared/reference/openapi3.json');
  if (!existsSync(file)) return;
  const reference = JSON.parse(readFileSync(file, 'utf8')) as { paths: Record<string, Record<string, { tags?: string[] }>> };
  const shape = (path: string) => path.replace(/\{[^}]*\}/g, '{}').replace(/\/$/, '');
  const ours = new Set(routes.map(({ method, path }) => `${method} ${shape(templatePath(path))}`));
  const tags = new Map<string, { served: number; missing: string[] }>();
  for (const [path, methods] of Object.entries(reference.paths)) {
    for (const [method, { tags: names }] of Object.entries(methods)) {
      const row = tags.get(names?.[0] ?? 'other') ?? { served: 0, missing: [] };
      tags.set(names?.[0] ?? 'other', row);
      const served = [path, `/api${path}`].some((candidate) => ours.has(`${method.toUpperCase()} ${shape(candidate)}`));
      if (served) row.served++;
      else row.missing.push(`${method.toUpperCase()} ${path}`);
    }
  }
  const all = [...tags.values()];
  const served = all.reduce((sum, row) => sum + row.served, 0);
  const total = served + all.reduce((sum, row) => sum + row.missing.length, 0);
  console.log(`\nof the reference's ${total} operations ${served} are served (${Math.round((100 * served) / total)} %)`);
  for (const [tag, { served: count, missing }] of [...tags].sort(([a], [b]) => (a < b ? -1 : 1))) {
    console.log(`  ${tag.padEnd(28)} ${String(count).padStart(3)} / ${String(count + missing.length).padStart(3)}${missing.length > 0 ? `   missing ${missing.slice(0, 3).join(', ')}${missing.length > 3 ? ' …' : ''}` : ''}`);
  }
}

/**
 * npm run new -- domain THEME NAME | kind GROUP KIND | notifier NAME: the standard folder, with a failing test that says what comes next.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { root } from './boundaries.ts';

const [what, ...names] = process.argv.slice(2);
const source = join(root, 'packages/server/src');
const camel = (text: string) => text.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
const pascal = (text: string) => camel(text)[0]!.toUpperCase() + camel(text).slice(1);

function domain(theme: string, name: string): Record<string, string> {
  const [lower, upper] = [camel(name), pascal(name)];
  return {
    [`services/${theme}/${name}/${name}.ts`]: `/** What a ${name} is. (Name the chapter of the specification.) */
import { defineErrors } from '../../../web/errors.ts';

export interface ${upper} {
  readonly uid: string;
}

export interface ${upper}Service {
  get(orgId: number, uid: string): Promise<${upper}>;
}

export const ${lower}Errors = defineErrors('${name}', {
  notFound: [404, '${upper} not found'],
});
`,
    [`services/${theme}/${name}/${name}-store.ts`]: `import type { Database, Migration } from '../../../infra/db/database.ts';
import type { ${upper} } from './${name}.ts';

export const ${lower}Migrations: readonly Migration[] = [];

export interface ${upper}Store {
  get(orgId: number, uid: string): Promise<${upper} | undefined>;
}

export function create${upper}Store(_db: Database): ${upper}Store {
  return { get: async () => undefined };
}
`,
    [`services/${theme}/${name}/${name}-service.ts`]: `import type { Database } from '../../../infra/db/database.ts';
import { ${lower}Errors, type ${upper}Service } from './${name}.ts';
import { create${upper}Store } from './${name}-store.ts';

export interface ${upper}Deps {
  readonly db: Database;
}

export function create${upper}Service({ db }: ${upper}Deps): ${upper}Service {
  const store = create${upper}Store(db);
  return {
    async get(orgId, uid) {
      const found = await store.get(orgId, uid);
      if (!found) throw ${lower}Errors.notFound();
      return found;
    },
  };
}
`,
    [`services/${theme}/${name}/${name}-api.ts`]: `import { signedIn } from '../../../web/access.ts';
import type { Routes } from '../../../web/route.ts';
import type { ${upper}Service } from './${name}.ts';

export function ${lower}Routes(routes: Routes, { ${lower} }: { readonly ${lower}: ${upper}Service }): void {
  routes.get('/api/${name}/:uid', { access: signedIn, name: 'get${upper}', tag: '${name}' }, ({ identity, params }) => ${lower}.get(identity.orgId, params['uid']!));
}
`,
    [`services/${theme}/${name}/${name}.test.ts`]: `import { expect, test } from 'vitest';
import { openTestDatabase } from '../../../infra/db/test-database.ts';
import { ${lower}Migrations } from './${name}-store.ts';
import { create${upper}Service } from './${name}-service.ts';

test('a ${name} that was made is found', async () => {
  const ${lower} = create${upper}Service({ db: await openTestDatabase(${lower}Migrations) });
  // Next: migrations, a create, and the lines in server/migrations.ts and server/graph.ts.
  expect(await ${lower}.get(1, 'a')).toMatchObject({ uid: 'a' });
});
`,
  };
}

function kind(group: string, name: string): Record<string, string> {
  const file = name.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase();
  return {
    [`apps/${group}/${file}-kind.ts`]: `/** The kind ${name} of ${group}. (Name the chapter of the specification.) */
import { Type } from 'typebox';

export const ${name}Spec = Type.Object({ title: Type.String() });

export const ${name[0]!.toLowerCase() + name.slice(1)}Kind = { group: '${group}', kind: '${name}', plural: '${file.replaceAll('-', '')}s', versions: { v1: { spec: ${name}Spec } } } as const;
`,
    [`apps/${group}/${file}-kind.test.ts`]: `import { expect, test } from 'vitest';
import { ${name[0]!.toLowerCase() + name.slice(1)}Kind } from './${file}-kind.ts';

test('${name} is served under its group', () => {
  // Next: register the kind beside the others in apps/ and play its life: create, conflict, read, list, stale update, watch, delete.
  expect(${name[0]!.toLowerCase() + name.slice(1)}Kind.versions).toHaveProperty('registered');
});
`,
  };
}

function notifier(name: string): Record<string, string> {
  const upper = pascal(name);
  return {
    [`services/alerting/receivers/${name}/${name}-notifier.ts`]: `/** The ${name} integration. (Name the chapter of the specification.) */
import { Type, type Static } from 'typebox';

export const ${upper}Settings = Type.Object({ url: Type.String() });
export type ${upper}Settings = Static<typeof ${upper}Settings>;

/** The request that tells ${name} of a group of alerts. Pure: what is sent can be read in a test. */
export function ${camel(name)}Request(settings: ${upper}Settings, body: unknown): { readonly url: string; readonly body: string } {
  return { url: settings.url, body: JSON.stringify(body) };
}
`,
    [`services/alerting/receivers/${name}/${name}-notifier.test.ts`]: `import { expect, test } from 'vitest';
import { ${camel(name)}Request } from './${name}-notifier.ts';

test('${name} hears of a firing alert in its own words', () => {
  // Next: the wording of the chapter, and the line in the list of integrations.
  expect(${camel(name)}Request({ url: 'http://example.com' }, {}).body).toContain('firing');
});
`,
  };
}

const files = what === 'domain' && names.length === 2 ? domain(names[0]!, names[1]!) : what === 'kind' && names.length === 2 ? kind(names[0]!, names[1]!) : what === 'notifier' && names.length === 1 ? notifier(names[0]!) : undefined;
if (!files || names.some((name) => !/^[A-Za-z][A-Za-z0-9.-]*$/.test(name))) {
  console.error('usage: npm run new -- domain THEME NAME | kind GROUP KIND | notifier NAME');
  process.exit(2);
}
for (const [file, text] of Object.entries(files)) {
  const path = join(source, file);
  if (existsSync(path)) {
    console.error(`${relative(root, path)} exists already`);
    process.exit(1);
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  console.log(relative(root, path));
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './boundaries.ts';
import { declared } from './declared.ts';
import { errorManual } from './error-manual.ts';

test('the manual lists every error that the server can give, and no other', async () => {
  const { errors, routes } = await declared();
  expect(routes.length).toBeGreaterThan(0);
  expect(readFileSync(join(root, 'docs/errors.md'), 'utf8'), 'docs/errors.md is not fresh: npm run api').toBe(errorManual(errors));
}, 30_000);

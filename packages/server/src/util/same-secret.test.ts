import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sameSecret } from './same-secret.ts';

test('a secret is the same whole or not at all, whatever the lengths', () => {
  expect([sameSecret('secret', 'secret'), sameSecret('', ''), sameSecret('ü', 'ü')]).toEqual([true, true, true]);
  for (const given of ['', 'secre', 'secret ', 'Secret', 'secret\0', 'x'.repeat(10_000)]) expect([given.length, sameSecret(given, 'secret')]).toEqual([given.length, false]);
});

test('secrets are compared here and nowhere else', () => {
  const root = join(import.meta.dirname, '..');
  const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  expect(sources.filter((file) => readFileSync(join(root, file), 'utf8').includes('timingSafeEqual'))).toEqual([join('util', 'same-secret.ts')]);
});

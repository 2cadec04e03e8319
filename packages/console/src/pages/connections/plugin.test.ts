import { expect, test } from 'vitest';
import { freeName, inCategories, type Plugin } from './plugin.ts';

test('a source gets a name that is free, whatever its case', () => {
  expect(freeName('prometheus', [])).toBe('prometheus');
  expect(freeName('prometheus', ['Prometheus', 'prometheus-1'])).toBe('prometheus-2');
});

test('what has no known category stands among the others', () => {
  const plugin = (id: string, category?: string) => ({ id, category }) as Plugin;
  expect(inCategories([plugin('a', 'sql'), plugin('b'), plugin('c', 'strange')]).map(({ name, plugins }) => [name, plugins.map(({ id }) => id)])).toEqual([['SQL', ['a']], ['Others', ['b', 'c']]]);
});

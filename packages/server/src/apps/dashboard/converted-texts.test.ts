import { expect, test } from 'vitest';
import type { StoredResource } from '../../storage/resource-store.ts';
import { createConvertedTexts } from './converted-texts.ts';
import { noSources } from './schema/document.ts';

const stored = (name: string, resourceVersion: number, title: string) =>
  ({ namespace: 'default', name, resourceVersion, apiVersion: 'v0alpha1', spec: JSON.stringify({ title, schemaVersion: 42 }) }) as StoredResource;
const titleOf = ({ specText }: { specText: string }) => (JSON.parse(specText) as { title: string }).title;

test('a text is made once for each state, and made anew when the dashboard or the sources change', () => {
  const texts = createConvertedTexts({ charactersMax: 1_000_000 });
  const first = texts.of(stored('a', 1, 'One'), 'v1beta1', noSources);
  expect(titleOf(first)).toBe('One');
  expect(JSON.parse(first.statusText)).toEqual({ conversion: { failed: false, storedVersion: 'v0alpha1' } });
  expect(texts.of(stored('a', 1, 'One'), 'v1beta1', noSources)).toBe(first);
  expect(titleOf(texts.of(stored('a', 2, 'Two'), 'v1beta1', noSources))).toBe('Two');
  expect(texts.of(stored('a', 2, 'Two'), 'v1beta1', { ...noSources })).not.toBe(texts.of(stored('a', 2, 'Two'), 'v1beta1', noSources));
  expect(texts.of(stored('a', 2, 'Two'), 'v2beta1', noSources).specText).toContain('"layout"');
});

test('what does not fit goes, the longest unused first', () => {
  const length = createConvertedTexts({ charactersMax: 1_000_000 }).of(stored('a', 1, 'T'), 'v1beta1', noSources).specText.length;
  const texts = createConvertedTexts({ charactersMax: length * 2 + 10 });
  const of = (name: string) => texts.of(stored(name, 1, 'T'), 'v1beta1', noSources);
  const [a, b] = [of('a'), of('b')];
  expect(of('a')).toBe(a);
  of('c');
  expect(of('a')).toBe(a);
  expect(of('b')).not.toBe(b);
});

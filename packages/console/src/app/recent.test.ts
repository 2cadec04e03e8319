import { beforeEach, expect, test, vi } from 'vitest';
import { noteVisit, recentDashboards } from './recent.ts';

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal('localStorage', { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value) });
});

test('dashboards are kept newest first, each once, an organization apart from the other', () => {
  for (const path of ['/d/a/one', '/d/b', '/explore', '/d/a/one']) noteVisit(1, path);
  noteVisit(2, '/d/c/three');
  expect(recentDashboards(1)).toEqual(['a', 'b']);
  expect(recentDashboards(2)).toEqual(['c']);
});

test('what is not a list is no history', () => {
  localStorage.setItem('belvedere.console.recent.1', '{"a":1}');
  expect(recentDashboards(1)).toEqual([]);
  localStorage.setItem('belvedere.console.recent.1', 'no JSON');
  expect(recentDashboards(1)).toEqual([]);
});

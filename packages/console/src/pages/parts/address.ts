import { useCallback } from 'react';
import { useSearchParams } from 'react-router-dom';

/** What the address asks for, and a change of some of it in its place; what is empty goes. */
export function useAddress(): readonly [search: URLSearchParams, want: (some: Readonly<Record<string, string | null>>) => void] {
  const [search, setSearch] = useSearchParams();
  const want = useCallback((some: Readonly<Record<string, string | null>>) => setSearch((now) => {
    const next = new URLSearchParams(now);
    for (const [key, value] of Object.entries(some)) value ? next.set(key, value) : next.delete(key);
    return next;
  }, { replace: true }), [setSearch]);
  return [search, want];
}

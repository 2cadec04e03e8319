/** Lists that the server searches and cuts into pages. What is searched and which page is shown is in the address, so that going back leads to it. */
import { useEffect, useState } from 'react';
import { type Loaded, useLoaded } from '../../api/client.ts';
import { useAddress } from './address.ts';

export interface Paged<T> {
  readonly loaded: Loaded<T>;
  readonly query: string;
  readonly setQuery: (query: string) => void;
  readonly page: number;
  readonly setPage: (page: number) => void;
}

const typingMs = 250;

/** Asks for a page of what matches; while somebody types, only when they pause. `also` stands for whatever else the answer depends on. */
export function usePaged<T>(load: (query: string, page: number) => Promise<T>, also = ''): Paged<T> {
  const [search, want] = useAddress();
  const asked = search.get('query') ?? '';
  const page = Math.max(1, Math.floor(Number(search.get('page') ?? 1)) || 1);
  const [query, setQuery] = useState(asked);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed is waited for
  useEffect(() => {
    if (query === asked) return undefined;
    const timer = setTimeout(() => want({ query, page: '' }), query === '' ? 0 : typingMs);
    return () => clearTimeout(timer);
  }, [query]);
  const loaded = useLoaded(() => load(asked, page), `${asked}\n${page}\n${also}`);
  return { loaded, query, setQuery, page, setPage: (next) => want({ page: next === 1 ? '' : String(next) }) };
}

/** Lists that the server searches and cuts into pages. */
import { useEffect, useState } from 'react';
import { type Loaded, useLoaded } from '../../api/client.ts';

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
  const [query, setQuery] = useState('');
  const [asked, setAsked] = useState('');
  const [page, setPage] = useState(1);
  useEffect(() => {
    const timer = setTimeout(() => {
      setAsked(query);
      setPage(1);
    }, query === '' ? 0 : typingMs);
    return () => clearTimeout(timer);
  }, [query]);
  const loaded = useLoaded(() => load(asked, page), `${asked}\n${page}\n${also}`);
  return { loaded, query, setQuery, page, setPage };
}

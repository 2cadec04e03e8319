/** A table over a list that the server searches and cuts. */
import { FilterInput } from '@grafana/ui';
import type { ReactNode } from 'react';
import { Shown } from '../../app/page.tsx';
import { Sized } from './fields.tsx';
import type { Paged } from './paged.ts';
import { Table, type TableProps } from './table.tsx';

export interface SearchedTableProps<A, T> extends Omit<TableProps<T>, 'rows' | 'words' | 'paging' | 'filters'> {
  readonly paged: Paged<A>;
  readonly rowsOf: (answer: A) => readonly T[];
  readonly totalOf: (answer: A) => number;
  readonly pageSize: number;
  readonly searchLabel: string;
  readonly filters?: ReactNode;
}

export function SearchedTable<A, T>({ paged, rowsOf, totalOf, pageSize, searchLabel, filters, empty, ...table }: SearchedTableProps<A, T>) {
  const { loaded, query, setQuery, page, setPage } = paged;
  const search = <Sized width={50}><FilterInput aria-label={searchLabel} placeholder={searchLabel} escapeRegex={false} value={query} onChange={setQuery} /></Sized>;
  return (
    <Shown loaded={loaded}>
      {(answer) => <Table {...table} rows={rowsOf(answer)} filters={<>{search}{filters}</>} empty={query === '' ? empty : <p>Nothing matches “{query}”.</p>} paging={{ page, pages: Math.ceil(totalOf(answer) / pageSize), onPage: setPage }} />}
    </Shown>
  );
}

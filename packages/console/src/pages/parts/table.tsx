/** The table of every list: search, sorting, pages, and a word where there is nothing. */
import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { EmptyState, FilterInput, Icon, Pagination, Stack, useStyles2 } from '@grafana/ui';
import { useMemo, useState, type ReactNode } from 'react';

export interface Column<T> {
  readonly label: string;
  readonly cell: (row: T) => ReactNode;
  /** What the column sorts by; a column without it does not sort. */
  readonly sort?: (row: T) => string | number;
  /** As narrow as its content; the label is for screen readers only. */
  readonly actions?: boolean;
  readonly numeric?: boolean;
}

export interface TableProps<T> {
  readonly label: string;
  readonly rows: readonly T[];
  readonly columns: readonly Column<T>[];
  readonly rowKey: (row: T) => string | number;
  /** Shown instead of the table where there are no rows at all. */
  readonly empty: ReactNode;
  /** Words of a row that the search looks at; without it the table has no search of its own. */
  readonly words?: (row: T) => string;
  readonly searchLabel?: string;
  readonly filters?: ReactNode;
  readonly pageSize?: number;
  /** Pages that the server cuts. */
  readonly paging?: { readonly page: number; readonly pages: number; readonly onPage: (page: number) => void };
}

export function Table<T>({ label, rows, columns, rowKey, empty, words, searchLabel, filters, pageSize = 50, paging }: TableProps<T>) {
  const styles = useStyles2(stylesOf);
  const [search, setSearch] = useState('');
  const [sorted, setSorted] = useState<{ readonly column: number; readonly down: boolean } | undefined>();
  const [page, setPage] = useState(1);
  const shown = useMemo(() => {
    const wanted = search.toLowerCase().split(/\s+/).filter(Boolean);
    const found = words && wanted.length > 0 ? rows.filter((row) => wanted.every((word) => words(row).toLowerCase().includes(word))) : [...rows];
    const by = sorted && columns[sorted.column]?.sort;
    return by ? found.sort((a, b) => compare(by(a), by(b)) * (sorted.down ? -1 : 1)) : found;
  }, [rows, search, sorted, words, columns]);
  if (rows.length === 0 && search === '' && !filters) return <>{empty}</>;
  const pages = paging?.pages ?? Math.ceil(shown.length / pageSize);
  const at = paging?.page ?? Math.min(page, Math.max(pages, 1));
  const visible = paging ? shown : shown.slice((at - 1) * pageSize, at * pageSize);
  return (
    <Stack direction="column" gap={2}>
      {(words || filters) && (
        <div className={styles.tools}>
          {words && <div className={styles.search}><FilterInput aria-label={searchLabel ?? `Search ${label.toLowerCase()}`} placeholder={searchLabel ?? 'Search'} escapeRegex={false} value={search} onChange={(text) => { setSearch(text); setPage(1); }} /></div>}
          {filters}
        </div>
      )}
      {visible.length === 0 ? (search === '' && rows.length === 0 ? empty : <EmptyState variant="not-found" hideImage message="Nothing matches">Try other words.</EmptyState>) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section className={styles.scroll} tabIndex={0} aria-label={`${label}: table`}>
          <table className={styles.table} aria-label={label}>
            <thead>
              <tr>
                {columns.map((column, index) => {
                  const direction = sorted?.column === index ? (sorted.down ? 'descending' : 'ascending') : 'none';
                  return (
                    <th key={column.label} scope="col" className={cx(column.numeric && styles.numeric)} {...(column.sort ? { 'aria-sort': direction } as const : {})}>
                      {column.actions ? <span className={styles.unseen}>{column.label}</span> : column.sort ? (
                        <button type="button" className={styles.sort} onClick={() => setSorted(direction === 'none' ? { column: index, down: false } : direction === 'ascending' ? { column: index, down: true } : undefined)}>
                          {column.label}{direction !== 'none' && <Icon name={direction === 'ascending' ? 'arrow-up' : 'arrow-down'} />}
                        </button>
                      ) : column.label}
                    </th>
                  );
                })}
              </tr>
            </thead>
            <tbody>
              {visible.map((row) => (
                <tr key={rowKey(row)}>
                  {columns.map((column) => <td key={column.label} className={cx(column.actions && styles.actions, column.numeric && styles.numeric)}>{column.actions ? <div className={styles.buttons}>{column.cell(row)}</div> : column.cell(row)}</td>)}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {pages > 1 && <Pagination currentPage={at} numberOfPages={pages} onNavigate={paging?.onPage ?? setPage} />}
    </Stack>
  );
}

const compare = (a: string | number, b: string | number) => (typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true }));

const stylesOf = (theme: GrafanaTheme2) => ({
  tools: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1), alignItems: 'flex-end' }),
  search: css({ flex: '1 1 240px', maxWidth: 420 }),
  scroll: css({ overflowX: 'auto', position: 'relative', '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}` } }),
  table: css({
    width: '100%', borderCollapse: 'collapse', background: theme.colors.background.primary, border: `1px solid ${theme.colors.border.weak}`, borderRadius: theme.shape.radius.default,
    '& th': { textAlign: 'left', padding: theme.spacing(1), fontWeight: theme.typography.fontWeightMedium, color: theme.colors.text.secondary, borderBottom: `1px solid ${theme.colors.border.medium}`, whiteSpace: 'nowrap' },
    '& td': { padding: theme.spacing(0.75, 1), borderBottom: `1px solid ${theme.colors.border.weak}`, verticalAlign: 'middle', overflowWrap: 'anywhere' },
    // The words of a badge stay whole; what stands within lists does not.
    '& td > div, & td > span': { overflowWrap: 'normal' }, '& td > div > *': { overflowWrap: 'anywhere' },
    // On a small screen the table scrolls, rather than break its words.
    [theme.breakpoints.down('md')]: { '& td': { overflowWrap: 'normal', minWidth: 72 } },
    '& tbody tr:hover': { background: theme.colors.action.hover }, '& td a': { color: theme.colors.text.link },
  }),
  sort: css({ background: 'none', border: 0, padding: 0, font: 'inherit', color: 'inherit', display: 'inline-flex', gap: theme.spacing(0.5), alignItems: 'center', cursor: 'pointer' }),
  unseen: css({ position: 'absolute', width: 1, height: 1, overflow: 'hidden', clipPath: 'inset(50%)' }),
  actions: css({ width: 1, whiteSpace: 'nowrap' }),
  buttons: css({ display: 'flex', gap: theme.spacing(1), justifyContent: 'flex-end', alignItems: 'center' }),
  numeric: css({ textAlign: 'right !important' as 'right' }),
});

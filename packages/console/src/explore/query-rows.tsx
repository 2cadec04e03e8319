/** The queries of a pane, each with the editor of its source. */
import { css } from '@emotion/css';
import { CoreApp, type DataSourceApi, type GrafanaTheme2, type PanelData, type TimeRange } from '@grafana/data';
import { getDataSourceSrv } from '@grafana/runtime';
import { Alert, Button, IconButton, LoadingPlaceholder, Stack, useStyles2 } from '@grafana/ui';
import { useLoaded } from '../api/client.ts';
import { JsonQueryEditor } from '../sources/parts/text-source.tsx';
import { nextRefId, type ExploreQuery } from './explore-url.ts';
import { SourcePicker } from './source-picker.tsx';

export interface QueryRowsProps {
  readonly source: DataSourceApi;
  readonly queries: readonly ExploreQuery[];
  readonly data: PanelData | undefined;
  readonly range: TimeRange;
  readonly onChange: (queries: readonly ExploreQuery[]) => void;
  readonly onRun: () => void;
}

export function QueryRows({ source, queries, data, range, onChange, onRun }: QueryRowsProps) {
  const change = (at: number, query: ExploreQuery) => onChange(queries.map((one, i) => (i === at ? query : one)));
  return (
    <Stack direction="column" gap={1}>
      {queries.map((query, at) => (
        <QueryRow
          key={query.refId} source={source} query={query} queries={queries} data={data} range={range} onRun={onRun} onChange={(next) => change(at, next)}
          onRemove={queries.length > 1 ? () => onChange(queries.filter((_, i) => i !== at)) : undefined} onCopy={() => onChange([...queries, { ...query, refId: nextRefId(queries) }])}
        />
      ))}
      <div>
        <Button variant="secondary" size="sm" icon="plus" onClick={() => onChange([...queries, { refId: nextRefId(queries), ...(source.getDefaultQuery?.(CoreApp.Explore) as object | undefined), ...(source.meta.mixed ? {} : { datasource: source.getRef() as never }) }])}>Add query</Button>
      </div>
    </Stack>
  );
}

interface QueryRowProps extends Omit<QueryRowsProps, 'onChange'> {
  readonly query: ExploreQuery;
  readonly onChange: (query: ExploreQuery) => void;
  readonly onRemove: (() => void) | undefined;
  readonly onCopy: () => void;
}

function QueryRow({ source, query, queries, data, range, onChange, onRun, onRemove, onCopy }: QueryRowProps) {
  const styles = useStyles2(stylesOf);
  const own = source.meta.mixed === true || query.datasource?.type === '__expr__';
  const loaded = useLoaded(() => (own && query.datasource?.uid ? getDataSourceSrv().get(query.datasource as never) : Promise.resolve(source)), `${source.uid}/${own ? query.datasource?.uid : ''}`);
  const used = loaded.value;
  const Editor = (used?.components?.QueryEditor ?? JsonQueryEditor) as typeof JsonQueryEditor;
  const errors = data?.errors?.filter((error) => error.refId === query.refId) ?? [];
  return (
    <section className={styles.row} aria-label={`Query ${query.refId}`}>
      <header className={styles.header}>
        <strong>{query.refId}</strong>
        {own && query.datasource?.type !== '__expr__' && <SourcePicker value={query.datasource?.uid ?? ''} onChange={(next) => onChange({ refId: query.refId, datasource: { uid: next.uid, type: next.type } })} />}
        <span className={styles.space} />
        <IconButton name={query.hide ? 'eye-slash' : 'eye'} aria-label={query.hide ? `Show the result of ${query.refId}` : `Hide the result of ${query.refId}`} onClick={() => onChange({ ...query, hide: !query.hide })} />
        <IconButton name="copy" aria-label={`Duplicate query ${query.refId}`} onClick={onCopy} />
        {onRemove && <IconButton name="trash-alt" aria-label={`Remove query ${query.refId}`} onClick={onRemove} />}
      </header>
      {loaded.error && <Alert severity="error" title="The data source could not be loaded">{loaded.error}</Alert>}
      {!used ? !loaded.error && <LoadingPlaceholder text="Loading" /> : (
        <Editor
          datasource={used as never} query={query as never} queries={[...queries] as never} data={data} range={range} app={CoreApp.Explore} onRunQuery={onRun}
          onChange={(next) => onChange({ ...(next as unknown as ExploreQuery), datasource: query.datasource?.type === '__expr__' ? query.datasource : (used.getRef() as never) })}
        />
      )}
      {errors.map((error) => <Alert key={error.message} severity="error" title="This query failed">{error.message ?? error.data?.message}</Alert>)}
    </section>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({
  row: css({ background: theme.colors.background.primary, border: `1px solid ${theme.colors.border.weak}`, borderRadius: theme.shape.radius.default, padding: theme.spacing(1) }),
  header: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(1), marginBottom: theme.spacing(1) }),
  space: css({ flex: 1 }),
});

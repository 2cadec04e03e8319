/** The results of a pane, drawn as they are best seen. */
import { css } from '@emotion/css';
import { LoadingState, type AbsoluteTimeRange, type GrafanaTheme2, type PanelData } from '@grafana/data';
import { getDataSourceSrv, PanelRenderer } from '@grafana/runtime';
import { Alert, EmptyState, LoadingBar, RadioButtonGroup, useStyles2 } from '@grafana/ui';
import { useEffect, useMemo, useRef, useState } from 'react';
import { type Correlation, withLinks } from './correlations.ts';
import { RawList } from './raw-list.tsx';
import { drawingsOf, type Drawing } from './results.ts';

const styleChoices = [{ value: 'lines', label: 'Lines' }, { value: 'bars', label: 'Bars' }, { value: 'points', label: 'Points' }, { value: 'stacked', label: 'Stacked lines' }] as const;

const tableChoices = [{ value: false, label: 'Table' }, { value: true, label: 'Raw' }];

const pluginOf: Readonly<Record<Drawing, string>> = { graph: 'timeseries', table: 'table', logs: 'logs', trace: 'traces', nodeGraph: 'nodeGraph' };
const titles: Readonly<Record<Drawing, string>> = { graph: 'Graph', table: 'Table', logs: 'Logs', trace: 'Trace', nodeGraph: 'Node graph' };
const heights: Readonly<Record<Drawing, number>> = { graph: 340, table: 340, logs: 460, trace: 460, nodeGraph: 460 };

export interface ResultPanelsProps {
  readonly data: PanelData | undefined;
  readonly timeZone: string;
  readonly correlations: readonly Correlation[];
  /** Of a source whose series have a line of labels as their name. */
  readonly raw: boolean;
  readonly onZoom: (range: AbsoluteTimeRange) => void;
}

export function ResultPanels({ data, timeZone, correlations, raw, onZoom }: ResultPanelsProps) {
  const styles = useStyles2(stylesOf);
  const [width, setWidth] = useState(0);
  const [style, setStyle] = useState<(typeof styleChoices)[number]['value']>('lines');
  const [asRaw, setAsRaw] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    observer.observe(frame.current!);
    return () => observer.disconnect();
  }, []);
  const drawn = useMemo(() => drawingsOf(withLinks(data?.series ?? [], correlations, (uid) => getDataSourceSrv().getInstanceSettings(uid)?.name)), [data, correlations]);
  const graphConfig = useMemo(() => ({
    overrides: [],
    defaults: {
      color: { mode: 'palette-classic' },
      custom: {
        drawStyle: style === 'bars' ? 'bars' : style === 'points' ? 'points' : 'line', lineWidth: 1, fillOpacity: style === 'lines' ? 8 : style === 'points' ? 0 : 40, showPoints: 'auto', pointSize: 5,
        stacking: { mode: style === 'stacked' ? 'normal' : 'none', group: 'A' },
      },
    },
  }), [style]);
  const failed = data?.errors?.filter(({ refId }) => !refId) ?? [];
  const shown = (Object.keys(drawn) as Drawing[]).filter((kind) => drawn[kind].length > 0);
  const tables = drawn.table.length > 0 || drawn.graph.length > 0;
  return (
    <div ref={frame} className={styles.results} aria-busy={data?.state === LoadingState.Loading}>
      {data?.state === LoadingState.Loading && <LoadingBar width={Math.max(width, 100)} />}
      {failed.map((error) => <Alert key={error.message} severity="error" title="The query failed">{error.message ?? error.data?.message ?? error.statusText}</Alert>)}
      {data && data.state === LoadingState.Done && shown.length === 0 && <EmptyState variant="not-found" message="The query found nothing">Try a longer time range, or look whether names are spelled right.</EmptyState>}
      {data && width > 0 && (Object.keys(pluginOf) as Drawing[]).map((kind) => {
        const series = kind === 'table' && drawn.table.length === 0 ? drawn.graph : drawn[kind];
        if (series.length === 0 || (kind === 'table' && !tables)) return null;
        return (
          <section key={kind} className={styles.panel} aria-label={titles[kind]}>
            <header className={styles.header}>
              <h2 className={styles.title}>{titles[kind]}</h2>
              {kind === 'table' && raw && <RadioButtonGroup size="sm" aria-label="How the table is shown" options={tableChoices} value={asRaw} onChange={setAsRaw} />}
              {kind === 'graph' && <RadioButtonGroup size="sm" aria-label="Style of the graph" options={[...styleChoices]} value={style} onChange={setStyle} />}
            </header>
            {kind === 'table' && raw && asRaw ? <RawList frames={series} /> : <PanelRenderer
              pluginId={pluginOf[kind]} title={titles[kind]} data={{ ...data, series: [...series] }} width={width - 18} height={heights[kind]} timeZone={timeZone} onChangeTimeRange={onZoom}
              options={kind === 'graph' ? graphOptions : kind === 'logs' ? logOptions : {}} fieldConfig={kind === 'graph' ? (graphConfig as never) : { defaults: {}, overrides: [] }}
            />}
          </section>
        );
      })}
    </div>
  );
}

const graphOptions = { legend: { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] }, tooltip: { mode: 'multi', sort: 'desc' } };
const logOptions = { showTime: true, wrapLogMessage: true, enableLogDetails: true, sortOrder: 'Descending', dedupStrategy: 'none' };

const stylesOf = (theme: GrafanaTheme2) => ({
  results: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1), minWidth: 0 }),
  panel: css({ background: theme.colors.background.primary, border: `1px solid ${theme.colors.border.weak}`, borderRadius: theme.shape.radius.default, padding: theme.spacing(1) }),
  header: css({ display: 'flex', justifyContent: 'space-between', alignItems: 'center', marginBottom: theme.spacing(1) }),
  title: css({ fontSize: theme.typography.h5.fontSize, margin: 0 }),
});

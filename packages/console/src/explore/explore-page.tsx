/** Explore: ask a source without a dashboard. The address holds what is asked, so that it can be sent to somebody. */
import { css, cx } from '@emotion/css';
import {
  CoreApp, dateMath, dateTime, LoadingState, makeTimeRange, rangeUtil, type DataSourceApi, type GrafanaTheme2, type PanelData, type QueryRunner, type TimeRange,
} from '@grafana/data';
import { config, createQueryRunner, getDataSourceSrv, locationService } from '@grafana/runtime';
import { Alert, Button, EmptyState, LinkButton, LoadingPlaceholder, RefreshPicker, Stack, TimeRangePicker, ToolbarButton, useStyles2 } from '@grafana/ui';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useLocation } from 'react-router-dom';
import { api, useLoaded } from '../api/client.ts';
import { Page } from '../app/page.tsx';
import { may, mayAny, user } from '../host/boot-data.ts';
import { useShortcuts } from '../dashboard/shortcuts.ts';
import { AddToDashboard } from './add-to-dashboard.tsx';
import { correlationsFrom } from './correlations.ts';
import { nextRefId, panesOf, searchOf, type ExplorePane, type ExploreQuery } from './explore-url.ts';
import { HistoryDrawer } from './history-drawer.tsx';
import { InspectDrawer } from './inspect-drawer.tsx';
import { QueryRows } from './query-rows.tsx';
import { ResultPanels } from './result-panels.tsx';
import { drawingsOf } from './results.ts';
import { ShareMenu } from './share-menu.tsx';
import { SourcePicker } from './source-picker.tsx';

const timeZone = () => (user().timezone && user().timezone !== 'default' ? user().timezone : 'browser');
/** None shorter than the server allows. */
const refreshChoices = () => ['5s', '10s', '30s', '1m', '5m', '15m', '30m', '1h'].filter((interval) => rangeUtil.intervalToMs(interval) >= rangeUtil.intervalToMs(config.minRefreshInterval || '1s'));

const lastSourceKey = 'belvedere.console.explore.source';

export default function ExplorePage() {
  const { search } = useLocation();
  const styles = useStyles2(stylesOf);
  const [history, setHistory] = useState(false);
  const panes = useMemo(() => {
    const found = panesOf(search);
    return found.length > 0 ? found : [firstPane()];
  }, [search]);
  const save = useCallback((next: readonly ExplorePane[], replace = false) => {
    const to = { pathname: '/explore', search: searchOf(next, user().orgId) };
    if (replace) locationService.replace(to); else locationService.push(to);
  }, []);
  const change = (at: number) => (pane: ExplorePane, replace?: boolean) => save(panes.map((one, i) => (i === at ? pane : one)), replace);
  const split = () => save([...panes, { ...panes[0]!, id: `${panes[0]!.id}2` }]);
  if (getDataSourceSrv().getList().length === 0) {
    return <Page title="Explore"><EmptyState variant="call-to-action" message="There is no data source to ask" button={may('datasources:create') ? <LinkButton href="/connections/datasources/new">Add data source</LinkButton> : undefined}>An administrator can add one under Connections.</EmptyState></Page>;
  }
  return (
    <Page
      title="Explore"
      actions={(
        <>
          <Button variant="secondary" icon="history" onClick={() => setHistory(true)}>Query history</Button>
          <ShareMenu panes={panes} />
          {panes.length === 1 && <Button variant="secondary" icon="columns" onClick={split}>Split</Button>}
        </>
      )}
    >
      <div className={cx(styles.panes, panes.length > 1 && styles.two)}>
        {panes.map((pane, at) => <Pane key={pane.id} pane={pane} isFirst={at === 0} onChange={change(at)} onClose={panes.length > 1 ? () => save(panes.filter((_, i) => i !== at)) : undefined} />)}
      </div>
      {history && (
        <HistoryDrawer
          onClose={() => setHistory(false)}
          onRun={(datasource, queries) => {
            setHistory(false);
            change(0)({ ...panes[0]!, datasource, queries: queries.map((query, i) => ({ ...query, refId: query.refId || nextRefId(queries.slice(0, i)) })) });
          }}
        />
      )}
    </Page>
  );
}

function firstPane(): ExplorePane {
  const last = localStorage.getItem(lastSourceKey) ?? '';
  return { id: 'left', datasource: getDataSourceSrv().getInstanceSettings(last) ? last : '', queries: [], from: 'now-1h', to: 'now' };
}

function rangeOf({ from, to }: Pick<ExplorePane, 'from' | 'to'>): TimeRange {
  const raw = { from: /^\d+$/.test(from) ? dateTime(Number(from)) : from, to: /^\d+$/.test(to) ? dateTime(Number(to)) : to };
  const zone = timeZone();
  const start = dateMath.toDateTime(raw.from, { roundUp: false, timezone: zone });
  const end = dateMath.toDateTime(raw.to, { roundUp: true, timezone: zone });
  if (!start?.isValid() || !end?.isValid()) return rangeUtil.convertRawToRange({ from: 'now-1h', to: 'now' });
  return { from: start, to: end, raw };
}

interface PaneProps {
  readonly pane: ExplorePane;
  readonly isFirst: boolean;
  readonly onChange: (pane: ExplorePane, replace?: boolean) => void;
  readonly onClose: (() => void) | undefined;
}

function Pane({ pane, isFirst, onChange, onClose }: PaneProps) {
  const source = useLoaded(() => getDataSourceSrv().get(pane.datasource || null), pane.datasource);
  if (source.error) {
    return (
      <Stack direction="column" gap={2}>
        <Alert severity="error" title="The data source could not be loaded">{source.error}</Alert>
        <SourcePicker mixed value="" onChange={({ uid }) => onChange({ ...pane, datasource: uid, queries: [] })} />
      </Stack>
    );
  }
  if (!source.value || source.loading) return <LoadingPlaceholder text="Loading" />;
  return <ReadyPane key={source.value.uid} pane={pane} isFirst={isFirst} source={source.value} onChange={onChange} onClose={onClose} />;
}

function ReadyPane({ pane, isFirst, source, onChange, onClose }: PaneProps & { readonly source: DataSourceApi }) {
  const styles = useStyles2(stylesOf);
  const [data, setData] = useState<PanelData>();
  const [inspecting, setInspecting] = useState(false);
  const [adding, setAdding] = useState(false);
  const runner = useRef<QueryRunner>(undefined);
  const first = useMemo((): ExploreQuery => ({ refId: 'A', ...(source.getDefaultQuery?.(CoreApp.Explore) as object | undefined), ...(source.meta.mixed ? {} : { datasource: source.getRef() as never }) }), [source]);
  const [queries, setQueries] = useState<readonly ExploreQuery[]>(pane.queries.length > 0 ? pane.queries : [first]);
  const latest = useRef(queries);
  latest.current = queries;
  const range = useMemo(() => rangeOf({ from: pane.from, to: pane.to }), [pane.from, pane.to]);
  const asked = useRef('');

  useEffect(() => {
    const made = createQueryRunner();
    runner.current = made;
    const subscription = made.get().subscribe(setData);
    return () => {
      subscription.unsubscribe();
      made.destroy();
    };
  }, []);

  const run = useCallback((what: readonly ExploreQuery[], at: Pick<ExplorePane, 'from' | 'to'>) => {
    asked.current = JSON.stringify([what, at.from, at.to]);
    runner.current?.run({
      datasource: source, queries: what.filter(({ hide }) => hide !== true).map((query) => (query.datasource || source.meta.mixed ? query : { ...query, datasource: source.getRef() })) as never, timeRange: rangeOf(at), timezone: timeZone(),
      maxDataPoints: Math.max(400, Math.round(innerWidth * 0.7)), minInterval: null, app: CoreApp.Explore, queryType: undefined,
    } as never);
  }, [source]);

  const runNow = useCallback(() => {
    const now = latest.current;
    localStorage.setItem(lastSourceKey, source.uid);
    run(now, pane);
    if (JSON.stringify(now) !== JSON.stringify(pane.queries) || pane.datasource !== source.uid) onChange({ ...pane, datasource: source.uid, queries: now }, pane.queries.length === 0);
    if (mayAny('datasources:explore') || user().orgRole !== 'Viewer') void api.post('/api/query-history', { datasourceUid: source.uid, queries: now }).catch(() => undefined);
  }, [run, pane, onChange, source]);

  // An address that somebody sent is asked at once; so is going back to one.
  useEffect(() => {
    if (pane.queries.length === 0 || asked.current === JSON.stringify([pane.queries, pane.from, pane.to])) return;
    setQueries(pane.queries);
    run(pane.queries, pane);
  }, [pane, run]);

  const setRange = (next: TimeRange) => {
    const text = (value: TimeRange['raw']['from']) => (typeof value === 'string' ? value : String(value.valueOf()));
    const at = { from: text(next.raw.from), to: text(next.raw.to) };
    run(latest.current, at);
    onChange({ ...pane, datasource: source.uid, queries: latest.current, ...at });
  };
  const move = (parts: number) => {
    const span = range.to.valueOf() - range.from.valueOf();
    setRange(makeTimeRange(dateTime(range.from.valueOf() + span * parts), dateTime(range.to.valueOf() + span * parts)));
  };
  const stop = () => {
    runner.current?.cancel();
    setData((now) => now && { ...now, state: LoadingState.Done });
  };
  const zoomOut = () => {
    const span = range.to.valueOf() - range.from.valueOf();
    setRange(makeTimeRange(dateTime(range.from.valueOf() - span / 2), dateTime(range.to.valueOf() + span / 2)));
  };
  const running = data?.state === LoadingState.Loading || data?.state === LoadingState.Streaming;
  const correlations = useLoaded(() => correlationsFrom(source.uid), source.uid);
  const [every, setEvery] = useState('');
  const again = useRef(runNow);
  again.current = () => run(latest.current, pane);
  useEffect(() => {
    if (every === '') return undefined;
    const timer = setInterval(() => document.visibilityState === 'visible' && again.current(), rangeUtil.intervalToMs(every));
    return () => clearInterval(timer);
  }, [every]);
  // Of two panes the first has the keys.
  useShortcuts(isFirst ? { 't left': () => move(-0.5), 't right': () => move(0.5), 't z': zoomOut, 't a': () => setRange(makeTimeRange(range.from, range.to)) } : {});
  const { graph, logs, trace } = drawingsOf(data?.series ?? []);
  const panelType = graph.length > 0 ? 'timeseries' : logs.length > 0 ? 'logs' : trace.length > 0 ? 'traces' : 'table';
  return (
    <div className={styles.pane}>
      <div className={styles.toolbar} role="toolbar" aria-label="Explore">
        <SourcePicker mixed value={source.uid} onChange={({ uid }) => { localStorage.setItem(lastSourceKey, uid); onChange({ ...pane, datasource: uid, queries: [] }); }} />
        <span className={styles.space} />
        {mayAny('dashboards:create', 'dashboards:write') && <ToolbarButton icon="apps" disabled={!data} aria-label="Add to dashboard" tooltip="Add to dashboard" onClick={() => setAdding(true)}>{onClose ? null : 'Add to dashboard'}</ToolbarButton>}
        <ToolbarButton icon="info-circle" disabled={!data} aria-label="Inspector" tooltip="Inspector" onClick={() => setInspecting(true)}>{onClose ? null : 'Inspector'}</ToolbarButton>
        {onClose && <ToolbarButton icon="times" aria-label="Close this pane" tooltip="Close this pane" onClick={onClose} />}
        <TimeRangePicker value={range} timeZone={timeZone()} onChange={setRange} onChangeTimeZone={() => undefined} onMoveBackward={() => move(-0.5)} onMoveForward={() => move(0.5)} onZoom={zoomOut} isOnCanvas />
        {running ? <Button variant="destructive" icon="times" onClick={stop}>{data.state === LoadingState.Streaming ? 'Stop' : 'Cancel'}</Button>
          : <RefreshPicker text="Run query" width="auto" primary value={every} intervals={refreshChoices()} onRefresh={runNow} onIntervalChanged={setEvery} />}
      </div>
      <QueryRows source={source} queries={queries} data={data} range={range} onChange={(next) => { latest.current = next; setQueries(next); }} onRun={runNow} />
      <ResultPanels data={data} timeZone={timeZone()} correlations={correlations.value ?? []} raw={source.type === 'prometheus'} onZoom={({ from, to }) => setRange(makeTimeRange(dateTime(from), dateTime(to)))} />
      {inspecting && data && <InspectDrawer data={data} onClose={() => setInspecting(false)} />}
      {adding && <AddToDashboard pane={{ ...pane, queries }} datasource={{ uid: source.uid, type: source.type }} panelType={panelType} onClose={() => setAdding(false)} />}
    </div>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({
  panes: css({ display: 'grid', gap: theme.spacing(2), gridTemplateColumns: 'minmax(0, 1fr)' }),
  two: css({ [theme.breakpoints.up('md')]: { gridTemplateColumns: 'repeat(2, minmax(0, 1fr))' } }),
  pane: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1.5), minWidth: 0 }),
  toolbar: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1), alignItems: 'center' }),
  space: css({ flex: 1 }),
});

/** The spans of a trace, each as long as it took, below the one that it belongs to. */
import { css } from '@emotion/css';
import { PanelPlugin, getColorByStringHash, type GrafanaTheme2, type PanelProps } from '@grafana/data';
import { JSONFormatter, useStyles2, useTheme2 } from '@grafana/ui';
import { useMemo, useState } from 'react';
import { NoData } from '../parts/no-data.tsx';
import { spansOf, type Span } from './spans.ts';

export function TracesPanel({ data, height }: PanelProps) {
  const styles = useStyles2(stylesOf);
  const spans = useMemo(() => spansOf(data.series[0]), [data.series]);
  if (spans.length === 0) return <NoData data={data} text={data.series.length > 0 ? 'The result is not a trace' : undefined} />;
  const start = Math.min(...spans.map(({ start: at }) => at));
  const end = Math.max(...spans.map(({ start: at, duration }) => at + duration));
  return (
    <div className={styles.all} style={{ height }}>
      <p className={styles.head}>{spans[0]!.traceId} · {spans.length} spans · {durationText(end - start)}</p>
      {spans.map((span) => <SpanRow key={span.id} span={span} start={start} length={end - start || 1} />)}
    </div>
  );
}

const durationText = (ms: number) => (ms >= 1_000 ? `${(ms / 1_000).toFixed(2)} s` : ms >= 1 ? `${ms.toFixed(2)} ms` : `${(ms * 1_000).toFixed(0)} µs`);

function SpanRow({ span, start, length }: { readonly span: Span; readonly start: number; readonly length: number }) {
  const styles = useStyles2(stylesOf);
  const theme = useTheme2();
  const [open, setOpen] = useState(false);
  const color = span.failed ? theme.colors.error.main : getColorByStringHash(theme.visualization.palette.map((name) => theme.visualization.getColorByName(name)), span.service);
  return (
    <>
      <button type="button" className={styles.row} aria-expanded={open} onClick={() => setOpen(!open)}>
        <span className={styles.name} style={{ paddingLeft: Math.min(span.depth, 12) * 12 }}><strong>{span.service}</strong> {span.operation}</span>
        <span className={styles.lane}>
          <span className={styles.bar} style={{ left: `${((span.start - start) / length) * 100}%`, width: `max(${(span.duration / length) * 100}%, 2px)`, background: color }} />
        </span>
        <span className={styles.duration}>{durationText(span.duration)}</span>
      </button>
      {open && <div className={styles.details}><JSONFormatter json={span.details} open={2} /></div>}
    </>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({
  all: css({ overflow: 'auto' }),
  head: css({ color: theme.colors.text.secondary, margin: theme.spacing(0, 0, 1) }),
  row: css({ display: 'grid', gridTemplateColumns: 'minmax(160px, 30%) 1fr 80px', gap: theme.spacing(1), width: '100%', border: 0, background: 'none', color: 'inherit', textAlign: 'left', padding: theme.spacing(0.25, 0), alignItems: 'center', '&:hover': { background: theme.colors.action.hover } }),
  name: css({ overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }),
  lane: css({ position: 'relative', height: 14 }),
  bar: css({ position: 'absolute', top: 2, height: 10, borderRadius: theme.shape.radius.default }),
  duration: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
  details: css({ padding: theme.spacing(1), margin: theme.spacing(0.5, 2), background: theme.colors.background.canvas }),
});

export const plugin = new PanelPlugin(TracesPanel);

/** Lines of logs, newest first; a line opens to what is known about it. */
import { css, cx } from '@emotion/css';
import { dateTimeFormat, PanelPlugin, type GrafanaTheme2, type PanelProps } from '@grafana/data';
import { LogsDedupStrategy, LogsSortOrder } from '@grafana/schema';
import type { Options } from '@grafana/schema/dist/esm/raw/composable/logs/panelcfg/x/LogsPanelCfg_types.gen';
import { Button, Icon, useStyles2 } from '@grafana/ui';
import { useMemo, useState } from 'react';
import { NoData } from '../parts/no-data.tsx';
import { commonLabels, folded, logRows, type LogRow } from './log-rows.ts';

const firstShown = 500;

export function LogsPanel({ data, options, timeZone, height }: PanelProps<Options>) {
  const styles = useStyles2(stylesOf);
  const [shown, setShown] = useState(firstShown);
  const rows = useMemo(() => folded(logRows(data.series, options.sortOrder !== LogsSortOrder.Ascending), options.dedupStrategy ?? 'none'), [data.series, options.sortOrder, options.dedupStrategy]);
  const common = useMemo(() => (options.showCommonLabels ? Object.entries(commonLabels(rows)) : []), [rows, options.showCommonLabels]);
  if (rows.length === 0) return <NoData data={data} />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={styles.all} style={{ height }} aria-label="Log lines" tabIndex={0}>
      {common.length > 0 && <div className={styles.common}>Common labels: {common.map(([name, value]) => <code key={name}>{name}={value}</code>)}</div>}
      {rows.slice(0, shown).map((row) => <Line key={row.key} row={row} options={options} timeZone={timeZone} />)}
      {rows.length > shown && <Button variant="secondary" size="sm" onClick={() => setShown(shown + firstShown)}>Show more ({rows.length - shown} left)</Button>}
    </section>
  );
}

function pretty(line: string): string {
  if (!/^\s*[{[]/.test(line)) return line;
  try {
    return JSON.stringify(JSON.parse(line), null, 2);
  } catch {
    return line;
  }
}

function Line({ row, options, timeZone }: { readonly row: LogRow; readonly options: Options; readonly timeZone: string }) {
  const styles = useStyles2(stylesOf);
  const [open, setOpen] = useState(false);
  const { time, line, level, labels, fields, repeats } = row;
  const content = (
    <>
      <span className={cx(styles.level, styles[level as 'info'])} title={level} />
      {options.enableLogDetails && <Icon name={open ? 'angle-down' : 'angle-right'} />}
      {options.showTime && <time className={styles.time}>{dateTimeFormat(time, { timeZone, format: 'YYYY-MM-DD HH:mm:ss.SSS' })}</time>}
      {repeats > 0 && <span className={styles.repeats}>{repeats + 1}×</span>}
      {options.showLabels && <span className={styles.labels}>{Object.entries(labels).map(([name, value]) => `${name}=${value}`).join(' ')}</span>}
      <span className={options.wrapLogMessage ? styles.wrapped : styles.oneLine}>{options.prettifyLogMessage ? pretty(line) : line}</span>
    </>
  );
  if (!options.enableLogDetails) return <div className={styles.line}>{content}</div>;
  return (
    <>
      <button type="button" className={styles.line} aria-expanded={open} onClick={() => setOpen(!open)}>{content}</button>
      {open && (
        <dl className={styles.details}>
          {[...Object.entries(labels), ...Object.entries(fields)].map(([name, value]) => <div key={name} className={styles.detail}><dt>{name}</dt><dd>{value}</dd></div>)}
        </dl>
      )}
    </>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({
  all: css({ overflow: 'auto', fontFamily: theme.typography.fontFamilyMonospace, fontSize: theme.typography.bodySmall.fontSize }),
  common: css({ display: 'flex', gap: theme.spacing(1), flexWrap: 'wrap', padding: theme.spacing(0.5), color: theme.colors.text.secondary }),
  line: css({
    display: 'flex', gap: theme.spacing(1), width: '100%', padding: theme.spacing(0.25, 0.5), border: 0, background: 'none', color: 'inherit', font: 'inherit', textAlign: 'left', alignItems: 'flex-start', contentVisibility: 'auto',
    containIntrinsicSize: 'auto 22px', '&:hover': { background: theme.colors.action.hover },
  }),
  level: css({ flex: '0 0 3px', alignSelf: 'stretch', background: theme.colors.text.disabled }),
  critical: css({ background: theme.visualization.getColorByName('purple') }),
  error: css({ background: theme.visualization.getColorByName('red') }),
  warning: css({ background: theme.visualization.getColorByName('yellow') }),
  info: css({ background: theme.visualization.getColorByName('green') }),
  debug: css({ background: theme.visualization.getColorByName('blue') }),
  trace: css({ background: theme.visualization.getColorByName('light-blue') }),
  unknown: css({}),
  time: css({ color: theme.colors.text.secondary, whiteSpace: 'nowrap' }),
  repeats: css({ color: theme.colors.text.secondary }),
  labels: css({ color: theme.colors.text.secondary, maxWidth: '30%', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }),
  wrapped: css({ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }),
  oneLine: css({ whiteSpace: 'pre' }),
  details: css({ margin: theme.spacing(0.5, 3, 1), padding: theme.spacing(1), background: theme.colors.background.canvas }),
  detail: css({ display: 'grid', gridTemplateColumns: 'minmax(80px, 200px) 1fr', gap: theme.spacing(1), overflowWrap: 'anywhere', '& dd': { margin: 0 } }),
});

export const plugin = new PanelPlugin<Options>(LogsPanel).setPanelOptions((builder) => {
  const category = ['Logs'];
  builder
    .addBooleanSwitch({ path: 'showTime', name: 'Time', category, defaultValue: false })
    .addBooleanSwitch({ path: 'showLabels', name: 'Unique labels', category, defaultValue: false })
    .addBooleanSwitch({ path: 'showCommonLabels', name: 'Common labels', category, defaultValue: false })
    .addBooleanSwitch({ path: 'wrapLogMessage', name: 'Wrap lines', category, defaultValue: false })
    .addBooleanSwitch({ path: 'prettifyLogMessage', name: 'Prettify JSON', category, defaultValue: false })
    .addBooleanSwitch({ path: 'enableLogDetails', name: 'Enable log details', category, defaultValue: true })
    .addRadio({ path: 'dedupStrategy', name: 'Deduplication', category, defaultValue: LogsDedupStrategy.none, settings: { options: [{ value: LogsDedupStrategy.none, label: 'None' }, { value: LogsDedupStrategy.exact, label: 'Exact' }, { value: LogsDedupStrategy.numbers, label: 'Numbers' }, { value: LogsDedupStrategy.signature, label: 'Signature' }] } })
    .addRadio({ path: 'sortOrder', name: 'Order', category, defaultValue: LogsSortOrder.Descending, settings: { options: [{ value: LogsSortOrder.Descending, label: 'Newest first' }, { value: LogsSortOrder.Ascending, label: 'Oldest first' }] } });
});

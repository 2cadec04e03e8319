/** A profile: what called what, each as wide as it took, and a table of the costliest. */
import { css, cx } from '@emotion/css';
import { formattedValueToString, getDisplayProcessor, PanelPlugin, type GrafanaTheme2, type PanelProps } from '@grafana/data';
import { Button, FilterInput, RadioButtonGroup, Stack, useStyles2, useTheme2 } from '@grafana/ui';
import { useMemo, useState } from 'react';
import { NoData } from '../parts/no-data.tsx';
import { barsOf, flamesOf, totalsOf, type Flame } from './flames.ts';

type View = 'table' | 'graph' | 'both';

const rowHeight = 20;
const controlsHeight = 40;
const narrowestPx = 1;
/** Beside each other from here on. */
const bothWidth = 600;
const listed = 200;

export function FlameGraphPanel({ data, width, height }: PanelProps) {
  const theme = useTheme2();
  const styles = useStyles2(stylesOf);
  const frame = data.series[0];
  const flames = useMemo(() => flamesOf(frame), [frame]);
  const totals = useMemo(() => totalsOf(flames), [flames]);
  const [view, setView] = useState<View>(width < bothWidth ? 'graph' : 'both');
  const [search, setSearch] = useState('');
  const [focus, setFocus] = useState<number>();
  const value = frame?.fields.find(({ name }) => name === 'value');
  const shown = useMemo(() => {
    const process = value ? (value.display ?? getDisplayProcessor({ field: value, theme })) : undefined;
    return (amount: number) => (process ? formattedValueToString(process(amount)) : String(amount));
  }, [value, theme]);
  const focused = focus === undefined ? undefined : flames[focus];
  const graphWidth = view === 'both' ? width / 2 : width;
  const bars = useMemo(() => barsOf(flames, focused?.index, narrowestPx / Math.max(1, graphWidth)), [flames, focused, graphWidth]);
  if (flames.length === 0) return <NoData data={data} text={data.series.length > 0 ? 'These results are no profile: there are no fields level, value and label' : 'No data'} />;
  const whole = flames.filter(({ level }) => level === 0).reduce((sum, flame) => sum + flame.value, 0);
  const part = (amount: number) => `${((100 * amount) / Math.max(whole, Number.MIN_VALUE)).toFixed(1)} %`;
  const sought = search.trim().toLowerCase();
  const matches = (label: string) => sought === '' || label.toLowerCase().includes(sought);
  const tell = (flame: Flame) => `${flame.label}: ${shown(flame.value)} (${part(flame.value)}), ${shown(flame.self)} by itself`;
  return (
    <div style={{ width, height }}>
      <div className={styles.controls}>
        <Stack gap={1} alignItems="center">
          <FilterInput width={24} aria-label="Search" placeholder="Search" value={search} onChange={setSearch} escapeRegex={false} />
          {focused && <Button size="sm" variant="secondary" icon="arrow-left" onClick={() => setFocus(undefined)}>Show all</Button>}
          <span className={styles.told}>{focused ? tell(focused) : `${shown(whole)} in total`}</span>
        </Stack>
        <RadioButtonGroup<View> size="sm" aria-label="View" options={[{ value: 'table', label: 'Table' }, { value: 'graph', label: 'Flame graph' }, { value: 'both', label: 'Both' }]} value={view} onChange={setView} />
      </div>
      <div className={styles.body} style={{ height: height - controlsHeight }}>
        {view !== 'graph' && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
          <section className={styles.scrolled} tabIndex={0} aria-label="Table of the profile">
            <table className={styles.table}>
              <thead><tr><th scope="col">Symbol</th><th scope="col">Self</th><th scope="col">Total</th></tr></thead>
              <tbody>
                {totals.filter(({ label }) => matches(label)).slice(0, listed).map(({ label, self, total }) => (
                  <tr key={label}><td><button type="button" className={styles.name} title={label} onClick={() => setSearch(label)}>{label}</button></td><td>{shown(self)}</td><td>{shown(total)}</td></tr>
                ))}
              </tbody>
            </table>
          </section>
        )}
        {view !== 'table' && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
          <section className={styles.scrolled} tabIndex={0} aria-label="Flame graph">
            <div className={styles.graph} style={{ height: (Math.max(...bars.map(({ flame }) => flame.level)) + 1) * rowHeight }}>
              {bars.map(({ flame, left, width: share }) => (
                <button
                  key={flame.index} type="button" title={tell(flame)} aria-label={tell(flame)} className={cx(styles.bar, !matches(flame.label) && styles.faded)} onClick={() => setFocus(flame.index === focus ? undefined : flame.index)}
                  style={{ top: flame.level * rowHeight, left: `${left * 100}%`, width: `${share * 100}%`, background: colorOf(flame.label, theme) }}
                >
                  {share * graphWidth > rowHeight ? flame.label : ''}
                </button>
              ))}
            </div>
          </section>
        )}
      </div>
    </div>
  );
}

/** The same name has the same colour everywhere; pale enough for dark letters. */
function colorOf(label: string, theme: GrafanaTheme2): string {
  let sum = 7;
  for (const letter of label) sum = (sum * 31 + letter.charCodeAt(0)) % 100_003;
  return `hsl(${10 + (sum % 50)}deg ${60 + (sum % 4) * 10}% ${theme.isDark ? 60 : 70}%)`;
}

const stylesOf = (theme: GrafanaTheme2) => ({
  controls: css({ display: 'flex', justifyContent: 'space-between', alignItems: 'center', gap: theme.spacing(1), height: controlsHeight, overflow: 'hidden' }),
  told: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize, whiteSpace: 'nowrap', overflow: 'hidden', textOverflow: 'ellipsis' }),
  body: css({ display: 'flex', gap: theme.spacing(1) }), scrolled: css({ flex: 1, minWidth: 0, overflow: 'auto' }), graph: css({ position: 'relative', minWidth: '100%' }),
  bar: css({
    position: 'absolute', height: rowHeight - 1, padding: theme.spacing(0, 0.5), border: 0, borderRight: `1px solid ${theme.colors.background.primary}`, color: '#111217', fontSize: theme.typography.bodySmall.fontSize, lineHeight: `${rowHeight - 1}px`, textAlign: 'left', overflow: 'hidden',
    textOverflow: 'ellipsis', whiteSpace: 'nowrap', cursor: 'pointer', '&:hover': { filter: 'brightness(1.1)' },
  }),
  faded: css({ opacity: 0.35 }),
  table: css({ width: '100%', tableLayout: 'fixed', '& th, & td': { padding: theme.spacing(0.25, 0.5), textAlign: 'right', width: 90, overflow: 'hidden', whiteSpace: 'nowrap' }, '& th:first-child, & td:first-child': { textAlign: 'left', width: 'auto' }, '& th': { position: 'sticky', top: 0, background: theme.colors.background.primary } }),
  name: css({ border: 0, background: 'none', padding: 0, maxWidth: '100%', overflow: 'hidden', textOverflow: 'ellipsis', color: theme.colors.text.link, textAlign: 'left' }),
});

export const plugin = new PanelPlugin(FlameGraphPanel);

import { css } from '@emotion/css';
import type { DataFrame, GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { rawSeries } from './raw-series.ts';

const shownAtMost = 1_000;

export function RawList({ frames }: { readonly frames: readonly DataFrame[] }) {
  const styles = useStyles2(stylesOf);
  const series = rawSeries(frames);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={styles.list} tabIndex={0} aria-label="Raw series">
      {/* biome-ignore lint/suspicious/noArrayIndexKey: several queries may find the same series */}
      {series.slice(0, shownAtMost).map(({ text, value }, at) => <div key={at} className={styles.line}><span>{text}</span><span>{value}</span></div>)}
      {series.length > shownAtMost && <p>{series.length - shownAtMost} more are not shown.</p>}
    </section>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({
  list: css({ maxHeight: 340, overflow: 'auto', fontFamily: theme.typography.fontFamilyMonospace, fontSize: theme.typography.bodySmall.fontSize }),
  line: css({ display: 'flex', justifyContent: 'space-between', gap: theme.spacing(2), padding: theme.spacing(0.25, 0.5), borderBottom: `1px solid ${theme.colors.border.weak}`, overflowWrap: 'anywhere' }),
});

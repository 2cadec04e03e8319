import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { useMemo } from 'react';
import { lineDiff } from './line-diff.ts';

const said = { '+': 'added', '-': 'removed', '…': 'lines that are the same', ' ': undefined } as const;

/** How one text became another. */
export function DiffView({ label = 'Differences', before, after }: { readonly label?: string; readonly before: string; readonly after: string }) {
  const styles = useStyles2(stylesOf);
  const lines = useMemo(() => lineDiff(before, after), [before, after]);
  if (lines.length === 0) return <p>There is no difference.</p>;
  const [added, removed] = (['+', '-'] as const).map((wanted) => lines.filter(({ sign }) => sign === wanted).length);
  return (
    <section aria-label={label}>
      <p>{added} {added === 1 ? 'line' : 'lines'} added, {removed} removed</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0} className={styles.lines}>
        {lines.map(({ sign, text }, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a difference is shown as a whole
          <div key={at} className={cx(sign === '+' && styles.added, sign === '-' && styles.removed, sign === '…' && styles.left)} title={said[sign]}>{sign === '…' ? '…' : `${sign} ${text}`}</div>
        ))}
      </pre>
    </section>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({
  lines: css({ maxHeight: '60vh', overflow: 'auto', margin: 0, fontSize: theme.typography.bodySmall.fontSize }),
  added: css({ background: theme.colors.success.transparent, color: theme.colors.success.text }),
  removed: css({ background: theme.colors.error.transparent, color: theme.colors.error.text }),
  left: css({ color: theme.colors.text.disabled }),
});

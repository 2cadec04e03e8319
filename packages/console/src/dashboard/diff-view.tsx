import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { useMemo } from 'react';
import { jsonLines, lineDiff } from './line-diff.ts';

/** How one JSON value became another. */
export function DiffView({ before, after }: { readonly before: unknown; readonly after: unknown }) {
  const styles = useStyles2(stylesOf);
  const lines = useMemo(() => lineDiff(jsonLines(before), jsonLines(after)), [before, after]);
  if (lines.length === 0) return <p>There is no difference.</p>;
  const [added, removed] = (['+', '-'] as const).map((wanted) => lines.filter(({ sign }) => sign === wanted).length);
  return (
    <>
      <p>{added} {added === 1 ? 'line' : 'lines'} added, {removed} removed</p>
      <pre className={styles.lines}>
        {/* biome-ignore lint/suspicious/noArrayIndexKey: a difference is shown as a whole */}
        {lines.map(({ sign, text }, index) => <div key={index} className={cx(sign === '+' && styles.added, sign === '-' && styles.removed, sign === '…' && styles.left)}>{sign === '…' ? '…' : `${sign} ${text}`}</div>)}
      </pre>
    </>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({
  lines: css({ maxHeight: '60vh', overflow: 'auto', fontSize: theme.typography.bodySmall.fontSize }), added: css({ background: theme.colors.success.transparent, color: theme.colors.success.text }), removed: css({ background: theme.colors.error.transparent, color: theme.colors.error.text }),
  left: css({ color: theme.colors.text.disabled }),
});

/** What changed from one text to another. */
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { changedLines, diffLines } from './diff.ts';

const said = { '+': 'added', '-': 'removed', ' ': '' } as const;

export function DiffView({ label, before, after }: { readonly label: string; readonly before: string; readonly after: string }) {
  const styles = useStyles2(stylesOf);
  if (before === after) return <p>There is no difference.</p>;
  return (
    <section aria-label={label}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0} className={styles.text}>
        {changedLines(diffLines(before, after)).map(({ sign, text }, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other identity
          <div key={at} className={sign === '+' ? styles.come : sign === '-' ? styles.gone : undefined} title={said[sign]}>{sign} {text}</div>
        ))}
      </pre>
    </section>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({
  text: css({ maxHeight: 480, overflow: 'auto', margin: 0 }),
  come: css({ background: theme.colors.success.transparent, color: theme.colors.success.text }),
  gone: css({ background: theme.colors.error.transparent, color: theme.colors.error.text }),
});

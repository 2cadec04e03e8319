/** A part of a page with a heading of its own. */
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import type { ReactNode } from 'react';

export function Section({ title, description, actions, children }: { readonly title: string; readonly description?: ReactNode; readonly actions?: ReactNode; readonly children: ReactNode }) {
  const styles = useStyles2(stylesOf);
  return (
    <section className={styles.section} aria-label={title}>
      <div className={styles.head}><div><h2 className={styles.title}>{title}</h2>{description && <div className={styles.description}>{description}</div>}</div>{actions && <div className={styles.actions}>{actions}</div>}</div>
      {children}
    </section>
  );
}

/** Names and values, one beneath the other. */
export function Facts({ facts }: { readonly facts: readonly (readonly [string, ReactNode])[] }) {
  const styles = useStyles2(stylesOf);
  return <dl className={styles.facts}>{facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}

const stylesOf = (theme: GrafanaTheme2) => ({
  section: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2), marginTop: theme.spacing(2) }),
  head: css({ display: 'flex', justifyContent: 'space-between', alignItems: 'flex-start', gap: theme.spacing(2), flexWrap: 'wrap' }),
  title: css({ margin: 0, fontSize: theme.typography.h4.fontSize }),
  description: css({ color: theme.colors.text.secondary }),
  actions: css({ display: 'flex', gap: theme.spacing(1) }),
  facts: css({
    display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(260px, 1fr))', gap: theme.spacing(1, 3), margin: 0,
    '& dt': { color: theme.colors.text.secondary, fontWeight: 'normal' }, '& dd': { margin: 0, overflowWrap: 'anywhere' },
  }),
});

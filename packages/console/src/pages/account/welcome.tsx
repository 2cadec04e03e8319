/** The frame of the pages before signing in. */
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { config } from '@grafana/runtime';
import { useStyles2 } from '@grafana/ui';
import { useEffect, type ReactNode } from 'react';

export function Welcome({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const styles = useStyles2(stylesOf);
  useEffect(() => {
    document.title = `${title} - Belvedere`;
  }, [title]);
  const { version, hideVersion } = config.buildInfo;
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <div className={styles.brand}><img src="public/build/img/belvedere.svg" alt="" width={44} height={44} /><span>Belvedere</span></div>
        <h1 className={styles.title}>{title}</h1>
        {children}
      </div>
      {!hideVersion && version && <footer className={styles.version}>Version {version}</footer>}
    </main>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({
  page: css({ minHeight: '100vh', display: 'flex', flexDirection: 'column', alignItems: 'center', justifyContent: 'center', gap: theme.spacing(2), padding: theme.spacing(2), background: theme.colors.background.canvas, color: theme.colors.text.primary }),
  card: css({ width: 'min(420px, 100%)', padding: theme.spacing(4), background: theme.colors.background.primary, border: `1px solid ${theme.colors.border.weak}`, borderRadius: theme.shape.radius.default, '& form': { maxWidth: 'none' } }),
  brand: css({ display: 'flex', alignItems: 'center', justifyContent: 'center', gap: theme.spacing(1.5), fontSize: theme.typography.h3.fontSize, marginBottom: theme.spacing(2) }),
  title: css({ fontSize: theme.typography.h4.fontSize, textAlign: 'center', marginBottom: theme.spacing(2) }),
  version: css({ color: theme.colors.text.secondary }),
});

/** The frame of a page: its title, what can be done, and whether its content is there yet. */
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Alert, Button, EmptyState, LinkButton, LoadingPlaceholder, Tab, TabsBar, useStyles2 } from '@grafana/ui';
import { useEffect, type ReactNode } from 'react';
import { Link, useLocation } from 'react-router-dom';
import type { Loaded } from '../api/client.ts';

export interface PageTab {
  readonly label: string;
  readonly url: string;
  readonly counter?: number;
}

export interface PageProps {
  readonly title: string;
  readonly subtitle?: ReactNode;
  readonly actions?: ReactNode;
  readonly tabs?: readonly PageTab[];
  /** Where this page stands, outermost first; each is a link. */
  readonly above?: readonly { readonly label: string; readonly url: string }[];
  readonly children: ReactNode;
}

export function Page({ title, subtitle, actions, tabs, above, children }: PageProps) {
  const styles = useStyles2(stylesOf);
  const { pathname } = useLocation();
  useEffect(() => {
    document.title = `${title} - Belvedere`;
  }, [title]);
  return (
    <div className={styles.page}>
      {above && (
        <nav aria-label="Breadcrumbs" className={styles.above}>
          {above.map(({ label, url }) => <span key={url}><Link to={url}>{label}</Link> / </span>)}
        </nav>
      )}
      <header className={styles.header}>
        <div>
          <h1 className={styles.title}>{title}</h1>
          {subtitle && <div className={styles.subtitle}>{subtitle}</div>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </header>
      {tabs && tabs.length > 0 && (
        <TabsBar className={styles.tabs}>
          {tabs.map(({ label, url, counter }) => <Tab key={url} label={label} href={url} active={pathname === url} counter={counter ?? null} />)}
        </TabsBar>
      )}
      {children}
    </div>
  );
}

/** Waiting, the error with a way to try again, or the content. */
export function Shown<T>({ loaded, children }: { readonly loaded: Loaded<T>; readonly children: (value: T) => ReactNode }) {
  if (loaded.value !== undefined) return <>{loaded.error && <Alert severity="warning" title={loaded.error} />}{children(loaded.value)}</>;
  if (loaded.missing) {
    return <EmptyState variant="not-found" message="It is not there" button={<LinkButton variant="secondary" href="/">Go home</LinkButton>}>It may have been deleted or renamed, or you may not see it. The server says: {loaded.error}</EmptyState>;
  }
  if (loaded.error !== undefined) {
    return <Alert severity="error" title="This could not be loaded" action={<Button variant="secondary" onClick={loaded.reload}>Try again</Button>}>{loaded.error}</Alert>;
  }
  return <LoadingPlaceholder text="Loading" />;
}

const stylesOf = (theme: GrafanaTheme2) => ({
  page: css({ overflowWrap: 'break-word', padding: theme.spacing(2, 3, 4), display: 'flex', flexDirection: 'column', gap: theme.spacing(2), flex: 1, minWidth: 0 }),
  above: css({ color: theme.colors.text.secondary, marginBottom: theme.spacing(-1), '& a': { color: theme.colors.text.link } }),
  header: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(2), justifyContent: 'space-between', alignItems: 'flex-start' }),
  title: css({ margin: 0, fontSize: theme.typography.h2.fontSize }),
  subtitle: css({ color: theme.colors.text.secondary }),
  actions: css({ display: 'flex', gap: theme.spacing(1), flexWrap: 'wrap' }),
  tabs: css({ marginBottom: theme.spacing(1) }),
});

/** Navigation at the side, the bar at the top, and a page in the middle. */
import { css, cx } from '@emotion/css';
import type { GrafanaTheme2, NavModelItem } from '@grafana/data';
import { config, locationService } from '@grafana/runtime';
import { Button, Dropdown, Icon, IconButton, Menu, useStyles2 } from '@grafana/ui';
import { useState, type ReactNode } from 'react';
import { Link, matchPath, useLocation, useSearchParams } from 'react-router-dom';
import { navTree, user } from '../host/boot-data.ts';
import { routes } from './routes.ts';

const foldedKey = 'belvedere.console.navigation.folded';

export function Shell({ children }: { readonly children: ReactNode }) {
  const styles = useStyles2(stylesOf);
  const [search] = useSearchParams();
  const [folded, setFolded] = useState(() => localStorage.getItem(foldedKey) === 'true' || innerWidth < 900);
  if (search.has('kiosk')) return <main className={styles.main}>{children}</main>;
  const fold = () => {
    localStorage.setItem(foldedKey, String(!folded));
    setFolded(!folded);
  };
  return (
    <div className={styles.shell}>
      <button type="button" className={styles.skip} onClick={() => document.getElementById('main')?.focus()}>Skip to the content</button>
      <header className={styles.bar}>
        <IconButton name="bars" size="lg" aria-label={folded ? 'Show navigation' : 'Hide navigation'} aria-expanded={!folded} onClick={fold} />
        <Link to="/" className={styles.brand}><img src="public/build/img/belvedere.svg" alt="" width={22} height={22} /> Belvedere</Link>
        <span className={styles.space} />
        <UserMenu />
      </header>
      {!folded && <Navigation />}
      <main id="main" tabIndex={-1} className={styles.main}>{children}</main>
    </div>
  );
}

/** Addresses as the router knows them: without the path that the server is mounted at. */
export function localPath(url: string): string {
  const base = config.appSubUrl ?? '';
  const path = url.split(/[?#]/)[0]!;
  return base !== '' && path.startsWith(base) ? path.slice(base.length) || '/' : path;
}

const isHere = (url: string | undefined) => url !== undefined && routes.some(({ path }) => path !== '*' && matchPath(path, localPath(url)));

/** What the server offers to this person, less the pages that the console lacks. */
function offered(items: readonly NavModelItem[]): readonly NavModelItem[] {
  return items.flatMap((item) => {
    if (item.id === 'help' || item.id === 'profile' || item.isCreateAction) return [];
    const children = offered(item.children ?? []);
    return isHere(item.url) || children.length > 0 ? [{ ...item, children: [...children] }] : [];
  });
}

function Navigation() {
  const styles = useStyles2(stylesOf);
  return (
    <nav aria-label="Main" className={styles.nav}>
      <ul>{offered(navTree()).map((item) => <NavEntry key={item.id ?? item.url} item={item} depth={0} />)}</ul>
    </nav>
  );
}

function NavEntry({ item, depth }: { readonly item: NavModelItem; readonly depth: number }) {
  const styles = useStyles2(stylesOf);
  const { pathname, search } = useLocation();
  const children = item.children ?? [];
  const url = isHere(item.url) ? localPath(item.url!) + (item.url!.match(/\?.*$/)?.[0] ?? '') : undefined;
  const within = (node: NavModelItem): boolean => (node.url !== undefined && isHere(node.url) && pathname.startsWith(localPath(node.url)) && localPath(node.url) !== '/') || (node.children ?? []).some(within);
  const [open, setOpen] = useState(() => within(item));
  const active = url !== undefined && (url === pathname + search || url === pathname);
  return (
    <li>
      <span className={styles.entry} style={{ paddingLeft: 12 + depth * 22 }}>
        {url === undefined ? <span className={styles.entryText}>{depth === 0 && item.icon && <Icon name={item.icon} />}{item.text}</span>
          : <Link to={url} className={cx(styles.entryText, active && styles.active)} aria-current={active ? 'page' : undefined}>{depth === 0 && item.icon && <Icon name={item.icon} />}{item.text}</Link>}
        {children.length > 0 && <IconButton name={open ? 'angle-down' : 'angle-right'} aria-label={`${open ? 'Hide' : 'Show'} what belongs to ${item.text}`} aria-expanded={open} onClick={() => setOpen(!open)} />}
      </span>
      {open && children.length > 0 && <ul>{children.map((child) => <NavEntry key={child.id ?? child.url} item={child} depth={depth + 1} />)}</ul>}
    </li>
  );
}

function UserMenu() {
  const { isSignedIn, login, name, orgName } = user();
  if (!isSignedIn) return <Button variant="secondary" size="sm" onClick={() => { location.href = `${config.appSubUrl ?? ''}/login`; }}>Sign in</Button>;
  const go = (path: string) => () => locationService.push(path);
  const menu = (
    <Menu header={<strong>{name || login} in {orgName}</strong>}>
      {isHere('/profile') && <Menu.Item label="Profile" icon="user" onClick={go('/profile')} />}
      {isHere('/profile/password') && <Menu.Item label="Change password" icon="lock" onClick={go('/profile/password')} />}
      <Menu.Item label="Sign out" icon="arrow-from-right" onClick={() => { location.href = `${config.appSubUrl ?? ''}/logout`; }} />
    </Menu>
  );
  return <Dropdown overlay={menu} placement="bottom-end"><Button variant="secondary" size="sm" fill="text" icon="user" aria-label={`Menu of ${name || login}`}>{name || login}</Button></Dropdown>;
}

const barHeight = 44;

const stylesOf = (theme: GrafanaTheme2) => ({
  shell: css({
    display: 'grid', gridTemplate: `"bar bar" ${barHeight}px "nav main" 1fr / auto 1fr`, minHeight: '100vh', background: theme.colors.background.canvas, color: theme.colors.text.primary,
  }),
  skip: css({ position: 'absolute', left: -9999, '&:focus': { left: 8, top: 8, zIndex: theme.zIndex.tooltip, padding: theme.spacing(1), background: theme.colors.background.primary } }),
  bar: css({
    gridArea: 'bar', position: 'sticky', top: 0, zIndex: theme.zIndex.navbarFixed, display: 'flex', alignItems: 'center', gap: theme.spacing(1.5), padding: theme.spacing(0, 2),
    background: theme.colors.background.primary, borderBottom: `1px solid ${theme.colors.border.weak}`,
  }),
  brand: css({ display: 'flex', gap: theme.spacing(1), alignItems: 'center', fontWeight: theme.typography.fontWeightMedium }),
  space: css({ flex: 1 }),
  nav: css({
    gridArea: 'nav', width: 240, position: 'sticky', top: barHeight, height: `calc(100vh - ${barHeight}px)`, overflowY: 'auto', padding: theme.spacing(1, 0),
    background: theme.colors.background.primary, borderRight: `1px solid ${theme.colors.border.weak}`, '& ul': { listStyle: 'none', margin: 0, padding: 0 },
    [theme.breakpoints.down('md')]: { position: 'fixed', zIndex: theme.zIndex.sidemenu },
  }),
  entry: css({ display: 'flex', alignItems: 'center', justifyContent: 'space-between', paddingRight: theme.spacing(1) }),
  entryText: css({ display: 'flex', gap: theme.spacing(1), alignItems: 'center', flex: 1, padding: theme.spacing(0.75, 0), color: theme.colors.text.secondary, 'a&:hover': { color: theme.colors.text.primary } }),
  active: css({ color: theme.colors.text.primary, fontWeight: theme.typography.fontWeightMedium }),
  main: css({ gridArea: 'main', display: 'flex', flexDirection: 'column', minWidth: 0, minHeight: '100%', background: theme.colors.background.canvas, '&:focus': { outline: 'none' } }),
});

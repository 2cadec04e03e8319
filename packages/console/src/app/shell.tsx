/** Navigation at the side, the bar at the top, a page in the middle, and the keys that work everywhere. */
import { css, cx } from '@emotion/css';
import type { GrafanaTheme2, NavModelItem } from '@grafana/data';
import { locationService } from '@grafana/runtime';
import { Button, Dropdown, Icon, IconButton, Menu, useStyles2, useTheme2 } from '@grafana/ui';
import { lazy, Suspense, useCallback, useEffect, useState, type ReactNode } from 'react';
import { Link, useLocation, useSearchParams } from 'react-router-dom';
import { api } from '../api/client.ts';
import { useShortcuts } from '../dashboard/shortcuts.ts';
import { mayAny, user } from '../host/boot-data.ts';
import { signIn, signOut, switchOrg, switchTheme } from './account.ts';
import { HelpMenu } from './help.tsx';
import { isHere, localPath, localUrl, offered } from './navigation.ts';
import { PlayerControls } from './player-controls.tsx';
import { noteVisit } from './recent.ts';

const Palette = lazy(async () => ({ default: (await import('./palette.tsx')).Palette }));
const KeysModal = lazy(async () => ({ default: (await import('./help.tsx')).KeysModal }));

const foldedKey = 'belvedere.console.navigation.folded';
/** Narrower than this, the navigation lies over the page. */
const narrowPx = 900;

export function Shell({ children }: { readonly children: ReactNode }) {
  const styles = useStyles2(stylesOf);
  const [search, setSearch] = useSearchParams();
  const { pathname } = useLocation();
  const theme = useTheme2();
  const [folded, setFolded] = useState(() => localStorage.getItem(foldedKey) === 'true' || innerWidth < narrowPx);
  const [open, setOpen] = useState<'palette' | 'keys' | undefined>();
  const kiosk = search.has('kiosk');
  useEffect(() => noteVisit(user().orgId, pathname), [pathname]);
  // Where the navigation lies over the page it makes way for the page that somebody went to.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the page is what changes
  useEffect(() => {
    if (innerWidth < narrowPx) setFolded(true);
  }, [pathname]);
  const go = (path: string) => (isHere(path) ? () => locationService.push(path) : undefined);
  const onKeys = useCallback(() => setOpen('keys'), []);
  // Dashboards have keys of their own, these among them.
  const ofDashboard = /^\/d\/|^\/dashboard\/new/.test(pathname);
  useShortcuts({
    'mod+k': () => setOpen((now) => (now === 'palette' ? undefined : 'palette')), 'g a': go('/alerting/list'),
    ...(user().isSignedIn ? { 'g p': go('/profile'), 'c t': () => void switchTheme(theme.isDark ? 'light' : 'dark') } : {}),
    ...(ofDashboard ? {} : {
      'g h': go('/'), 'g d': go('/dashboards'), 'g e': mayAny('datasources:explore') ? go('/explore') : undefined, '?': onKeys,
      'd k': () => setSearch((now) => {
        const next = new URLSearchParams(now);
        if (kiosk) next.delete('kiosk');
        else next.set('kiosk', 'true');
        return next;
      }),
    }),
  });
  const dialogs = (
    <Suspense>
      <PlayerControls />
      {open === 'palette' && <Palette onClose={() => setOpen(undefined)} onKeys={onKeys} />}
      {open === 'keys' && <KeysModal onClose={() => setOpen(undefined)} />}
    </Suspense>
  );
  if (kiosk) return <><main className={styles.main}>{children}</main>{dialogs}</>;
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
        <Button variant="secondary" size="sm" icon="search" aria-label="Search or jump to" aria-keyshortcuts="Control+K Meta+K" onClick={() => setOpen('palette')}><span className={styles.wide}>Search or jump to…</span></Button>
        <HelpMenu onKeys={onKeys} />
        <UserMenu />
      </header>
      {!folded && <Navigation />}
      <main id="main" tabIndex={-1} className={styles.main}>{children}</main>
      {dialogs}
    </div>
  );
}

function Navigation() {
  const styles = useStyles2(stylesOf);
  return (
    <nav aria-label="Main" className={styles.nav}>
      <ul>{offered().map((item) => <NavEntry key={item.id ?? item.url} item={item} depth={0} />)}</ul>
    </nav>
  );
}

function NavEntry({ item, depth }: { readonly item: NavModelItem; readonly depth: number }) {
  const styles = useStyles2(stylesOf);
  const { pathname, search } = useLocation();
  const children = item.children ?? [];
  const url = isHere(item.url) ? localUrl(item.url) : undefined;
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

interface Org { readonly orgId: number; readonly name: string; readonly role: string }

function UserMenu() {
  const { isSignedIn, login, name, orgId, orgName, orgCount } = user();
  const styles = useStyles2(stylesOf);
  const [orgs, setOrgs] = useState<readonly Org[]>([]);
  if (!isSignedIn) return <Button variant="secondary" size="sm" onClick={signIn}>Sign in</Button>;
  const go = (path: string) => () => locationService.push(path);
  // The menu opens with what it has; the list of organizations follows.
  const askOrgs = (visible: boolean) => void (visible && orgCount > 1 && api.get<readonly Org[]>('/api/user/orgs').then(setOrgs, () => undefined));
  const menu = (
    <Menu header={<strong>{name || login} in {orgName}</strong>}>
      {isHere('/profile') && <Menu.Item label="Profile" icon="user" onClick={go('/profile')} />}
      <Menu.Item label="Notification history" icon="bell" onClick={go('/profile/notifications')} />
      {isHere('/profile/password') && <Menu.Item label="Change password" icon="lock" onClick={go('/profile/password')} />}
      {orgs.length > 1 && (
        <Menu.Group label="Organizations">
          {orgs.map((org) => <Menu.Item key={org.orgId} label={org.name} description={org.role} icon={org.orgId === orgId ? 'check' : 'building'} active={org.orgId === orgId} onClick={() => org.orgId !== orgId && void switchOrg(org.orgId)} />)}
        </Menu.Group>
      )}
      <Menu.Item label="Sign out" icon="arrow-from-right" onClick={signOut} />
    </Menu>
  );
  return <Dropdown overlay={menu} placement="bottom-end" onVisibleChange={askOrgs}><Button variant="secondary" size="sm" fill="text" icon="user" aria-label={`Menu of ${name || login}`}><span className={styles.wide}>{name || login}</span></Button></Dropdown>;
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
  wide: css({ [theme.breakpoints.down('sm')]: { display: 'none' } }),
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

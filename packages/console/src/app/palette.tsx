/** Search and commands behind one key: pages, dashboards and folders, and what can be done from anywhere. */
import { css, cx } from '@emotion/css';
import type { GrafanaTheme2, IconName } from '@grafana/data';
import { locationService } from '@grafana/runtime';
import { Icon, Input, LoadingBar, Modal, useStyles2 } from '@grafana/ui';
import { useEffect, useId, useMemo, useState, type KeyboardEvent } from 'react';
import { api, useLoaded } from '../api/client.ts';
import { user } from '../host/boot-data.ts';
import { switchTheme, signOut } from './account.ts';
import { creations, localUrl, navPages } from './navigation.ts';
import { recentDashboards } from './recent.ts';

interface Hit {
  readonly uid: string;
  readonly title: string;
  readonly url: string;
  readonly type: 'dash-db' | 'dash-folder';
  readonly folderTitle?: string;
}

interface Entry {
  readonly key: string;
  readonly group: string;
  readonly text: string;
  readonly more?: string;
  readonly icon: IconName;
  readonly words: string;
  readonly act: () => void;
}

const typingMs = 200;
const hitsAtMost = 40;

const to = (url: string) => () => locationService.push(url);

const hitEntry = (group: string) => ({ uid, title, url, type, folderTitle }: Hit): Entry => ({
  key: `${group} ${uid}`, group, text: title, icon: type === 'dash-folder' ? 'folder' : 'apps', words: title, act: to(localUrl(url)), ...(folderTitle ? { more: folderTitle } : {}),
});

function ownEntries(onKeys: () => void): readonly Entry[] {
  const { isSignedIn } = user();
  const account: readonly (readonly [string, IconName, () => void])[] = isSignedIn
    ? [['Profile', 'user', to('/profile')], ['Light theme', 'palette', () => void switchTheme('light')], ['Dark theme', 'palette', () => void switchTheme('dark')], ['Theme of the system', 'palette', () => void switchTheme('system')], ['Sign out', 'arrow-from-right', signOut]]
    : [];
  return [
    ...creations().map(({ text, url }): Entry => ({ key: `new ${url}`, group: 'Actions', text, icon: 'plus', words: `${text} create add`, act: to(url) })),
    ...[...account, ['Keyboard shortcuts', 'keyboard', onKeys] as const].map(([text, icon, act]): Entry => ({ key: text, group: 'Actions', text, icon, words: `${text} preferences`, act })),
    ...navPages().map(({ text, url, above, keywords, icon }): Entry => ({ key: `page ${url} ${text}`, group: 'Pages', text, icon: (icon as IconName | undefined) ?? 'arrow-right', words: [text, ...above, ...keywords].join(' '), act: to(url), ...(above.length > 0 ? { more: above.join(' / ') } : {}) })),
  ];
}

export function Palette({ onClose, onKeys }: { readonly onClose: () => void; readonly onKeys: () => void }) {
  const styles = useStyles2(stylesOf);
  const id = useId();
  const [text, setText] = useState('');
  const [asked, setAsked] = useState('');
  const [at, setAt] = useState(0);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text.trim()), typingMs);
    return () => clearTimeout(timer);
  }, [text]);
  const found = useLoaded(async () => {
    if (asked !== '') return (await api.get<readonly Hit[]>('/api/search', { query: asked, limit: hitsAtMost })).map(hitEntry('Dashboards and folders'));
    const recent = recentDashboards(user().orgId).slice(0, 5);
    if (recent.length === 0) return [];
    const known = new Map((await api.get<readonly Hit[]>('/api/search', { dashboardUIDs: recent })).map((hit) => [hit.uid, hit]));
    return recent.flatMap((uid) => known.get(uid) ?? []).map(hitEntry('Recent dashboards'));
  }, asked);
  const own = useMemo(() => ownEntries(onKeys), [onKeys]);
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const mine = own.filter((entry) => words.every((word) => entry.words.toLowerCase().includes(word)));
  const hits = asked === text.trim() ? found.value ?? [] : [];
  const shown = words.length === 0 ? [...hits, ...mine] : [...mine.slice(0, 8), ...hits];
  const chosen = Math.min(at, shown.length - 1);
  const take = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    entry.act();
  };
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (event.key === 'Enter') take(shown[chosen]);
    else if (step !== undefined && shown.length > 0) {
      const next = (chosen + step + shown.length) % shown.length;
      setAt(next);
      document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: 'nearest' });
    } else return;
    event.preventDefault();
  };
  return (
    <Modal isOpen title="Search or jump to" onDismiss={onClose}>
      <Input
        autoFocus role="combobox" aria-label="Search or jump to" aria-expanded aria-controls={`${id}-list`} aria-autocomplete="list" aria-activedescendant={shown.length > 0 ? `${id}-${chosen}` : undefined}
        prefix={<Icon name="search" />} placeholder="Pages, dashboards, folders, actions" value={text} onChange={(event) => { setText(event.currentTarget.value); setAt(0); }} onKeyDown={onKey}
      />
      <div className={styles.busy}>{(found.loading || asked !== text.trim()) && <LoadingBar width={400} />}</div>
      {found.error && <div role="alert">{found.error}</div>}
      <div id={`${id}-list`} role="listbox" aria-label="Results" className={styles.list}>
        {shown.map((entry, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field, which keeps the focus
          // biome-ignore lint/a11y/useFocusableInteractive: the field points at it
          <div key={entry.key} id={`${id}-${index}`} role="option" aria-selected={index === chosen} className={cx(styles.entry, index === chosen && styles.chosen)} onClick={() => take(entry)} onMouseMove={() => at !== index && setAt(index)}>
            {shown[index - 1]?.group !== entry.group && <span className={styles.group}>{entry.group}</span>}
            <Icon name={entry.icon} /><span>{entry.text}</span>{entry.more && <span className={styles.more}>{entry.more}</span>}
          </div>
        ))}
      </div>
      {shown.length === 0 && !found.loading && asked === text.trim() && <p role="status">Nothing matches “{text}”.</p>}
    </Modal>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({
  busy: css({ height: 2, overflow: 'hidden' }),
  list: css({ maxHeight: '50vh', overflowY: 'auto', marginTop: theme.spacing(1) }),
  entry: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(0.5, 1), alignItems: 'center', padding: theme.spacing(0.75, 1), borderRadius: theme.shape.radius.default, cursor: 'pointer' }),
  chosen: css({ background: theme.colors.action.selected }),
  group: css({ flexBasis: '100%', color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize, fontWeight: theme.typography.fontWeightMedium }),
  more: css({ color: theme.colors.text.secondary, marginLeft: 'auto' }),
});

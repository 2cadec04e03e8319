/** What helps: keys, documentation, the description of the API, what runs here. */
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { config, locationService } from '@grafana/runtime';
import { Dropdown, IconButton, Menu, Modal, useStyles2 } from '@grafana/ui';
import { mayAny, navTree, subPath } from '../host/boot-data.ts';
import { shortcutTexts } from '../dashboard/shortcuts.ts';

const keysEverywhere: readonly (readonly [keys: string, what: string])[] = [
  ['mod+k', 'Search and commands'], ['g h', 'Home'], ['g d', 'Dashboards'], ['g e', 'Explore'], ['g a', 'Alert rules'], ['g p', 'Profile'], ['c t', 'Light or dark theme'], ['d k', 'Without navigation'], ['?', 'These keys'], ['Esc', 'Close what is open'],
];

export function HelpMenu({ onKeys }: { readonly onKeys: () => void }) {
  if (!navTree().some(({ id }) => id === 'help')) return null;
  const menu = (
    <Menu header={<span>Belvedere {config.buildInfo.version}</span>}>
      <Menu.Item label="Keyboard shortcuts" icon="keyboard" onClick={onKeys} />
      <Menu.Item label="Documentation" icon="document-info" url="https://grafana.com/docs/grafana/latest/" target="_blank" />
      <Menu.Item label="Description of the API" icon="brackets-curly" url={`${subPath()}/swagger`} target="_blank" />
      {mayAny('support.bundles:read', 'support.bundles:create') && <Menu.Item label="Support bundles" icon="wrench" onClick={() => locationService.push('/support-bundles')} />}
    </Menu>
  );
  return <Dropdown overlay={menu} placement="bottom-end"><IconButton name="question-circle" size="lg" aria-label="Help" tooltip="Help" /></Dropdown>;
}

export function KeysModal({ onClose }: { readonly onClose: () => void }) {
  const styles = useStyles2(stylesOf);
  const list = (title: string, keys: typeof keysEverywhere) => (
    <section><h2 className={styles.title}>{title}</h2><dl className={styles.keys}>{keys.map(([key, what]) => <div key={key}><dt>{key.split(' ').map((one) => <kbd key={one}>{one.replace('mod', /Mac/.test(navigator.platform) ? '⌘' : 'Ctrl')}</kbd>)}</dt><dd>{what}</dd></div>)}</dl></section>
  );
  return (
    <Modal isOpen title="Keyboard shortcuts" onDismiss={onClose}>
      {list('Everywhere', keysEverywhere)}
      {list('On dashboards', shortcutTexts.filter(([key]) => !keysEverywhere.some(([known]) => known === key)))}
    </Modal>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({
  title: css({ fontSize: theme.typography.h5.fontSize }),
  keys: css({ columns: 2, marginBottom: theme.spacing(2), '& div': { display: 'flex', gap: theme.spacing(1), breakInside: 'avoid', marginBottom: theme.spacing(0.5) }, '& dt': { width: 96, display: 'flex', gap: theme.spacing(0.5) }, '& dd': { margin: 0 }, '& kbd': { padding: theme.spacing(0, 0.75), border: `1px solid ${theme.colors.border.medium}`, borderRadius: theme.shape.radius.default, background: theme.colors.background.secondary, whiteSpace: 'nowrap' }, [theme.breakpoints.down('sm')]: { columns: 1 } }),
});

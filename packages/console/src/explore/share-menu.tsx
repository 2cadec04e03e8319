/** Links to what Explore shows. */
import { dateMath } from '@grafana/data';
import { config } from '@grafana/runtime';
import { Button, Dropdown, Menu } from '@grafana/ui';
import { api } from '../api/client.ts';
import { attempt } from '../app/notify.ts';
import { subPath, user } from '../host/boot-data.ts';
import { searchOf, type ExplorePane } from './explore-url.ts';

/** The range as it is now: who follows the link later sees the same. */
function fixed(pane: ExplorePane): ExplorePane {
  const at = (text: string, roundUp: boolean) => (/^\d+$/.test(text) ? text : String(dateMath.toDateTime(text, { roundUp })?.valueOf() ?? text));
  return { ...pane, from: at(pane.from, false), to: at(pane.to, true) };
}

export function ShareMenu({ panes }: { readonly panes: readonly ExplorePane[] }) {
  const path = (some: readonly ExplorePane[]) => `explore?${searchOf(some, user().orgId)}`;
  const copy = (work: () => Promise<string>) => () => void attempt(async () => navigator.clipboard.writeText(await work()), 'The link is copied', 'The link could not be copied');
  const short = (some: readonly ExplorePane[]) => async () => (await api.post<{ readonly url: string }>('/api/short-urls', { path: path(some) })).url;
  const long = async () => `${config.appUrl ? config.appUrl.replace(/\/$/, '') : `${location.origin}${subPath()}`}/${path(panes)}`;
  const menu = (
    <Menu>
      <Menu.Item label="Copy short link" icon="link" onClick={copy(short(panes))} />
      <Menu.Item label="Copy short link with these times" icon="clock-nine" onClick={copy(short(panes.map(fixed)))} />
      <Menu.Item label="Copy whole link" icon="copy" onClick={copy(long)} />
    </Menu>
  );
  return <Dropdown overlay={menu} placement="bottom-end"><Button variant="secondary" icon="share-alt" disabled={panes.every(({ queries }) => queries.length === 0)} tooltip={panes.every(({ queries }) => queries.length === 0) ? 'Run a query first' : ''}>Share</Button></Dropdown>;
}

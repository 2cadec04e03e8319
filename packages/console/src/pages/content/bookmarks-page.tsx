/** Pages that a person keeps at hand; Grafana's frontend shows the same ones. `/bookmarks` */
import { EmptyState, IconButton } from '@grafana/ui';
import { Link } from 'react-router-dom';
import { api, useLoaded } from '../../api/client.ts';
import { notifyError } from '../../app/notify.ts';
import { navPages, localPath } from '../../app/navigation.ts';
import { Page, Shown } from '../../app/page.tsx';
import { subPath } from '../../host/boot-data.ts';
import { PickField } from '../parts/fields.tsx';
import { Table } from '../parts/table.tsx';

interface Preferences { readonly navbar?: { readonly bookmarkUrls?: readonly string[] } }

export default function BookmarksPage() {
  const kept = useLoaded(async () => (await api.get<Preferences>('/api/user/preferences')).navbar?.bookmarkUrls ?? [], '');
  const pages = navPages().filter(({ url }) => url !== '/bookmarks');
  const keep = async (bookmarkUrls: readonly string[]) => {
    try {
      await api.patch('/api/user/preferences', { navbar: { bookmarkUrls } });
      kept.reload();
    } catch (error) {
      notifyError('The bookmarks could not be saved', error);
    }
  };
  return (
    <Page title="Bookmarks" subtitle="Pages that you keep at hand">
      <Shown loaded={kept}>
        {(urls) => (
          <>
            <PickField width={50} label="Add a page" placeholder="Choose a page" value={null} choices={pages.filter(({ url }) => !urls.some((one) => localPath(one) === url)).map(({ text, url, above }) => ({ value: url, label: text, ...(above.length > 0 ? { description: above.join(' / ') } : {}) }))} onChange={(url) => url !== null && keep([...urls, `${subPath()}${url}`])} />
            <Table label="Bookmarks" rows={urls} rowKey={(url) => url} empty={<EmptyState variant="call-to-action" message="There are no bookmarks yet">Choose pages that you often go to.</EmptyState>} columns={[
              { label: 'Page', cell: (url) => <Link to={localPath(url)}>{pages.find((one) => one.url === localPath(url))?.text ?? localPath(url)}</Link> },
              { label: 'Actions', actions: true, cell: (url) => <IconButton name="trash-alt" aria-label={`Take ${localPath(url)} out`} onClick={() => keep(urls.filter((one) => one !== url))} /> },
            ]} />
          </>
        )}
      </Shown>
    </Page>
  );
}

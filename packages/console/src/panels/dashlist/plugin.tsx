/** Dashboards: starred ones, and what a search finds. */
import { css } from '@emotion/css';
import { PanelPlugin, urlUtil, type GrafanaTheme2, type PanelProps } from '@grafana/data';
import type { Options } from '@grafana/schema/dist/esm/raw/composable/dashboardlist/panelcfg/x/DashboardListPanelCfg_types.gen';
import { Alert, LoadingPlaceholder, TagsInput, useStyles2 } from '@grafana/ui';
import { Link, useLocation } from 'react-router-dom';
import { api, useLoaded } from '../../api/client.ts';
import { recentDashboards } from '../../app/recent.ts';
import { FolderPicker } from '../../dashboard/folder-picker.tsx';
import { user } from '../../host/boot-data.ts';
import { NoData } from '../parts/no-data.tsx';

interface Hit {
  readonly uid: string;
  readonly title: string;
  readonly url: string;
  readonly folderTitle?: string;
}

export function DashListPanel({ options, replaceVariables }: PanelProps<Options>) {
  const styles = useStyles2(stylesOf);
  const { search } = useLocation();
  const { maxItems, query, tags, folderUID, showStarred, showSearch, showRecentlyViewed, showHeadings, showFolderNames, keepTime, includeVars } = options;
  const sought = replaceVariables(query ?? '', {}, 'text');
  const recent = showRecentlyViewed ? recentDashboards(user().orgId).slice(0, maxItems) : [];
  const found = useLoaded(async () => {
    const ask = (params: Record<string, unknown>) => api.get<Hit[]>('/api/search', { type: 'dash-db', limit: maxItems, ...params });
    const [visited, starred, matching] = await Promise.all([
      recent.length > 0 ? ask({ dashboardUIDs: recent }) : [],
      showStarred ? ask({ starred: true }) : [],
      showSearch ? ask({ query: sought, tag: tags, ...(folderUID ? { folderUIDs: folderUID === '' ? 'general' : folderUID } : {}) }) : [],
    ]);
    return { visited: recent.flatMap((uid) => visited.find((hit) => hit.uid === uid) ?? []), starred, matching };
  }, JSON.stringify([maxItems, sought, recent, tags, folderUID, showStarred, showSearch]));
  if (found.error) return <Alert severity="error" title="The dashboards could not be listed">{found.error}</Alert>;
  if (!found.value) return <LoadingPlaceholder text="Loading" />;
  const now = urlUtil.getUrlSearchParams();
  const kept = Object.fromEntries(Object.entries(now).filter(([name]) => (keepTime && (name === 'from' || name === 'to')) || (includeVars && name.startsWith('var-'))));
  const groups = [...(showRecentlyViewed ? [{ title: 'Recently viewed dashboards', hits: found.value.visited }] : []), ...(showStarred ? [{ title: 'Starred dashboards', hits: found.value.starred }] : []), ...(showSearch ? [{ title: 'Search', hits: found.value.matching }] : [])];
  if (groups.length === 0) return <NoData text="Choose in the options of this panel which dashboards it lists" />;
  return (
    <div key={search} className={styles.all}>
      {groups.map(({ title, hits }) => (
        <section key={title}>
          {showHeadings && <h3 className={styles.title}>{title}</h3>}
          <ul className={styles.list}>
            {hits.map((hit) => <li key={hit.uid}><Link to={urlUtil.renderUrl(hit.url, kept)}>{hit.title}</Link>{showFolderNames && hit.folderTitle && <span className={styles.folder}>{hit.folderTitle}</span>}</li>)}
            {hits.length === 0 && <li className={styles.folder}>None</li>}
          </ul>
        </section>
      ))}
    </div>
  );
}

const stylesOf = (theme: GrafanaTheme2) => ({
  all: css({ height: '100%', overflow: 'auto' }),
  title: css({ fontSize: theme.typography.h6.fontSize, color: theme.colors.text.secondary, margin: theme.spacing(1, 0) }),
  list: css({ listStyle: 'none', '& li': { display: 'flex', justifyContent: 'space-between', gap: theme.spacing(1), padding: theme.spacing(0.5), borderBottom: `1px solid ${theme.colors.border.weak}` }, '& a': { color: theme.colors.text.link } }),
  folder: css({ color: theme.colors.text.secondary }),
});

export const plugin = new PanelPlugin<Options>(DashListPanel).setPanelOptions((builder) => {
  const searched = ({ showSearch }: Options) => showSearch;
  builder
    .addBooleanSwitch({ path: 'keepTime', name: 'Include current time range', defaultValue: false })
    .addBooleanSwitch({ path: 'includeVars', name: 'Include current variable values', defaultValue: false })
    .addBooleanSwitch({ path: 'showStarred', name: 'Starred', defaultValue: true })
    .addBooleanSwitch({ path: 'showRecentlyViewed', name: 'Recently viewed', defaultValue: false })
    .addBooleanSwitch({ path: 'showSearch', name: 'Search', defaultValue: false })
    .addBooleanSwitch({ path: 'showHeadings', name: 'Show headings', defaultValue: true })
    .addBooleanSwitch({ path: 'showFolderNames', name: 'Show folder names', defaultValue: true })
    .addNumberInput({ path: 'maxItems', name: 'Max items', defaultValue: 10, settings: { min: 1, integer: true } })
    .addTextInput({ path: 'query', name: 'Query', defaultValue: '', showIf: searched })
    .addCustomEditor({ id: 'folderUID', path: 'folderUID', name: 'Folder', defaultValue: undefined as never, showIf: searched, editor: ({ value, onChange }) => <FolderPicker value={value ?? ''} onChange={(uid) => onChange(uid === '' ? undefined : uid)} /> })
    .addCustomEditor({ id: 'tags', path: 'tags', name: 'Tags', defaultValue: [], showIf: searched, editor: ({ value, onChange }) => <TagsInput tags={value} onChange={onChange} /> });
});

/** What people see first (dashboards-and-content §3.5): their home dashboard, a configured file, or the built-in page. */
import { dashboardUrl } from '../urls.ts';
import { readFile } from 'node:fs/promises';
import { ApiError } from '../../../web/errors.ts';
import { roleIncludes, type Identity } from '../../../web/identity.ts';
import { zeroTime } from '../../../util/rfc3339.ts';
import { slugify } from '../../../util/slug.ts';
import type { ContentAccess } from '../access.ts';
import type { DashboardService } from './dashboard.ts';

export interface HomeDeps {
  readonly dashboards: Pick<DashboardService, 'find'>;
  readonly access: ContentAccess;
  /** Uid of the home dashboard after merging server, org, team and user preferences; '' for none. */
  readonly homeUidOf: (identity: Identity) => Promise<string>;
  readonly subPath: string;
  /** `[users] home_page` */
  readonly homePage: string;
  /** `[dashboards] default_home_dashboard_path`; '' for the built-in one. */
  readonly homePath: string;
}

export type Home = { readonly redirectUri: string } | { readonly meta: object; readonly dashboard: unknown };

/** Bit of `helpFlags1`: the getting-started panel was dismissed. */
const gettingStartedDismissed = 1;

export async function homeFor(identity: Identity, { dashboards, access, homeUidOf, subPath, homePage, homePath }: HomeDeps): Promise<Home> {
  const uid = await homeUidOf(identity);
  if (uid === '' && homePage !== '') return { redirectUri: homePage };
  const chosen = uid === '' ? undefined : await dashboards.find(identity.orgId, uid);
  if (chosen && access.mayOnDashboard(identity, 'dashboards:read', chosen.name, chosen.folder)) return { redirectUri: dashboardUrl(subPath, chosen.name, slugify(chosen.title)) };
  const meta = {
    canSave: false, canEdit: roleIncludes(identity.orgRole, 'Editor'), canAdmin: false, canStar: false, canDelete: false, slug: '', url: '',
    expires: zeroTime, created: zeroTime, updated: zeroTime, updatedBy: '', createdBy: '', version: 0, hasAcl: false, isFolder: false,
    folderId: 0, folderUid: '', folderTitle: 'General', folderUrl: '', provisioned: false, provisionedExternalId: '', annotationsPermissions: null,
  };
  if (homePath !== '') return { meta, dashboard: await readHome(homePath) };
  const newcomer = identity.orgRole === 'Admin' && (identity.helpFlags1 & gettingStartedDismissed) === 0;
  return { meta, dashboard: builtInHome(newcomer) };
}

async function readHome(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new ApiError(500, 'Failed to load home dashboard', { cause });
  }
}

function builtInHome(newcomer: boolean): object {
  const list = {
    id: 3, type: 'dashlist', title: 'Dashboards', datasource: null, folderId: 0, links: [], gridPos: { x: 0, y: 4, w: 12, h: 15 },
    options: { folderId: 0, maxItems: 30, query: '', showHeadings: true, showRecentlyViewed: true, showSearch: false, showStarred: true, tags: [] },
  };
  const news = { id: 4, type: 'news', title: 'Latest from the blog', datasource: null, links: [], gridPos: { x: 12, y: 4, w: 12, h: 15 }, options: { feedUrl: 'https://grafana.com/blog/news.xml' } };
  const welcome = { id: 1, type: 'welcome', title: '', datasource: null, transparent: false, gridPos: { x: 0, y: 0, w: 24, h: 3 } };
  const gettingStarted = { id: 123123, type: 'gettingstarted', gridPos: { x: 0, y: 3, w: 24, h: 9 } };
  return {
    title: 'Home', editable: false, links: [], panels: [welcome, list, news, ...(newcomer ? [gettingStarted] : [])], schemaVersion: 22, tags: [], templating: { list: [] },
    time: { from: 'now-6h', to: 'now' }, timezone: 'browser',
    timepicker: { hidden: true, refresh_intervals: ['5s', '10s', '30s', '1m', '5m', '15m', '30m', '1h', '2h', '1d'], type: 'timepicker' },
  };
}

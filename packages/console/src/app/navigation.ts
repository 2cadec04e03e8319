/** The navigation that the server offers (frontend-contract §5), as far as the console has its pages. */
import type { NavModelItem } from '@grafana/data';
import { config } from '@grafana/runtime';
import { matchPath } from 'react-router-dom';
import { mayAny, navTree } from '../host/boot-data.ts';
import { routes } from './routes.ts';

/** Addresses as the router knows them: without the path that the server is mounted at. */
export function localPath(url: string): string {
  const base = config.appSubUrl ?? '';
  const path = url.split(/[?#]/)[0]!;
  return base !== '' && path.startsWith(base) ? path.slice(base.length) || '/' : path;
}

/** The same with what follows the path. */
export const localUrl = (url: string): string => localPath(url) + (/[?#].*$/.exec(url)?.[0] ?? '');

export const isHere = (url: string | undefined): url is string => url !== undefined && routes.some(({ path }) => path !== '*' && matchPath(path, localPath(url)));

/** Pages of ours that the server's tree leaves out, under the node they belong to. */
const ownPages: Readonly<Record<string, () => readonly NavModelItem[]>> = {
  'dashboards/browse': () => (mayAny('dashboards:delete') ? [{ id: 'dashboards/recently-deleted', text: 'Recently deleted', url: '/dashboard/recently-deleted' }] : []),
};

/** What the server offers to this person, less the pages that the console lacks, and less what the bar at the top offers. */
export function offered(items: readonly NavModelItem[] = navTree()): readonly NavModelItem[] {
  return items.flatMap((item) => {
    if (item.id === 'help' || item.id === 'profile' || item.isCreateAction) return [];
    const own = ownPages[item.id ?? '']?.().filter(({ id }) => !item.children?.some((child) => child.id === id)) ?? [];
    const children = offered([...(item.children ?? []), ...own]);
    // A section without anything in it is no page to go to.
    if (children.length === 0 && (item.id === 'drilldown' || (/^cfg(\/|$)/.test(item.id ?? '') && (item.children?.length ?? 0) > 0))) return [];
    return isHere(item.url) || children.length > 0 ? [{ ...item, children: [...children] }] : [];
  });
}

export interface NavPage {
  readonly text: string;
  readonly url: string;
  readonly icon?: NavModelItem['icon'];
  /** The names of the nodes above, outermost first. */
  readonly above: readonly string[];
  readonly keywords: readonly string[];
}

/** Every page of the tree once; what makes something new is in `creations`. */
export function navPages(items: readonly NavModelItem[] = offered(), above: readonly string[] = []): readonly NavPage[] {
  return items.flatMap(({ text, url, icon, children = [], keywords = [] }) => [
    ...(isHere(url) ? [{ text, url: localUrl(url), above, keywords, ...(icon && above.length === 0 ? { icon } : {}) }] : []), ...navPages(children, [...above, text]),
  ]);
}

/** `New dashboard`, `Create alert rule` and the like, as the server offers them. */
export function creations(items: readonly NavModelItem[] = navTree()): readonly NavPage[] {
  return items.flatMap(({ text, url, isCreateAction, children = [] }) => [...(isCreateAction && isHere(url) ? [{ text, url: localUrl(url), above: [], keywords: [], icon: 'plus' as const }] : []), ...creations(children)]);
}

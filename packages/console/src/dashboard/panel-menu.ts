/** What can be done with a panel. */
import type { PanelMenuItem } from '@grafana/data';
import { config } from '@grafana/runtime';
import { getExploreURL, sceneGraph, VizPanel, type VizPanelMenu } from '@grafana/scenes';
import { may } from '../host/boot-data.ts';
import { mapPanels, withCopy, type PanelJson } from './model.ts';
import { panelIdOf } from './scene/dashboard-scene.tsx';
import { setParams, type DashboardSession } from './session.ts';

export interface MenuActions {
  readonly canEdit: boolean;
  readonly onRemove: (id: number, title: string) => void;
  readonly onShare: (key: string) => void;
}

export function fillPanelMenu(session: DashboardSession, menu: VizPanelMenu, { canEdit, onRemove, onShare }: MenuActions): void {
  const panel = sceneGraph.getAncestor(menu, VizPanel);
  const key = panel.state.key!;
  const id = panelIdOf(panel);
  if (id === undefined) return;
  const viewing = session.state().scene.state.viewed === key;
  const items: PanelMenuItem[] = [
    { text: viewing ? 'Back to the dashboard' : 'View', iconClassName: 'eye' as const, shortcut: 'v', onClick: () => setParams({ viewPanel: viewing ? null : key }) },
    ...(canEdit ? [{ text: 'Edit', iconClassName: 'edit' as const, shortcut: 'e', onClick: () => setParams({ editPanel: String(id), viewPanel: null }) }] : []),
    { text: 'Share link', iconClassName: 'share-alt' as const, shortcut: 'p s', onClick: () => onShare(key) },
    ...(config.exploreEnabled && may('datasources:explore') && panel.state.$data ? [{ text: 'Explore', iconClassName: 'compass' as const, shortcut: 'x', onClick: () => void explore(panel) }] : []),
    {
      text: 'Inspect', iconClassName: 'info-circle', shortcut: 'i',
      subMenu: [['Data', 'data'], ['Query', 'query'], ['Panel JSON', 'json']].map(([text, tab]) => ({ text: text!, onClick: () => setParams({ inspect: String(id), inspectTab: tab! }) })),
    },
    ...(canEdit ? [
      { text: 'Duplicate', iconClassName: 'copy' as const, shortcut: 'p d', onClick: () => { session.edit(true); session.change((dashboard) => withCopy(dashboard, id)); } },
      { text: '', type: 'divider' as const },
      { text: 'Remove', iconClassName: 'trash-alt' as const, shortcut: 'p r', onClick: () => onRemove(id, panel.state.title) },
    ] : []),
  ];
  menu.setItems(items);
}

export async function explore(panel: VizPanel): Promise<void> {
  const data = sceneGraph.getData(panel).state.data;
  const range = sceneGraph.getTimeRange(panel).state.value;
  const url = data && (await getExploreURL(data, panel, range));
  if (url) window.open(url, '_blank', 'noopener');
}

export const panelJson = (session: DashboardSession, id: number): PanelJson | undefined => {
  let found: PanelJson | undefined;
  mapPanels(session.current(), (panel) => {
    if (panel.id === id) found = panel;
    return panel;
  });
  return found;
};

export const removePanel = (session: DashboardSession, id: number): void => {
  session.edit(true);
  session.change((dashboard) => mapPanels(dashboard, (panel) => (panel.id === id ? undefined : panel)));
};

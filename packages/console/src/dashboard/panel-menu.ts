/** What can be done with a panel. */
import type { PanelMenuItem } from '@grafana/data';
import { config } from '@grafana/runtime';
import { getExploreURL, sceneGraph, VizPanel, type VizPanelMenu } from '@grafana/scenes';
import { notifySuccess } from '../app/notify.ts';
import { may } from '../host/boot-data.ts';
import { mapPanels, withCopy, type PanelJson } from './model.ts';
import { panelIdOf } from './scene/dashboard-scene.tsx';
import { setParams, type DashboardSession } from './session.ts';

export interface MenuActions {
  readonly canEdit: boolean;
  readonly onRemove: (id: number, title: string) => void;
  readonly onShare: (key: string) => void;
  readonly onLibrary: (id: number) => void;
}

export function fillPanelMenu(session: DashboardSession, menu: VizPanelMenu, { canEdit, onRemove, onShare, onLibrary }: MenuActions): void {
  const panel = sceneGraph.getAncestor(menu, VizPanel);
  const key = panel.state.key!;
  const id = panelIdOf(panel);
  if (id === undefined) return;
  const library = panelJson(session, id)?.libraryPanel;
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
    {
      text: 'More', iconClassName: 'cube',
      subMenu: [
        ...(canEdit ? [{ text: 'Duplicate', shortcut: 'p d', onClick: () => duplicatePanel(session, id) }] : []),
        { text: 'Copy', onClick: () => copyPanel(panelJson(session, id)) },
        ...(canEdit && library ? [{ text: 'Unlink the library panel', onClick: () => unlink(session, id) }] : []),
        ...(canEdit && !library && may('library.panels:create') ? [{ text: 'Create a library panel', onClick: () => onLibrary(id) }] : []),
        ...(hasLegend(panel) ? [{ text: 'Show or hide the legend', shortcut: 'p l', onClick: () => toggleLegend(panel) }] : []),
      ],
    },
    ...(canEdit ? [
      { text: '', type: 'divider' as const },
      { text: 'Remove', iconClassName: 'trash-alt' as const, shortcut: 'p r', onClick: () => onRemove(id, panel.state.title) },
    ] : []),
  ];
  menu.setItems(items);
}

export const duplicatePanel = (session: DashboardSession, id: number): void => {
  session.edit(true);
  session.change((dashboard) => withCopy(dashboard, id));
};

const copiedKey = 'belvedere.console.copied.panel';

/** Kept for other dashboards of this browser. */
export function copyPanel(panel: PanelJson | undefined): void {
  if (!panel) return;
  localStorage.setItem(copiedKey, JSON.stringify(panel));
  notifySuccess('Panel copied. "Add" puts it into this dashboard, or into another one');
}

export function copiedPanel(): PanelJson | undefined {
  try {
    return (JSON.parse(localStorage.getItem(copiedKey) ?? 'null') as PanelJson | null) ?? undefined;
  } catch {
    return undefined;
  }
}

function unlink(session: DashboardSession, id: number): void {
  session.edit(true);
  session.change((dashboard) => mapPanels(dashboard, (panel) => {
    const { libraryPanel: _, ...own } = panel;
    return panel.id === id ? own as PanelJson : panel;
  }));
}

interface WithLegend {
  readonly legend?: { readonly showLegend?: boolean };
}

export const hasLegend = (panel: VizPanel): boolean => (panel.state.options as WithLegend).legend?.showLegend !== undefined;

/** As long as the page is open; it is not saved. */
export function toggleLegend(panel: VizPanel): void {
  const { legend } = panel.state.options as WithLegend;
  if (legend) panel.onOptionsChange({ ...panel.state.options, legend: { ...legend, showLegend: legend.showLegend === false } } as never, true);
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

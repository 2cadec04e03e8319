/** The dashboard on the page: range, variables, annotations, and the panels in their places. */
import { css } from '@emotion/css';
import { CoreApp, VariableHide, type DataQueryRequest, type GrafanaTheme2 } from '@grafana/data';
import {
  getClosest, getVariableControlId, sceneGraph, SceneGridLayout, SceneObjectBase, SceneObjectStateChangedEvent, UserActionEvent, type VariableValueSelectors, VizPanel, type SceneComponentProps, type SceneObject, type SceneObjectState, type SceneRefreshPicker, type SceneTimePicker,
} from '@grafana/scenes';
import { locationService } from '@grafana/runtime';
import { LoadingPlaceholder, useStyles2 } from '@grafana/ui';
import { useEffect, useState } from 'react';
import { nameControl } from '../../host/accessible-names.ts';
import { lendSceneInterpolation } from '../../host/template-srv.ts';
import type { AnnotationControls } from './annotation-controls.tsx';
import type { DashboardLinks } from './links.tsx';
import { PanelItem } from './repeats.tsx';
import type { DashboardTabs } from './tabs.tsx';
import { variableModels } from './variables.ts';

interface DashboardSceneState extends SceneObjectState {
  uid?: string;
  title: string;
  body: SceneGridLayout | DashboardTabs;
  timePicker: SceneTimePicker;
  refreshPicker: SceneRefreshPicker;
  variableControls: VariableValueSelectors;
  annotationControls: AnnotationControls;
  links: DashboardLinks;
  /** Key of the panel that has the page to itself. */
  viewed?: string;
  /** The panel that is being edited, as it will be. */
  preview?: VizPanel | undefined;
  /** Kiosk and embedding: the panels alone. */
  hideControls?: boolean;
  hideTimePicker?: boolean;
}

let active: DashboardScene | undefined;

lendSceneInterpolation({
  replace(text, scopedVars, format, found) {
    const scene = (scopedVars?.['__sceneObject']?.value as { valueOf(): SceneObject } | undefined)?.valueOf() ?? active;
    return scene && sceneGraph.interpolate(scene, text, scopedVars, format as never, found);
  },
  variables: () => (active?.state.$variables ? variableModels(active.state.$variables.state.variables) : []),
});

export class DashboardScene extends SceneObjectBase<DashboardSceneState> {
  static Component = DashboardSceneRenderer;

  constructor(state: DashboardSceneState) {
    super(state);
    this.addActivationHandler(() => {
      active = this;
      // The mark of a failure leads to the query and its answer.
      const clicked = this.subscribeToEvent(UserActionEvent, ({ payload: { origin, interaction } }) => {
        const id = interaction === 'panel-status-message-clicked' && origin instanceof VizPanel ? panelIdOf(origin) : undefined;
        if (id !== undefined) locationService.partial({ inspect: String(id), inspectTab: 'query' });
      });
      (window as { __grafanaSceneContext?: SceneObject }).__grafanaSceneContext = this;
      const unnamed = (this.state.$variables?.state.variables ?? []).flatMap(({ state: { hide, type, key, label, name } }) => (hide === VariableHide.hideLabel ? nameControl(getVariableControlId(type, key), label || name) : []));
      return () => {
        for (const forget of unnamed) forget();
        clicked.unsubscribe();
        if (active === this) active = undefined;
      };
    });
  }

  /** What the server and its logs learn of a query beside the query. */
  enrichDataRequest(source: SceneObject): Partial<DataQueryRequest> {
    const panel = getClosest(source, (object) => (object instanceof VizPanel ? object : undefined));
    const id = panel && panelIdOf(panel);
    return {
      app: CoreApp.Dashboard, ...(this.state.uid ? { dashboardUID: this.state.uid } : {}), dashboardTitle: this.state.title, ...(id === undefined ? {} : { panelId: id }), ...(panel ? { panelName: panel.state.title, panelPluginId: panel.state.pluginId } : {}),
    };
  }

  /** Those that are drawn, repetitions included. */
  panels(): readonly VizPanel[] {
    return sceneGraph.findAllObjects(this, (object) => object instanceof VizPanel) as VizPanel[];
  }

  panel(key: string | number): VizPanel | undefined {
    const wanted = typeof key === 'number' || /^\d+$/.test(key) ? `panel-${key}` : key;
    const item = sceneGraph.findObject(this, (object) => object instanceof PanelItem && (object.state.body.state.key === wanted || object.state.panels?.some((panel) => panel.state.key === wanted) === true)) as PanelItem | null;
    return item?.state.panels?.find((panel) => panel.state.key === wanted) ?? item?.state.panels?.[0] ?? item?.state.body;
  }
}

export function panelIdOf(panel: VizPanel): number | undefined {
  const id = /^panel-(\d+)/.exec(panel.state.key ?? '')?.[1];
  return id === undefined ? undefined : Number(id);
}

function DashboardSceneRenderer({ model }: SceneComponentProps<DashboardScene>) {
  const { body, timePicker, refreshPicker, variableControls, annotationControls, links, viewed, hideControls, hideTimePicker } = model.useState();
  const styles = useStyles2(stylesOf);
  return (
    <div className={styles.scene}>
      {!hideControls && (
        <div className={styles.controls}>
          <div className={styles.chosen}>
            <variableControls.Component model={variableControls} />
            <annotationControls.Component model={annotationControls} />
          </div>
          <div className={styles.times}>
            <links.Component model={links} />
            {!hideTimePicker && <timePicker.Component model={timePicker} />}
            {!hideTimePicker && <refreshPicker.Component model={refreshPicker} />}
          </div>
        </div>
      )}
      {viewed === undefined ? <div className={styles.body}><body.Component model={body as never} /></div> : <Viewed scene={model} panelKey={viewed} />}
    </div>
  );
}

function Viewed({ scene, panelKey }: { readonly scene: DashboardScene; readonly panelKey: string }) {
  const styles = useStyles2(stylesOf);
  const [, again] = useState(0);
  const plain = scene.panel(panelKey);
  const repeats = !plain || (plain.parent instanceof PanelItem && plain.parent.state.repeatBy !== undefined);
  // Repetitions are made when what holds them is shown; nothing else shows it here.
  useEffect(() => {
    if (!repeats) return undefined;
    const shown = new Map<SceneObject, () => void>();
    const show = () => {
      for (const object of sceneGraph.findAllObjects(scene.state.body, (one) => one instanceof SceneGridLayout || (one instanceof PanelItem && one.state.repeatBy !== undefined)).concat(scene.state.body)) {
        if (!shown.has(object)) shown.set(object, object.activate());
      }
      again((turn) => turn + 1);
    };
    show();
    const changes = scene.subscribeToEvent(SceneObjectStateChangedEvent, ({ payload: { partialUpdate } }) => {
      if (['panels', 'children', 'bodies'].some((name) => name in partialUpdate)) show();
    });
    return () => {
      changes.unsubscribe();
      for (const hide of shown.values()) hide();
    };
  }, [scene, repeats]);
  const panel = scene.panel(panelKey);
  if (panel) return <div className={styles.viewed}><panel.Component key={panel.state.key} model={panel} /></div>;
  // One of several, which come with the values of their variable.
  const original = /^panel-\d+(?=-)/.exec(panelKey)?.[0];
  return original && scene.panel(original) ? <LoadingPlaceholder text="Loading" /> : <div className={styles.missing} role="alert">There is no panel {panelKey} in this dashboard.</div>;
}

const stylesOf = (theme: GrafanaTheme2) => ({
  scene: css({ display: 'flex', flexDirection: 'column', flexGrow: 1, minWidth: 0, padding: theme.spacing(0, 2, 2) }),
  controls: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1), alignItems: 'flex-start', padding: theme.spacing(1, 0), justifyContent: 'space-between' }),
  chosen: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1), alignItems: 'center', minWidth: 0 }),
  times: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1), alignItems: 'center', marginLeft: 'auto', '& button': { minWidth: 0 } }),
  body: css({ display: 'flex', flexGrow: 1, position: 'relative', minHeight: 0, '& .react-grid-layout': { minHeight: 40 } }),
  viewed: css({ display: 'flex', position: 'relative', flexGrow: 1, height: 'calc(100vh - 150px)', minHeight: 200 }),
  missing: css({ padding: theme.spacing(4), textAlign: 'center', color: theme.colors.text.secondary }),
});

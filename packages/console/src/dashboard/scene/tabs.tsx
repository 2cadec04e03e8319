/** A dashboard whose panels are on several tabs; the chosen one is part of the address. */
import { SceneObjectBase, SceneObjectUrlSyncConfig, type SceneComponentProps, type SceneGridLayout, type SceneObjectState, type SceneObjectUrlValues } from '@grafana/scenes';
import { Button, IconButton, Tab, TabsBar } from '@grafana/ui';
import { sceneGraph } from '@grafana/scenes';

/** What can be done with tabs while the dashboard is edited. */
export interface TabActions {
  readonly onAdd: () => void;
  readonly onEdit: (index: number) => void;
  readonly onMove: (index: number, by: -1 | 1) => void;
}

interface DashboardTabsState extends SceneObjectState {
  titles: readonly string[];
  bodies: SceneGridLayout[];
  current: number;
  actions?: TabActions;
}

const slug = (title: string) => title.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '-').replaceAll(/^-|-$/g, '');

export class DashboardTabs extends SceneObjectBase<DashboardTabsState> {
  static Component = DashboardTabsRenderer;

  protected override _urlSync = new SceneObjectUrlSyncConfig(this, { keys: ['dtab'] });

  /** The tab that it was made with stays, as long as the address has not named one. */
  private named = false;

  getUrlState(): SceneObjectUrlValues {
    return { dtab: this.state.current === 0 ? undefined : slug(this.state.titles[this.state.current] ?? '') };
  }

  updateFromUrl({ dtab }: SceneObjectUrlValues): void {
    if (typeof dtab !== 'string' && !this.named) return;
    this.named = true;
    const index = typeof dtab === 'string' ? this.state.titles.findIndex((title) => slug(title) === dtab) : 0;
    if (index >= 0 && index !== this.state.current) this.setState({ current: index });
  }
}

function DashboardTabsRenderer({ model }: SceneComponentProps<DashboardTabs>) {
  const { titles, bodies, current, actions } = model.useState();
  const body = bodies[current];
  return (
    <div style={{ display: 'flex', flexDirection: 'column', flexGrow: 1, gap: 8 }}>
      <TabsBar>{titles.map((title, index) => <Tab key={[title, index].join()} label={sceneGraph.interpolate(model, title) || `Tab ${index + 1}`} active={index === current} onChangeTab={() => model.setState({ current: index })} />)}
        {actions && (
          <span style={{ display: 'inline-flex', gap: 4, alignItems: 'center', marginLeft: 8 }}>
            <IconButton name="arrow-left" aria-label="Move the tab to the left" disabled={current === 0} onClick={() => actions.onMove(current, -1)} /><IconButton name="arrow-right" aria-label="Move the tab to the right" disabled={current === titles.length - 1} onClick={() => actions.onMove(current, 1)} />
            <IconButton name="cog" aria-label={`Edit the tab ${titles[current] ?? ''}`} onClick={() => actions.onEdit(current)} /><Button size="sm" fill="text" icon="plus" onClick={actions.onAdd}>Tab</Button>
          </span>
        )}
      </TabsBar>
      {body && <body.Component key={body.state.key} model={body} />}
    </div>
  );
}

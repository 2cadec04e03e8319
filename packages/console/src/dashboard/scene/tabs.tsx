/** A dashboard whose panels are on several tabs; the chosen one is part of the address. */
import { SceneObjectBase, SceneObjectUrlSyncConfig, type SceneComponentProps, type SceneGridLayout, type SceneObjectState, type SceneObjectUrlValues } from '@grafana/scenes';
import { Tab, TabsBar } from '@grafana/ui';
import { sceneGraph } from '@grafana/scenes';

interface DashboardTabsState extends SceneObjectState {
  titles: readonly string[];
  bodies: SceneGridLayout[];
  current: number;
}

const slug = (title: string) => title.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '-').replaceAll(/^-|-$/g, '');

export class DashboardTabs extends SceneObjectBase<DashboardTabsState> {
  static Component = DashboardTabsRenderer;

  protected override _urlSync = new SceneObjectUrlSyncConfig(this, { keys: ['dtab'] });

  getUrlState(): SceneObjectUrlValues {
    return { dtab: this.state.current === 0 ? undefined : slug(this.state.titles[this.state.current] ?? '') };
  }

  updateFromUrl({ dtab }: SceneObjectUrlValues): void {
    const index = typeof dtab === 'string' ? this.state.titles.findIndex((title) => slug(title) === dtab) : 0;
    if (index >= 0 && index !== this.state.current) this.setState({ current: index });
  }
}

function DashboardTabsRenderer({ model }: SceneComponentProps<DashboardTabs>) {
  const { titles, bodies, current } = model.useState();
  const body = bodies[current];
  return (
    <div style={{ display: 'flex', flexDirection: 'column', flexGrow: 1, gap: 8 }}>
      <TabsBar>{titles.map((title, index) => <Tab key={[title, index].join()} label={sceneGraph.interpolate(model, title) || `Tab ${index + 1}`} active={index === current} onChangeTab={() => model.setState({ current: index })} />)}</TabsBar>
      {body && <body.Component key={body.state.key} model={body} />}
    </div>
  );
}

/** A dashboard whose panels are on several tabs; the chosen one is part of the address. A tab with a variable is there once for each chosen value. */
import { type SceneGridLayout, sceneGraph, SceneGridRow, SceneObjectBase, SceneObjectUrlSyncConfig, type SceneComponentProps, type SceneObjectState, type SceneObjectUrlValues } from '@grafana/scenes';
import { Button, IconButton, Tab, TabsBar } from '@grafana/ui';
import { choicesOf, localSet, PanelItem } from './repeats.tsx';

/** What can be done with tabs while the dashboard is edited. */
export interface TabActions {
  readonly onAdd: () => void;
  readonly onEdit: (index: number) => void;
  readonly onMove: (index: number, by: -1 | 1) => void;
}

interface DashboardTabsState extends SceneObjectState {
  titles: readonly string[];
  bodies: SceneGridLayout[];
  /** The variable of each tab that is repeated. */
  repeats?: readonly (string | undefined)[];
  current: number;
  actions?: TabActions;
}

const slug = (title: string) => title.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '-').replaceAll(/^-|-$/g, '');

export class DashboardTabs extends SceneObjectBase<DashboardTabsState> {
  static Component = DashboardTabsRenderer;

  protected override _urlSync = new SceneObjectUrlSyncConfig(this, { keys: ['dtab'] });

  /** The tab that it was made with stays, as long as the address has not named one. */
  private named: string | undefined;
  private repeatedFor = '';
  /** For each tab that is shown, which of the dashboard's it is. */
  private origins: readonly number[] | undefined;

  constructor(state: DashboardTabsState) {
    super(state);
    const { titles, bodies, repeats = [] } = state;
    if (!repeats.some(Boolean)) return;
    const sources = bodies.map((body, index) => ({ title: titles[index]!, body: body.clone(), variable: repeats[index] }));
    this.addActivationHandler(() => {
      const variables = [...new Set(repeats.flatMap((name) => (name && sceneGraph.lookupVariable(name, this)) || []))];
      const update = () => this.repeat(sources);
      update();
      const subscriptions = variables.map((variable) => variable.subscribeToState(update));
      return () => subscriptions.forEach((subscription) => subscription.unsubscribe());
    });
  }

  private repeat(sources: readonly { readonly title: string; readonly body: SceneGridLayout; readonly variable: string | undefined }[]): void {
    const choices = sources.map(({ variable }) => (variable ? choicesOf(sceneGraph.lookupVariable(variable, this)) : []));
    const signature = JSON.stringify(choices.map((list) => list.map(({ value }) => String(value))));
    if (signature === this.repeatedFor) return;
    this.repeatedFor = signature;
    const [wanted, origin] = [this.named ?? slug(this.title(this.state.current)), this.origin];
    const shown = sources.flatMap(({ title, body, variable }, index) => {
      if (!variable) return [{ index, title, body: this.state.bodies.find(({ state }) => state.key === body.state.key) ?? body.clone() }];
      const list = choices[index]!.length > 0 ? choices[index]! : [{ value: '', text: 'None' }];
      return list.map((choice, at) => ({ index, title, body: named(body.clone({ key: at === 0 ? body.state.key! : `${body.state.key}-tab-${at}`, $variables: localSet(variable, choice) }) as SceneGridLayout, at) }));
    });
    this.origins = shown.map(({ index }) => index);
    this.setState({ titles: shown.map(({ title }) => title), bodies: shown.map(({ body }) => body), current: Math.max(0, this.origins.indexOf(origin)) });
    this.show(wanted);
  }

  /** Index among the dashboard's tabs of the one that is shown. */
  get origin(): number {
    return this.origins?.[this.state.current] ?? this.state.current;
  }

  /** What stands on a tab. */
  title(index: number): string {
    const { titles, bodies } = this.state;
    return (bodies[index] && sceneGraph.interpolate(bodies[index], titles[index])) || `Tab ${index + 1}`;
  }

  private show(wanted: string): void {
    const index = wanted === '' ? 0 : this.state.titles.findIndex((_title, at) => slug(this.title(at)) === wanted);
    if (index >= 0 && index !== this.state.current) this.setState({ current: index });
  }

  getUrlState(): SceneObjectUrlValues {
    return { dtab: this.state.current === 0 ? undefined : slug(this.title(this.state.current)) };
  }

  updateFromUrl({ dtab }: SceneObjectUrlValues): void {
    if (typeof dtab !== 'string' && this.named === undefined) return;
    this.named = typeof dtab === 'string' ? dtab : '';
    this.show(this.named);
  }
}

/** Keys of panels are unique in a scene. */
function named(grid: SceneGridLayout, index: number): SceneGridLayout {
  if (index === 0) return grid;
  const items = grid.state.children.flatMap((child) => (child instanceof SceneGridRow ? child.state.children : [child]));
  for (const item of items) if (item instanceof PanelItem) item.state.body.setState({ key: `${item.state.body.state.key}-tab-${index}` });
  return grid;
}

function DashboardTabsRenderer({ model }: SceneComponentProps<DashboardTabs>) {
  const { titles, bodies, current, actions } = model.useState();
  const body = bodies[current];
  return (
    <div style={{ display: 'flex', flexDirection: 'column', flexGrow: 1, gap: 8, minWidth: 0 }}>
      <TabsBar>{titles.map((title, index) => <Tab key={[title, index].join()} label={model.title(index)} active={index === current} onChangeTab={() => model.setState({ current: index })} />)}
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

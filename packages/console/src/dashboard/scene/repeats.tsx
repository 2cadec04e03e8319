/** Panels and rows that are repeated for each chosen value of a variable. */
import {
  LocalValueVariable, MultiValueVariable, SceneGridLayout, SceneGridRow, sceneGraph, SceneObjectBase, SceneVariableSet, VariableDependencyConfig, type VizPanel, type SceneComponentProps, type SceneGridItemLike, type SceneGridItemStateLike, type SceneObject,
  type SceneVariable, type VariableValueSingle,
} from '@grafana/scenes';
import { css } from '@emotion/css';

export interface Choice {
  readonly value: VariableValueSingle;
  readonly text: string;
}

/** Each chosen value; all options where "All" is chosen. */
export function choicesOf(variable: SceneVariable | null): readonly Choice[] {
  if (!(variable instanceof MultiValueVariable)) {
    const value = variable?.getValue();
    return value === undefined || value === null || Array.isArray(value) ? [] : [{ value: value as VariableValueSingle, text: String(value) }];
  }
  if (variable.hasAllValue()) return variable.getOptionsForSelect(false).map(({ value, label }) => ({ value, text: label }));
  const { value, text } = variable.state;
  const texts = [text].flat();
  return [value].flat().map((one, index) => ({ value: one, text: String(texts[index] ?? one) }));
}

export const localSet = (name: string, { value, text }: Choice) => new SceneVariableSet({ variables: [new LocalValueVariable({ name, value, text })] });

interface PanelItemState extends SceneGridItemStateLike {
  body: VizPanel;
  /** Repeats the panel for each value of this variable. */
  repeatBy?: string;
  direction?: 'h' | 'v';
  maxPerRow?: number;
  /** Height of one panel; the item is as high as all of them. */
  panelHeight?: number;
  panels?: VizPanel[];
}

/** A panel in the grid, or a panel and its repetitions. */
export class PanelItem extends SceneObjectBase<PanelItemState> implements SceneGridItemLike {
  static Component = PanelItemRenderer;

  protected override _variableDependency: VariableDependencyConfig<PanelItemState> = new VariableDependencyConfig<PanelItemState>(this, {
    variableNames: this.state.repeatBy ? [this.state.repeatBy] : [], onVariableUpdateCompleted: () => this.repeat(),
  });

  private repeatedFor = '';

  constructor(state: PanelItemState) {
    super(state);
    if (state.repeatBy) {
      this.addActivationHandler(() => {
        this.repeat();
        // What is resized is all of them together.
        const resized = this.subscribeToState((next, last) => {
          if (next.height !== last.height && next.height !== this.heightOf(this.state.panels?.length ?? 1)) this.setState({ panelHeight: Math.max(1, Math.ceil((next.height ?? 8) / this.lines(this.state.panels?.length ?? 1))) });
        });
        return () => resized.unsubscribe();
      });
    }
  }

  private columns(count: number): number {
    return this.state.direction === 'v' ? 1 : Math.max(1, Math.min(this.state.maxPerRow ?? 4, count));
  }

  private lines(count: number): number {
    return Math.ceil(count / this.columns(count));
  }

  private heightOf(count: number): number {
    return (this.state.panelHeight ?? 8) * this.lines(count);
  }

  getClassName(): string {
    return '';
  }

  getChildCount(): number {
    return this.state.panels?.length ?? 1;
  }

  /** Grid columns of one panel out of 24. */
  get perLine(): number {
    return this.columns(this.state.panels?.length ?? 1);
  }

  private repeat(): void {
    const { repeatBy, body } = this.state;
    if (!repeatBy || this._variableDependency.hasDependencyInLoadingState()) return;
    const variable = sceneGraph.lookupVariable(repeatBy, this);
    const choices = choicesOf(variable);
    const signature = JSON.stringify(choices.map(({ value }) => String(value)));
    if (signature === this.repeatedFor && this.state.panels) return;
    this.repeatedFor = signature;
    const shown = choices.length > 0 ? choices : [{ value: '', text: 'None' }];
    const panels = shown.map((choice, index) => body.clone({ key: `${body.state.key}-clone-${index}`, $variables: localSet(repeatBy, choice), repeatSourceKey: body.state.key! }));
    this.setState({ panels, height: this.heightOf(panels.length) });
    const layout = this.parent;
    if (layout instanceof SceneGridLayout || layout instanceof SceneGridRow) sceneGraph.getAncestor(this, SceneGridLayout).forceRender();
  }
}

function PanelItemRenderer({ model }: SceneComponentProps<PanelItem>) {
  const { body, repeatBy, panels } = model.useState();
  if (!repeatBy) return <body.Component model={body} />;
  if (!panels) return null;
  return (
    <div className={repeated} style={{ gridTemplateColumns: `repeat(${model.perLine}, minmax(0, 1fr))` }}>
      {panels.map((panel) => <div key={panel.state.key} className={one}><panel.Component model={panel} /></div>)}
    </div>
  );
}

const repeated = css({ display: 'grid', gap: 8, width: '100%', height: '100%', gridAutoRows: 'minmax(0, 1fr)' });
const one = css({ position: 'relative', minWidth: 0, minHeight: 0 });

/** Behaviour of the grid: its rows with a variable are repeated below themselves. */
export function repeatRows(rows: readonly { readonly row: SceneGridRow; readonly variable: string }[]) {
  return (grid: SceneGridLayout) => {
    if (rows.length === 0) return undefined;
    const sources = new Map(rows.map(({ row, variable }) => [row.state.key!, { source: row.clone() as SceneGridRow, variable }]));
    let last = '';
    const update = () => {
      const choices = new Map([...sources.values()].map(({ variable }) => [variable, choicesOf(sceneGraph.lookupVariable(variable, grid))]));
      const signature = JSON.stringify([...choices].map(([name, list]) => [name, list.map(({ value }) => String(value))]));
      if (signature === last) return;
      last = signature;
      grid.setState({ children: repeatedChildren(grid.state.children, sources, choices) });
    };
    update();
    // By name: a grid on a tab of its own has a set of its own.
    const subscriptions = [...new Set(rows.map(({ variable }) => variable))].flatMap((name) => sceneGraph.lookupVariable(name, grid)?.subscribeToState(update) ?? []);
    return () => subscriptions.forEach((subscription) => subscription.unsubscribe());
  };
}

function repeatedChildren(children: readonly SceneGridItemLike[], sources: ReadonlyMap<string, { readonly source: SceneGridRow; readonly variable: string }>, choices: ReadonlyMap<string, readonly Choice[]>): SceneGridItemLike[] {
  const kept = children.filter((child) => !(child instanceof SceneGridRow && child.state.repeatSourceKey));
  let shift = 0;
  const out: SceneGridItemLike[] = [];
  for (const child of [...kept].sort((a, b) => (a.state.y ?? 0) - (b.state.y ?? 0))) {
    const repeat = child instanceof SceneGridRow ? sources.get(child.state.key!) : undefined;
    if (!repeat) {
      if (shift > 0) moved(child, shift);
      out.push(child);
      continue;
    }
    const list = choices.get(repeat.variable) ?? [];
    const height = 1 + Math.max(0, ...repeat.source.state.children.map((inner) => (inner.state.y ?? 0) + (inner.state.height ?? 0) - (repeat.source.state.y ?? 0) - 1));
    const y = (repeat.source.state.y ?? 0) + shift;
    (list.length > 0 ? list : [{ value: '', text: 'None' }]).forEach((choice, index) => {
      const row = repeat.source.clone({ key: index === 0 ? child.state.key! : `${child.state.key}-clone-${index}`, $variables: localSet(repeat.variable, choice), isCollapsed: (child as SceneGridRow).state.isCollapsed === true, ...(index > 0 ? { repeatSourceKey: child.state.key! } : {}) }) as SceneGridRow;
      moved(row, y + index * height - (repeat.source.state.y ?? 0));
      if (index > 0) renameClones(row, index);
      out.push(row);
    });
    shift += Math.max(0, list.length - 1) * height;
  }
  return out;
}

function moved(item: SceneGridItemLike, by: number): void {
  if (by === 0) return;
  item.setState({ y: (item.state.y ?? 0) + by });
  if (item instanceof SceneGridRow) for (const child of item.state.children) child.setState({ y: (child.state.y ?? 0) + by });
}

/** Keys are unique in a scene. */
function renameClones(row: SceneGridRow, index: number): void {
  for (const child of row.state.children) {
    child.setState({ key: `${child.state.key}-row-${index}` });
    (child as PanelItem).state.body?.setState({ key: `${(child as PanelItem).state.body.state.key}-row-${index}` });
  }
}

export const isRepeatClone = (object: SceneObject): boolean => (object.state as { readonly repeatSourceKey?: string }).repeatSourceKey !== undefined || (object.parent ? isRepeatClone(object.parent) : false);

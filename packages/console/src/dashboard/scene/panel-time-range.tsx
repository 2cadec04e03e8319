/** A panel's own time range: another length (`timeFrom`), an earlier time (`timeShift`), or both. */
import { dateMath, dateTime, getDefaultTimeRange, rangeUtil, type TimeRange } from '@grafana/data';
import { sceneGraph, SceneTimeRangeTransformerBase, VariableDependencyConfig, type SceneComponentProps, type SceneTimeRangeLike, type SceneTimeRangeState } from '@grafana/scenes';
import { Icon, PanelChrome } from '@grafana/ui';

interface PanelTimeRangeState extends SceneTimeRangeState {
  readonly timeFrom?: string;
  readonly timeShift?: string;
  readonly hideTimeOverride?: boolean;
  /** Says beside the title how the range differs. */
  timeInfo?: string;
}

export class PanelTimeRange extends SceneTimeRangeTransformerBase<PanelTimeRangeState> {
  static Component = PanelTimeInfo;

  protected override _variableDependency: VariableDependencyConfig<PanelTimeRangeState> = new VariableDependencyConfig<PanelTimeRangeState>(this, { statePaths: ['timeFrom', 'timeShift'], onVariableUpdateCompleted: () => this.update() });

  constructor(state: Pick<PanelTimeRangeState, 'timeFrom' | 'timeShift' | 'hideTimeOverride'>) {
    super({ ...state, from: 'now-6h', to: 'now', value: getDefaultTimeRange() });
    this.addActivationHandler(() => this.update());
  }

  protected override ancestorTimeRangeChanged(): void {
    this.update();
  }

  private update(): void {
    const ancestor = this.getAncestorTimeRange() as SceneTimeRangeLike;
    const { value, info } = shifted(ancestor.state.value, sceneGraph.interpolate(this, this.state.timeFrom), sceneGraph.interpolate(this, this.state.timeShift));
    this.setState({ value, from: String(value.raw.from), to: String(value.raw.to), ...(info && !this.state.hideTimeOverride ? { timeInfo: info } : {}) });
  }
}

function PanelTimeInfo({ model }: SceneComponentProps<PanelTimeRange>) {
  const { timeInfo } = model.useState();
  return timeInfo ? <PanelChrome.TitleItem><Icon name="clock-nine" size="sm" style={{ marginRight: 4 }} />{timeInfo}</PanelChrome.TitleItem> : null;
}

/** What is not a length of time is passed over, as if it were not given. */
export function shifted(range: TimeRange, timeFrom: string, timeShift: string): { readonly value: TimeRange; readonly info: string } {
  let value = range;
  const info: string[] = [];
  const length = timeFrom === '' ? undefined : rangeUtil.describeTextRange(timeFrom);
  // Only a range that ends now can have another length.
  if (length && !length.invalid && typeof range.raw.to === 'string' && range.raw.to.startsWith('now')) {
    const [from, to] = [dateMath.toDateTime(length.from, { roundUp: false }), dateMath.toDateTime(length.to, { roundUp: true })];
    if (from && to) {
      value = { from, to, raw: { from: length.from, to: length.to } };
      info.push(length.display);
    }
  }
  if (timeShift !== '' && rangeUtil.isRelativeTime(`now-${timeShift}`)) {
    const [from, to] = [dateMath.parseDateMath(`-${timeShift}`, dateTime(value.from), false), dateMath.parseDateMath(`-${timeShift}`, dateTime(value.to), true)];
    if (from && to) {
      value = { from, to, raw: { from, to } };
      info.push(`timeshift -${timeShift}`);
    }
  }
  return { value, info: info.join(' ') };
}

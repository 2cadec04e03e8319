/** A profile as a flame graph has it: rows in the order of a walk through the tree, each with its depth. */
import type { DataFrame, Field } from '@grafana/data';

export interface Flame {
  readonly index: number;
  readonly level: number;
  readonly label: string;
  readonly value: number;
  readonly self: number;
  /** What stands before it in its row, in the unit of the values. */
  readonly start: number;
  readonly parent: number | undefined;
}

/** Some sources number the names, and give the names beside. */
function textOf(field: Field, at: number): string {
  const value = field.values[at];
  const names = field.config.type?.enum?.text;
  return names && typeof value === 'number' ? (names[value] ?? String(value)) : String(value ?? '');
}

/** Empty where the frame is no profile. */
export function flamesOf(frame: DataFrame | undefined): readonly Flame[] {
  const field = (name: string) => frame?.fields.find((one) => one.name === name);
  const [levels, values, selves, labels] = [field('level'), field('value'), field('self'), field('label')];
  if (!frame || !levels || !values || !labels) return [];
  const flames: Flame[] = [];
  // Of each depth the last one so far, and where its next child begins.
  const open: { readonly flame: Flame; next: number }[] = [];
  let nextRoot = 0;
  for (let i = 0; i < frame.length; i++) {
    const value = Number(values.values[i]) || 0;
    const level = Math.min(Number(levels.values[i]) || 0, open.length);
    open.length = level;
    const above = open.at(-1);
    const flame: Flame = { index: i, level, label: textOf(labels, i), value, self: Number(selves?.values[i]) || 0, start: above ? above.next : nextRoot, parent: above?.flame.index };
    if (above) above.next += value;
    else nextRoot += value;
    flames.push(flame);
    open.push({ flame, next: flame.start });
  }
  return flames;
}

export interface Bar {
  readonly flame: Flame;
  /** Parts of the whole width. */
  readonly left: number;
  readonly width: number;
}

/** What is drawn: all, or the one that is looked at with what is below it and, as wide as the graph, what led to it. */
export function barsOf(flames: readonly Flame[], focus: number | undefined, narrowest: number): readonly Bar[] {
  const focused = focus === undefined ? undefined : flames[focus];
  const [from, length] = focused ? [focused.start, focused.value] : [0, flames.filter(({ level }) => level === 0).reduce((sum, { value }) => sum + value, 0)];
  if (length <= 0) return [];
  return flames.flatMap((flame): Bar[] => {
    const [left, right] = [Math.max(0, (flame.start - from) / length), Math.min(1, (flame.start + flame.value - from) / length)];
    if (focused && flame.level <= focused.level && !(flame.start <= from && flame.start + flame.value >= from + length)) return [];
    return right - left >= narrowest ? [{ flame, left, width: right - left }] : [];
  });
}

export interface Total {
  readonly label: string;
  readonly self: number;
  readonly total: number;
}

/** A line for each name, the costliest by itself first. What calls itself is counted once. */
export function totalsOf(flames: readonly Flame[]): readonly Total[] {
  const totals = new Map<string, { self: number; total: number }>();
  const above = (flame: Flame): boolean => {
    for (let at = flame.parent; at !== undefined; at = flames[at]?.parent) if (flames[at]?.label === flame.label) return true;
    return false;
  };
  for (const flame of flames) {
    const sum = totals.get(flame.label) ?? { self: 0, total: 0 };
    sum.self += flame.self;
    if (!above(flame)) sum.total += flame.value;
    totals.set(flame.label, sum);
  }
  return [...totals].map(([label, sum]) => ({ label, ...sum })).sort((a, b) => b.self - a.self || b.total - a.total);
}

/** The history of a rule: what changed when, and what that looks like over time. */
export interface Change {
  readonly id: number;
  readonly time: number;
  readonly prevState: string;
  readonly newState: string;
  readonly text: string;
}

export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly state: string;
}

/** The braces of `Title {a=b} - B=1` tell which instance changed. */
export const instanceOf = (text: string): string => /\{(.*)\}/s.exec(text)?.[1] || 'The rule';

/** One line an instance: the stretches of its states between `from` and `to`. Before its first change it was what that change left. */
export function timeline(changes: readonly Change[], from: number, to: number): readonly { readonly instance: string; readonly stretches: readonly Stretch[] }[] {
  const lines = Map.groupBy(changes.toSorted((a, b) => a.time - b.time), ({ text }) => instanceOf(text));
  return [...lines].map(([instance, of]) => {
    const stretches: Stretch[] = [];
    let state = of[0]!.prevState;
    let since = from;
    for (const change of of) {
      const at = Math.min(Math.max(change.time, from), to);
      if (at > since) stretches.push({ from: since, to: at, state });
      state = change.newState;
      since = at;
    }
    if (to > since) stretches.push({ from: since, to, state });
    return { instance, stretches };
  });
}

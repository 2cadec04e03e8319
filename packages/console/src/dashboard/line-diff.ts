/** What differs between two texts, line by line, with a few lines around each change. */

export interface DiffLine {
  readonly sign: ' ' | '+' | '-' | '…';
  readonly text: string;
}

/** Beyond this many steps two texts are told as one removed and one added whole: nobody reads such a difference. */
const stepsMax = 1_000;
const around = 3;

/** The shortest way from one list of lines to the other (Myers), without what is the same far from any change. */
export function lineDiff(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const middle = changes(before.slice(start, before.length - end), after.slice(start, after.length - end));
  if (middle.length === 0) return [];
  const same = (text: string): DiffLine => ({ sign: ' ', text });
  return shortened([...before.slice(0, start).map(same), ...middle, ...(end > 0 ? before.slice(-end).map(same) : [])]);
}

function changes(a: readonly string[], b: readonly string[]): DiffLine[] {
  if (a.length === 0) return b.map((text) => ({ sign: '+', text }));
  if (b.length === 0) return a.map((text) => ({ sign: '-', text }));
  const limit = Math.min(a.length + b.length, stepsMax);
  const zero = limit + 1;
  // How far each diagonal has come, for every number of steps.
  const furthest = new Int32Array(2 * limit + 3);
  const trail: Int32Array[] = [];
  for (let steps = 0; steps <= limit; steps++) {
    trail.push(furthest.slice());
    for (let k = -steps; k <= steps; k += 2) {
      const down = k === -steps || (k !== steps && furthest[zero + k - 1]! < furthest[zero + k + 1]!);
      let x = down ? furthest[zero + k + 1]! : furthest[zero + k - 1]! + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      furthest[zero + k] = x;
      if (x >= a.length && x - k >= b.length) return walkedBack(a, b, trail, zero);
    }
  }
  return [...a.map((text): DiffLine => ({ sign: '-', text })), ...b.map((text): DiffLine => ({ sign: '+', text }))];
}

function walkedBack(a: readonly string[], b: readonly string[], trail: readonly Int32Array[], zero: number): DiffLine[] {
  const lines: DiffLine[] = [];
  let [x, y] = [a.length, b.length];
  for (let steps = trail.length - 1; steps >= 0; steps--) {
    const furthest = trail[steps]!;
    const k = x - y;
    const from = k === -steps || (k !== steps && furthest[zero + k - 1]! < furthest[zero + k + 1]!) ? k + 1 : k - 1;
    const fromX = furthest[zero + from]!;
    const fromY = fromX - from;
    while (x > fromX && y > fromY && x > 0 && y > 0) {
      lines.push({ sign: ' ', text: a[--x]! });
      y--;
    }
    if (steps === 0) break;
    if (x === fromX) lines.push({ sign: '+', text: b[--y]! });
    else lines.push({ sign: '-', text: a[--x]! });
  }
  return lines.reverse();
}

function shortened(lines: readonly DiffLine[]): DiffLine[] {
  const near = lines.map(() => false);
  lines.forEach(({ sign }, index) => {
    if (sign !== ' ') near.fill(true, Math.max(0, index - around), index + around + 1);
  });
  return lines.flatMap((line, index): DiffLine[] => (near[index] ? [line] : index === 0 || near[index - 1] ? [{ sign: '…', text: '' }] : []));
}

/** Members in the order of their names, so that the same thing always reads the same. */
export const jsonLines = (value: unknown): readonly string[] => JSON.stringify(sorted(value), null, 2).split('\n');

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, sorted(one)]));
}

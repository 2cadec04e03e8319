/** Spans of time as Prometheus and Go write them: `1h30m`. */
const units: readonly (readonly [string, number])[] = [['y', 31_536_000], ['w', 604_800], ['d', 86_400], ['h', 3600], ['m', 60], ['s', 1], ['ms', 0.001]];

/** Seconds of a duration such as `1h30m`; undefined where it is none. */
export function durationSeconds(text: string): number | undefined {
  if (text === '0') return 0;
  let rest = text;
  let seconds = 0;
  for (const [unit, size] of units) {
    const found = new RegExp(`^(\\d+)${unit}(?![a-z])`).exec(rest) ?? new RegExp(`^(\\d+)${unit}(?=\\d)`).exec(rest);
    if (!found) continue;
    seconds += Number(found[1]) * size;
    rest = rest.slice(found[0].length);
  }
  return text === '' || rest !== '' ? undefined : seconds;
}

/** `5m` for 300. */
export function durationText(seconds: number): string {
  let rest = Math.round(seconds);
  if (rest === 0) return '0s';
  return units.filter(([, size]) => size >= 1 && size < 604_800).map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count > 0 ? `${count}${unit}` : '';
  }).join('');
}

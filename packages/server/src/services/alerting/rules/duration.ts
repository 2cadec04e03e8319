/** Prometheus durations (alerting-rules §1): `1d2h`, `30s`; units in descending order, a bare `0` allowed. */

const units: readonly (readonly [string, number])[] = [['y', 31_536_000_000], ['w', 604_800_000], ['d', 86_400_000], ['h', 3_600_000], ['m', 60_000], ['s', 1000], ['ms', 1]];
const pattern = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
/** What Go's int64 nanoseconds can hold. */
const durationMsMax = 9_223_372_036_854;

/** Milliseconds, or undefined when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const match = text === '' ? null : pattern.exec(text);
  if (!match) return undefined;
  let ms = 0;
  units.forEach(([, size], i) => {
    ms += Number(match[i + 1] ?? 0) * size;
  });
  return ms > durationMsMax ? undefined : ms;
}

/** The shortest way to write it; weeks and years only when nothing else is left over. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  let rest = ms;
  let out = '';
  for (const [unit, size] of units) {
    // Years, weeks and days are written only when they divide the whole.
    if ((unit === 'y' || unit === 'w') && rest % size !== 0) continue;
    const count = Math.floor(rest / size);
    if (count > 0) out += `${count}${unit}`;
    rest -= count * size;
  }
  return out;
}

/** As Go prints a time.Duration: `1m0s`, `-1m0s`, `1.5s`, `12ms`. */
export function formatGoDuration(ms: number): string {
  if (ms === 0) return '0s';
  const sign = ms < 0 ? '-' : '';
  const abs = Math.abs(ms);
  if (abs < 1000) {
    if (abs >= 1) return `${sign}${trimNumber(abs)}ms`;
    return abs >= 0.001 ? `${sign}${trimNumber(abs * 1000)}µs` : `${sign}${Math.round(abs * 1e6)}ns`;
  }
  const hours = Math.floor(abs / 3_600_000);
  const minutes = Math.floor((abs % 3_600_000) / 60_000);
  const seconds = (abs % 60_000) / 1000;
  return `${sign}${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${trimNumber(seconds)}s`;
}

const trimNumber = (value: number) => String(Number(value.toFixed(6)));

/** Versions of plugins: `1.2.3-beta.1`, a `v` in front allowed. */
interface Version {
  readonly numbers: readonly [major: number, minor: number, patch: number];
  readonly prerelease: readonly string[];
}

function parse(text: string): Version | undefined {
  const found = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/.exec(text.trim());
  return found ? { numbers: [Number(found[1]), Number(found[2] ?? 0), Number(found[3] ?? 0)], prerelease: found[4]?.split('.') ?? [] } : undefined;
}

/** False also where one of them is no version. */
export function isNewer(candidate: string, than: string): boolean {
  const [a, b] = [parse(candidate), parse(than)];
  return a !== undefined && b !== undefined && compare(a, b) > 0;
}

/** Whether the first number is another one. False where one of them is no version. */
export function isMajorChange(candidate: string, from: string): boolean {
  const [a, b] = [parse(candidate), parse(from)];
  return a !== undefined && b !== undefined && a.numbers[0] !== b.numbers[0];
}

function compare(a: Version, b: Version): number {
  for (let i = 0; i < 3; i++) if (a.numbers[i] !== b.numbers[i]) return a.numbers[i]! - b.numbers[i]!;
  // What comes before a release is older than it.
  if (a.prerelease.length === 0 || b.prerelease.length === 0) return b.prerelease.length - a.prerelease.length;
  for (let i = 0; i < Math.max(a.prerelease.length, b.prerelease.length); i++) {
    const [x, y] = [a.prerelease[i], b.prerelease[i]];
    if (x === undefined || y === undefined) return x === undefined ? -1 : 1;
    if (x === y) continue;
    const [m, n] = [/^\d+$/.test(x), /^\d+$/.test(y)];
    if (m && n) return Number(x) - Number(y);
    return m !== n ? (m ? -1 : 1) : x < y ? -1 : 1;
  }
  return 0;
}

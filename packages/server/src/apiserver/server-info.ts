/** `/version`, `/livez`, `/readyz`, `/healthz/*` (apiserver-and-storage §1.1, §1.3). */

export interface BuildInfo {
  /** Grafana's version that we stand for: `12.4.0`. */
  readonly version: string;
  readonly commit: string;
  readonly branch: string;
  /** Milliseconds since the epoch. */
  readonly stamp: number;
}

export const versionInfo = ({ version, commit, branch, stamp }: BuildInfo) => ({
  major: '1', minor: '35', emulationMajor: '1', emulationMinor: '35', minCompatibilityMajor: '1', minCompatibilityMinor: '34',
  gitVersion: `1.35.0+grafana-v${version}`, gitCommit: `${branch}@${commit}`, gitTreeState: `grafana v${version}`,
  buildDate: new Date(stamp).toISOString().replace(/\.\d+Z$/, 'Z'), goVersion: '', compiler: process.release.name, platform: `${process.platform}/${process.arch}`,
});

const checks = [
  'ping', 'log', 'poststarthook/alerting-notifications', 'poststarthook/example', 'poststarthook/max-in-flight-filter', 'poststarthook/playlist',
  'poststarthook/plugins', 'poststarthook/storage-object-count-tracker-hook',
];
const checksOf = { livez: checks, readyz: [...checks, 'shutdown'], healthz: checks };

/** All checks hold as long as there is somebody to answer. Undefined: no such check. */
export function healthText(probe: keyof typeof checksOf, check: string, { verbose, exclude }: { verbose: boolean; exclude: readonly string[] }): string | undefined {
  const all = checksOf[probe];
  if (check !== '') return all.includes(check) ? 'ok' : undefined;
  if (!verbose) return 'ok';
  const unknown = exclude.filter((name) => !all.includes(name));
  const warning = unknown.length > 0 ? `warn: some health checks cannot be excluded: no matches for ${unknown.map((name) => JSON.stringify(name)).join(', ')}\n` : '';
  return `${all.map((name) => `[+]${name} ${exclude.includes(name) ? 'excluded: ok' : 'ok'}\n`).join('')}${warning}${probe} check passed\n`;
}

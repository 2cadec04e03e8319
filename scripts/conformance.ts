/** npm run conformance [-- suite …] [-- --verbose]: plays the recorded suites of ../shared/conformance against this checkout and prints a table. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { root } from './boundaries.ts';

const runner = resolve(root, '../shared/conformance/run.mjs');
if (!existsSync(runner)) {
  console.error(`the suites are not here: ${runner}`);
  process.exit(2);
}
const args = process.argv.slice(2);
const verbose = args.includes('--verbose');
const suites = args.filter((arg) => !arg.startsWith('--')).flatMap((arg) => arg.split(','));
const dir = mkdtempSync(join(tmpdir(), 'belvedere-conformance-'));
const report = join(dir, 'report.json');
// The pinned Node runs the server directly: what `npm start` does, without its half second.
const start = `exec '${process.execPath}' '${join(root, 'packages/server/src/main.ts')}' server`;
spawnSync(process.execPath, [runner, '--start', start, '--json', report, ...(suites.length > 0 ? ['--suite', suites.join(',')] : []), ...(verbose ? ['--verbose'] : [])], {
  cwd: root, stdio: ['ignore', verbose ? 'inherit' : 'ignore', 'inherit'],
});
if (!existsSync(report)) {
  console.error('the runner left no report');
  process.exit(1);
}
const results = JSON.parse(readFileSync(report, 'utf8')) as Record<string, { passed: number; failed: number }>;
rmSync(dir, { recursive: true, force: true });
const share = (passed: number, failed: number) => (passed + failed === 0 ? '–' : `${((100 * passed) / (passed + failed)).toFixed(1)} %`);
let [passed, failed] = [0, 0];
console.log(`| ${'Suite'.padEnd(34)} | Conforming |       of | Share   |\n| ${'-'.repeat(34)} | ---------: | -------: | ------: |`);
for (const [suite, row] of Object.entries(results)) {
  passed += row.passed;
  failed += row.failed;
  console.log(`| ${suite.padEnd(34)} | ${String(row.passed).padStart(10)} | ${String(row.passed + row.failed).padStart(8)} | ${share(row.passed, row.failed).padStart(7)} |`);
}
console.log(`| ${'All'.padEnd(34)} | ${String(passed).padStart(10)} | ${String(passed + failed).padStart(8)} | ${share(passed, failed).padStart(7)} |`);
process.exit(failed === 0 ? 0 : 1);

// npm test [-- vitest arguments]: every package's tests and the black-box suites. What is skipped is printed with its reason; the last line
// is `N passed, M failed`. BELVEDERE_TEST_SERVICES=required turns a missing foreign service into a failure. There, where everything competes
// for the machine, a test that fails has one more attempt, and what needed it is printed: it wants mending all the same.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildConsole, consoleIsBuilt } from './console.mjs';
import { ensureInstalled, nodeEnvironment, pinnedNode, root } from './installation.mjs';

ensureInstalled({ whole: true });
// The console is looked at where there is a browser to do it with.
if (process.env.BELVEDERE_TEST_CHROMIUM && !consoleIsBuilt()) buildConsole();
const folder = mkdtempSync(join(tmpdir(), 'belvedere-test-'));
const report = join(folder, 'report.json');
const attempts = process.env.BELVEDERE_TEST_SERVICES === 'required' ? ['--retry=1'] : [];
const { status } = spawnSync(
  pinnedNode(),
  [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...attempts, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit', env: nodeEnvironment() },
);
let passed = 0;
let failed = 0;
const skipped = [];
try {
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  for (const file of testResults) {
    // A file that does not load has no tests, and is a failure all the same.
    if (file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed')) failed++;
    for (const test of file.assertionResults) {
      const path = file.name.slice(root.length + 1);
      if (test.status === 'passed') {
        passed++;
        if (test.failureMessages.length > 0) console.log(`only at the second attempt: ${path}: ${test.fullName}\n  ${test.failureMessages[0].split('\n')[0]}`);
      } else if (test.status === 'failed') failed++;
      else skipped.push({ file: path, suite: test.ancestorTitles[0] ?? test.title });
    }
  }
} catch {
  console.log('the test run left no report');
  failed++;
}
rmSync(folder, { recursive: true, force: true });
if (skipped.length > 0) {
  const groups = new Map();
  for (const { file, suite } of skipped) groups.set(`${file}: ${suite}`, (groups.get(`${file}: ${suite}`) ?? 0) + 1);
  console.log(`\nskipped ${skipped.length} (reasons stand in the name, or were printed as "skipped: …" above; .ci/run installs the services):`);
  for (const [group, count] of groups) console.log(`  ${count} × ${group}`);
}
if (status !== 0 && failed === 0) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

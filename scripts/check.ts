/** npm run check: types, Biome, boundaries, generated files, links, dead files. Says what is wrong, and nothing else. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { allObjections, root } from './boundaries.ts';
import { brokenLinks, deadFiles } from './documents.ts';

interface Finding {
  readonly name: string;
  readonly lines: readonly string[];
}

const run = (name: string, program: string, args: readonly string[]) =>
  new Promise<Finding>((done) => {
    const child = spawn(process.execPath, [join(root, program), ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    child.stdout.on('data', (part: Buffer) => (text += part.toString()));
    child.stderr.on('data', (part: Buffer) => (text += part.toString()));
    child.on('close', (code) => done({ name, lines: code === 0 ? [] : text.trimEnd().split('\n') }));
  });

const started = performance.now();
const findings = await Promise.all([
  run('types', 'node_modules/typescript/bin/tsc', ['--noEmit', '-p', '.']),
  // Its packages are its own, and there only where somebody has built it.
  ...(existsSync(join(root, 'packages/console/node_modules/@grafana/ui')) ? [run('types of the console', 'node_modules/typescript/bin/tsc', ['--noEmit', '-p', 'packages/console'])] : []),
  run('biome', 'node_modules/@biomejs/biome/bin/biome', ['lint', '--error-on-warnings', '--max-diagnostics=100']),
  run('generated files', 'scripts/api.ts', ['--check']),
  Promise.resolve({ name: 'boundaries', lines: allObjections() }),
  Promise.resolve({ name: 'links', lines: brokenLinks() }),
  Promise.resolve({ name: 'dead files', lines: deadFiles().map((file) => `${file}: nothing uses it`) }),
]);
for (const { name, lines } of findings) {
  console.log(`${lines.length === 0 ? 'ok  ' : 'FAIL'} ${name}`);
  for (const line of lines) console.log(`     ${line}`);
}
console.log(`${((performance.now() - started) / 1000).toFixed(1)} s`);
process.exit(findings.some(({ lines }) => lines.length > 0) ? 1 : 0);

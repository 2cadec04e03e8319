// The console is built from its source once, in the background of the first start (docs/adr/0010-console.md). It has its packages to itself, so that the server
// needs none of them. `npm run console` builds it at once, `-- --force` even if it seems to be there.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeEnvironment, npmCommand, pinnedNode, root, withoutNpm } from './installation.mjs';

const folder = join(root, 'packages', 'console');
const built = join(folder, 'dist');
/** There while it is being built; the server looks at it to say so. */
const making = `${built}.making`;
/** A building that takes longer than this has died. */
const makingMsMax = 900_000;

/** Changes whenever the source does: by content, since a checkout gives files new times. */
function stamp() {
  const hash = createHash('sha256');
  const add = (path) => hash.update(`${path.slice(folder.length)}\n`).update(readFileSync(path));
  for (const name of ['package-lock.json', 'vite.config.ts']) add(join(folder, name));
  for (const part of ['src', 'public']) {
    const files = readdirSync(join(folder, part), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'));
    for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort()) add(path);
  }
  return hash.digest('hex');
}

const stampOf = (path) => (existsSync(join(path, 'stamp')) ? readFileSync(join(path, 'stamp'), 'utf8') : '');

/** Whether one is there, of whichever source. */
export const someConsole = () => stampOf(built) !== '';

export const consoleIsBuilt = () => stampOf(built) === stamp();

/** Starts the building, if it is needed and nobody is at it, as a process of its own that outlives this one. */
export function buildConsoleInBackground() {
  if (process.env.BELVEDERE_CONSOLE === 'off' || consoleIsBuilt() || !mayMake()) return;
  const command = [pinnedNode(), fileURLToPath(import.meta.url), '--quiet'];
  const env = nodeEnvironment();
  // By way of a shell that ends at once, so that the building is no child of what becomes the server.
  if (process.platform === 'win32') spawn(command[0], command.slice(1), { detached: true, stdio: 'ignore', env }).unref();
  else spawn('sh', ['-c', '"$0" "$@" >/dev/null 2>&1 &', ...command], { detached: true, stdio: 'ignore', env }).unref();
}

function mayMake() {
  if (!existsSync(making)) return true;
  if (Date.now() - statSync(making).mtimeMs < makingMsMax) return false;
  rmSync(making, { recursive: true, force: true });
  return true;
}

/** Installs the packages that are missing and builds. Throws with what went wrong. */
export function buildConsole({ quiet = false } = {}) {
  const wanted = stamp();
  mkdirSync(making);
  try {
    const say = (text) => quiet || console.error(`belvedere: ${text}`);
    const run = (program, args, env) => {
      const { status, stderr } = spawnSync(program, args, { cwd: folder, stdio: ['ignore', quiet ? 'ignore' : 2, quiet ? 'pipe' : 2], env, encoding: 'utf8', shell: process.platform === 'win32' });
      if (status !== 0) throw new Error(`${args.join(' ')} failed${stderr ? `: ${stderr.slice(-2_000)}` : ''}`);
    };
    const lock = createHash('sha256').update(readFileSync(join(folder, 'package-lock.json'))).digest('hex');
    const marker = join(folder, 'node_modules', '.installed');
    if (!existsSync(marker) || readFileSync(marker, 'utf8') !== lock) {
      say("installing the console's packages…");
      // As with the server's own: only a bare checkout gets `ci`, which empties the folder first.
      run(npmCommand, [existsSync(join(folder, 'node_modules')) ? 'install' : 'ci', '--no-save', '--workspaces=false', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], withoutNpm(process.env));
      writeFileSync(marker, lock);
    }
    say('building the console…');
    const out = join(making, 'dist');
    run(pinnedNode(), [join(folder, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn'], { ...nodeEnvironment(), NODE_ENV: 'production', BELVEDERE_CONSOLE_OUT: out });
    writeFileSync(join(out, 'stamp'), wanted);
    rmSync(`${built}.old`, { recursive: true, force: true });
    if (existsSync(built)) renameSync(built, `${built}.old`);
    renameSync(out, built);
    rmSync(`${built}.old`, { recursive: true, force: true });
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const quiet = process.argv.includes('--quiet');
  // People who wait for the server come first.
  if (quiet) setPriority(19);
  if (!process.argv.includes('--force') && consoleIsBuilt()) {
    if (!quiet) console.error('belvedere: the console is there.');
  } else if (mayMake()) {
    try {
      buildConsole({ quiet });
    } catch (error) {
      // In the background nobody reads what is printed: the next start tries again, the server's page tells how to do it by hand.
      if (!quiet) console.error(`belvedere: the console could not be built: ${error.message}`);
      process.exit(1);
    }
  } else if (!quiet) console.error('belvedere: the console is being built already.');
}

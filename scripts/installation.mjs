// What every command needs before it can run: the packages of package-lock.json and the pinned Node runtime. Plain JavaScript for any Node >= 20.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
export const npmCommand = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const marker = join(root, 'node_modules', '.cache', 'belvedere', 'installed');

/** The runtime that the code is written for; where its package does not exist for this machine, the Node that runs if it is new enough. */
export function pinnedNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const file = join(root, 'node_modules', `node-${platform}-${process.arch}`, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(file)) return file;
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  console.error(`belvedere: no pinned Node for ${platform}-${process.arch}, and Node ${process.version} is older than 24. Please start with Node 24 or newer.`);
  process.exit(1);
}

/** Installs what is missing; a second time it only compares a hash. `whole` adds what only tests and chores need. */
export function ensureInstalled({ whole = false } = {}) {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).digest('hex');
  const wanted = `${hash} ${whole ? 'whole' : 'runtime'}`;
  const present = existsSync(marker) ? readFileSync(marker, 'utf8').trim() : '';
  if (present === wanted || present === `${hash} whole`) return;
  // Somebody may have used npm directly: what counts is what is there.
  if (isInstalled({ whole: true })) return mark(`${hash} whole`);
  if (!whole && isInstalled({ whole: false })) return mark(wanted);
  console.error(`belvedere: installing the packages${whole ? ' for the tests' : ''} (once; nothing is compiled)…`);
  // `npm ci` empties the folder first, which would pull it from under a server that runs: only a bare checkout gets it.
  const bare = !existsSync(join(root, 'node_modules', '.package-lock.json'));
  const args = [...(bare ? ['ci'] : ['install', '--no-save']), '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error', '--include=optional', ...(whole || present.endsWith('whole') ? [] : ['--omit=dev'])];
  const started = Date.now();
  // npm's own words would mix with what the command prints.
  const { status } = spawnSync(npmCommand, args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32', env: withoutNpm(process.env) });
  if (status !== 0) {
    console.error('belvedere: the packages could not be installed; see above.');
    process.exit(1);
  }
  mark(wanted);
  console.error(`belvedere: installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

function isInstalled({ whole }) {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const locked = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(locked).every(
    ([path, entry]) => !path.startsWith('node_modules/') || entry.link || entry.optional || entry.peer || (entry.dev && !whole) || installed[path]?.version === entry.version,
  );
}

function mark(text) {
  mkdirSync(dirname(marker), { recursive: true });
  writeFileSync(marker, `${text}\n`);
}

/** `npm start` hands its own settings down as npm_… variables; the installation must not inherit them. */
export function withoutNpm(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^npm_(config_omit|config_include|config_workspace|lifecycle|package|command|config_silent)/i.test(name)));
}

/** The environment of every process that we start with the pinned Node. */
export function nodeEnvironment(env = process.env) {
  const bin = dirname(pinnedNode());
  return {
    ...env,
    NODE_COMPILE_CACHE: env.NODE_COMPILE_CACHE ?? join(root, 'node_modules', '.cache', 'node-compile'),
    // Plugin processes and tests that say `node` mean the pinned one.
    PATH: `${bin}${process.platform === 'win32' ? ';' : ':'}${env.PATH ?? ''}`,
  };
}

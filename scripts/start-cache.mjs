// What makes a start quick: the server and its libraries as a few files instead of a thousand. The source stays what runs when it has changed
// since; the cache is made anew in the background, for the next start (docs/adr/0006-start-cache.md).
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './installation.mjs';

const folder = join(root, 'node_modules', '.cache', 'belvedere', 'start');
const packages = ['dataframe', 'plugin-sdk', 'go-template', 'server'];
/** A making that takes longer than this has died. */
const lockMsMax = 180_000;

/** Changes whenever a source file, or an installed package, does. */
export function stamp() {
  const hash = createHash('sha1');
  const add = (path) => {
    const { mtimeMs, size } = statSync(path);
    hash.update(`${path} ${mtimeMs} ${size}\n`);
  };
  add(join(root, 'package-lock.json'));
  add(join(root, 'scripts', 'make-start-cache.mjs'));
  // Folder by folder: `recursive` takes three times as long.
  const addFolder = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) addFolder(path);
      else if (/\.(ts|json)$/.test(entry.name) && !entry.name.endsWith('.test.ts')) add(path);
    }
  };
  for (const name of packages) addFolder(join(root, 'packages', name, 'src'));
  return hash.digest('hex').slice(0, 16);
}

/** What to run: the cache where it is of this very source, else the source itself. */
export function serverEntry(node) {
  const source = join(root, 'packages', 'server', 'src', 'main.ts');
  if (process.env.BELVEDERE_START_CACHE === 'off') return source;
  const wanted = stamp();
  const cached = join(folder, wanted, 'main.mjs');
  if (existsSync(cached)) return cached;
  makeInBackground(node, wanted);
  return source;
}

function makeInBackground(node, wanted) {
  const lock = join(folder, `${wanted}.lock`);
  try {
    mkdirSync(folder, { recursive: true });
    if (existsSync(lock) && Date.now() - statSync(lock).mtimeMs > lockMsMax) rmSync(lock, { recursive: true, force: true });
    mkdirSync(lock);
  } catch {
    // Somebody else is at it, or the folder cannot be written: the source runs all the same.
    return;
  }
  const make = [node, join(root, 'scripts', 'make-start-cache.mjs'), folder, wanted];
  // By way of a shell that ends at once, so that the making is no child of what becomes the server.
  if (process.platform === 'win32') spawn(make[0], make.slice(1), { detached: true, stdio: 'ignore' }).unref();
  else spawn('sh', ['-c', '"$0" "$@" >/dev/null 2>&1 &', ...make], { detached: true, stdio: 'ignore' }).unref();
}

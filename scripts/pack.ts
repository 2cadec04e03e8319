/**
 * Packs the server into a few files under node_modules/.cache (docs/adr/0006): what `npm start` runs when sources and packages are those
 * that were packed. It is tried before it counts: a packed server that does not start, answer and stop is thrown away.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { nodeEnvironment, packedServer, root } from './installation.mjs';

/** Packages that are needed at every start and are made of many small modules. All others stay where they are. */
const packedPackages = /^(kysely|prom-client|@opentelemetry\/api|tdigest|bintrees|fast-json-patch|minisearch)(\/|$)/;

const started = packedServer();
if (process.argv.includes('--later')) await wait(8_000);
// Somebody edits or installs just now: the next start tries again.
if (started.ready || packedServer().folder !== started.folder) process.exit(0);
const cache = dirname(started.folder);
mkdirSync(cache, { recursive: true });
const draft = mkdtempSync(join(cache, 'draft-'));
try {
  await pack(draft);
  await prove(join(draft, 'server.cjs'));
  if (packedServer().folder === started.folder && !existsSync(started.folder)) {
    writeFileSync(join(draft, 'ready'), '');
    renameSync(draft, started.folder);
  }
  removeOld();
} finally {
  rmSync(draft, { recursive: true, force: true });
}

async function pack(folder: string): Promise<void> {
  const { rolldown } = await import('rolldown');
  const entry = join(folder, 'entry.ts');
  writeFileSync(entry, `import { commandLine } from ${JSON.stringify(join(root, 'packages/server/src/command-line/command-line.ts'))};\nvoid commandLine(process.argv.slice(2)).then((code) => {\n  process.exitCode = code;\n});\n`);
  const build = await rolldown({
    input: { server: entry }, platform: 'node', logLevel: 'silent',
    external: (id) => id.startsWith('node:') || (!id.startsWith('.') && !id.startsWith('/') && !id.startsWith('@belvedere/') && !packedPackages.test(id)),
    plugins: [{
      name: 'where-a-module-is',
      // A module that looks for files beside itself, or starts a worker, still finds them beside its source.
      transform(code, id) {
        if (id.includes('node_modules') || !/import\.meta\.(url|dirname|filename)/.test(code)) return null;
        return code.replace(/import\.meta\.url/g, JSON.stringify(pathToFileURL(id).href)).replace(/import\.meta\.dirname/g, JSON.stringify(dirname(id))).replace(/import\.meta\.filename/g, JSON.stringify(id));
      },
    }],
  });
  await build.write({ dir: folder, format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: '[name]-[hash].cjs' });
  await build.close();
}

async function prove(file: string): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'belvedere-pack-'));
  const port = await freePort();
  const child = spawn(process.execPath, [file, 'server'], {
    stdio: 'ignore',
    env: {
      ...nodeEnvironment(), GF_SERVER_HTTP_ADDR: '127.0.0.1', GF_SERVER_HTTP_PORT: String(port), GF_PATHS_DATA: join(dir, 'data'), GF_PATHS_LOGS: join(dir, 'log'), GF_PATHS_PLUGINS: join(dir, 'plugins'),
      GF_PATHS_PROVISIONING: join(root, 'packages/server/conf/provisioning/sample'), BELVEDERE_SAMPLE_PATH: join(root, 'packages/server/conf/provisioning/sample'), GF_DATABASE_TYPE: 'sqlite3', GF_DATABASE_URL: '',
    },
  });
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  try {
    const base = `http://127.0.0.1:${port}`;
    const authorization = `Basic ${Buffer.from('admin:admin').toString('base64')}`;
    const end = Date.now() + 60_000;
    while (!(await fetch(`${base}/api/health`).then((answer) => answer.ok, () => false))) {
      if (Date.now() > end || child.exitCode !== null) throw new Error('the packed server does not start');
      await wait(100);
    }
    for (const path of ['/api/org', '/api/frontend/settings', '/metrics', '/apis', '/login']) {
      const answer = await fetch(base + path, { headers: { authorization }, redirect: 'manual' });
      await answer.arrayBuffer();
      if (answer.status >= 400) throw new Error(`the packed server answers ${answer.status} to ${path}`);
    }
    child.kill('SIGTERM');
    if ((await Promise.race([ended, wait(20_000)])) !== 0) throw new Error('the packed server does not stop');
  } finally {
    child.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  }
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer().once('error', fail).listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => done(port));
    });
  });
}

/** What was packed for sources that are gone; what somebody may still be running from stays a day. */
function removeOld(): void {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    if (/^(server|draft)-/.test(name) && path !== started.folder && Date.now() - statSync(path).mtimeMs > 86_400_000) rmSync(path, { recursive: true, force: true });
  }
}

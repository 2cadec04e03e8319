// node make-start-cache.mjs FOLDER STAMP: bundles the server into FOLDER/STAMP and removes old ones. Run in the background by start-cache.mjs.
// A bundle is tried before it counts: one that does not start, answer and stop is thrown away.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import http from 'node:http';
import { createServer } from 'node:net';
import { setPriority, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { root } from './installation.mjs';
import { stamp as currentStamp } from './start-cache.mjs';

/** A server that runs from an older bundle may still load parts of it. */
const keptMs = 86_400_000;

const httpId = '\0node:http';
/** All that it exports but the classes of that client. */
const httpNames = Object.keys(http).filter((name) => !['WebSocket', 'CloseEvent', 'MessageEvent'].includes(name));

const [folder, stamp] = process.argv.slice(2);
const lock = join(folder, `${stamp}.lock`);
try {
  setPriority(15);
  // The start that asked for it comes first.
  await wait(5_000);
  const making = mkdtempSync(join(folder, 'making-'));
  const bundle = await rolldown({
    input: join(root, 'packages/server/src/main.ts'), cwd: root, platform: 'node', logLevel: 'silent',
    // Optional companions of libraries, for other runtimes or not installed.
    external: [/^node:(?!http$)/, 'pg-native', 'bare-fs', 'bare-path'],
    plugins: [{
      // Files beside the source (data, workers, the configuration) are found from where the source is.
      name: 'source-place',
      transform(code, id) {
        if (!id.startsWith(join(root, 'packages')) || !code.includes('import.meta')) return undefined;
        return code.replaceAll('import.meta.dirname', JSON.stringify(dirname(id))).replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href));
      },
    }, {
      // An import of this module makes Node look at all its exports, some of which load its whole HTTP client: a tenth of a start.
      name: 'http-unlooked',
      resolveId: (source) => (source === 'node:http' ? httpId : undefined),
      load: (id) => (id === httpId ? `const http = process.getBuiltinModule('node:http');\nexport default http;\nexport const { ${httpNames.join(', ')} } = http;\n` : undefined),
    }],
  });
  await bundle.write({ dir: making, format: 'esm', entryFileNames: 'main.mjs', chunkFileNames: '[name]-[hash].mjs' });
  try {
    await prove(join(making, 'main.mjs'));
    // The source that was bundled must be the source that was stamped.
    if (currentStamp() === stamp) renameSync(making, join(folder, stamp));
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  for (const name of readdirSync(folder)) {
    if (name !== stamp && Date.now() - statSync(join(folder, name)).mtimeMs > keptMs) rmSync(join(folder, name), { recursive: true, force: true });
  }
} finally {
  rmSync(lock, { recursive: true, force: true });
}

/** Starts the bundle on an empty database, asks it a few things, and stops it. */
async function prove(file) {
  const dir = mkdtempSync(join(tmpdir(), 'belvedere-start-'));
  const port = await freePort();
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GF_')));
  const child = spawn(process.execPath, [file, 'server'], {
    stdio: 'ignore',
    env: {
      ...env, GF_SERVER_HTTP_ADDR: '127.0.0.1', GF_SERVER_HTTP_PORT: String(port), GF_PATHS_DATA: join(dir, 'data'), GF_PATHS_LOGS: join(dir, 'log'), GF_PATHS_PLUGINS: join(dir, 'plugins'),
      GF_PATHS_PROVISIONING: join(dir, 'provisioning'),
    },
  });
  const ended = new Promise((done) => child.once('exit', done));
  try {
    const base = `http://127.0.0.1:${port}`;
    const end = Date.now() + 60_000;
    while (!(await fetch(`${base}/api/health`).then((answer) => answer.ok, () => false))) {
      if (Date.now() > end || child.exitCode !== null) throw new Error('the bundle does not start');
      await wait(100);
    }
    const authorization = `Basic ${Buffer.from('admin:admin').toString('base64')}`;
    for (const path of ['/api/org', '/api/frontend/settings', '/metrics', '/apis', '/login']) {
      const answer = await fetch(base + path, { headers: { authorization }, redirect: 'manual' });
      await answer.arrayBuffer();
      if (answer.status >= 400) throw new Error(`the bundle answers ${answer.status} to ${path}`);
    }
    child.kill('SIGTERM');
    if ((await Promise.race([ended, wait(20_000)])) !== 0) throw new Error('the bundle does not stop');
  } finally {
    child.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  }
}

function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer().once('error', fail).listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

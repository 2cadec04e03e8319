/** A server of its own on an empty folder, started as `npm start` starts it, without npm's own time. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const repository = resolve(import.meta.dirname, '..');

export interface ServerUnderTest {
  readonly base: string;
  readonly pid: number;
  readonly dir: string;
  /** Milliseconds from spawn to the first healthy answer. */
  readonly startMs: number;
  stop(): Promise<void>;
}

const freePort = () =>
  new Promise<number>((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => done(port));
    });
  });

export async function startServer(env: Readonly<Record<string, string>> = {}, dir = mkdtempSync(join(tmpdir(), 'belvedere-bench-'))): Promise<ServerUnderTest> {
  const port = await freePort();
  mkdirSync(join(dir, 'provisioning'), { recursive: true });
  const startedAt = performance.now();
  const child = spawn(process.execPath, [join(repository, 'scripts/start.mjs')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env, npm_config_loglevel: 'silent', GF_SERVER_HTTP_PORT: String(port), GF_SERVER_HTTP_ADDR: '127.0.0.1',
      GF_PATHS_DATA: join(dir, 'data'), GF_PATHS_LOGS: join(dir, 'logs'), GF_PATHS_PLUGINS: join(dir, 'plugins'), GF_PATHS_PROVISIONING: join(dir, 'provisioning'),
      GF_LOG_LEVEL: 'error', ...env,
    },
  });
  const base = `http://127.0.0.1:${port}`;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    const ok = await fetch(`${base}/api/health`).then((res) => res.ok, () => false);
    if (ok) break;
    if (performance.now() - startedAt > 180_000) throw new Error('the server did not become healthy');
    await new Promise((done) => setTimeout(done, 5));
  }
  return {
    base, dir, pid: child.pid!, startMs: performance.now() - startedAt,
    stop: () => new Promise((done) => {
      child.once('exit', () => done());
      child.kill('SIGTERM');
    }),
  };
}

export const removeFolder = (dir: string) => rmSync(dir, { recursive: true, force: true });

export const adminBasic = { authorization: `Basic ${Buffer.from('admin:admin').toString('base64')}` };

/** As the administrator; throws on anything but success. */
// biome-ignore lint/suspicious/noExplicitAny: a benchmark reads whatever came.
export async function call(base: string, method: string, path: string, body?: unknown, headers: Record<string, string> = adminBasic): Promise<any> {
  const res = await fetch(base + path, { method, headers: { ...headers, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await res.text();
  if (!res.ok) throw new Error(`${method} ${path}: ${res.status} ${text.slice(0, 200)}`);
  return text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text;
}

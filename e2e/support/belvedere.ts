/** Starts Belvedere as a user does, and talks to it from outside. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { eventually } from './eventually.ts';

export const repository = resolve(import.meta.dirname, '../..');

export interface Belvedere {
  readonly base: string;
  readonly port: number;
  readonly dir: string;
  readonly pid: number;
  /** Everything that the server printed. */
  output(): string;
  /** As the administrator, unless told otherwise; parses JSON answers. */
  call(method: string, path: string, body?: unknown, init?: { headers?: Record<string, string>; auth?: string }): Promise<Answer>;
  /** SIGTERM, and waits for the end. Resolves with the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever came.
  readonly body: any;
  readonly headers: Headers;
}

export interface StartOptions {
  /** `GF_…` variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Kept when given: a second start finds the first one's data. */
  readonly dir?: string;
  readonly port?: number;
  /** Files below the provisioning folder. */
  readonly provisioning?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

export const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => done(port));
    });
  });
}

export function temporaryFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `belvedere-${name}-`));
}

export async function startBelvedere(options: StartOptions = {}): Promise<Belvedere> {
  const dir = options.dir ?? temporaryFolder('e2e');
  const port = options.port ?? (await freePort());
  for (const folder of ['data', 'logs', 'plugins', 'provisioning']) mkdirSync(join(dir, folder), { recursive: true });
  for (const [file, content] of Object.entries(options.provisioning ?? {})) {
    const path = join(dir, 'provisioning', file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  const child = spawn('npm', ['start', '--silent', ...(options.args?.length ? ['--', ...options.args] : [])], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that whatever npm started can be ended with it.
    detached: true,
    env: {
      // What is tested here is the server: it does not build its console beside the tests.
      BELVEDERE_CONSOLE: 'off', ...process.env, GF_SERVER_HTTP_PORT: String(port), GF_SERVER_HTTP_ADDR: '127.0.0.1', GF_PATHS_DATA: join(dir, 'data'), GF_PATHS_LOGS: join(dir, 'logs'),
      GF_PATHS_PLUGINS: join(dir, 'plugins'), GF_PATHS_PROVISIONING: join(dir, 'provisioning'), ...options.env,
    },
  });
  const printed: string[] = [];
  child.stdout.on('data', (part: Buffer) => printed.push(part.toString()));
  child.stderr.on('data', (part: Buffer) => printed.push(part.toString()));
  const base = `${options.env?.['GF_SERVER_PROTOCOL'] ?? 'http'}://127.0.0.1:${port}`;
  const output = () => printed.join('');
  await eventually('the server is healthy', async () => {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}:\n${output()}`);
    const res = await fetch(`${base}/api/health`).catch(() => undefined);
    return res?.ok;
  }, { withinMs: 120_000, everyMs: 50 });
  return {
    base, port, dir, output,
    pid: child.pid!,
    stop: (signal = 'SIGTERM') => stop(child, signal),
    async call(method, path, body, init = {}) {
      const headers: Record<string, string> = { authorization: init.auth ?? basic('admin', 'admin'), ...init.headers };
      if (init.auth === '') delete headers['authorization'];
      if (body !== undefined) headers['content-type'] ??= 'application/json';
      const res = await fetch(base + path, {
        method, headers, redirect: 'manual', body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
      });
      const text = await res.text();
      return { status: res.status, headers: res.headers, body: /json/.test(res.headers.get('content-type') ?? '') && text ? JSON.parse(text) : text };
    },
  };
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  try {
    process.kill(-child.pid!, signal);
  } catch {
    // It ended by itself in the meantime.
  }
  const late = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), 20_000);
  const code = await ended;
  clearTimeout(late);
  return code;
}

export function removeFolder(dir: string): void {
  rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

export const readFixture = (name: string) => readFileSync(join(import.meta.dirname, '..', 'fixtures', name), 'utf8');

/** Foreign services that a suite needs, where the machine has them. With BELVEDERE_TEST_SERVICES=required a missing one is a failure. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { join } from 'node:path';
import { describe } from 'vitest';
import { freePort, temporaryFolder } from './belvedere.ts';
import { eventually } from './eventually.ts';

const required = process.env['BELVEDERE_TEST_SERVICES'] === 'required';

function executable(variable: string, name: string): string | undefined {
  const named = process.env[variable];
  if (named && existsSync(named)) return named;
  const found = spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim();
  return found || undefined;
}

/** `describe` where the service is there; else it says what is skipped and why. */
export function describeWith(service: string, present: unknown, name: string, suite: () => void): void {
  if (!present && required) {
    describe(name, () => {
      throw new Error(`${service} is required (BELVEDERE_TEST_SERVICES=required) and missing`);
    });
    return;
  }
  if (!present) console.log(`skipped: ${name}: ${service} is not on this machine`);
  describe.skipIf(!present)(present ? name : `${name} (skipped: no ${service})`, suite);
}

export const prometheusBinary = executable('BELVEDERE_TEST_PROMETHEUS', 'prometheus');
export const chromiumBinary = executable('BELVEDERE_TEST_CHROMIUM', 'chromium');
export const postgresUrl = process.env['BELVEDERE_TEST_POSTGRES_URL'];
export const mysqlUrl = process.env['BELVEDERE_TEST_MYSQL_URL'];

/** A Prometheus of its own that scrapes `target` (host:port) every second. */
export async function startPrometheus(target: string): Promise<{ base: string; stop(): Promise<void> }> {
  const dir = temporaryFolder('prometheus');
  const port = await freePort();
  writeFileSync(join(dir, 'prometheus.yml'), JSON.stringify({
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    scrape_configs: [{ job_name: 'belvedere', static_configs: [{ targets: [target] }] }],
  }));
  const child = spawn(prometheusBinary!, [
    `--config.file=${join(dir, 'prometheus.yml')}`, `--storage.tsdb.path=${join(dir, 'data')}`, `--web.listen-address=127.0.0.1:${port}`,
  ], { stdio: 'ignore' });
  const base = `http://127.0.0.1:${port}`;
  await eventually('Prometheus is ready', async () => (await fetch(`${base}/-/ready`).catch(() => undefined))?.ok);
  return { base, stop: () => ended(child) };
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve();
  return new Promise((done) => {
    child.once('exit', () => done());
    child.kill('SIGTERM');
  });
}

/** Receives webhooks. */
export async function startReceiver(): Promise<{ url: string; received: unknown[]; stop(): Promise<void> }> {
  const received: unknown[] = [];
  const server: Server = createServer((req: IncomingMessage, res) => {
    const parts: Buffer[] = [];
    req.on('data', (part: Buffer) => parts.push(part));
    req.on('end', () => {
      received.push(JSON.parse(Buffer.concat(parts).toString()));
      res.end('ok');
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}/hook`, received, stop: () => new Promise((done) => server.close(() => done())) };
}

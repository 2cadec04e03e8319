#!/usr/bin/env node
/** `belvedere server` and `belvedere cli …` (config-and-operations §3). */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createLogger } from './infra/log/create-logger.ts';
import { createServer } from './server/server.ts';
import { loadSettings, type Settings } from './setting/settings.ts';
import { belvedereVersion, buildCommit, grafanaVersion } from './util/version.ts';

const [command = 'server', ...rest] = process.argv.slice(2);

const commands: Record<string, (args: string[]) => Promise<void>> = {
  server: runServer,
  cli: async (args) => (await import('./command-line/cli.ts')).runCli(args),
};

const run = commands[command];
if (command === '--version' || command === '-v') {
  printVersion();
} else if (!run) {
  console.log(`belvedere: '${command}' is not a belvedere command. See 'belvedere --help'.`);
  process.exitCode = 1;
} else {
  run(rest).catch((error: unknown) => {
    for (let e: unknown = error; e instanceof Error; e = e.cause) console.log(`Error: ✗ ${e.message}`);
    process.exit(1);
  });
}

function printVersion(): void {
  console.log(`Version ${belvedereVersion} (commit: ${buildCommit}, compatible with Grafana ${grafanaVersion})`);
}

async function runServer(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args, allowPositionals: true, strict: true,
    options: {
      config: { type: 'string' }, homepath: { type: 'string' }, pidfile: { type: 'string' }, configOverrides: { type: 'string' }, packaging: { type: 'string' },
      prometheus: { type: 'string' }, version: { type: 'boolean', short: 'v' }, profile: { type: 'boolean' }, tracing: { type: 'boolean' },
    },
  });
  if (values.version) return printVersion();
  const settings: Settings = loadSettings({
    homePath: resolve(values.homepath ?? resolve(import.meta.dirname, '..')), env: process.env,
    overrides: [...(values.configOverrides?.split(/\s+/).filter(Boolean) ?? []), ...positionals],
    ...(values.config === undefined ? {} : { config: values.config }),
  });
  const log = createLogger(settings.ini);
  log.info('Starting Belvedere', { version: belvedereVersion, grafana: grafanaVersion, files: settings.files, overrides: settings.ini.overrides });
  mkdirSync(settings.paths.data, { recursive: true, mode: 0o750 });
  if (values.pidfile) {
    mkdirSync(dirname(values.pidfile), { recursive: true, mode: 0o700 });
    writeFileSync(values.pidfile, String(process.pid), { mode: 0o644 });
  }
  const server = createServer({ settings, log });
  const stopped = Promise.withResolvers<void>();
  const stop = (signal: NodeJS.Signals) => {
    log.info('Stopping', { signal });
    server.stop().then(stopped.resolve, stopped.reject);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  await server.start();
  await Promise.race([stopped.promise, server.failed]).finally(() => server.stop());
  process.exit(0);
}

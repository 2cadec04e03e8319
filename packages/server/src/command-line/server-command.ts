/** `belvedere server`: reads the settings, starts the server, stops it on SIGTERM and SIGINT (config-and-operations §3.1, §5). */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createLog, type Log } from '../infra/log/create-log.ts';
import { loadSettings, type Settings } from '../setting/settings.ts';
import { demandNoOperator, targetsOf } from '../modules/targets.ts';
import { belvedereVersion, buildCommit, grafanaVersion } from '../util/version.ts';
import { overridesOf, parseArguments, UsageError } from './arguments.ts';
import { homePath } from './home-path.ts';
import { wantsSample } from './sample.ts';
import { versionLine } from './version-line.ts';

/** The whole budget of a stop. */
const stopMsMax = 30_000;

const valued = ['homepath', 'config', 'pidfile', 'packaging', 'configOverrides', 'prometheus', 'profile-addr', 'profile-port', 'profile-block-rate', 'profile-mutex-rate', 'tracing-file'];
// Compat: profiling and tracing flags of the Go runtime are taken and do nothing; service files have them.
const switches = ['version', 'v', 'vv', 'profile', 'tracing'];

export async function serverCommand(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, { valued, switches });
  const { flags, positional } = parsed;
  if (['version', 'v', 'vv'].some((name) => flags.has(name))) {
    process.stdout.write(versionLine());
    return 0;
  }
  // A positional word that is no override: `target` runs the modules that the configuration names.
  const words = positional.filter((word) => !word.startsWith('cfg:'));
  if (words.length > 0 && words[0] !== 'target') throw new UsageError(`unknown argument: ${words[0]}`);

  const settings = readSettings({ homepath: flags.get('homepath'), config: flags.get('config'), overrides: overridesOf(parsed), prometheus: flags.get('prometheus') });
  const targets = targetsOf(words.length > 0 ? settings.ini.section('').list('target', ['all']) : ['all']);
  if (!targets.whole && targets.parts.has('operator')) demandNoOperator(process.env['GF_OPERATOR_NAME']);

  const log = createLog({ settings: settings.log, folder: settings.paths.logs });
  log.info('Starting Grafana', { version: grafanaVersion, commit: buildCommit, belvedere: belvedereVersion, node: process.version });
  const settingsLog = log.child('settings');
  for (const file of settings.files) settingsLog.info('Config loaded from', { file });
  for (const override of settings.ini.overrides) settingsLog.info('Config overridden', { by: override });
  settingsLog.info('Paths', { home: settings.homePath, data: settings.paths.data, logs: settings.paths.logs, plugins: settings.paths.plugins, provisioning: settings.paths.provisioning });

  if (flags.has('pidfile')) writePidFile(flags.get('pidfile')!);
  await notifySystemd(log);
  const server = targets.whole
    ? (await import('../server/server.ts')).createServer({ settings, log })
    : (await import('../modules/part-server.ts')).createPartServer({ settings, log, parts: targets.parts });
  const stopped = stopSignal(log);
  try {
    // A signal during the start is heard too: the start is given up.
    const first = await Promise.race([server.start(), stopped]);
    if (typeof first === 'object') await Promise.race([stopped, server.failed]);
    return (await endWithin(server.stop(), log)) ? 0 : 1;
  } catch (error) {
    log.error('Stopped running', { error });
    await endWithin(server.stop(), log);
    throw error;
  } finally {
    log.close();
    // Whatever still holds the event loop has had its time.
    setTimeout(() => process.exit(), 1_000).unref();
  }
}

function readSettings({ homepath, config, overrides, prometheus }: { homepath?: string | undefined; config?: string | undefined; overrides: readonly string[]; prometheus?: string | undefined }): Settings {
  const source = { homePath: homePath(homepath), ...(config ? { config } : {}), overrides, env: process.env };
  const settings = loadSettings(source);
  if (prometheus !== undefined && URL.parse(prometheus) === null) throw new UsageError(`--prometheus: not a URL: ${prometheus}`);
  const sample = wantsSample(settings, process.env);
  if (!sample && prometheus === undefined) return settings;
  const provisioning = join(settings.homePath, 'conf', 'provisioning');
  const folders = [...(sample ? [join(provisioning, 'sample')] : [settings.paths.provisioning]), ...(prometheus === undefined ? [] : [join(provisioning, 'prometheus')])];
  // The sample's files read these, by the interpolation that all provisioning files have.
  process.env['BELVEDERE_SAMPLE_PATH'] = join(provisioning, 'sample');
  process.env['BELVEDERE_PROMETHEUS_URL'] = prometheus ?? '';
  process.env['BELVEDERE_SAMPLE_IS_DEFAULT'] = String(prometheus === undefined);
  return loadSettings({ ...source, provisioningFolders: folders });
}

function writePidFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, String(process.pid), { mode: 0o644 });
}

/** `READY=1`, before the listener is open, as the reference sends it. */
async function notifySystemd(log: Log): Promise<void> {
  if (!process.env['NOTIFY_SOCKET']) return;
  const { execFile } = await import('node:child_process');
  // Node cannot speak to datagram sockets, systemd's own command can.
  execFile('systemd-notify', ['--ready', `--pid=${process.pid}`], (error) => {
    if (error) log.warn('systemd was not notified', { error });
  });
}

/** Resolves with the name of the signal that asks for a stop. SIGHUP opens the log file anew. */
function stopSignal(log: Log): Promise<string> {
  process.on('SIGHUP', () => log.reopen());
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        log.info('Shutdown started', { reason: signal });
        resolve(signal);
      });
    }
  });
}

async function endWithin(stop: Promise<void>, log: Log): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), stopMsMax);
  });
  const inTime = await Promise.race([stop.then(() => true), late]);
  clearTimeout(timer);
  if (!inTime) log.error('Timed out while waiting for server to shut down');
  return inTime;
}

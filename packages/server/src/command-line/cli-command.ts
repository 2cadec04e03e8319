/** `belvedere cli …` (config-and-operations §3.2): works on the database directly, whether or not a server runs. */
import { loadSettings, type Settings } from '../setting/settings.ts';
import { ApiError } from '../web/errors.ts';
import { parseArguments, UsageError } from './arguments.ts';
import { homePath } from './home-path.ts';
import { resetAdminPassword } from './reset-admin-password.ts';
import type { SecretsWork } from './secrets-command.ts';

const valued = ['homepath', 'config', 'configOverrides', 'user-id', 'pluginsDir', 'repo', 'pluginUrl', 'from-grafana', 'existing'];
const switches = ['debug', 'd', 'password-from-stdin', 'insecure', 'version', 'v', 'history', 'dry-run', 'help', 'h'];

const help = `Usage:
  belvedere cli [--homepath DIR] [--config FILE] [cfg:section.key=value …] COMMAND

  admin reset-admin-password [PASSWORD] [--password-from-stdin] [--user-id ID]
      sets the password of a server administrator

  admin secrets-migration re-encrypt | rollback | re-encrypt-data-keys
      encrypts every stored secret with the current data key, or with the secret key alone; or the data keys themselves anew

  admin secrets-consolidation consolidate
      makes a new data key and encrypts every stored secret with it

  plugins install ID [VERSION] | ls | list-remote | list-versions ID | update ID | update-all | uninstall ID
      works on the plugins folder ([--pluginsDir DIR], else that of the settings); a server sees it after a restart.
      [--repo URL] is another catalogue, [--pluginUrl URL] the archive to install.

  export DIR [--history]
      writes all content to files: dashboards, folders, playlists and other kinds as YAML, annotations, library
      elements, stars, preferences, short URLs, snapshots, shared dashboards, query history, correlations and the
      permissions on folders and dashboards. --history: older versions and the trash too.

  import DIR [--dry-run] [--existing refuse|skip|replace]
      reads what export wrote. One transaction: all of it, or nothing.

  import --from-grafana FILE|URL [--dry-run] [--existing refuse|skip|replace]
      takes the same over from a database of Grafana: its grafana.db, or postgres://user:password@host/name,
      mysql://user:password@host/name. It is only read. Snapshots need Grafana's secret_key: set ours alike, or
      BELVEDERE_SOURCE_SECRET_KEY.

  A dry run prints the counts and writes nothing. Of what is there already, refuse (the default) names it and
  writes nothing, skip leaves it, replace writes over it.
`;

export async function cliCommand(args: readonly string[]): Promise<number> {
  const { flags, positional } = parseArguments(args, { valued, switches });
  if (flags.has('version') || flags.has('v')) {
    const { versionLine } = await import('./version-line.ts');
    process.stdout.write(versionLine());
    return 0;
  }
  if (flags.has('help') || flags.has('h')) {
    process.stdout.write(help);
    return 0;
  }
  const [group, command, ...rest] = positional.filter((word) => !word.startsWith('cfg:'));
  if (group === 'export' || group === 'import') return contentCommand(group, settingsFrom(flags, positional), flags, command === undefined ? [] : [command, ...rest]);
  if (group === 'plugins') return pluginsGroup(command === undefined ? [] : [command, ...rest], settingsFrom(flags, positional), flags);
  if (group === 'admin' && command !== undefined && command !== 'reset-admin-password') {
    const done = await adminCommand(`${command} ${rest.join(' ')}`.trim(), () => settingsFrom(flags, positional));
    process.stdout.write(done);
    return 0;
  }
  if (group !== 'admin' || command !== 'reset-admin-password') throw new UsageError(`unknown command: cli ${[group, command].filter(Boolean).join(' ') || '(none)'}`);
  const settings = settingsFrom(flags, positional);
  const userId = Number(flags.get('user-id') ?? '1');
  if (!Number.isSafeInteger(userId) || userId < 1) throw new UsageError(`--user-id: not an id: ${flags.get('user-id')}`);
  const password = flags.has('password-from-stdin') ? await passwordFromStdin() : rest[0];
  if (!password) throw new UsageError('please give the new password, or --password-from-stdin');
  process.stdout.write(await resetAdminPassword({ settings, userId, password }));
  return 0;
}

const secretsWork: Readonly<Record<string, SecretsWork>> = {
  'secrets-migration re-encrypt': 're-encrypt', 'secrets-migration rollback': 'rollback', 'secrets-migration re-encrypt-data-keys': 're-encrypt-data-keys', 'secrets-consolidation consolidate': 'consolidate',
};

async function adminCommand(words: string, settings: () => Settings): Promise<string> {
  const work = secretsWork[words];
  if (work) return (await import('./secrets-command.ts')).secretsCommand(work, settings());
  // Compat: scripts call these; passwords of data sources were never kept in the clear here, and roles are not seeded.
  if (words === 'data-migration encrypt-datasource-passwords' || words === 'flush-rbac-seed-assignment') return 'Nothing to be done ✔\n';
  throw new UsageError(`unknown command: cli admin ${words}`);
}

/** Overrides may stand among the words as well as in their flag. */
function settingsFrom(flags: ReadonlyMap<string, string>, words: readonly string[]): Settings {
  const overrides = [...(flags.get('configOverrides') ?? '').split(/\s+/), ...words].filter((word) => word.startsWith('cfg:'));
  const config = flags.get('config');
  return loadSettings({ homePath: homePath(flags.get('homepath')), ...(config ? { config } : {}), overrides, env: process.env });
}

async function pluginsGroup(words: readonly string[], settings: Settings, flags: ReadonlyMap<string, string>): Promise<number> {
  const [{ pluginsCommand }, { readPluginSettings }] = await Promise.all([import('./plugins-command.ts'), import('../setting/plugin-settings.ts')]);
  const { grafanaComApiUrl, grafanaComToken } = readPluginSettings(settings.ini, process.env);
  const said = (flag: string, variable: string) => flags.get(flag) || process.env[variable] || '';
  const repo = said('repo', 'GF_PLUGIN_REPO').replace(/\/+$/, '');
  const work = pluginsCommand(words, {
    pluginsPath: said('pluginsDir', 'GF_PLUGIN_DIR') || settings.paths.plugins, pluginUrl: said('pluginUrl', 'GF_PLUGIN_URL'), print: (text) => process.stdout.write(text),
    ...(repo === '' ? { apiUrl: grafanaComApiUrl, token: grafanaComToken } : { apiUrl: repo.replace(/\/plugins$/, ''), token: '' }),
  });
  // What the catalogue says is meant for people.
  await work.catch((error: unknown) => {
    throw error instanceof ApiError ? new UsageError(error.message) : error;
  });
  return 0;
}

async function contentCommand(command: 'export' | 'import', settings: Settings, flags: ReadonlyMap<string, string>, [dir = '', ...more]: readonly string[]): Promise<number> {
  const fromGrafana = flags.get('from-grafana') ?? '';
  if (more.length > 0) throw new UsageError(`unknown argument: ${more[0]}`);
  if ((dir === '') === (command === 'export' || fromGrafana === '')) throw new UsageError(command === 'export' ? 'export to which directory?' : 'import from a directory, or with --from-grafana');
  const { exportContent, importCommand } = await import('./content-command.ts');
  process.stdout.write(command === 'export'
    ? await exportContent({ settings, dir, history: flags.has('history') })
    : await importCommand({
      settings, dir, fromGrafana, sourceSecretKey: process.env['BELVEDERE_SOURCE_SECRET_KEY'] ?? '', dryRun: flags.has('dry-run'), existing: flags.get('existing') ?? 'refuse',
    }));
  return 0;
}

/** The first line of what comes in. */
async function passwordFromStdin(): Promise<string> {
  process.stdout.write('New Password: ');
  let text = '';
  for await (const part of process.stdin.setEncoding('utf8')) {
    text += part as string;
    if (text.includes('\n')) break;
  }
  process.stdin.unref?.();
  return text.split(/\r?\n/)[0]!.trim();
}

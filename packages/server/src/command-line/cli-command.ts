/** `belvedere cli …` (config-and-operations §3.2): works on the database directly, whether or not a server runs. */
import { loadSettings } from '../setting/settings.ts';
import { parseArguments, UsageError } from './arguments.ts';
import { homePath } from './home-path.ts';
import { resetAdminPassword } from './reset-admin-password.ts';

const valued = ['homepath', 'config', 'configOverrides', 'user-id', 'pluginsDir', 'repo', 'pluginUrl'];
const switches = ['debug', 'd', 'password-from-stdin', 'insecure', 'version', 'v'];

export async function cliCommand(args: readonly string[]): Promise<number> {
  const { flags, positional } = parseArguments(args, { valued, switches });
  if (flags.has('version') || flags.has('v')) {
    const { versionLine } = await import('./version-line.ts');
    process.stdout.write(versionLine());
    return 0;
  }
  const [group, command, ...rest] = positional;
  if (group !== 'admin' || command !== 'reset-admin-password') throw new UsageError(`unknown command: cli ${[group, command].filter(Boolean).join(' ') || '(none)'}`);
  // Overrides may stand among the words as well as in their flag.
  const overrides = [...(flags.get('configOverrides') ?? '').split(/\s+/), ...rest].filter((word) => word.startsWith('cfg:'));
  const config = flags.get('config');
  const settings = loadSettings({ homePath: homePath(flags.get('homepath')), ...(config ? { config } : {}), overrides, env: process.env });
  const userId = Number(flags.get('user-id') ?? '1');
  if (!Number.isSafeInteger(userId) || userId < 1) throw new UsageError(`--user-id: not an id: ${flags.get('user-id')}`);
  const password = flags.has('password-from-stdin') ? await passwordFromStdin() : rest.find((word) => !word.startsWith('cfg:'));
  if (!password) throw new UsageError('please give the new password, or --password-from-stdin');
  process.stdout.write(await resetAdminPassword({ settings, userId, password }));
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

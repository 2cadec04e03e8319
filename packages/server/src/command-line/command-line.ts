import { SettingError } from '../setting/ini.ts';
import { UsageError } from './arguments.ts';

const usage = `Usage:
  belvedere server [target] [--homepath DIR] [--config FILE] [--pidfile FILE] [--prometheus URL] [cfg:section.key=value …]
  belvedere cli [--homepath DIR] [--config FILE] admin reset-admin-password [PASSWORD] [--password-from-stdin] [--user-id ID]
  belvedere cli [--homepath DIR] [--config FILE] admin secrets-migration re-encrypt | rollback | re-encrypt-data-keys
  belvedere cli [--homepath DIR] [--config FILE] plugins install ID [VERSION] | ls | list-remote | list-versions ID | update ID | update-all | uninstall ID
  belvedere cli [--homepath DIR] [--config FILE] export DIR [--history]
  belvedere cli [--homepath DIR] [--config FILE] import DIR | --from-grafana FILE|URL [--dry-run] [--existing refuse|skip|replace]
  belvedere cli --help
`;

/** Runs one command; resolves with the exit code. */
export async function commandLine(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  try {
    switch (command) {
      case 'server': {
        const { serverCommand } = await import('./server-command.ts');
        return await serverCommand(rest);
      }
      case 'cli': {
        const { cliCommand } = await import('./cli-command.ts');
        return await cliCommand(rest);
      }
      case undefined: case 'help': case '--help': case '-h':
        process.stdout.write(usage);
        return 0;
      case '--version': case '-v': {
        const { versionLine } = await import('./version-line.ts');
        process.stdout.write(versionLine());
        return 0;
      }
      default:
        process.stdout.write(`belvedere: '${command}' is not a belvedere command. See 'belvedere --help'.\n`);
        return 1;
    }
  } catch (error) {
    // Compat: on stdout, as the reference; wrapper scripts read it there.
    process.stdout.write(`Error: ✗ ${describe(error)}\n`);
    return 1;
  }
}

/** A mistake of ours comes with its stack; a mistake of the user's with its message alone. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof SettingError || error instanceof UsageError || error.name === 'ProvisioningError' || error.name === 'TransferError' || 'code' in error) return messages(error);
  return error.cause instanceof Error ? messages(error) : (error.stack ?? error.message);
}

function messages(error: Error): string {
  return error.cause instanceof Error && error.cause.message !== '' ? `${error.message}: ${messages(error.cause)}` : error.message;
}

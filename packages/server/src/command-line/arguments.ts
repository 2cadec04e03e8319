/** Flags of the command line: `--name value`, `--name=value`, `--flag`; Go's single dash is taken as well. */

export interface Arguments {
  readonly flags: ReadonlyMap<string, string>;
  readonly positional: readonly string[];
}

export class UsageError extends Error {}

/** `valued` flags take a value, `switches` none. Unknown flags are an error. */
export function parseArguments(args: readonly string[], { valued, switches }: { readonly valued: readonly string[]; readonly switches: readonly string[] }): Arguments {
  const flags = new Map<string, string>();
  const positional: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (!arg.startsWith('-') || arg === '-') {
      positional.push(arg);
      continue;
    }
    if (arg === '--') {
      positional.push(...args.slice(i + 1));
      break;
    }
    const text = arg.replace(/^--?/, '');
    const equals = text.indexOf('=');
    const name = equals < 0 ? text : text.slice(0, equals);
    if (switches.includes(name)) {
      flags.set(name, equals < 0 ? 'true' : text.slice(equals + 1));
    } else if (valued.includes(name)) {
      const value = equals < 0 ? args[++i] : text.slice(equals + 1);
      if (value === undefined) throw new UsageError(`flag needs an argument: -${name}`);
      flags.set(name, value);
    } else {
      throw new UsageError(`flag provided but not defined: -${name}`);
    }
  }
  return { flags, positional };
}

/** What `--configOverrides` and the positional arguments say, in the order in which they count. */
export function overridesOf({ flags, positional }: Arguments): string[] {
  return [...(flags.get('configOverrides') ?? '').split(/\s+/), ...positional].filter((arg) => arg.startsWith('cfg:'));
}

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The folder of this package: where the defaults are when nobody names a home. */
const ownHome = resolve(import.meta.dirname, '../..');

/** `--homepath`; else the working folder, or the one above it, where that has `conf/defaults.ini`; else this installation. */
export function homePath(named: string | undefined, cwd: string = process.cwd()): string {
  if (named) return resolve(named);
  for (const folder of [cwd, resolve(cwd, '..')]) if (existsSync(join(folder, 'conf', 'defaults.ini'))) return folder;
  return ownHome;
}

/** `target = …` (apiserver-and-storage §9.1): which parts one process runs. */
import { SettingError } from '../setting/ini.ts';

/** The whole server. */
export const wholeServer: readonly string[] = ['all', 'core'];

/** What runs without the rest of the server, beside a small HTTP server with `/metrics`. */
export const partTargets = ['storage-server', 'search-server', 'search-server-distributor', 'search-server-ring', 'memberlistkv', 'frontend-server', 'operator', 'instrumentation-server'] as const;
export type PartTarget = (typeof partTargets)[number];

/** Known by name, and not made. */
const otherTargets: Readonly<Record<string, string>> = {
  'zanzana-server': 'permissions are decided in the server itself', 'grafana-apiserver': 'it is not implemented',
};

/** `GF_OPERATOR_NAME`. */
export const operatorNames = ['provisioning-repo', 'provisioning-connection', 'provisioning-jobs', 'iam-folder-reconciler'] as const;

export type Targets = { readonly whole: true } | { readonly whole: false; readonly parts: ReadonlySet<PartTarget> };

/** Throws a SettingError for a name that is none, or that stands for nothing here. */
export function targetsOf(names: readonly string[]): Targets {
  for (const name of names) {
    if (wholeServer.includes(name) || (partTargets as readonly string[]).includes(name)) continue;
    const why = Object.hasOwn(otherTargets, name) ? otherTargets[name]! : `known are ${[...wholeServer, ...partTargets].join(', ')}`;
    throw new SettingError('configuration: [] target', `unrecognised module name: ${name} (${why})`);
  }
  if (names.length === 0 || names.some((name) => wholeServer.includes(name))) return { whole: true };
  return { whole: false, parts: new Set(names as readonly PartTarget[]) };
}

/** Operators look after Git Sync and the like from a process of their own; here the server does it. Throws for one that is asked for. */
export function demandNoOperator(name = ''): void {
  if (name === '') return;
  const known = (operatorNames as readonly string[]).includes(name);
  throw new SettingError('environment: GF_OPERATOR_NAME', known ? `${name} runs inside the server, there is no process of its own for it` : `unknown operator: ${name}; valid are ${operatorNames.join(', ')}`);
}

/** Whether a server starts with the sample: a data folder that is empty, or began with it, and no configuration of one's own. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../setting/settings.ts';

/** Remembers in the data folder that it began with the sample: a second start provisions it again. */
const markFile = '.sample';

export function wantsSample(settings: Settings, env: Readonly<Record<string, string | undefined>>): boolean {
  if (settings.files.length > 1 || settings.database.type !== 'sqlite') return false;
  // Provisioning files of one's own, wherever they were named.
  if (env['GF_PATHS_PROVISIONING'] || settings.paths.provisioning !== join(settings.homePath, 'conf', 'provisioning')) return false;
  if (['datasources', 'plugins', 'alerting', 'dashboards'].some((name) => existsSync(join(settings.paths.provisioning, name)))) return false;
  const { data } = settings.paths;
  if (existsSync(join(data, markFile))) return true;
  if (existsSync(data) && readdirSync(data).some((name) => name.endsWith('.db'))) return false;
  mkdirSync(data, { recursive: true, mode: 0o750 });
  writeFileSync(join(data, markFile), 'This data folder began with the sample of conf/provisioning/sample. Delete this file to do without.\n');
  return true;
}

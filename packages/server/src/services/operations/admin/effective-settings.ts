/** The settings page: what the server goes by, secrets hidden (config-and-operations §1.5, §10). */
import { readFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentName, type Ini, parseIni, redact } from '../../../setting/ini.ts';
import type { Settings } from '../../../setting/settings.ts';
import type { Permissions } from '../../../web/identity.ts';

export type EffectiveSettings = Record<string, Record<string, string>>;

/** Lists are shown as the server reads them. */
const lists: Readonly<Record<string, readonly string[]>> = { feature_toggles: ['enable'], emails: ['templates_pattern', 'content_types'] };

/** Settings that the reference has not: shown once somebody has set them. */
const ofOurOwn: ReadonlySet<string> = new Set(['team_mapping', 'custom_roles']);

/** Computed once: settings do not change while the server runs. */
export function effectiveSettings({ ini, homePath, paths }: Pick<Settings, 'ini' | 'homePath' | 'paths'>): EffectiveSettings {
  const shown: EffectiveSettings = {};
  const show = (section: string, key: string, value: string) => {
    (shown[section === '' ? 'DEFAULT' : section] ??= {})[key] = redact(environmentName(section, key), value);
  };
  for (const section of ['', ...ini.sections()]) {
    shown[section === '' ? 'DEFAULT' : section] ??= {};
    const read = ini.section(section);
    for (const key of read.keys()) if (!ofOurOwn.has(key) || !['', 'false'].includes(read.string(key))) show(section, key, lists[section]?.includes(key) ? read.list(key).join(',') : (read.written(key) ?? ''));
  }
  for (const [name, keys] of parseIni(readFileSync(join(homePath, 'conf', 'effective.ini'), 'utf8'), 'effective.ini')) {
    if (name === '' && keys.size === 0) continue;
    const section = name === 'DEFAULT' ? '' : name;
    shown[name] ??= {};
    for (const [key, { text }] of keys) {
      if (shown[name][key]) continue;
      show(section, key, said(ini, section, key) || text.replace('%(data)s', paths.data).replace('%(logs)s', paths.logs).replace('%(tmp)s', tmpdir()).replace('%(cpus)s', String(availableParallelism())));
    }
  }
  // A log of its own level where its section says nothing: inherited, and shown so.
  for (const mode of ['console', 'file', 'syslog']) {
    const section = shown[`log.${mode}`];
    if (section && !section['level'] && ini.section('log').list('mode').includes(mode)) section['level'] = ini.section('log').string('level', 'info');
  }
  return shown;
}

/** Of a key that no file declares, but that the environment may set in some sections. */
const said = (ini: Ini, section: string, key: string) => ini.section(section).written(key) ?? '';

/** Only what `settings:read` is granted on: all, a section, or a key. */
export function visibleSettings(all: EffectiveSettings, permissions: Pick<Permissions, 'has'>): EffectiveSettings {
  if (permissions.has('settings:read', 'settings:*')) return all;
  const visible: EffectiveSettings = {};
  for (const [section, keys] of Object.entries(all)) {
    const wholeSection = permissions.has('settings:read', `settings:${section}:*`);
    const seen = wholeSection ? keys : Object.fromEntries(Object.entries(keys).filter(([key]) => permissions.has('settings:read', `settings:${section}:${key}`)));
    if (Object.keys(seen).length > 0) visible[section] = seen;
  }
  return visible;
}

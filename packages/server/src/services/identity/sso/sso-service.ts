import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../infra/clock.ts';
import type { Database } from '../../../infra/db/database.ts';
import { upsert } from '../../../infra/db/upsert.ts';
import type { Secrets } from '../../../infra/secrets/secrets.ts';
import type { Ini } from '../../../setting/ini.ts';
import { iniSettings, oauthProviders } from './provider-fields.ts';
import { isSecretKey, redacted, ssoErrors, type ProviderSettings, type SsoSettingsService } from './sso.ts';
import { validateProvider } from './sso-validation.ts';

interface Tables {
  sso_setting: { id: string; provider: string; settings: string; created: number; updated: number; is_deleted: boolean };
}

export function createSsoSettings({ db, clock, secrets, ini }: { db: Database; clock: Clock; secrets: Secrets; ini: Ini }): SsoSettingsService {
  const configurable = ini.section('sso_settings').list('configurable_providers', ['github', 'gitlab', 'google', 'generic_oauth', 'azuread', 'okta']);
  const providers = [...configurable.filter((name) => oauthProviders.includes(name)), 'ldap'];
  const system = new Map([...oauthProviders, 'ldap'].map((provider) => [provider, iniSettings(ini, provider)]));
  /** What the database holds, secrets in the clear. */
  let stored = new Map<string, ProviderSettings>();
  let raw = new Map<string, string>();
  const listeners: ((provider: string) => void)[] = [];

  const known = (provider: string) => {
    if (!providers.includes(provider)) throw ssoErrors.notFound();
  };

  async function reload(): Promise<void> {
    const rows = await db.tables<Tables>().selectFrom('sso_setting').select(['provider', 'settings']).where('is_deleted', '=', false).execute();
    const next = new Map(rows.map((row) => [row.provider, row.settings]));
    const changed = [...new Set([...next.keys(), ...raw.keys()])].filter((provider) => next.get(provider) !== raw.get(provider));
    const clear = new Map(stored);
    for (const provider of changed) {
      const text = next.get(provider);
      if (text === undefined) clear.delete(provider);
      else clear.set(provider, (await mapSecrets(JSON.parse(text) as ProviderSettings, secrets.decryptText)) as ProviderSettings);
    }
    raw = next;
    stored = clear;
    for (const provider of changed) for (const listener of listeners) listener(provider);
  }

  async function write(provider: string, settings: ProviderSettings): Promise<void> {
    const now = clock.now();
    const encrypted = JSON.stringify(await mapSecrets(settings, (plain) => secrets.encryptText(plain)));
    await upsert(db, 'sso_setting', { id: randomUUID(), provider, settings: encrypted, created: now, updated: now, is_deleted: false }, ['provider'], ['settings', 'updated', 'is_deleted']);
    await reload();
  }

  const effective = (provider: string): ProviderSettings => ({ ...system.get(provider), ...stored.get(provider) });

  return {
    providers, reload, effective,
    onChange: (listener) => void listeners.push(listener),
    async get(provider) {
      known(provider);
      return { provider, settings: effective(provider), source: stored.has(provider) ? 'database' : 'system' };
    },
    async replace(provider, given, actor) {
      known(provider);
      const settings = keepSecrets(given, effective(provider)) as ProviderSettings;
      validateProvider(provider, settings, effective(provider), actor);
      await write(provider, settings);
    },
    async patch(provider, given, actor) {
      known(provider);
      if (Object.keys(given).length === 0) throw ssoErrors.noSettings();
      const merged = { ...effective(provider), ...(keepSecrets(given, effective(provider)) as ProviderSettings) };
      validateProvider(provider, merged, effective(provider), actor);
      await write(provider, merged);
    },
    async reset(provider) {
      known(provider);
      const { numDeletedRows } = await db.tables<Tables>().deleteFrom('sso_setting').where('provider', '=', provider).executeTakeFirst();
      if (Number(numDeletedRows) === 0) throw ssoErrors.notFound();
      await reload();
    },
  };
}

/** Applies `change` to every secret that is not empty, at any depth. */
export async function mapSecrets(value: unknown, change: (text: string) => Promise<string>): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map((item) => mapSecrets(item, change)));
  if (value === null || typeof value !== 'object') return value;
  const entries = await Promise.all(Object.entries(value).map(async ([key, member]) =>
    [key, isSecretKey(key) && typeof member === 'string' && member !== '' ? await change(member) : await mapSecrets(member, change)] as const));
  return Object.fromEntries(entries);
}

/** Where the placeholder came back, the secret stays what it was. */
function keepSecrets(given: unknown, before: unknown): unknown {
  if (Array.isArray(given)) return given.map((item, i) => keepSecrets(item, Array.isArray(before) ? before[i] : undefined));
  if (given === null || typeof given !== 'object') return given;
  const known = (before ?? {}) as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.entries(given).map(([key, member]) => [key, member === redacted && isSecretKey(key) ? (known[key] ?? '') : keepSecrets(member, known[key])]));
}

/** Secrets of integrations: encrypted when stored, never shown (alerting-notifications §2, §6.1, §8). */
import type { Secrets } from '../../../infra/secrets/secrets.ts';
import type { IntegrationJson } from '../alertmanager/am-config.ts';
import { getDotted, secretKeys, withDotted } from './settings-reader.ts';

export const redacted = '[REDACTED]';

type Json = Record<string, unknown>;
type Encryption = Pick<Secrets, 'encryptText' | 'decryptText'>;

/** Moves what is secret out of `settings` and encrypts it. `stored`: the integration before, whose secrets stay where the text says `[REDACTED]`. */
export async function sealSettings(secrets: Encryption, type: string, settings: Readonly<Json>, stored?: IntegrationJson): Promise<Pick<IntegrationJson, 'settings' | 'secureSettings'>> {
  let open: Json = { ...settings };
  const secureSettings: Record<string, string> = {};
  for (const key of secretKeys(type)) {
    const value = getDotted(open, key);
    if (value === undefined) continue;
    open = withDotted(open, key, undefined);
    if (value === redacted) {
      const kept = stored?.secureSettings[key];
      if (kept !== undefined) secureSettings[key] = kept;
    } else if (typeof value === 'string' && value !== '') secureSettings[key] = await secrets.encryptText(value);
  }
  return { settings: open, secureSettings };
}

/** All settings in the clear, for the notifier. Throws when a secret cannot be read. */
export async function openSettings(secrets: Encryption, integration: Pick<IntegrationJson, 'settings' | 'secureSettings'>): Promise<Json> {
  let open: Json = { ...integration.settings };
  for (const [key, text] of Object.entries(integration.secureSettings)) open = withDotted(open, key, await secrets.decryptText(text));
  return open;
}

/** With `[REDACTED]` in the place of secrets. */
export function redactedSettings(integration: Pick<IntegrationJson, 'settings' | 'secureSettings'>, nested = true): Json {
  let shown: Json = { ...integration.settings };
  for (const key of Object.keys(integration.secureSettings)) shown = nested ? withDotted(shown, key, redacted) : { ...shown, [key]: redacted };
  return shown;
}

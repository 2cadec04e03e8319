/** Every column that holds secrets which can be read again (config-and-operations §13.3). What is needed for minutes only is left out: the remote cache. */
import { configHash, type AmConfig } from '../services/alerting/alertmanager/am-config.ts';
import { mapSecrets } from '../services/identity/sso/sso-service.ts';
import type { SecretColumn, SecretsWithin } from '../services/operations/encryption/encryption.ts';
import { objectOf, textOf } from '../util/json-value.ts';

const ofProvider: SecretsWithin = async (text, anew) => JSON.stringify(await mapSecrets(JSON.parse(text), anew));

const ofReceivers: SecretsWithin = async (text, anew) => {
  const config = JSON.parse(text) as AmConfig;
  for (const { grafana_managed_receiver_configs: integrations } of config.alertmanager_config.receivers) {
    for (const { secureSettings } of integrations ?? []) {
      for (const [key, secret] of Object.entries(secureSettings)) (secureSettings as Record<string, string>)[key] = await anew(secret);
    }
  }
  return JSON.stringify(config);
};

const ofObject: SecretsWithin = async (text, anew) => {
  const entries = Object.entries(objectOf(JSON.parse(text))).map(async ([key, entry]) => {
    const { value, ...rest } = objectOf(entry);
    return [key, { ...rest, ...(value !== undefined && { value: await anew(textOf(value)) }) }] as const;
  });
  return JSON.stringify(Object.fromEntries(await Promise.all(entries)));
};

const hash = (text: string) => ({ configuration_hash: configHash(text) });

export const secretColumns: readonly SecretColumn[] = [
  { table: 'data_source', column: 'secure_json_data', form: 'text' },
  { table: 'plugin_setting', column: 'secure_json_data', form: 'text' },
  { table: 'dashboard_snapshot', column: 'dashboard_encrypted', form: 'bytes' },
  ...['access_token', 'id_token', 'refresh_token', 'session_id'].map((column): SecretColumn => ({ table: 'user_external_session', column, form: 'text' })),
  { table: 'signing_key', column: 'private_key', form: 'text' },
  { table: 'sso_setting', column: 'settings', form: ofProvider },
  { table: 'alert_configuration', column: 'alertmanager_configuration', form: ofReceivers, alongside: hash },
  { table: 'alert_configuration_history', column: 'alertmanager_configuration', form: ofReceivers, alongside: hash },
  { table: 'resource', column: 'secure', form: ofObject },
  { table: 'resource_secure_value', column: 'value', form: 'text' },
];

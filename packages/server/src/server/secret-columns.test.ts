import { expect, test } from 'vitest';
import { silentLogger } from '../infra/log/log.ts';
import { openTestDatabase } from '../infra/db/test-database.ts';
import { readDataKey } from '../infra/secrets/envelope.ts';
import { createSecrets } from '../infra/secrets/secrets-service.ts';
import { configHash } from '../services/alerting/alertmanager/am-config.ts';
import { createEncryptionService } from '../services/operations/encryption/encryption-service.ts';
import { migrations } from './migrations.ts';
import { secretColumns } from './secret-columns.ts';

test('after the data keys were rotated every kind of secret is written anew, and reads as before', { timeout: 120_000 }, async () => {
  const db = await openTestDatabase(migrations);
  const clock = { now: () => 1_700_000_000_000, sleep: async () => {} };
  const secrets = createSecrets({ db, clock, secretKey: 'key' });
  const sealed = (text: string) => secrets.encryptText(text);
  const now = clock.now();
  await db.insertReturningId('dashboard_snapshot', {
    name: 's', key: 'k', delete_key: 'd', org_id: 1, user_id: 1, external: false, external_url: '', external_delete_url: '', dashboard_encrypted: await secrets.encrypt('{"title":"x"}'), expires: now, created: now, updated: now,
  });
  await db.insertReturningId('user_external_session', {
    user_id: 1, user_auth_id: 1, auth_module: 'oauth_github', access_token: await sealed('access'), id_token: '', refresh_token: await sealed('refresh'), session_id: '', session_id_hash: '', name_id: '', name_id_hash: '', expires_at: 0, created_at: now,
  });
  await db.insertReturningId('signing_key', { key_id: 'id', private_key: await sealed('pem'), added_at: now, expires_at: now, alg: 'ES256' });
  await db.tables<{ sso_setting: Record<string, unknown> }>().insertInto('sso_setting').values({
    id: 'one', provider: 'github', settings: JSON.stringify({ client_id: 'app', client_secret: await sealed('secret') }), created: now, updated: now, is_deleted: false,
  }).execute();
  const config = JSON.stringify({
    template_files: null,
    alertmanager_config: { route: { receiver: 'hook' }, receivers: [{ name: 'empty' }, { name: 'hook', grafana_managed_receiver_configs: [{ uid: 'u', type: 'webhook', settings: { url: 'x' }, secureSettings: { password: await sealed('pw') } }] }] },
  });
  await db.insertReturningId('alert_configuration', { org_id: 1, alertmanager_configuration: config, configuration_hash: configHash(config), created_at: now });
  const encryption = createEncryptionService({ db, log: silentLogger, secrets, secretKey: 'key', columns: secretColumns });

  const rows = async (table: string) => (await db.tables<Record<string, Record<string, unknown>>>().selectFrom(table).selectAll().execute())[0]!;
  const found = async () => {
    const [snapshot, session, key, sso, alerting] = await Promise.all(['dashboard_snapshot', 'user_external_session', 'signing_key', 'sso_setting', 'alert_configuration'].map(rows));
    const texts = [
      session!['access_token'], session!['refresh_token'], key!['private_key'], JSON.parse(String(sso!['settings'])).client_secret,
      JSON.parse(String(alerting!['alertmanager_configuration'])).alertmanager_config.receivers[1].grafana_managed_receiver_configs[0].secureSettings.password,
    ].map((text) => Buffer.from(String(text), 'base64'));
    const all = [Buffer.from(snapshot!['dashboard_encrypted'] as Uint8Array), ...texts];
    return { keys: new Set(all.map((bytes) => readDataKey(bytes)?.keyId)), plain: await Promise.all(all.map(async (bytes) => (await secrets.decrypt(bytes)).toString())), alerting: alerting!, session: session!, sso: sso! };
  };
  const before = await found();
  expect(before.keys.size).toBe(1);

  await encryption.rotateDataKeys();
  expect(await encryption.reencryptSecrets()).toBe(true);
  const after = await found();
  expect(after.keys.size).toBe(1);
  expect([...after.keys][0]).not.toBe([...before.keys][0]);
  expect(after.plain).toEqual(['{"title":"x"}', 'access', 'refresh', 'pem', 'secret', 'pw']);
  expect(after.session['id_token']).toBe('');
  expect(JSON.parse(String(after.sso['settings'])).client_id).toBe('app');
  expect(after.alerting['configuration_hash']).toBe(configHash(String(after.alerting['alertmanager_configuration'])));

  expect(await encryption.rollbackSecrets()).toBe(true);
  expect((await found()).keys).toEqual(new Set([undefined]));
  expect((await found()).plain).toEqual(after.plain);
});

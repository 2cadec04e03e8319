import { expect, test } from 'vitest';
import { onEveryDatabase } from '../../infra/db/on-every-database.ts';
import type { Database } from '../../infra/db/database.ts';
import { createPluginSettingsService } from './plugin-settings-service.ts';
import { pluginSettingMigrations } from './plugin-settings-migrations.ts';

/** Stands for encryption: reversible, and not the text itself. */
const secrets = {
  encryptText: async (plain: string) => Buffer.from(plain).toString('base64'),
  decryptText: async (stored: string) => Buffer.from(stored, 'base64').toString(),
};

function setUp(db: Database) {
  let now = 1_000_000;
  const service = createPluginSettingsService({ db, secrets, clock: { now: () => now } });
  return { service, tick: (ms: number) => (now += ms) };
}
const save = { enabled: true, pinned: false, secureJsonData: {}, version: '' };

onEveryDatabase('plugin settings', (open) => {
  test('a save never clears: empty objects and absent secrets leave what is there', async () => {
    const { service } = setUp(await open(pluginSettingMigrations));
    expect(await service.get(1, 'a')).toBeUndefined();
    await service.save(1, 'a', { ...save, pinned: true, jsonData: '{"a":1}', secureJsonData: { k: 'v', empty: '' }, version: '1.0' });
    expect(await service.get(1, 'a')).toMatchObject({ enabled: true, pinned: true, jsonData: '{"a":1}', secretKeys: ['k'], version: '1.0' });
    await service.save(1, 'a', { ...save, enabled: false, jsonData: '{ }', secureJsonData: { k2: 'w' } });
    expect(await service.get(1, 'a')).toMatchObject({ enabled: false, pinned: false, jsonData: '{"a":1}', secretKeys: ['k', 'k2'], version: '1.0' });
    await service.save(1, 'a', { ...save, jsonData: '{"b":2}', secureJsonData: { k: '' } });
    expect(await service.get(1, 'a')).toMatchObject({ jsonData: '{"b":2}', secretKeys: ['k2'] });
    expect(await service.secretsOf(1, 'a')).toEqual({ k: '', k2: 'w', empty: '' });
    expect(await service.get(2, 'a')).toBeUndefined();
  });

  test('whoever listens hears of every save, and whether it switched the plugin', async () => {
    const { service } = setUp(await open(pluginSettingMigrations));
    const heard: boolean[] = [];
    service.onSaved(({ stateChanged }) => void heard.push(stateChanged));
    await service.save(1, 'a', save);
    await service.save(1, 'a', save);
    await service.save(1, 'a', { ...save, enabled: false });
    expect(heard).toEqual([true, false, true]);
  });

  test('lists and instances are fresh at once after a save', async () => {
    const { service, tick } = setUp(await open(pluginSettingMigrations));
    expect((await service.list(1)).size).toBe(0);
    expect(await service.instanceOf(1, 'a')).toMatchObject({ jsonData: {}, updated: 0 });
    await service.save(1, 'a', { ...save, jsonData: '{"x":1}', secureJsonData: { s: 't' } });
    tick(1);
    expect([...(await service.list(1)).keys()]).toEqual(['a']);
    expect(await service.instanceOf(1, 'a')).toMatchObject({ jsonData: { x: 1 }, decryptedSecureJsonData: { s: 't' } });
  });
});

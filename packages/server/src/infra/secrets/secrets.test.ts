import { createCipheriv, pbkdf2Sync, randomBytes } from 'node:crypto';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { openTestDatabase } from '../db/test-database.ts';
import { DecryptError, decryptWith, encryptWith } from './envelope.ts';
import { secretsMigrations } from './secrets.ts';
import { createSecrets } from './secrets-service.ts';

const day = 86_400_000;

async function secretsAt(now: number, secretKey = 'SW2YcwTIb9zpOOhoPsMm') {
  const db = await openTestDatabase(secretsMigrations);
  const clock = { now: () => now, sleep: async () => {} };
  const open = (key = secretKey, metrics?: Registry) => createSecrets({ db, clock, secretKey: key, ...(metrics && { metrics }) });
  const labels = async () => (await db.tables<{ data_keys: { label: string } }>().selectFrom('data_keys').select('label').execute()).map((k) => k.label);
  return { open, labels, secrets: open(), advance: (ms: number) => { now += ms; } };
}

test('what was encrypted reads back, also by another instance', async () => {
  const { secrets, open } = await secretsAt(1_700_000_000_000);
  const stored = await secrets.encryptText('žluťoučký kůň');
  expect(stored).not.toContain('=');
  expect(await open().decryptText(stored)).toBe('žluťoučký kůň');
});

test('the stored form names data key and algorithm', async () => {
  const { secrets } = await secretsAt(1_700_000_000_000);
  const stored = (await secrets.encrypt('x')).toString('latin1');
  expect(stored).toMatch(/^#[A-Za-z0-9+/]+#\*YWVzLWNmYg\*[0-9A-Za-z]{8}/);
});

test('one data key serves a day', async () => {
  const { secrets, labels, advance } = await secretsAt(Date.parse('2026-03-01T12:00:00'));
  await secrets.encrypt('a');
  await secrets.encrypt('b');
  advance(day);
  const later = await secrets.encrypt('c');
  expect(await labels()).toEqual(['2026-03-01/root@secretKey.v1', '2026-03-02/root@secretKey.v1']);
  expect((await secrets.decrypt(later)).toString()).toBe('c');
});

test('after rotation new secrets get a new key and old ones stay readable', async () => {
  const { secrets, labels } = await secretsAt(1_700_000_000_000);
  const before = await secrets.encrypt('old');
  await secrets.rotateDataKeys();
  await secrets.encrypt('new');
  await secrets.reencryptDataKeys();
  expect(await labels()).toHaveLength(2);
  expect((await secrets.decrypt(before)).toString()).toBe('old');
});

test('another secret key reads nothing', async () => {
  const { secrets, open } = await secretsAt(1_700_000_000_000);
  const stored = await secrets.encrypt('hush');
  const other = await open('another').decrypt(stored).catch((error: unknown) => error);
  expect(String(other)).not.toContain('hush');
});

test('older forms are read: aes-gcm, and aes-cfb without a header', async () => {
  const { secrets } = await secretsAt(1_700_000_000_000, 'k');
  const headed = await encryptWith('k', Buffer.from('plain'));
  expect((await secrets.decrypt(headed)).toString()).toBe('plain');
  expect((await secrets.decrypt(headed.subarray('*YWVzLWNmYg*'.length))).toString()).toBe('plain');
  const salt = Buffer.from('abcdefgh');
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', pbkdf2Sync('k', salt, 10_000, 32, 'sha256'), nonce);
  const sealed = Buffer.concat([Buffer.from('*YWVzLWdjbQ*'), salt, nonce, cipher.update('sealed'), cipher.final(), cipher.getAuthTag()]);
  expect((await secrets.decrypt(sealed)).toString()).toBe('sealed');
});

test.each(['', 'short', '*bm8tc3VjaA*12345678aaaaaaaaaaaaaaaa', '#bWlzc2luZw#abc'])('damaged bytes are refused: %j', async (bytes) => {
  const { secrets } = await secretsAt(1_700_000_000_000);
  await expect(secrets.decrypt(Buffer.from(bytes))).rejects.toThrow(DecryptError);
  if (!bytes.startsWith('#')) await expect(decryptWith('k', Buffer.from(bytes))).rejects.toThrow(DecryptError);
});

test('encrypting and decrypting are counted, also what fails', async () => {
  const registry = new Registry();
  const { open } = await secretsAt(1_700_000_000_000);
  const secrets = open('k', registry);
  const stored = await secrets.encryptText('x');
  await secrets.decryptText(stored);
  await expect(secrets.decryptText('no secret')).rejects.toThrow();
  const text = await registry.metrics();
  expect(text).toContain('grafana_encryption_ops_total{success="true",operation="encrypt"} 1\n');
  expect(text).toContain('grafana_encryption_ops_total{success="true",operation="decrypt"} 1\n');
  expect(text).toContain('grafana_encryption_ops_total{success="false",operation="decrypt"} 1\n');
});

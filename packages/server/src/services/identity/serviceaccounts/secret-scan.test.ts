import { createServer, type Server } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../../infra/clock.ts';
import { onEveryDatabase } from '../../../infra/db/on-every-database.ts';
import { type LogFields, type Logger, silentLogger } from '../../../infra/log/log.ts';
import { loadIni } from '../../../setting/ini.ts';
import { tenancyMigrations } from '../../tenancy/tenancy-migrations.ts';
import { identityRoom } from '../identity-fixtures.ts';
import { identityMigrations } from '../identity-migrations.ts';
import { createSecretScan, readSecretScan } from './secret-scan.ts';
import { hashOfKey } from './token-key.ts';

let scanner: Server | undefined;
afterEach(() => void scanner?.close());

/** Knows some hashes, and remembers what it was asked and told. */
async function startScanner(leaked: () => readonly string[]) {
  const asked: string[][] = [];
  const told: Record<string, unknown>[] = [];
  scanner = createServer(async (req, res) => {
    let text = '';
    for await (const part of req) text += part;
    const body = JSON.parse(text);
    if (req.url !== '/tokens') {
      told.push(body);
      return res.end();
    }
    asked.push(body.hashes);
    const found = leaked().filter((hash) => body.hashes.includes(hash)).map((hash) => ({ type: 'repo', url: 'https://code.example/leak', hash, reported_at: '2026-01-01T00:00:00Z' }));
    res.end(JSON.stringify([...found, { hash: 'of nobody', url: 'x' }, 'nonsense']));
  });
  await new Promise<void>((done) => scanner!.listen(0, '127.0.0.1', done));
  return { asked, told, base: `http://127.0.0.1:${(scanner.address() as { port: number }).port}` };
}

onEveryDatabase('secret scan', (open, database) => {
  test('what still holds is listed with its hash, until it is revoked', async () => {
    const { accounts, person } = identityRoom(await open([...identityMigrations, ...tenancyMigrations]));
    await person('admin', { isAdmin: true });
    const account = await accounts.create(1, { name: 'robot', role: 'Viewer', isDisabled: false });
    const { id, key } = await accounts.addToken(1, account.id, 'only', 0);
    expect(await accounts.activeTokens()).toMatchObject([{ id, name: 'only', orgId: 1, hash: await hashOfKey(key) }]);
    await accounts.revokeToken(id);
    expect(await accounts.activeTokens()).toEqual([]);
  }, 120_000);

  // What follows is not a matter of the database.
  if (database !== 'sqlite') return;

  test('tokens that were found in public are revoked, told about, and never shown', async () => {
    const { accounts, person, clock } = identityRoom(await open([...identityMigrations, ...tenancyMigrations]));
    await person('admin', { isAdmin: true });
    const account = await accounts.create(1, { name: 'robot', role: 'Viewer', isDisabled: false });
    const [leak, good, old] = await Promise.all([accounts.addToken(1, account.id, 'leak', 0), accounts.addToken(1, account.id, 'good', 0), accounts.addToken(1, account.id, 'old', 60)]);
    clock.ms += 61_000;
    const hash = await hashOfKey(leak.key);
    const { asked, told, base } = await startScanner(() => [hash]);
    const lines: LogFields[] = [];
    const log: Logger = { ...silentLogger, warn: (_message, fields) => void lines.push(fields ?? {}) };
    const scan = (revoke: boolean) => createSecretScan({ settings: { intervalMs: 1, baseUrl: base, oncallUrl: `${base}/oncall`, revoke }, accounts, clock, log }).scan(new AbortController().signal);

    await scan(false);
    expect((await accounts.findToken(leak.key))?.isRevoked).toBe(false);
    await scan(true);
    expect((await accounts.findToken(leak.key))?.isRevoked).toBe(true);
    expect((await accounts.findToken(good.key))?.isRevoked).toBe(false);
    await scan(true);
    // Neither what has expired nor what was revoked before.
    expect(asked.map((hashes) => hashes.length)).toEqual([2, 2, 1]);
    expect(asked.flat()).not.toContain(await hashOfKey(old.key));
    expect(told).toHaveLength(2);
    expect(lines).toMatchObject([{ name: 'leak', where: 'https://code.example/leak' }, { revoked: true }]);
    for (const text of [JSON.stringify(lines), JSON.stringify(told)]) expect(text).not.toMatch(new RegExp(`${hash}|glsa_`));
  });
});

test('hashes go a hundred at a time', async () => {
  const tokens = Array.from({ length: 101 }, (_, id) => ({ id, name: `t${id}`, orgId: 1, serviceAccountId: 1, created: 0, lastUsedAt: undefined, expires: undefined, isRevoked: false, hash: `hash-${id}` }));
  const { asked, base } = await startScanner(() => []);
  const accounts = { activeTokens: async () => tokens, revokeToken: async () => {} };
  await createSecretScan({ settings: { intervalMs: 1, baseUrl: base, oncallUrl: '', revoke: true }, accounts, clock: systemClock, log: silentLogger }).scan(new AbortController().signal);
  expect(asked.map((hashes) => hashes.length)).toEqual([100, 1]);
});

test('it is off by default, and does not send hashes in the clear', () => {
  const read = (text: string, development = false) => readSecretScan(loadIni({ defaults: { text: `[secretscan]\n${text}`, file: 'defaults.ini' }, env: {} }).section('secretscan'), development);
  expect(read('')).toBeUndefined();
  expect(read('enabled = true\nbase_url = https://scan.example/v1/')).toEqual({ baseUrl: 'https://scan.example/v1', oncallUrl: '', intervalMs: 300_000, revoke: true });
  expect(() => read('enabled = true\nbase_url = http://scan.example')).toThrow('must be an https address');
  expect(read('enabled = true\nbase_url = http://scan.example', true)?.baseUrl).toBe('http://scan.example');
});

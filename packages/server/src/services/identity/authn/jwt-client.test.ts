import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { AuthRequest } from '../../../middleware/auth.ts';
import { readExternalAuthSettings } from '../../../setting/external-auth-settings.ts';
import { loadIni } from '../../../setting/ini.ts';
import { nobody } from '../../../web/identity.ts';
import { movableClock } from '../identity-fixtures.ts';
import type { ExternalUser } from './external-sync.ts';
import { createJwtClient } from './jwt-client.ts';

let folder: string;
let server: Server | undefined;
let pair: Awaited<ReturnType<typeof generateKeyPair>>;
let pem: string;
let jwks: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'belvedere-jwt-'));
  pair = await generateKeyPair('RS256', { extractable: true });
  pem = await exportSPKI(pair.publicKey);
  jwks = JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1' }] });
  writeFileSync(join(folder, 'key.pem'), pem);
  writeFileSync(join(folder, 'jwks.json'), jwks);
  writeFileSync(join(folder, 'bearer'), 'a-bearer-token\n');
});
afterEach(() => {
  server?.close();
  server = undefined;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function room(ini: string) {
  const { jwt: settings } = readExternalAuthSettings(loadIni({ defaults: { text: `app_mode = development\n[auth.jwt]\nenabled = true\nheader_name = X-JWT\nusername_claim = sub\n${ini}\n[auth.proxy]\n[auth.ldap]`, file: 'defaults.ini' }, env: {} }));
  const clock = movableClock();
  const synced: ExternalUser[] = [];
  const client = createJwtClient({
    settings, clock,
    loader: { load: async (id) => ({ ...nobody, id }) },
    sync: { sync: async (user) => (synced.push(user), { id: 7 }) as never },
    mapping: { defaultOrgId: 1, defaultRole: 'Viewer', orgId: async () => undefined, allOrgIds: async () => [], teamId: async () => undefined },
  });
  const request = (token: string) => ({ url: '/api/user', headers: { 'x-jwt': token }, search: new URLSearchParams() }) as unknown as AuthRequest;
  const ask = async (token: string) => {
    if (!client.recognises(request(token))) return 'not ours';
    return Promise.resolve(client.authenticate(request(token), 0)).then(() => 'in', (error: { messageId: string }) => error.messageId);
  };
  const now = clock.now() / 1000;
  const sign = (claims: Record<string, unknown> = {}, kid: string | undefined = 'k1') =>
    new SignJWT({ sub: 'ada', iss: 'https://issuer', exp: now + 60, ...claims }).setProtectedHeader({ alg: 'RS256', ...(kid === '' ? {} : { kid }) }).sign(pair.privateKey);
  return { clock, client, ask, sign, synced, now };
}
const fromFile = () => `jwk_set_file = ${join(folder, 'jwks.json')}`;

test('only what was signed with the key, with a signature that the key can make', async () => {
  const { ask, sign, now } = room(fromFile());
  expect(await ask(await sign())).toBe('in');
  const [head = '', body = '', signature = ''] = (await sign()).split('.');
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = part({ sub: 'admin', exp: now + 60 });
  const hmac = (header: string) => `${header}.${claims}.${createHmac('sha256', pem).update(`${header}.${claims}`).digest('base64url')}`;
  for (const [token, outcome] of [
    [`${head}.${claims}.${signature}`, 'jwt.invalid'], [`${head}.${body}.${signature.slice(0, -2)}AA`, 'jwt.invalid'], [hmac(part({ alg: 'HS256', kid: 'k1' })), 'jwt.invalid'],
    [`${part({ alg: 'none' })}.${claims}.`, 'not ours'], [`${part({ alg: 'None' })}.${claims}.x`, 'not ours'], [`${part({ alg: 'RS256', kid: 'k2' })}.${claims}.${signature}`, 'jwt.invalid'],
    ['a.b.c', 'not ours'], ['', 'not ours'], [await sign({ sub: '' }), 'not ours'], [await sign({ sub: 5 }), 'not ours'], [await sign({}, 'k2'), 'jwt.invalid'], [await sign({}, ''), 'jwt.invalid'],
  ] as const) expect([token.slice(0, 40), await ask(token)]).toEqual([token.slice(0, 40), outcome]);
});

test('times have a minute of leeway, and one that is no time is no leave to stay for ever', async () => {
  const { ask, sign, now } = room(fromFile());
  for (const [claims, outcome] of [
    [{ exp: now - 50 }, 'in'], [{ exp: now - 70 }, 'jwt.invalid'], [{ nbf: now + 50 }, 'in'], [{ nbf: now + 70 }, 'jwt.invalid'], [{ iat: now + 70 }, 'jwt.invalid'], [{ exp: undefined }, 'in'],
    [{ exp: 'never' }, 'jwt.invalid'], [{ exp: String(now + 60) }, 'jwt.invalid'], [{ exp: {} }, 'jwt.invalid'], [{ nbf: true }, 'jwt.invalid'], [{ exp: null }, 'in'],
  ] as const) expect([claims, await ask(await sign(claims))]).toEqual([claims, outcome]);
});

test('claims are compared as they are expected: any audience, anything else whole', async () => {
  const { ask, sign } = room(`${fromFile()}\nexpect_claims = {"iss": "https://issuer", "aud": ["a", "b"], "env": {"name": "prod", "zones": [1, 2]}}`);
  const good = { aud: 'b', env: { zones: [1, 2], name: 'prod' } };
  expect(await ask(await sign(good))).toBe('in');
  expect(await ask(await sign({ ...good, aud: ['x', 'a'] }))).toBe('in');
  for (const wrong of [{ aud: 'c' }, { aud: undefined }, { iss: 'https://other' }, { env: { name: 'prod', zones: [2, 1] } }, { env: { ...good.env, more: 1 } }, { env: undefined }]) {
    expect([wrong, await ask(await sign({ ...good, ...wrong }))]).toEqual([wrong, 'jwt.invalid']);
  }
});

test('a key file serves with and without a name', async () => {
  const plain = room(`key_file = ${join(folder, 'key.pem')}`);
  expect([await plain.ask(await plain.sign({}, '')), await plain.ask(await plain.sign({}, 'any'))]).toEqual(['in', 'in']);
  const named = room(`key_file = ${join(folder, 'key.pem')}\nkey_id = mine`);
  expect([await named.ask(await named.sign({}, 'mine')), await named.ask(await named.sign({}, 'other')), await named.ask(await named.sign({}, ''))]).toEqual(['in', 'jwt.invalid', 'jwt.invalid']);
});

test('a key set is fetched once for all who wait, and again when its time has come', async () => {
  const seen: (string | undefined)[] = [];
  let status = 200;
  server = createServer((req, res) => {
    seen.push(req.headers.authorization);
    res.writeHead(status).end(jwks);
  });
  await new Promise<void>((done) => server!.listen(0, '127.0.0.1', done));
  const { ask, sign, clock } = room(`jwk_set_url = http://127.0.0.1:${(server.address() as { port: number }).port}\njwk_set_bearer_token_file = ${join(folder, 'bearer')}\ncache_ttl = 10m`);
  const token = await sign({ exp: clock.now() / 1000 + 3600 });
  expect(await Promise.all(Array.from({ length: 5 }, () => ask(token)))).toEqual(['in', 'in', 'in', 'in', 'in']);
  expect(seen).toEqual(['Bearer a-bearer-token']);
  clock.ms += 601_000;
  status = 500;
  expect(await ask(token)).toBe('jwt.invalid');
  status = 200;
  expect(await ask(token)).toBe('in');
  expect(seen).toHaveLength(3);
});

test('an address that anybody on the way can change is no source of keys', () => {
  const read = (text: string) => readExternalAuthSettings(loadIni({ defaults: { text: `[auth.jwt]\nenabled = true\n${text}`, file: 'defaults.ini' }, env: {} })).jwt.jwkSetUrl;
  expect(() => read('jwk_set_url = http://issuer.example/keys')).toThrow('must be an https address');
  expect(read('jwk_set_url = https://issuer.example/keys')).toBe('https://issuer.example/keys');
  expect(() => read(`jwk_set_url = https://issuer.example/keys\n${fromFile()}`)).toThrow('exactly one');
});

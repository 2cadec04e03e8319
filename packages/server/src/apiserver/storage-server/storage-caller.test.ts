import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GrpcCall } from '../../infra/grpc/grpc-service.ts';
import { createCallerIdentity, demandNamespace } from './storage-caller.ts';

let server: Server;
let url = '';
let key: CryptoKey;
let foreign: CryptoKey;

beforeAll(async () => {
  const pair = await generateKeyPair('ES256');
  key = pair.privateKey;
  foreign = (await generateKeyPair('ES256')).privateKey;
  const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k', alg: 'ES256' }] };
  server = createServer((_, res) => res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(jwks)));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
});
afterAll(() => new Promise((done) => server.close(done)));

const token = (claims: Record<string, unknown>, by = key) => new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k' }).setExpirationTime('1h').sign(by);
function callOf(headers: Readonly<Record<string, string>>): GrpcCall {
  return { header: (name) => headers[name] ?? '', headers: (name) => (headers[name] ? [headers[name]] : []), hasHeaders: true, signal: new AbortController().signal };
}
const plain = { 'grafana-login': 'ann', 'grafana-user-id': 'user:1', 'grafana-user-uid': 'u1' };

test('a signed token is good for its namespace, and an id token names the person', async () => {
  const identify = createCallerIdentity({ signingKeysUrl: url, audiences: ['resource'] });
  const access = await token({ sub: 'access-policy:a', aud: 'resource', namespace: 'default' });
  expect(await identify(callOf({ 'x-access-token': access }))).toEqual({ namespace: 'default', author: 'access-policy:a' });
  expect(await identify(callOf({ 'x-access-token': access, 'x-id-token': await token({ sub: 'user:u1' }) }))).toEqual({ namespace: 'default', author: 'user:u1' });
  expect(() => demandNamespace({ namespace: 'default', author: '' }, 'org-2')).toThrow('namespace mismatch');
  expect(demandNamespace({ namespace: '*', author: '' }, 'org-2')).toBeUndefined();
});

test.each([
  ['another audience', () => token({ sub: 'a', aud: 'other', namespace: 'default' })], ['another key', () => token({ sub: 'a', aud: 'resource', namespace: 'default' }, foreign)],
  ['no namespace', () => token({ sub: 'a', aud: 'resource' })], ['nonsense', async () => 'a.b.c'],
])('a token with %s is none: plain headers are looked at, and without them nobody asks', async (_, make) => {
  const identify = createCallerIdentity({ signingKeysUrl: url, audiences: ['resource'] });
  const header = { 'x-access-token': await make() };
  await expect(identify(callOf(header))).rejects.toMatchObject({ code: 401, message: 'no user found in context' });
  expect(await identify(callOf({ ...header, ...plain }))).toEqual({ namespace: '*', author: 'user:u1' });
});

test('plain headers of all ages; none that could be taken for something else', async () => {
  const identify = createCallerIdentity({ signingKeysUrl: '', audiences: [] });
  expect(await identify(callOf({ 'grafana-login': 'ann', 'grafana-userid': '7' }))).toEqual({ namespace: '*', author: 'user:7' });
  expect(await identify(callOf({ 'grafana-user-id': 'service-account:3', 'grafana-user-uid': 'sa' }))).toEqual({ namespace: '*', author: 'service-account:sa' });
  for (const headers of [{}, { 'grafana-org-id': '1' }, { 'grafana-login': 'a b' }, { 'grafana-user-id': 'user:<x>' }] as Record<string, string>[]) await expect(identify(callOf(headers))).rejects.toMatchObject({ code: 401 });
});

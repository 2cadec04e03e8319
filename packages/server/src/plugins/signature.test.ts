import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { embeddedKeyPacket } from './public-keys.ts';
import { readPluginJson } from './plugin-json.ts';
import type { PluginFiles } from './plugin.ts';
import { checkSignature } from './signature.ts';

const json = readPluginJson(JSON.stringify({ id: 'acme-panel', type: 'panel', name: 'Acme', info: { version: '1.0.0' } }));
const module = 'define([]);\n';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const folder = (files: Record<string, string>): PluginFiles => ({
  list: () => Object.keys(files),
  read: async (path) => (files[path] === undefined ? undefined : { bytes: Buffer.from(files[path]), modified: 0 }),
});

let privateKey: import('openpgp').PrivateKey;
let keys: { find(id: string): Promise<string | undefined> };

beforeAll(async () => {
  const openpgp = await import('openpgp');
  const made = await openpgp.generateKey({ type: 'ecc', curve: 'nistP256', userIDs: [{ name: 'Acme' }], format: 'object' });
  privateKey = made.privateKey;
  keys = { find: async (id) => (id === '0123456789abcdef' ? made.publicKey.armor() : undefined) };
});

async function signed(change: Record<string, unknown> = {}): Promise<string> {
  const openpgp = await import('openpgp');
  const manifest = {
    manifestVersion: '2.0.0', signatureType: 'private', signedByOrg: 'acme', signedByOrgName: 'Acme Inc', plugin: 'acme-panel', version: '1.0.0', time: 1, keyId: '0123456789abcdef',
    files: { 'module.js': sha256(module) }, rootUrls: ['http://grafana.example.com/sub/'], ...change,
  };
  return openpgp.sign({ message: await openpgp.createCleartextMessage({ text: JSON.stringify(manifest, null, 2) }), signingKeys: privateKey });
}

const check = (files: Record<string, string>) => checkSignature(json, folder(files), { keys, rootUrl: 'http://grafana.example.com/sub' });

describe('a plugin is', () => {
  test('unsigned without a manifest, invalid with a garbled one', async () => {
    expect((await check({ 'module.js': module })).status).toBe('unsigned');
    expect((await check({ 'module.js': module, 'MANIFEST.txt': 'no signature at all' })).status).toBe('invalid');
  });

  test('valid when every file is as it was signed', async () => {
    expect(await check({ 'module.js': module, 'MANIFEST.txt': await signed() })).toEqual({ status: 'valid', type: 'private', org: 'Acme Inc' });
  });

  test('modified when a file changed, came or went, or the version differs', async () => {
    const MANIFEST = await signed();
    expect((await check({ 'module.js': `${module} `, 'MANIFEST.txt': MANIFEST })).status).toBe('modified');
    expect((await check({ 'module.js': module, 'more.js': '', 'MANIFEST.txt': MANIFEST })).status).toBe('modified');
    expect((await check({ 'MANIFEST.txt': MANIFEST })).status).toBe('modified');
    expect((await check({ 'module.js': module, 'MANIFEST.txt': await signed({ version: '1.0.1' }) })).status).toBe('modified');
  });

  test('invalid for another root URL, another key, an older manifest, a text changed after signing', async () => {
    const status = async (manifest: string) => (await check({ 'module.js': module, 'MANIFEST.txt': manifest })).status;
    expect(await status(await signed({ rootUrls: ['http://elsewhere.example.com/'] }))).toBe('invalid');
    expect(await status(await signed({ keyId: 'fedcba9876543210' }))).toBe('invalid');
    expect(await status(await signed({ manifestVersion: '1.0.0' }))).toBe('invalid');
    expect(await status((await signed()).replace('Acme Inc', 'Evil Inc'))).toBe('invalid');
  });

  test('valid below a pattern of root URLs, if it is signed so', async () => {
    const manifest = await signed({ signatureType: 'private-glob', rootUrls: ['http://*.example.com/sub'] });
    expect((await check({ 'module.js': module, 'MANIFEST.txt': manifest })).status).toBe('valid');
  });
});

test('a bare key packet is enough to verify with', async () => {
  const openpgp = await import('openpgp');
  const list = new openpgp.PacketList<InstanceType<typeof openpgp.PublicKeyPacket>>();
  list.push(privateKey.toPublic().keyPacket as InstanceType<typeof openpgp.PublicKeyPacket>);
  const bare = { find: async () => list.write() };
  expect((await checkSignature(json, folder({ 'module.js': module, 'MANIFEST.txt': await signed({ rootUrls: [] }) }), { keys: bare, rootUrl: 'http://x/' })).status).toBe('valid');
});

test('the embedded key has the published fingerprint', () => {
  expect(createHash('sha1').update(embeddedKeyPacket()).digest('hex')).toBe('f33b25b691074e84636570f37e4d0c6a708866e7');
});

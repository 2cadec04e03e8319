import { expect, test } from 'vitest';
import type { AuthRequest } from '../../../middleware/auth.ts';
import { readExternalAuthSettings } from '../../../setting/external-auth-settings.ts';
import { loadIni } from '../../../setting/ini.ts';
import { nobody } from '../../../web/identity.ts';
import { movableClock } from '../identity-fixtures.ts';
import { authFailures } from './auth-failure.ts';
import type { ExternalUser } from './external-sync.ts';
import { createProxyClient } from './proxy-client.ts';

const read = (ini: string) => readExternalAuthSettings(loadIni({ defaults: { text: `[auth.proxy]\nenabled = true\n${ini}`, file: 'defaults.ini' }, env: {} })).proxy;

function room(ini: string) {
  const clock = movableClock();
  const synced: ExternalUser[] = [];
  const gone = new Set<number>();
  let next = 1;
  const client = createProxyClient({
    settings: read(ini), clock,
    loader: {
      async load(id) {
        if (gone.has(id)) throw authFailures.userGone();
        return { ...nobody, id };
      },
    },
    sync: { sync: async (user) => (synced.push(user), { id: next++ }) as never },
    mapping: { defaultOrgId: 1, orgId: async () => undefined, teamId: async () => undefined },
  });
  const ask = async (headers: Record<string, string>, peer = '127.0.0.1', ip = peer) => {
    const request = { headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])), peer, ip } as unknown as AuthRequest;
    if (!client.recognises(request)) return 'not ours';
    return Promise.resolve(client.authenticate(request, 0)).then(({ id }) => id, (error: { messageId: string }) => error.messageId);
  };
  return { clock, ask, synced, gone };
}

test('who may vouch is told by the socket: addresses and networks of both families', async () => {
  const { ask } = room('whitelist = 192.0.2.1, 198.51.100.0/24, 2001:db8::/32\nsync_ttl = 0');
  const who = { 'X-WEBAUTH-USER': 'ada' };
  for (const peer of ['192.0.2.1', '::ffff:192.0.2.1', '198.51.100.77', '2001:db8::7']) expect([peer, typeof (await ask(who, peer))]).toEqual([peer, 'number']);
  for (const peer of ['192.0.2.2', '198.51.101.1', '2001:db9::1', '::1', '127.0.0.1']) expect([peer, await ask(who, peer, '192.0.2.1')]).toEqual([peer, 'auth-proxy.invalid-ip']);
  expect(() => read('whitelist = proxy.example')).toThrow('not an address or network');
});

test('what was synced is remembered for a while, by name and every header; whoever was deleted comes back as somebody new', async () => {
  const { ask, clock, synced, gone } = room('sync_ttl = 15\nheaders = Name:X-Name Role:X-Role');
  const ada = { 'X-WEBAUTH-USER': 'ada', 'X-Name': 'Ada' };
  expect([await ask(ada), await ask(ada), await ask({ ...ada, 'X-Other': '1' })]).toEqual([1, 1, 1]);
  expect([await ask({ ...ada, 'X-Name': 'Ada L' }), await ask({ ...ada, 'X-Role': 'Editor' }), await ask({ 'X-WEBAUTH-USER': 'Ada', 'X-Name': 'Ada' })]).toEqual([2, 3, 4]);
  clock.ms += 15 * 60_000 + 1;
  expect(await ask(ada)).toBe(5);
  gone.add(5);
  expect(await ask(ada)).toBe(6);
  expect(synced).toHaveLength(6);
});

test('a name is a login, and an address where it looks like one; with the property "email" it is both', async () => {
  const byName = room('sync_ttl = 0\nheaders = Email:X-Email, Login:X-Login');
  await byName.ask({ 'X-WEBAUTH-USER': 'ada' });
  await byName.ask({ 'X-WEBAUTH-USER': 'ada@example.org' });
  await byName.ask({ 'X-WEBAUTH-USER': 'ada', 'X-Email': 'a@example.org', 'X-Login': 'lovelace' });
  expect(byName.synced.map(({ login, email, authId }) => [login, email, authId])).toEqual([['ada', '', 'ada'], ['ada@example.org', 'ada@example.org', 'ada@example.org'], ['lovelace', 'a@example.org', 'ada']]);
  const byEmail = room('sync_ttl = 0\nheader_property = email');
  await byEmail.ask({ 'X-WEBAUTH-USER': 'ada@example.org' });
  expect(byEmail.synced).toMatchObject([{ login: 'ada@example.org', email: 'ada@example.org' }]);
  expect(() => read('header_property = uid')).toThrow('header_property');
});

test('a role is one of four, spelled exactly; anything else leaves the role alone', async () => {
  const { ask, synced } = room('sync_ttl = 0\nheaders = Role:X-Role');
  for (const role of ['Editor', 'None', 'editor', 'GrafanaAdmin', '']) await ask({ 'X-WEBAUTH-USER': 'ada', 'X-Role': role });
  expect(synced.map(({ orgRoles }) => orgRoles?.get(1))).toEqual(['Editor', 'None', undefined, undefined, undefined]);
  expect(synced.every(({ isGrafanaAdmin }) => isGrafanaAdmin === undefined)).toBe(true);
});

test('encoded headers are read as UTF-8; an empty name is nobody', async () => {
  const { ask, synced } = room('sync_ttl = 0\nheaders_encoded = true\nheaders = Name:X-Name');
  await ask({ 'X-WEBAUTH-USER': 'j=C3=BCrgen', 'X-Name': '=?UTF-8?q?J=C3=BCrgen_=C3=9C=3D?=' });
  await ask({ 'X-WEBAUTH-USER': 'broken=ZZ=', 'X-Name': '=C3' });
  expect(synced.map(({ login, name }) => [login, name])).toEqual([['jürgen', 'Jürgen Ü='], ['broken=ZZ=', '\ufffd']]);
  expect([await ask({ 'X-WEBAUTH-USER': '' }), await ask({})]).toEqual(['not ours', 'not ours']);
});

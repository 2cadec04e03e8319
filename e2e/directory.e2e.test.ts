/** Directories as they are set up in practice: groups within groups, POSIX groups, StartTLS, one server down. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { basic, type Belvedere, removeFolder, startBelvedere } from './support/belvedere.ts';
import { describeWith } from './support/services.ts';
import { slapdBinary, startSlapd, type Slapd } from './support/slapd.ts';

const lea = basic('lea', 'leas-password');

describeWith('slapd', slapdBinary, 'a directory with nested and POSIX groups, behind StartTLS', () => {
  let slapd: Slapd;
  beforeAll(async () => {
    slapd = await startSlapd();
  }, 60_000);
  afterAll(() => slapd?.stop());

  async function withServer(config: string, work: (server: Belvedere) => Promise<void>, env: Record<string, string> = {}): Promise<void> {
    const server = await startBelvedere({ env: { GF_AUTH_LDAP_ENABLED: 'true', GF_AUTH_LDAP_CONFIG_FILE: config, ...env } });
    try {
      await work(server);
    } finally {
      await server.stop();
      removeFolder(server.dir);
    }
  }
  const rolesOfLea = async (server: Belvedere) => (await server.call('GET', '/api/user/orgs', undefined, { auth: lea })).body;

  test('a group within a group counts; a team is mapped; the connection is upgraded and checked', async () => {
    const config = slapd.write('nested.toml', { group: 'cn=staff,dc=example,dc=org', role: 'Admin', startTls: true });
    await withServer(config, async (server) => {
      await server.call('POST', '/api/teams', { name: 'Crew' });
      expect(await rolesOfLea(server)).toMatchObject([{ role: 'Admin' }]);
      expect((await server.call('GET', '/api/user/teams', undefined, { auth: lea })).body).toMatchObject([{ name: 'Crew' }]);
      expect((await server.call('GET', '/api/admin/ldap/status')).body).toMatchObject([{ available: true }]);
    }, { GF_AUTH_LDAP_TEAM_MAPPING: '"CN=Staff,dc=example,dc=org:Crew"' });
  }, 120_000);

  test('POSIX groups are searched for by login; a server that is down is passed over', async () => {
    const config = slapd.write('posix.toml', { group: 'cn=unix,dc=example,dc=org', role: 'Editor', posix: true, deadFirst: true });
    await withServer(config, async (server) => {
      expect(await rolesOfLea(server)).toMatchObject([{ role: 'Editor' }]);
      expect((await server.call('GET', '/api/user', undefined, { auth: basic('lea', 'wrong') })).status).toBe(401);
      const { body: status } = await server.call('GET', '/api/admin/ldap/status');
      expect(status).toMatchObject([{ available: false, error: expect.stringMatching(/./) }, { available: true, error: '' }]);
      const { body: known } = await server.call('GET', '/api/users/lookup?loginOrEmail=lea');
      expect((await server.call('POST', `/api/admin/ldap/sync/${known.id}`)).body.message).toBe('User synced successfully');
    });
  }, 120_000);

  test('a certificate that nobody vouches for is refused', async () => {
    const config = slapd.write('untrusted.toml', { group: '*', role: 'Viewer', startTls: true, trusted: false });
    await withServer(config, async (server) => {
      expect((await server.call('GET', '/api/user', undefined, { auth: lea })).status).toBe(401);
      expect((await server.call('GET', '/api/admin/ldap/status')).body).toMatchObject([{ available: false }]);
    });
  }, 120_000);
});

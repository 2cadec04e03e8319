import type { Client, Entry } from 'ldapts';
import type { Logger } from '../../../../infra/log/log.ts';
import type { LdapDirectory, LdapServer, LdapUser } from './ldap.ts';

/** What the directory said no to, told apart from a directory that cannot be reached. */
const isInvalidCredentials = (error: unknown) => error instanceof Error && (error.name === 'InvalidCredentialsError' || (error as { code?: number }).code === 49);

export function createLdapDirectory(servers: readonly LdapServer[], log: Logger): LdapDirectory {
  async function connect(server: LdapServer): Promise<Client> {
    const { Client: LdapClient } = await import('ldapts');
    const tlsOptions = {
      rejectUnauthorized: !server.skipVerify, ...(server.minTlsVersion ? { minVersion: server.minTlsVersion } : {}), ...(server.rootCa.length > 0 ? { ca: [...server.rootCa] } : {}),
      ...(server.clientCert ? { cert: server.clientCert, key: server.clientKey } : {}), ...(server.tlsCiphers.length > 0 ? { ciphers: openSslNames(server.tlsCiphers) } : {}),
    };
    let failure: unknown;
    for (const host of server.hosts) {
      const direct = server.useSsl && !server.startTls;
      const client = new LdapClient({
        url: `${direct ? 'ldaps' : 'ldap'}://${host.includes(':') ? `[${host}]` : host}:${server.port}`, timeout: server.timeoutMs, connectTimeout: server.timeoutMs,
        ...(direct ? { tlsOptions } : {}),
      });
      try {
        if (server.startTls) await client.startTLS(tlsOptions);
        else await client.search('', { scope: 'base', filter: '(objectClass=*)', attributes: ['1.1'], sizeLimit: 1 }).catch(unlessUnreachable);
        return client;
      } catch (error) {
        failure = error;
        await client.unbind().catch(() => {});
      }
    }
    throw new Error('the LDAP server cannot be reached', { cause: failure });
  }

  /** Binds as who may search; true when that was the user themself. */
  async function bindForSearch(client: Client, server: LdapServer, login: string, password: string | undefined): Promise<boolean> {
    if (server.bindDn.includes('%s') && password !== undefined) {
      await client.bind(server.bindDn.replaceAll('%s', escapeDn(login)), password);
      return true;
    }
    if (server.bindPassword !== '' || server.bindDn !== '') await client.bind(server.bindDn, server.bindPassword);
    return false;
  }

  async function search(client: Client, server: LdapServer, login: string): Promise<LdapUser | undefined> {
    const { attributes } = server;
    const wanted = [attributes.username, attributes.name, attributes.surname, attributes.email, attributes.memberOf, server.groupSearchFilterUserAttribute]
      .filter((name) => name !== '' && name.toLowerCase() !== 'dn');
    for (const base of server.searchBaseDns) {
      const { searchEntries } = await client.search(base, { scope: 'sub', filter: server.searchFilter.replaceAll('%s', escapeFilter(login)), attributes: wanted });
      if (searchEntries.length > 1) log.warn('The LDAP filter matches several entries', { base, login });
      const entry = searchEntries[0];
      if (!entry) continue;
      return {
        dn: entry.dn, login: attribute(entry, attributes.username), name: attribute(entry, attributes.name), surname: attribute(entry, attributes.surname),
        email: attribute(entry, attributes.email), groups: await groupsOf(client, server, entry), server,
      };
    }
    return undefined;
  }

  async function groupsOf(client: Client, server: LdapServer, entry: Entry): Promise<readonly string[]> {
    if (server.groupSearchFilter === '') return values(entry, server.attributes.memberOf);
    const idAttribute = server.attributes.memberOf.toLowerCase() === 'memberof' ? 'dn' : server.attributes.memberOf;
    const subject = server.groupSearchFilterUserAttribute === '' ? server.attributes.username : server.groupSearchFilterUserAttribute;
    const filter = server.groupSearchFilter.replaceAll('%s', escapeFilter(attribute(entry, subject)));
    const groups: string[] = [];
    for (const base of server.groupSearchBaseDns) {
      const { searchEntries } = await client.search(base, { scope: 'sub', filter, attributes: idAttribute === 'dn' ? ['1.1'] : [idAttribute] });
      groups.push(...searchEntries.map((group) => attribute(group, idAttribute)).filter((id) => id !== ''));
    }
    return groups;
  }

  const mapped = ({ server, groups }: LdapUser) => server.groupMappings.length === 0 || server.groupMappings.some((mapping) => groupFits(mapping.groupDn, groups));

  async function onServers<T>(work: (client: Client, server: LdapServer) => Promise<T | undefined>): Promise<T | undefined> {
    for (const [i, server] of servers.entries()) {
      let client: Client;
      try {
        client = await connect(server);
      } catch (error) {
        // One that is down is passed over, unless it is the last.
        if (i === servers.length - 1) throw error;
        log.warn('LDAP server skipped', { host: server.hosts.join(' '), error });
        continue;
      }
      try {
        const found = await work(client, server);
        if (found !== undefined) return found;
      } catch (error) {
        if (!isInvalidCredentials(error)) throw error;
      } finally {
        await client.unbind().catch(() => {});
      }
    }
    return undefined;
  }

  return {
    verify: (login, password) => (password === '' ? Promise.resolve(undefined) : onServers(async (client, server) => {
      const bound = await bindForSearch(client, server, login, password);
      const user = await search(client, server, login);
      if (!user || !mapped(user)) return undefined;
      if (!bound) await client.bind(user.dn, password);
      return user;
    })),
    find: (login) => onServers(async (client, server) => {
      await bindForSearch(client, server, login, undefined);
      return search(client, server, login);
    }),
    async status() {
      return Promise.all(servers.map(async (server) => {
        const about = { host: server.hosts.join(' '), port: server.port };
        try {
          const client = await connect(server);
          await client.unbind().catch(() => {});
          return { ...about, available: true, error: '' };
        } catch (error) {
          const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
          return { ...about, available: false, error: cause instanceof Error ? cause.message : String(cause) };
        }
      }));
    },
  };
}

/** Whether a mapping's group is one of them: `*` is everybody's, names compare without case. */
export const groupFits = (groupDn: string, groups: readonly string[]) =>
  groupDn === '*' || groups.some((group) => group.toLowerCase() === groupDn.toLowerCase());

function values(entry: Entry, name: string): readonly string[] {
  if (name.toLowerCase() === 'dn') return [entry.dn];
  const key = Object.keys(entry).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  const value = key === undefined ? [] : entry[key];
  return (Array.isArray(value) ? value : [value]).map((item) => (Buffer.isBuffer(item) ? item.toString('utf8') : String(item ?? '')));
}

const attribute = (entry: Entry, name: string): string => (name === '' ? '' : (values(entry, name)[0] ?? ''));

/** RFC 4515 */
export const escapeFilter = (text: string) => text.replace(/[\\*()\0]/g, (c) => `\\${c.charCodeAt(0).toString(16).padStart(2, '0')}`);

/** RFC 4514 */
export const escapeDn = (text: string) => text.replace(/[\\,+"<>;=\0]|^[ #]| $/g, (c) => `\\${c.charCodeAt(0).toString(16).padStart(2, '0')}`);

/** An anonymous question may well be refused: what matters is that somebody answered. */
function unlessUnreachable(error: unknown): void {
  if (error instanceof Error && typeof (error as { code?: unknown }).code === 'number') return;
  throw error;
}

/** Cipher names as Go and the RFCs write them, for OpenSSL; TLS 1.3's need no naming. */
const openSslNames = (ciphers: readonly string[]) =>
  ciphers.map((name) => name.replace(/^TLS_/, '').replace('_WITH_', '_').replace(/AES_(\d+)/, 'AES$1').replaceAll('_', '-')).join(':');

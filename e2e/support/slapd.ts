/** A directory server of the test's own: Debian's slapd with a few people and groups. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, removeFolder, temporaryFolder } from './belvedere.ts';
import { eventually } from './eventually.ts';

export const slapdBinary = ['/usr/sbin/slapd', '/usr/lib/openldap/slapd'].find((path) => existsSync(path));

export interface Slapd {
  readonly port: number;
  /** Its configuration for Belvedere. */
  readonly configFile: string;
  /** Another configuration, in a file of its own; answers the file. */
  write(file: string, options: { group: string; role: string; startTls?: boolean; trusted?: boolean; posix?: boolean; deadFirst?: boolean }): string;
  remove(dn: string): void;
  stop(): Promise<void>;
}

const root = 'dc=example,dc=org';
const admin = `cn=admin,${root}`;
const password = 'directory-secret';

const people = `dn: ${root}
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: ou=people,${root}
objectClass: organizationalUnit
ou: people

dn: cn=lea,ou=people,${root}
objectClass: inetOrgPerson
cn: lea
sn: Lamarr
givenName: Lea
mail: lea@example.org
userPassword: leas-password

dn: cn=outsider,ou=people,${root}
objectClass: inetOrgPerson
cn: outsider
sn: Out
mail: outsider@example.org
userPassword: outs-password

dn: cn=editors,${root}
objectClass: groupOfNames
cn: editors
member: cn=lea,ou=people,${root}

dn: cn=staff,${root}
objectClass: groupOfNames
cn: staff
member: cn=editors,${root}

dn: cn=unix,${root}
objectClass: posixGroup
cn: unix
gidNumber: 1000
memberUid: lea
`;

export async function startSlapd(): Promise<Slapd> {
  const dir = temporaryFolder('slapd');
  const port = await freePort();
  mkdirSync(join(dir, 'db'));
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1',
    '-keyout', join(dir, 'key.pem'), '-out', join(dir, 'cert.pem')], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`openssl: ${made.stderr}`);
  writeFileSync(join(dir, 'slapd.conf'), [
    ...['core', 'cosine', 'inetorgperson', 'nis', 'dyngroup'].map((schema) => `include /etc/ldap/schema/${schema}.schema`), 'moduleload back_mdb', 'moduleload dynlist',
    `TLSCertificateFile ${join(dir, 'cert.pem')}`, `TLSCertificateKeyFile ${join(dir, 'key.pem')}`, 'database mdb',
    `suffix "${root}"`, `rootdn "${admin}"`, `rootpw ${password}`, `directory ${join(dir, 'db')}`, // Groups within groups count: `memberOf` names the outer ones too.
    'overlay dynlist', 'dynlist-attrset groupOfURLs memberURL member+memberOf@groupOfNames*', '',
  ].join('\n'));
  const url = `ldap://127.0.0.1:${port}`;
  const child = spawn(slapdBinary!, ['-f', join(dir, 'slapd.conf'), '-h', url, '-d', '0'], { stdio: 'ignore' });
  const ldap = (tool: string, args: readonly string[], input = '') => spawnSync(tool, ['-x', '-H', url, '-D', admin, '-w', password, ...args], { input, encoding: 'utf8' });
  await eventually('the directory answers', async () => ldap('ldapsearch', ['-b', '', '-s', 'base']).status === 0, { withinMs: 20_000, everyMs: 50 });
  const added = ldap('ldapadd', [], people);
  if (added.status !== 0) throw new Error(`ldapadd: ${added.stderr}`);
  const serverToml = (at: number, { startTls = false, trusted = true, posix = false }: Parameters<Slapd['write']>[1]) => `[[servers]]
host = "127.0.0.1"
port = ${at}
bind_dn = "${admin}"
bind_password = "${password}"
search_filter = "(cn=%s)"
search_base_dns = ["${root}"]
${startTls ? `use_ssl = true\nstart_tls = true\n${trusted ? `root_ca_cert = "${join(dir, 'cert.pem')}"\n` : ''}` : ''}${posix ? `group_search_filter = "(&(objectClass=posixGroup)(memberUid=%s))"\ngroup_search_base_dns = ["${root}"]\n` : ''}`;
  const attributesToml = ({ group, role }: Parameters<Slapd['write']>[1]) => `[servers.attributes]
name = "givenName"
surname = "sn"
username = "cn"
member_of = "memberOf"
email = "mail"
[[servers.group_mappings]]
group_dn = "${group}"
org_role = "${role}"
`;
  const write: Slapd['write'] = (name, options) => {
    const ports = options.deadFirst ? [9, port] : [port];
    writeFileSync(join(dir, name), ports.map((at) => serverToml(at, options) + attributesToml(options)).join('\n'));
    return join(dir, name);
  };
  const configFile = write('ldap.toml', { group: `cn=editors,${root}`, role: 'Editor' });
  return {
    port, configFile, write,
    remove(dn) {
      const removed = ldap('ldapdelete', [`${dn},${root}`]);
      if (removed.status !== 0) throw new Error(`ldapdelete: ${removed.stderr}`);
    },
    async stop() {
      const ended = new Promise((done) => child.once('exit', done));
      child.kill();
      await ended;
      removeFolder(dir);
    },
  };
}

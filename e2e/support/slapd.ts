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
`;

export async function startSlapd(): Promise<Slapd> {
  const dir = temporaryFolder('slapd');
  const port = await freePort();
  mkdirSync(join(dir, 'db'));
  writeFileSync(join(dir, 'slapd.conf'), [
    ...['core', 'cosine', 'inetorgperson'].map((schema) => `include /etc/ldap/schema/${schema}.schema`), 'moduleload back_mdb', 'moduleload memberof', 'database mdb',
    `suffix "${root}"`, `rootdn "${admin}"`, `rootpw ${password}`, `directory ${join(dir, 'db')}`, 'overlay memberof', '',
  ].join('\n'));
  const url = `ldap://127.0.0.1:${port}`;
  const child = spawn(slapdBinary!, ['-f', join(dir, 'slapd.conf'), '-h', url, '-d', '0'], { stdio: 'ignore' });
  const ldap = (tool: string, args: readonly string[], input = '') => spawnSync(tool, ['-x', '-H', url, '-D', admin, '-w', password, ...args], { input, encoding: 'utf8' });
  await eventually('the directory answers', async () => ldap('ldapsearch', ['-b', '', '-s', 'base']).status === 0, { withinMs: 20_000, everyMs: 50 });
  const added = ldap('ldapadd', [], people);
  if (added.status !== 0) throw new Error(`ldapadd: ${added.stderr}`);
  const configFile = join(dir, 'ldap.toml');
  writeFileSync(configFile, `[[servers]]
host = "127.0.0.1"
port = ${port}
bind_dn = "${admin}"
bind_password = "${password}"
search_filter = "(cn=%s)"
search_base_dns = ["${root}"]
[servers.attributes]
name = "givenName"
surname = "sn"
username = "cn"
member_of = "memberOf"
email = "mail"
[[servers.group_mappings]]
group_dn = "cn=editors,${root}"
org_role = "Editor"
`);
  return {
    port, configFile,
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

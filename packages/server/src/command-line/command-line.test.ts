import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../infra/clock.ts';
import { readDataKey } from '../infra/secrets/envelope.ts';
import { createSecrets } from '../infra/secrets/secrets-service.ts';
import { migrate } from '../infra/db/migrator.ts';
import { openDatabase } from '../infra/db/open-database.ts';
import { migrations } from '../server/migrations.ts';
import { createIdentityEpoch } from '../services/identity/identity-epoch.ts';
import { createUserService } from '../services/identity/users/user-service.ts';
import { loadSettings } from '../setting/settings.ts';
import { overridesOf, parseArguments } from './arguments.ts';
import { commandLine } from './command-line.ts';
import { homePath } from './home-path.ts';
import { wantsSample } from './sample.ts';

const home = resolve(import.meta.dirname, '../..');
let dir: string;
let printed: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'command-line-'));
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(dir, { recursive: true, force: true });
});

test('flags with one dash or two, with a value beside or after; overrides from both places, in order', () => {
  const parsed = parseArguments(['--config', 'a.ini', '-homepath=/x', '--configOverrides', 'cfg:a.b=1 cfg:c.d=2', '--tracing', 'cfg:a.b=3'], { valued: ['config', 'homepath', 'configOverrides'], switches: ['tracing'] });
  expect([...parsed.flags]).toEqual([['config', 'a.ini'], ['homepath', '/x'], ['configOverrides', 'cfg:a.b=1 cfg:c.d=2'], ['tracing', 'true']]);
  expect(overridesOf(parsed)).toEqual(['cfg:a.b=1', 'cfg:c.d=2', 'cfg:a.b=3']);
  expect(() => parseArguments(['--nonsense'], { valued: [], switches: [] })).toThrow('not defined: -nonsense');
  expect(() => parseArguments(['--config'], { valued: ['config'], switches: [] })).toThrow('needs an argument: -config');
});

test('home is the named folder, else the working one or its parent with defaults, else the installation', () => {
  expect([homePath('/named'), homePath(undefined, home), homePath(undefined, join(home, 'src')), homePath(undefined, dir)]).toEqual(['/named', home, home, home]);
});

test.each([
  [['server', '--homepath', '/nowhere'], 1, /^Error: ✗ .*Could not find config defaults/],
  [['server', 'cfg:server.http_port=x'], 1, /\[server\] http_port: not a whole number: x/],
  [['server', 'cfg:a=b=c'], 1, /override is cfg:section\.key=value/],
  [['server', '--nonsense'], 1, /^Error: ✗ flag provided but not defined: -nonsense\n$/],
  [['server', '--version'], 0, /^Version 12\.4\.0 /],
  [['dance'], 1, /'dance' is not a belvedere command/],
  [[], 0, /^Usage:/],
])('%j ends with %i and says %s', async (args, code, output) => {
  expect(await commandLine(args)).toBe(code);
  expect(printed).toMatch(output);
});

describe('the sample', () => {
  const settings = (env: Record<string, string> = {}, config?: string) => loadSettings({ homePath: home, env: { GF_PATHS_DATA: join(dir, 'data'), ...env }, ...(config ? { config } : {}) });

  test('comes with an empty data folder, and again at the second start', () => {
    expect(wantsSample(settings(), {})).toBe(true);
    writeFileSync(join(dir, 'data', 'grafana.db'), '');
    expect(wantsSample(settings(), {})).toBe(true);
  });

  test('does not come to those with a database, provisioning files or a configuration of their own', () => {
    expect(wantsSample(settings({ GF_DATABASE_TYPE: 'postgres' }), {})).toBe(false);
    expect(wantsSample(settings({ GF_PATHS_PROVISIONING: dir }), { GF_PATHS_PROVISIONING: dir })).toBe(false);
    const config = join(dir, 'my.ini');
    writeFileSync(config, '[log]\nlevel = warn\n');
    expect(wantsSample(settings({}, config), {})).toBe(false);
    writeFileSync(join(dir, 'grafana.db'), '');
    expect(wantsSample(settings({ GF_PATHS_DATA: dir }), {})).toBe(false);
  });
});

describe('cli export and import', () => {
  const cli = async (...words: string[]) => {
    printed = '';
    const code = await commandLine(['cli', '--homepath', home, `cfg:paths.data=${join(dir, 'data')}`, ...words]);
    return `${code} ${printed}`;
  };

  test('say what they did, what they want, and what is wrong', async () => {
    expect(await cli('export', join(dir, 'out'))).toMatch(/^1 Error: ✗ there is no database .*grafana\.db\n$/);
    expect(await cli('import')).toMatch('1 Error: ✗ import from a directory, or with --from-grafana');
    expect(await cli('import', '--from-grafana', join(dir, 'no.db'))).toMatch(/^1 Error: ✗ there is no file .*no\.db\n$/);
    expect(await cli('import', join(dir, 'nothing'))).toMatch('is not exported content');
    mkdirSync(join(dir, 'in', 'default', 'content'), { recursive: true });
    writeFileSync(join(dir, 'in', 'content.yaml'), 'format: 1\n');
    writeFileSync(join(dir, 'in', 'default', 'content', 'x.yaml'), 'apiVersion: dashboard.grafana.app/v1beta1\nkind: Dashboard\nmetadata:\n  name: x\nspec:\n  title: X\n');
    expect(await cli('import', join(dir, 'in'), '--dry-run')).toMatch(/^0 .*would be written[\s\S]*dashboards +1 +1 +0 +0\n[\s\S]*dry run\.\n$/);
    expect(existsSync(join(dir, 'data'))).toBe(false);
    expect(await cli('import', join(dir, 'in'))).toMatch(/^0 [\s\S]*dashboards +1 +1 +0 +0 +[0-9a-f]{16}\n[\s\S]*read back and compared\.\n$/);
    expect(await cli('import', join(dir, 'in'))).toMatch('1 Error: ✗ these are here already: dashboards x. Nothing was written');
    expect(await cli('import', join(dir, 'in'), '--existing', 'maybe')).toMatch('--existing: refuse, skip or replace, not maybe');
    expect(await cli('export', join(dir, 'out'))).toMatch(/^0 +1 {2}dashboards\n2 files were written to /);
    expect(readFileSync(join(dir, 'out', 'default', 'content', 'x.yaml'), 'utf8')).toContain('spec:\n  title: X\n');
    expect(await cli('export', join(dir, 'out'))).toMatch('is not empty');
    expect(await cli('--help')).toMatch(/^0 Usage:[\s\S]*--from-grafana/);
  });
});

describe('cli admin reset-admin-password', () => {
  const options = () => ['cli', '--homepath', home, 'admin', 'reset-admin-password', `cfg:paths.data=${dir}`];
  const withUsers = async <T>(work: (users: ReturnType<typeof createUserService>) => Promise<T>): Promise<T> => {
    const settings = loadSettings({ homePath: home, env: { GF_PATHS_DATA: dir } });
    const db = await openDatabase(settings.database, { dataPath: dir });
    await migrate(db, migrations, { locking: false, lockTimeoutSeconds: 0 });
    try {
      return await work(createUserService({ db, clock: systemClock, epoch: createIdentityEpoch({ db, clock: systemClock }), settings: settings.identity }));
    } finally {
      await db.close();
    }
  };

  test('sets the password, and refuses a poor one', async () => {
    await withUsers((users) => users.create({ login: 'admin', email: 'admin@localhost', password: 'before', isAdmin: true }));
    expect(await commandLine([...options(), 'after-all'])).toBe(0);
    expect(printed).toContain('Admin password changed successfully ✔');
    expect(await withUsers(async (users) => [await users.verifyPassword((await users.byId(1))!, 'after-all'), await users.verifyPassword((await users.byId(1))!, 'before')])).toEqual([true, false]);
    expect(await commandLine([...options(), 'abc'])).toBe(1);
    expect(printed).toContain("Error: ✗ the new password doesn't meet the password policy criteria");
  });

  test('of an unknown user lists the administrators, of one who is none says nothing', async () => {
    await withUsers(async (users) => {
      await users.create({ login: 'admin', email: 'admin@localhost', password: 'before', isAdmin: true });
      await users.create({ login: 'vic', email: 'vic@localhost', password: 'before' });
    });
    expect(await commandLine([...options(), '--user-id', '77', 'whatever'])).toBe(0);
    expect(printed).toMatch(/Admin user cannot be found ✘[\s\S]*Username: admin ID: 1\n$/);
    printed = '';
    expect(await commandLine([...options(), '--user-id', '2', 'whatever'])).toBe(0);
    expect(printed).toBe('');
  });
});

describe('cli admin', () => {
  const cli = async (...words: string[]) => {
    printed = '';
    return `${await commandLine(['cli', '--homepath', home, 'admin', ...words, `cfg:paths.data=${dir}`])} ${printed}`;
  };

  test('encrypts what is stored anew, and names what it cannot read', async () => {
    const settings = loadSettings({ homePath: home, env: { GF_PATHS_DATA: dir } });
    const db = await openDatabase(settings.database, { dataPath: dir });
    await migrate(db, migrations, { locking: false, lockTimeoutSeconds: 0 });
    const secrets = createSecrets({ db, clock: systemClock, secretKey: settings.security.secretKey });
    const stored = await secrets.encryptText('pem');
    await db.insertReturningId('signing_key', { key_id: 'one', private_key: stored, added_at: 0, expires_at: 0, alg: 'ES256' });
    const key = async () => String((await db.tables<{ signing_key: { private_key: string; key_id: string } }>().selectFrom('signing_key').select('private_key').where('key_id', '=', 'one').executeTakeFirstOrThrow()).private_key);
    try {
      expect(await cli('secrets-consolidation', 'consolidate')).toMatch(/^0 Secrets consolidated/);
      expect(readDataKey(Buffer.from(await key(), 'base64'))?.keyId).not.toBe(readDataKey(Buffer.from(stored, 'base64'))?.keyId);
      expect(await cli('secrets-migration', 'rollback')).toMatch(/^0 Secrets rolled back/);
      expect(readDataKey(Buffer.from(await key(), 'base64'))).toBeUndefined();
      expect(await secrets.decryptText(await key())).toBe('pem');
      await db.insertReturningId('signing_key', { key_id: 'two', private_key: 'AAAA', added_at: 0, expires_at: 0, alg: 'ES256' });
      expect(await cli('secrets-migration', 're-encrypt')).toMatch(/^1 Error: ✗ these secrets cannot be read with this secret key, and stay as they are: signing_key\.private_key 2\n/);
      expect(await cli('secrets-migration', 're-encrypt-data-keys')).toMatch(/^0 Data encryption keys re-encrypted/);
      expect(await cli('data-migration', 'encrypt-datasource-passwords')).toBe('0 Nothing to be done ✔\n');
      expect(await cli('nonsense')).toMatch('1 Error: ✗ unknown command: cli admin nonsense');
    } finally {
      await db.close();
    }
  });
});

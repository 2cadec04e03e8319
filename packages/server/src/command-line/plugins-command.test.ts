import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { zip } from '../plugins/install/zip-fixtures.ts';
import { commandLine } from './command-line.ts';
import { pluginsCommand } from './plugins-command.ts';

const home = resolve(import.meta.dirname, '../..');
const archive = (id: string, version: string, needs: readonly string[] = []) =>
  zip({ [`${id}/plugin.json`]: JSON.stringify({ id, type: 'panel', info: { version }, dependencies: { plugins: needs.map((needed) => ({ id: needed })) } }) });
const shelf: Record<string, Record<string, Buffer>> = {
  'acme-app': { '2.0.0': archive('acme-app', '2.0.0', ['acme-panel']), '1.0.0': archive('acme-app', '1.0.0') }, 'acme-panel': { '0.3.0': archive('acme-panel', '0.3.0') },
};

let dir: string;
let repo: string;
let printed: string;
let close: () => void;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'cli-plugins-'));
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  const server = createServer((req, res) => {
    const [, id = '', version] = /^\/api\/plugins\/([\w-]+)\/versions(?:\/([\d.]+)\/download)?$/.exec(req.url!) ?? [];
    if (req.url === '/api/plugins') return void res.end(JSON.stringify({ items: Object.entries(shelf).map(([slug, versions]) => ({ slug, version: Object.keys(versions)[0] })) }));
    const versions = shelf[id];
    if (!versions) return void res.writeHead(404).end(JSON.stringify({ message: 'Plugin not found' }));
    if (version) return void res.end(versions[version]);
    const packages = (bytes: Buffer) => ({ any: { sha256: createHash('sha256').update(bytes).digest('hex') } });
    res.end(JSON.stringify({ items: [...Object.entries(versions).map(([v, bytes]) => ({ version: v, packages: packages(bytes) })), { version: '0.0.1', packages: { 'plan9-mips': { sha256: '' } } }] }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  repo = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/plugins`;
  close = () => {
    server.closeAllConnections();
    server.close();
  };
});
afterEach(() => {
  vi.restoreAllMocks();
  close();
  rmSync(dir, { recursive: true, force: true });
});

/** What it prints, or why it failed. */
async function cli(...words: string[]): Promise<string> {
  printed = '';
  try {
    await pluginsCommand(words, { pluginsPath: dir, apiUrl: repo.replace(/\/plugins$/, ''), token: '', pluginUrl: '', print: (text) => void (printed += text) });
  } catch (error) {
    printed += `✗ ${(error as Error).message}`;
  }
  return printed;
}
const versionOf = (id: string) => (JSON.parse(readFileSync(join(dir, id, 'plugin.json'), 'utf8')) as { info: { version: string } }).info.version;

test('installs the newest with what it needs, lists, updates and removes', async () => {
  expect(await cli('ls')).toBe('no installed plugins found\n');
  expect(await cli('install', 'acme-app', '1.0.0')).toMatch(new RegExp(`^Downloaded and extracted acme-app v1\\.0\\.0 zip successfully to ${dir}/acme-app\n\nPlease restart`));
  expect(await cli('install', 'acme-app', '1.0.0')).toContain('already installed');
  expect(await cli('ls')).toMatch(/^installed plugins:\nacme-app @ 1\.0\.0\n/);
  expect(await cli('update', 'acme-app')).toMatch(/acme-app v2\.0\.0 zip[\s\S]*acme-panel v0\.3\.0 zip/);
  expect([versionOf('acme-app'), versionOf('acme-panel')]).toEqual(['2.0.0', '0.3.0']);
  expect(await cli('update-all')).toBe('✔ acme-app is up to date\n✔ acme-panel is up to date\n');
  expect(await cli('remove', 'acme-app')).toMatch(/^Removing plugin: acme-app\n/);
  expect(existsSync(join(dir, 'acme-app'))).toBe(false);
  expect(await cli('uninstall', 'acme-app')).toBe('✗ plugin does not exist');
});

test('takes an archive that is at hand, with its executables', async () => {
  const file = join(dir, 'own.zip');
  writeFileSync(file, zip({ 'own-datasource/plugin.json': '{"id":"own-datasource","info":{"version":"7.0.0"}}', 'own-datasource/gpx_own_linux_amd64': 'x' }));
  const cliOf = (...words: string[]) => commandLine(['cli', '--homepath', home, '--repo', repo, '--pluginsDir', dir, ...words]);
  expect(await cliOf('--pluginUrl', file, 'plugins', 'install', 'own-datasource')).toBe(0);
  expect(printed).toContain('own-datasource v7.0.0 zip successfully');
  expect(statSync(join(dir, 'own-datasource', 'gpx_own_linux_amd64')).mode & 0o111).toBe(0o111);
  printed = '';
  expect([await cliOf('plugins', 'install', 'nothing'), printed]).toEqual([1, 'Error: ✗ Plugin not found\n']);
});

test('tells what the catalogue has', async () => {
  expect(await cli('list-remote')).toBe('id: acme-app version: 2.0.0\nid: acme-panel version: 0.3.0\n');
  expect(await cli('list-versions', 'acme-panel')).toBe('0.3.0\n0.0.1 (not supported on this system)\n');
});

test('says what is wrong', async () => {
  expect(await cli('install')).toBe('✗ please specify plugin to install');
  expect(await cli('install', 'a', 'b', 'c')).toBe('✗ install only supports 2 arguments: plugin and version');
  expect(await cli('install', 'nothing')).toBe('✗ Plugin not found');
  expect(await cli('install', '../x')).toMatch('not the id of a plugin');
  expect(await cli('dance')).toMatch('unknown command: cli plugins dance');
  mkdirSync(join(dir, 'broken'));
  writeFileSync(join(dir, 'broken', 'plugin.json'), '{');
  expect(await cli('ls')).toBe('no installed plugins found\n');
});

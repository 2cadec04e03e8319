import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { silentLogger } from '../../infra/log/log.ts';
import { extract } from './installer.ts';
import { zip } from './zip-fixtures.ts';
import { readZip, ZipError } from './zip.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
function folder() {
  const made = mkdtempSync(join(tmpdir(), 'install-'));
  folders.push(made);
  return join(made, 'plugin');
}

test('an archive is unpacked below its own folder, with executables marked', async () => {
  const to = folder();
  await extract(zip({ 'acme/plugin.json': '{}', 'acme/img/a.svg': '<svg/>', 'acme/gpx_acme_linux_amd64': 'x', 'acme/in': ['img/a.svg', 0o120777], 'acme/out': ['/etc/passwd', 0o120777] }), to, silentLogger);
  expect(readFileSync(join(to, 'img/a.svg'), 'utf8')).toBe('<svg/>');
  expect(statSync(join(to, 'gpx_acme_linux_amd64')).mode & 0o777).toBe(0o755);
  expect(readFileSync(join(to, 'in'), 'utf8')).toBe('<svg/>');
  expect(existsSync(join(to, 'out'))).toBe(false);
});

test.each([
  ['a member above its folder', zip({ 'acme/plugin.json': '{}', 'acme/../../x': '' })], ['an absolute member', zip({ '/etc/x': '' })], ['no plugin.json', zip({ 'acme/README.md': '' })],
  ['no archive', Buffer.from('none')], ['a damaged member', Buffer.from(zip({ 'acme/plugin.json': 'aaaaaaaaaaaaaaaaaaaa' }).map((byte, i) => (i === 48 ? byte ^ 1 : byte)))],
])('%s is refused', async (_, archive) => {
  await expect(extract(archive, folder(), silentLogger)).rejects.toThrow();
});

test('an archive that claims more than it holds is refused', () => {
  const archive = zip({ a: 'b' });
  archive.writeUInt32LE(0xfffffff0, archive.length - 6);
  expect(() => readZip(archive)).toThrow(ZipError);
});

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { silentLogger } from '../../infra/log/log.ts';
import { extract } from './installer.ts';
import { readZip, ZipError } from './zip.ts';

/** A zip archive; members are deflated. */
function zip(members: Record<string, string | [content: string, mode: number]>): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, value] of Object.entries(members)) {
    const [content, mode] = typeof value === 'string' ? [value, 0o100644] : value;
    const [bytes, path] = [Buffer.from(content), Buffer.from(name)];
    const packed = deflateRawSync(bytes);
    const local = Buffer.alloc(30);
    const central = Buffer.alloc(46);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(path.length, 26);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(8, 10);
    central.writeUInt32LE(crc32(bytes), 16);
    central.writeUInt32LE(packed.length, 20);
    central.writeUInt32LE(bytes.length, 24);
    central.writeUInt16LE(path.length, 28);
    central.writeUInt32LE(mode * 65_536, 38);
    central.writeUInt32LE(at, 42);
    locals.push(local, path, packed);
    directory.push(central, path);
    at += 30 + path.length + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(members).length, 10);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, ...directory, end]);
}

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

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fileBytesMax } from './git-sync.ts';
import { createLocalFiles, localRoot } from './local-files.ts';
import type { EditOptions } from './repository-files.ts';
import { objectionToPath } from './safe-path.ts';

const signal = new AbortController().signal;
const options: EditOptions = { ref: '', message: '', author: { name: 'Ann', email: 'ann@example.org' }, signal };
let home: string;
let dir: string;
const open = (path = dir) => createLocalFiles(path, { permittedPaths: [join(home, 'permitted')], homePath: home });

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'local-files-'));
  dir = join(home, 'permitted', 'boards');
  mkdirSync(join(dir, 'sub'), { recursive: true });
  writeFileSync(join(home, 'outside.json'), 'outside');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test('a directory lies below a permitted prefix, and a prefix is a whole name', () => {
  const places = { permittedPaths: ['permitted'], homePath: '/home/x' };
  expect(localRoot('permitted/a', places)).toEqual({ root: '/home/x/permitted/a' });
  expect(localRoot('/home/x/permitted', places)).toEqual({ root: '/home/x/permitted' });
  for (const path of ['/etc', 'permitted/../other', '/home/x/permitted-not', '../x/permitted/../..', 'permitted/a\0b']) expect(localRoot(path, places), path).toHaveProperty('objection');
});

test('files are listed in order, with hashes; hidden ones are nobody\'s', async () => {
  writeFileSync(join(dir, 'b.json'), 'nothing');
  writeFileSync(join(dir, 'sub', 'a.json'), 'a');
  mkdirSync(join(dir, '.git'));
  writeFileSync(join(dir, '.git', 'config'), 'secret');
  expect(await open().list('', signal)).toMatchObject([{ path: 'b.json', size: 7, hash: '0feca720e2c29dafb2c900713ba560e03b758711' }, { path: 'sub/a.json', size: 1 }]);
});

test.each(['../outside.json', 'sub/../../outside.json', '/etc/passwd', 'a//b', 'a\\..\\b', 'a\0b', 'a%2fb', 'x/'.repeat(20), 'x'.repeat(1_100), '.', 'a/./b', '\ud800'])('%j is no path', async (path) => {
  expect(objectionToPath(path)).toBeDefined();
  await expect(open().read(path, '', signal)).rejects.toMatchObject({ code: 400 });
  await expect(open().edit([{ path, data: Buffer.from('x') }], options)).rejects.toMatchObject({ code: 400 });
});

test('links that lead out are as good as no file, whichever part of the path they are', async () => {
  symlinkSync(join(home, 'outside.json'), join(dir, 'link.json'));
  symlinkSync(home, join(dir, 'up'));
  symlinkSync(join(home, 'nowhere.json'), join(dir, 'dangling.json'));
  writeFileSync(join(dir, 'sub', 'in.json'), 'in');
  symlinkSync(join(dir, 'sub', 'in.json'), join(dir, 'inner.json'));
  for (const path of ['link.json', 'up/outside.json', 'dangling.json']) {
    await expect(open().read(path, '', signal), path).rejects.toMatchObject({ code: 404 });
    await expect(open().edit([{ path, data: Buffer.from('changed') }], options), path).rejects.toMatchObject({ code: 404 });
    await expect(open().edit([{ path, data: null }], options), path).rejects.toMatchObject({ code: 404 });
  }
  expect([readFileSync(join(home, 'outside.json'), 'utf8'), existsSync(join(home, 'nowhere.json'))]).toEqual(['outside', false]);
  expect((await open().read('inner.json', '', signal)).data.toString()).toBe('in');
  expect((await open().list('', signal)).map(({ path }) => path)).toEqual(['inner.json', 'sub/in.json']);
});

test('a root that is a link out of the permitted prefix is refused', async () => {
  symlinkSync(home, join(home, 'permitted', 'escape'));
  const files = open(join(home, 'permitted', 'escape'));
  await expect(files.read('outside.json', '', signal)).rejects.toMatchObject({ code: 400 });
  expect(await files.test(signal)).toMatchObject({ success: false, code: 400 });
  expect(await open(join(home, 'permitted', 'missing')).test(signal)).toEqual({ code: 400, success: false, errors: [{ type: 'FieldValueNotFound', field: 'spec.local.path' }] });
});

test('edits make directories, and take away those that they empty', async () => {
  await open().edit([{ path: 'deep/er/x.json', data: Buffer.from('x') }], options);
  expect((await open().read('deep/er/x.json', '', signal)).data.toString()).toBe('x');
  await open().edit([{ path: 'deep/er/x.json', data: null }], options);
  expect([existsSync(join(dir, 'deep')), existsSync(dir)]).toEqual([false, true]);
});

test('a file that is too large is neither read nor written; a directory or a pipe is no file', async () => {
  writeFileSync(join(dir, 'huge.json'), Buffer.alloc(fileBytesMax + 1));
  await expect(open().read('huge.json', '', signal)).rejects.toMatchObject({ code: 413 });
  await expect(open().edit([{ path: 'more.json', data: Buffer.alloc(fileBytesMax + 1) }], options)).rejects.toMatchObject({ code: 413 });
  await expect(open().read('sub', '', signal)).rejects.toMatchObject({ code: 404 });
});

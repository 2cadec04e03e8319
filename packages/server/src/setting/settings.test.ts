import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadIni, parseDuration, parseIni, parseList, redact } from './ini.ts';
import { loadSettings } from './settings.ts';

const home = resolve(import.meta.dirname, '../..');
const ini = (defaults: string, rest: { custom?: string; env?: Record<string, string>; overrides?: string[] } = {}) =>
  loadIni({ defaults: { text: defaults, file: 'defaults.ini' }, env: rest.env ?? {}, overrides: rest.overrides, ...(rest.custom ? { custom: { text: rest.custom, file: 'custom.ini' } } : {}) });

describe('the dialect', () => {
  test('a value is cut at a comment mark unless it is protected', () => {
    const a = parseIni('[a]\nx = 1 # one\ny = """a#b;c"""\nz = `k;l`\nq = "quoted"\n', 'f').get('a')!;
    expect([...a.values()].map((v) => v.text)).toEqual(['1', 'a#b;c', 'k;l', 'quoted']);
  });

  test('a line without delimiter names file and line', () => {
    expect(() => parseIni('[a]\nnonsense', 'custom.ini')).toThrow('custom.ini:2');
  });

  test('child sections inherit, sections merge, a backslash continues', () => {
    const read = ini('[log]\nlevel = info\n[log.console]\nformat = a\\\n  b\n[log]\nmode = file\n');
    expect([read.section('log.console').string('level'), read.section('log.console').string('format'), read.section('log').string('mode')]).toEqual(['info', 'ab', 'file']);
  });
});

describe('precedence', () => {
  const defaults = '[server]\nport = 1\nroot = http://%(host)s:%(port)s/\nhost = h\n';

  test.each([
    [{}, '1'],
    [{ overrides: ['cfg:default.server.port=2'] }, '2'],
    [{ overrides: ['cfg:default.server.port=2'], custom: '[server]\nport = 3' }, '3'],
    [{ custom: '[server]\nport = 3', env: { GF_SERVER_PORT: '4' } }, '4'],
    [{ env: { GF_SERVER_PORT: '4' }, overrides: ['cfg:server.port=5'] }, '5'],
    [{ custom: '[server]\nport =' }, '1'],
    [{ env: { GF_SERVER_PORT: '' } }, '1'],
  ])('%j gives %s', (rest, port) => {
    expect(ini(defaults, rest).section('server').string('port')).toBe(port);
    expect(ini(defaults, rest).section('server').string('root')).toBe(`http://h:${port}/`);
  });

  test('the environment sets declared keys only, save in dynamic sections', () => {
    const read = ini('[server]\nport = 1\n[security]\n', { env: { GF_SERVER_NEW: 'x', GF_SECURITY_CSRF_TRUSTED_ORIGINS: 'a b' } });
    expect([read.section('server').has('new'), read.section('security').list('csrf_trusted_origins')]).toEqual([false, ['a', 'b']]);
  });

  test('expanders read the environment and files', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'ini-')), 'secret');
    writeFileSync(file, ' s3cret\n');
    const read = ini(`[a]\nx = $__env{USER_X}-\${USER_X}\ny = $__file{${file}}\n`, { env: { USER_X: 'u' } });
    expect([read.section('a').string('x'), read.section('a').string('y')]).toEqual(['u-u', 's3cret']);
    expect(() => ini('[a]\ny = $__file{/nowhere/at/all}\n')).toThrow(/defaults\.ini: \[a\] y: cannot read/);
  });
});

describe('a bad value is an error that names where it was said', () => {
  test.each([
    ['[a]\nx = maybe', (s: ReturnType<typeof ini>) => s.section('a').bool('x'), 'defaults.ini: [a] x: not a boolean: maybe'],
    ['[a]\nx = 1.5', (s: ReturnType<typeof ini>) => s.section('a').int('x'), 'defaults.ini: [a] x: not a whole number: 1.5'],
    ['[a]\nx = soon', (s: ReturnType<typeof ini>) => s.section('a').duration('x'), 'defaults.ini: [a] x: not a duration: soon'],
    ['[a]\nx = c', (s: ReturnType<typeof ini>) => s.section('a').oneOf('x', ['a', 'b'], 'a'), 'defaults.ini: [a] x: is one of a, b, not c'],
  ])('%s', (text, read, message) => {
    expect(() => read(ini(text))).toThrow(message);
  });

  test('whole settings', () => {
    const load = (env: Record<string, string>) => () => loadSettings({ homePath: home, env });
    expect(load({ GF_DATABASE_TYPE: 'oracle' })).toThrow('GF_DATABASE_TYPE: [database] type: unknown database type: oracle');
    expect(load({ GF_SERVER_HTTP_ADDR: 'localhost' })).toThrow('invalid IP address: localhost');
    expect(load({ GF_SECURITY_ENCRYPTION_PROVIDER: 'awskms.v1' })).toThrow('[security] encryption_provider: is one of secretKey.v1');
    expect(() => loadSettings({ homePath: '/nowhere', env: {} })).toThrow('Could not find config defaults');
    const folder = mkdtempSync(join(tmpdir(), 'home-'));
    mkdirSync(join(folder, 'conf'));
    expect(() => loadSettings({ homePath: home, config: join(folder, 'none.ini'), env: {} })).toThrow('cannot be read');
  });
});

test('the shipped defaults load and are frozen', () => {
  const settings = loadSettings({ homePath: home, env: { GF_DATABASE_URL: 'postgres://u:p%40ss@db:6543/g?sslmode=require' } });
  expect(settings.server.rootUrl).toBe('http://localhost:3000/');
  expect(settings.database).toMatchObject({ type: 'postgres', host: 'db', port: 6543, name: 'g', user: 'u', password: 'p@ss', sslMode: 'require' });
  expect(() => Object.assign(settings.server, { port: 1 })).toThrow(TypeError);
});

test('durations, lists and redaction', () => {
  expect(['1h30m', '10s', '7d', '0', '1w', '500ms', 'x', '5'].map(parseDuration)).toEqual([5_400_000, 10_000, 604_800_000, 0, 604_800_000, 500, undefined, undefined]);
  expect([parseList('a, b  "c d"'), parseList('["x","y z"]'), parseList('[broken')]).toEqual([['a', 'b', 'c d'], ['x', 'y z'], []]);
  expect([redact('admin_password', 'x'), redact('url', 'postgres://u:pw@h/d'), redact('token', 't'), redact('domain', 'd'), redact('password', '')])
    .toEqual(['*********', 'postgres://u:xxxxx@h/d', '*********', 'd', '']);
});

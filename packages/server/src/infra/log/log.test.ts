import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { loadIni } from '../../setting/ini.ts';
import { readLogSettings } from '../../setting/log-settings.ts';
import { Secret } from '../../util/secret.ts';
import { createLog } from './create-log.ts';

const folder = mkdtempSync(join(tmpdir(), 'log-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function aLog(ini: string, clock = { at: new Date('2026-05-06T07:08:09.010Z') }) {
  const printed: string[] = [];
  const settings = readLogSettings(loadIni({ defaults: { text: ini, file: 'defaults.ini' }, env: {} }));
  return { printed, log: createLog({ settings, folder, write: (text) => printed.push(text), terminal: false, now: () => clock.at }), clock };
}

test('a text line has logger, time, level, message, then the fields; a secret is not shown', () => {
  const { log, printed } = aLog('[log]\nmode = console\n');
  log.child('sqlstore').info('Opened', { type: 'sqlite', note: 'two words', password: new Secret('x'), error: new Error('outer', { cause: new Error('inner') }) });
  expect(printed).toEqual(['logger=sqlstore t=2026-05-06T07:08:09.010Z level=info msg=Opened type=sqlite note="two words" password=[redacted] error="outer: inner"\n']);
});

test('a JSON line cannot be forged by its fields', () => {
  const { log, printed } = aLog('[log]\nmode = console\n[log.console]\nformat = json\n');
  log.warn('m', { level: 'error', text: 'a\nb' });
  expect(printed.map((line) => JSON.parse(line))).toEqual([{ level: 'warn', logger: 'server', msg: 'm', t: '2026-05-06T07:08:09.010Z', text: 'a\nb' }]);
  expect(printed[0]!.split('\n')).toHaveLength(2);
});

test('levels: of the mode, else of the section, a filter for one logger; unknown is info', () => {
  const { log, printed } = aLog('[log]\nmode = console\nlevel = loud\nfilters = context:debug quiet:error\n[log.console]\nlevel =\n');
  log.debug('no');
  log.child('context').debug('yes');
  log.child('quiet').warn('no');
  log.info('yes too');
  expect(printed.map((line) => /msg=("[^"]*"|\S*)/.exec(line)![1])).toEqual(['yes', '"yes too"']);
});

test('the file is reopened after it was moved away', () => {
  const { log } = aLog('[log]\nmode = file\n');
  log.info('one');
  renameSync(join(folder, 'grafana.log'), join(folder, 'moved'));
  log.reopen();
  log.info('two');
  log.close();
  expect(readFileSync(join(folder, 'moved'), 'utf8')).toContain('msg=one');
  expect(readFileSync(join(folder, 'grafana.log'), 'utf8')).toMatch(/msg=two\n$/);
});

test('the file rotates at its line limit and when the day changes', () => {
  const { log, clock } = aLog('[log]\nmode = file\n[log.file]\nmax_lines = 2\n', { at: new Date() });
  for (const message of ['a', 'b', 'c', 'd', 'e']) log.info(message);
  expect(readdirSync(folder).filter((name) => name !== 'grafana.log')).toHaveLength(2);
  clock.at = new Date(clock.at.getTime() + 86_400_000);
  log.info('f');
  log.close();
  expect(readdirSync(folder)).toHaveLength(4);
  expect(existsSync(join(folder, 'grafana.log'))).toBe(true);
});

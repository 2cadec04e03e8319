import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { silentLogger } from '../../../infra/log/log.ts';
import { createInterpolation } from './interpolation.ts';
import { createProvisioningFiles } from './provisioning-files.ts';
import { createProvisioningService } from './provisioning-service.ts';

const secretFile = join(mkdtempSync(join(tmpdir(), 'provisioning-')), 'secret');
writeFileSync(secretFile, '  from file\n');

test.each([
  ['plain', 'plain'],
  ['$N', '5'],
  ['${N}-$N', '5-5'],
  ['$__env{N}', '5'],
  [`$__file{${secretFile}}`, 'from file'],
  ['$UNSET!', '!'],
  ['$$N', '$N'],
  ['a $$ b ${N}', 'a $ b 5'],
  ['100 $', '100 $'],
  ['price: $ 5', 'price: $ 5'],
])('%s becomes %s', (raw, text) => {
  expect(createInterpolation({ N: '5' }).text(raw)).toBe(text);
});

test('a string that changed becomes what it spells, one with $$ does not', () => {
  const { retyped } = createInterpolation({ N: '5', F: '1.5', T: 'true', S: 'x' });
  expect(retyped({ a: '$N', b: '$$N', c: ['$F', '$T', '$S', '5'], '$N': 1 })).toEqual({ a: 5, b: '$N', c: [1.5, true, 'x', '5'], '$N': 1 });
});

const aFolder = (files: Record<string, string>) => {
  const root = mkdtempSync(join(tmpdir(), 'provisioning-'));
  mkdirSync(join(root, 'datasources'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, 'datasources', name), text);
  return createProvisioningFiles({ roots: [root, join(root, 'missing')], env: {} });
};

test('files are read by name, YAML only unless JSON is wanted, a missing folder has none', async () => {
  const files = aFolder({ 'b.yml': 'x: 2', 'a.yaml': '{"x": 1}', 'c.json': '{"x": 3}', 'd.yaml.bak': 'x: 4', 'e.yaml': '' });
  expect((await files.read('datasources')).map(({ content }) => content)).toEqual([{ x: 1 }, { x: 2 }, {}]);
  expect(await files.read('datasources', { json: true })).toHaveLength(4);
  expect(await files.read('alerting')).toEqual([]);
});

test.each([
  ['a: [', /a\.yaml: .*flow/i],
  ['just text', /a\.yaml: not a mapping/],
  [`a: &a ["x","x","x","x","x","x","x","x","x"]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]`, /a\.yaml: .*alias/i],
])('a file that cannot be used is named: %j', async (text, message) => {
  await expect(aFolder({ 'a.yaml': text }).read('datasources')).rejects.toThrow(message);
});

test('provisioners run in the order of their kinds; two reloads of one do not overlap; a failing reload says little', async () => {
  const service = createProvisioningService({ log: silentLogger });
  const seen: string[] = [];
  let fail = false;
  service.register({ name: 'dashboards', provision: async () => void seen.push('dashboards') });
  service.register({
    name: 'datasources',
    async provision() {
      seen.push('from');
      await Promise.resolve();
      if (fail) throw new Error('/secret/path: broken');
      seen.push('to');
    },
  });
  await service.run();
  expect(seen).toEqual(['from', 'to', 'dashboards']);
  await Promise.all([service.reload('datasources'), service.reload('datasources')]);
  expect(seen.slice(3)).toEqual(['from', 'to', 'from', 'to']);
  fail = true;
  await expect(service.reload('datasources')).rejects.toMatchObject({ status: 500, message: expect.not.stringContaining('/secret') });
  service.register({ name: 'plugins', provision: () => Promise.reject(new Error('/secret/path: broken')) });
  await expect(service.reload('plugins')).rejects.toMatchObject({ status: 500, message: 'Failed to reload plugins config' });
});

import { expect, test } from 'vitest';
import { demandNoOperator, targetsOf } from './targets.ts';

test('all and core are the whole server, whatever else is named', () => {
  for (const names of [[], ['all'], ['core'], ['all', 'storage-server']]) expect(targetsOf(names)).toEqual({ whole: true });
  expect(targetsOf(['storage-server', 'search-server'])).toEqual({ whole: false, parts: new Set(['storage-server', 'search-server']) });
});

test.each(['zanzana-server', 'grafana-apiserver', 'nonsense', '__proto__'])('%s is refused by name', (name) => {
  expect(() => targetsOf(['storage-server', name])).toThrow(`unrecognised module name: ${name} (`);
});

test('without an operator nothing runs; a wrong one lists the right ones', () => {
  expect(demandNoOperator(undefined)).toBeUndefined();
  expect(() => demandNoOperator('nonsense')).toThrow('unknown operator: nonsense; valid are provisioning-repo, provisioning-connection, provisioning-jobs, iam-folder-reconciler');
  expect(() => demandNoOperator('provisioning-jobs')).toThrow('runs inside the server');
});

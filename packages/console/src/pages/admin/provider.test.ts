import { expect, test } from 'vitest';
import { inGroups, isSecret, labelOf } from './provider.ts';

test('keys read as words', () => {
  expect(labelOf('roleAttributePath')).toBe('Role attribute path');
  expect(labelOf('authUrl')).toBe('Auth URL');
  expect(labelOf('tlsClientCa')).toBe('TLS client CA');
});

test('secrets are known by their names', () => {
  expect(['clientSecret', 'tlsClientKey', 'tlsClientCert', 'clientId', 'client_key', 'bind_password'].map(isSecret)).toEqual([true, true, false, false, true, true]);
});

test('every setting that can be edited is in one group', () => {
  const groups = inGroups({ enabled: true, clientId: 'a', strange: 'b', usePkce: true, config: {} });
  expect(groups).toEqual([['General', ['clientId']], ['Security', ['usePkce']], ['More', ['strange']]]);
});

import { expect, test } from 'vitest';
import { refererText } from './pipeline.ts';

test('the log tells where somebody came from, but nothing that would let a reader in', () => {
  expect(refererText('http://g/d/abc/home?orgId=1&auth_token=secret#x')).toBe('http://g/d/abc/home');
  expect(['http://g/invite/c0de', 'http://g/sub/public-dashboards/t0ken', 'http://g/dashboard/snapshot/key'].map(refererText)).toEqual(['http://g', 'http://g', 'http://g']);
  expect([refererText(undefined), refererText('nonsense')]).toEqual(['', '']);
});

import { expect, test } from 'vitest';
import { passwordFault } from './password-rules.ts';

test('four characters will do unless the policy is strong', () => {
  expect(passwordFault('abc', false)).toBe('At least 4 characters');
  expect(passwordFault('abcd', false)).toBeUndefined();
});

test('a strong policy says what is missing', () => {
  expect(passwordFault('short', true)).toBe('At least 12 characters');
  expect(passwordFault('alllowercase', true)).toBe('It also needs an upper-case letter, a digit, a symbol');
  expect(passwordFault('Has-every-kind-1', true)).toBeUndefined();
});

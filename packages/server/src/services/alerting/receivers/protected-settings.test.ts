import { expect, test } from 'vitest';
import type { Identity } from '../../../web/identity.ts';
import { demandProtected, protectedChanges } from './protected-settings.ts';

const hook = (more: Record<string, unknown> = {}) => ({ type: 'webhook', settings: { url: 'http://a', password: 'p', ...more } });
const who = (...held: string[]) => ({ permissions: { has: (action: string, scope: string) => held.includes(`${action} ${scope}`) } }) as unknown as Identity;

test('addresses are protected, the rest is not', () => {
  expect(protectedChanges(hook(), hook({ password: 'other', maxAlerts: 3 }))).toEqual([]);
  expect(protectedChanges(hook(), hook({ url: 'http://b' }))).toEqual(['url']);
  expect(protectedChanges({ type: 'slack', settings: { url: 'http://a' } }, { type: 'slack', settings: {} })).toEqual(['url']);
  expect(protectedChanges(hook(), { type: 'kafka', settings: { kafkaRestProxy: 'http://b' } })).toEqual(['url', 'kafkaRestProxy']);
});

test('only who holds the right on the receiver changes them', () => {
  expect(() => demandProtected(who(), 'Hook', hook(), hook({ password: 'x' }))).not.toThrow();
  expect(() => demandProtected(who(), 'Hook', hook(), hook({ url: 'http://b' }))).toThrow(/protected fields of the receiver: url/);
  expect(() => demandProtected(who('alert.notifications.receivers.protected:write receivers:uid:SG9vaw'), 'Hook', hook(), hook({ url: 'http://b' }))).not.toThrow();
});

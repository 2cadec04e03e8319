import { expect, test } from 'vitest';
import { nobody, type Identity } from '../../web/identity.ts';
import { bearerAuthentication } from './bearer-authentication.ts';
import type { GrpcCall } from './grpc-service.ts';

const account: Identity = { ...nobody, kind: 'service-account', id: 1, orgId: 1, orgRole: 'Admin' };
const owners: Record<string, Identity> = { good: account, viewer: { ...account, orgRole: 'Viewer' }, off: { ...account, isDisabled: true }, person: { ...account, kind: 'user' } };
const ask = (...values: string[]) => {
  const call: GrpcCall = { hasHeaders: values[0] !== 'none', headers: () => (values[0] === 'none' ? [] : values), header: () => values[0] ?? '', signal: new AbortController().signal };
  return bearerAuthentication(async (token) => owners[token])(call).then(() => 'in', (error: Error) => error.message);
};

test.each([
  [['none'], 'no headers in request'], [[], 'no "authorization" header in request'], [['Bearer a', 'Bearer b'], 'malformed "authorization" header: one value required'],
  [['Basic x'], 'missing "Bearer " prefix in "authorization" value'], [['bearer good'], 'missing "Bearer " prefix in "authorization" value'], [['Bearer '], 'token required'],
  [['Bearer unknown'], 'invalid token'], [['Bearer viewer'], 'invalid token'], [['Bearer off'], 'invalid token'], [['Bearer person'], 'invalid token'], [['Bearer good'], 'in'],
])('%j: %s', async (values, answer) => {
  expect(await ask(...values)).toBe(answer);
});

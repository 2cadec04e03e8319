/** Signing in with a link and a code from a mail: the person, the invited one, and everybody who tries. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, type Belvedere, removeFolder, startBelvedere } from './support/belvedere.ts';
import { type MailServer, startMailServer } from './support/smtp.ts';

let smtp: MailServer;
let server: Belvedere;
const none = { auth: '' };
const outcome = ({ status, body }: Answer) => [status, body.messageId ?? body.message];
const start = (email: string) => server.call('POST', '/api/login/passwordless/start', { email }, none);
const authenticate = (given: Record<string, string>, headers: Record<string, string> = {}) => server.call('POST', '/api/login/passwordless/authenticate', given, { auth: '', headers });
const confirmationFor = (email: string) => smtp.find(email, /confirmation code is ([BCDFGHJKLMNPQRSTVWXZ]{8})\b/);
const sessionOf = ({ headers }: Answer) => /grafana_session=[0-9a-f]{32}/.exec(headers.getSetCookie().join())?.[0] ?? '';
const wrong = 'BBBBBBBB';

beforeAll(async () => {
  smtp = await startMailServer();
  server = await startBelvedere({
    env: {
      ...smtp.env, GF_FEATURE_TOGGLES_ENABLE: 'passwordlessMagicLinkAuthentication', GF_AUTH_PASSWORDLESS_ENABLED: 'true', GF_SECURITY_DISABLE_IP_ADDRESS_LOGIN_PROTECTION: 'false',
    },
  });
  for (const login of ['mia', 'guessed', 'gone']) await server.call('POST', '/api/admin/users', { login, email: `${login}@example.org`, password: 'a-password' });
}, 180_000);
afterAll(async () => {
  await server?.stop();
  smtp?.stop();
  if (server) removeFolder(server.dir);
});

test('both codes together sign in, once', async () => {
  const asked = await start('Mia@example.org');
  const { code } = asked.body.Extra;
  expect(asked).toMatchObject({ status: 200, body: { URL: `/login?code=${code}`, Extra: { code: expect.stringMatching(/^[A-Za-z0-9]{32}$/) } } });
  const confirmationCode = await confirmationFor('mia@example.org');
  expect(JSON.stringify(asked.body)).not.toContain(confirmationCode);
  expect(await smtp.find('mia@example.org', /login\?code=(\w+)/)).toBe(code);
  expect(outcome(await start('mia@example.org'))).toEqual([401, 'passwordless.invalid.code']);
  expect(outcome(await authenticate({ code, confirmationCode: wrong }))).toEqual([401, 'passwordless.invalid.confirmation-code']);
  const done = await authenticate({ code, confirmationCode: confirmationCode.toLowerCase() });
  expect([done.status, done.body]).toEqual([200, { message: 'Logged in', redirectUrl: '/' }]);
  const me = await server.call('GET', '/api/user', undefined, { auth: '', headers: { cookie: sessionOf(done) } });
  // They remain who they were: a user of this server, with a password.
  expect(me.body).toMatchObject({ login: 'mia', isExternal: false, authLabels: [] });
  expect(outcome(await authenticate({ code, confirmationCode }))).toEqual([401, 'passwordless.invalid.code']);
});

test('an invited person becomes a user on the way, in the org and with the role of the invitation', async () => {
  await server.call('POST', '/api/org/invites', { loginOrEmail: 'ivo@example.org', name: 'Ivo', role: 'Editor', sendEmail: false });
  const { code } = (await start('ivo@example.org')).body.Extra;
  const done = await authenticate({ code, confirmationCode: await confirmationFor('ivo@example.org'), username: 'ivo', name: '' });
  const headers = { cookie: sessionOf(done) };
  expect((await server.call('GET', '/api/user', undefined, { auth: '', headers })).body).toMatchObject({ login: 'ivo', email: 'ivo@example.org', name: 'Ivo' });
  expect((await server.call('GET', '/api/user/orgs', undefined, { auth: '', headers })).body).toMatchObject([{ orgId: 1, role: 'Editor' }]);
  expect((await server.call('GET', '/api/org/invites')).body).toEqual([]);
});

test('nobody learns who has an account: strangers get the same answer and no mail', async () => {
  const stranger = await start('stranger@example.org');
  expect(stranger).toMatchObject({ status: 200, body: { Extra: { code: expect.stringMatching(/^[A-Za-z0-9]{32}$/) } } });
  expect(outcome(await start('stranger@example.org'))).toEqual([401, 'passwordless.invalid.code']);
  expect(outcome(await authenticate({ code: stranger.body.Extra.code, confirmationCode: wrong }))).toEqual([401, 'passwordless.invalid.confirmation-code']);
  // A later mail has arrived: one to the stranger would have been there before.
  await start('gone@example.org');
  await confirmationFor('gone@example.org');
  expect(smtp.mails.filter(({ to }) => to.includes('stranger@example.org'))).toEqual([]);
});

test('five wrong confirmations block the address, the right one included; an administrator lets them in again', async () => {
  const { code } = (await start('guessed@example.org')).body.Extra;
  const confirmationCode = await confirmationFor('guessed@example.org');
  // From addresses of their own, so that it is the name that is blocked.
  for (let i = 0; i < 5; i++) expect(outcome(await authenticate({ code, confirmationCode: wrong }, { 'x-real-ip': `10.0.0.${i + 1}` }))).toEqual([401, 'passwordless.invalid.confirmation-code']);
  expect(outcome(await authenticate({ code, confirmationCode }, { 'x-real-ip': '10.0.0.9' }))).toEqual([401, 'passwordless.invalid.login-attempt']);
  const { body: user } = await server.call('GET', '/api/users/lookup?loginOrEmail=guessed');
  await server.call('PUT', `/api/admin/users/${user.id}/password`, { password: 'another-password' });
  expect((await authenticate({ code, confirmationCode }, { 'x-real-ip': '10.0.0.9' })).status).toBe(200);
});

test('five wrong codes from one address block it, for starting too', async () => {
  const from = { 'x-real-ip': '10.9.9.9' };
  for (let i = 0; i < 5; i++) expect(outcome(await authenticate({ code: `made-up-${i}`, confirmationCode: wrong }, from))).toEqual([401, 'passwordless.invalid.code']);
  expect(outcome(await authenticate({ code: 'made-up', confirmationCode: wrong }, from))).toEqual([401, 'passwordless.invalid.login-attempt']);
  expect(outcome(await server.call('POST', '/api/login/passwordless/start', { email: 'mia@example.org' }, { auth: '', headers: from }))).toEqual([401, 'passwordless.invalid.login-attempt']);
  expect(outcome(await authenticate({ code: 'made-up', confirmationCode: wrong }, { 'x-real-ip': '10.9.9.8' }))).toEqual([401, 'passwordless.invalid.code']);
});

test('what is no address and what is no code is told so; a disabled account stays out', async () => {
  expect(outcome(await start('no-address'))).toEqual([401, 'passwordless.invalid.email']);
  expect(outcome(await authenticate({ code: '', confirmationCode: wrong }))).toEqual([400, 'passwordless.missing.code']);
  expect((await server.call('POST', '/api/login/passwordless/start', '{', none)).status).toBe(400);
  const { body: user } = await server.call('POST', '/api/admin/users', { login: 'off', email: 'off@example.org', password: 'a-password' });
  const { code } = (await start('off@example.org')).body.Extra;
  const confirmationCode = await confirmationFor('off@example.org');
  await server.call('POST', `/api/admin/users/${user.id}/disable`);
  expect(outcome(await authenticate({ code, confirmationCode }))).toEqual([401, 'identity.disabled']);
});

test('neither the log nor the database knows a code', async () => {
  const { readFileSync, readdirSync } = await import('node:fs');
  const { code } = (await start('admin@localhost')).body.Extra;
  const confirmationCode = await confirmationFor('admin@localhost');
  const kept = readdirSync(`${server.dir}/data`).filter((file) => file.startsWith('grafana.db')).map((file) => readFileSync(`${server.dir}/data/${file}`, 'latin1')).join('');
  for (const secret of [code, confirmationCode]) {
    expect(kept).not.toContain(secret);
    expect(server.output()).not.toContain(secret);
  }
  expect((await authenticate({ code, confirmationCode })).status).toBe(200);
});

/** Mails about accounts, through a mail server: invitation, sign-up with a code, and a lost password. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Belvedere, removeFolder, startBelvedere } from './support/belvedere.ts';
import { type MailServer, startMailServer } from './support/smtp.ts';

let smtp: MailServer;
let server: Belvedere;
const none = { auth: '' };

beforeAll(async () => {
  smtp = await startMailServer();
  server = await startBelvedere({
    env: { ...smtp.env, GF_USERS_ALLOW_SIGN_UP: 'true', GF_USERS_VERIFY_EMAIL_ENABLED: 'true', GF_SECURITY_DISABLE_IP_ADDRESS_LOGIN_PROTECTION: 'false' },
  });
}, 120_000);
afterAll(async () => {
  await server?.stop();
  smtp?.stop();
  if (server) removeFolder(server.dir);
});

const codeIn = (to: string, pattern: RegExp) => smtp.find(to, pattern);

test('an invitation arrives and is accepted', async () => {
  expect((await server.call('POST', '/api/org/invites', { loginOrEmail: 'ina@example.org', role: 'Editor', sendEmail: true })).body.message).toBe('Sent invite to ina@example.org');
  const code = await codeIn('ina@example.org', /\/invite\/([A-Za-z0-9]{30})/);
  expect((await server.call('GET', '/api/org/invites')).body).toMatchObject([{ emailSent: true }]);
  const done = await server.call('POST', '/api/user/invite/complete', { inviteCode: code, email: 'ina@example.org', username: 'ina', password: 'inas-password', confirmPassword: 'inas-password' }, none);
  expect([done.status, done.body.message]).toEqual([200, 'User created and logged in']);
});

test('whoever signs up must have the code of the mail', async () => {
  expect((await server.call('POST', '/api/user/signup', { email: 'sam@example.org' }, none)).body).toEqual({ status: 'SignUpCreated' });
  const stepTwo = (code: string) => server.call('POST', '/api/user/signup/step2', { email: 'sam@example.org', username: 'sam', password: 'sams-password', code }, none);
  expect((await stepTwo('guessed')).status).toBe(404);
  expect((await stepTwo(await codeIn('sam@example.org', /confirmation code is ([A-Za-z0-9]+)/))).body.code).toBe('redirect-to-landing-page');
});

test('a lost password is replaced, once, and ends the sessions; strangers get no mail and the same answer', async () => {
  const session = await server.call('POST', '/login', { user: 'ina', password: 'inas-password' }, none);
  const cookie = /grafana_session=[0-9a-f]{32}/.exec(session.headers.getSetCookie().join())![0];
  const before = smtp.mails.length;
  const known = await server.call('POST', '/api/user/password/send-reset-email', { userOrEmail: 'ina' }, none);
  const code = await codeIn('ina@example.org', /reset\?code=([0-9a-f%]+)/i);
  const stranger = await server.call('POST', '/api/user/password/send-reset-email', { userOrEmail: 'stranger' }, none);
  expect([stranger.status, stranger.body]).toEqual([known.status, known.body]);
  expect(smtp.mails.length).toBe(before + 1);
  const reset = (newPassword: string) => server.call('POST', '/api/user/password/reset', { code, newPassword, confirmPassword: newPassword }, none);
  expect((await reset('a-new-password')).body.message).toBe('User password changed');
  expect((await reset('another-password')).status).toBe(400);
  expect((await server.call('GET', '/api/user', undefined, { auth: '', headers: { cookie } })).status).toBe(401);
  expect((await server.call('POST', '/login', { user: 'ina', password: 'a-new-password' }, none)).status).toBe(200);
  expect((await server.call('POST', '/login', { user: 'ina', password: 'inas-password' }, none)).status).toBe(401);
});

test('whoever guesses at reset codes is stopped by their address; the person whose account it is is not', async () => {
  await server.call('POST', '/api/admin/users', { login: 'target', email: 'target@example.org', password: 'targets-password' });
  await server.call('POST', '/api/user/password/send-reset-email', { userOrEmail: 'target' }, none);
  const code = await codeIn('target@example.org', /reset\?code=([0-9a-f%]+)/i);
  const from = (ip: string, given: string) => server.call('POST', '/api/user/password/reset', { code: given, newPassword: 'a-new-password', confirmPassword: 'a-new-password' }, { auth: '', headers: { 'x-real-ip': ip } });
  for (const wrong of [code.replace(/^.{30}/, (head) => `${head.slice(0, 29)}${head.endsWith('0') ? '1' : '0'}`), `${code.slice(0, -2)}00`, `2099${code.slice(4)}`, 'nonsense', '']) {
    expect([wrong, (await from('10.2.2.2', wrong)).body.message]).toEqual([wrong, 'Invalid or expired reset password code']);
  }
  expect(await from('10.2.2.2', code)).toMatchObject({ status: 401, body: { message: 'Login temporarily blocked' } });
  expect((await server.call('POST', '/login', { user: 'target', password: 'targets-password' }, none)).status).toBe(200);
  expect((await from('10.2.2.3', code)).body.message).toBe('User password changed');
});

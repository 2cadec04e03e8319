/** Mails about accounts, through a mail server: invitation, sign-up with a code, and a lost password. */
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Belvedere, removeFolder, startBelvedere } from './support/belvedere.ts';
import { eventually } from './support/eventually.ts';

interface Mail {
  readonly to: readonly string[];
  readonly text: string;
}

/** As much of SMTP as a client needs who speaks it plainly. */
function talk(socket: Socket, deliver: (mail: Mail) => void): void {
  let buffer = '';
  let to: string[] = [];
  let inData = false;
  const say = (line: string) => socket.write(`${line}\r\n`);
  const command = (line: string) => {
    if (/^DATA/i.test(line)) inData = true;
    const rcpt = /^RCPT TO:<([^>]+)>/i.exec(line);
    if (rcpt) to.push(rcpt[1]!);
    if (/^QUIT/i.test(line)) return socket.end('221 bye\r\n');
    say(inData ? '354 go on' : '250 ok');
  };
  socket.on('error', () => {});
  socket.on('data', (part) => {
    buffer += part.toString('latin1');
    for (;;) {
      const end = buffer.indexOf(inData ? '\r\n.\r\n' : '\r\n');
      if (end < 0) return;
      const read = buffer.slice(0, end);
      buffer = buffer.slice(end + (inData ? 5 : 2));
      if (!inData) {
        command(read);
        continue;
      }
      inData = false;
      deliver({ to, text: read.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))) });
      to = [];
      say('250 taken');
    }
  });
  say('220 ready');
}

let smtp: Server;
let server: Belvedere;
const mails: Mail[] = [];
const none = { auth: '' };

beforeAll(async () => {
  smtp = createServer((socket) => talk(socket, (mail) => mails.push(mail)));
  await new Promise<void>((done) => smtp.listen(0, '127.0.0.1', done));
  server = await startBelvedere({
    env: {
      GF_SMTP_ENABLED: 'true', GF_SMTP_HOST: `127.0.0.1:${(smtp.address() as { port: number }).port}`, GF_SMTP_STARTTLS_POLICY: 'NoStartTLS',
      GF_USERS_ALLOW_SIGN_UP: 'true', GF_USERS_VERIFY_EMAIL_ENABLED: 'true',
    },
  });
}, 120_000);
afterAll(async () => {
  await server?.stop();
  smtp?.close();
  if (server) removeFolder(server.dir);
});

const codeIn = async (to: string, pattern: RegExp) => {
  const mail = await eventually(`a mail to ${to}`, () => mails.find((candidate) => candidate.to.includes(to) && pattern.test(candidate.text)), { withinMs: 10_000 });
  return decodeURIComponent(pattern.exec(mail.text)![1]!);
};

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
  const before = mails.length;
  const known = await server.call('POST', '/api/user/password/send-reset-email', { userOrEmail: 'ina' }, none);
  const code = await codeIn('ina@example.org', /reset\?code=([0-9a-f%]+)/i);
  const stranger = await server.call('POST', '/api/user/password/send-reset-email', { userOrEmail: 'stranger' }, none);
  expect([stranger.status, stranger.body]).toEqual([known.status, known.body]);
  expect(mails.length).toBe(before + 1);
  const reset = (newPassword: string) => server.call('POST', '/api/user/password/reset', { code, newPassword, confirmPassword: newPassword }, none);
  expect((await reset('a-new-password')).body.message).toBe('User password changed');
  expect((await reset('another-password')).status).toBe(400);
  expect((await server.call('GET', '/api/user', undefined, { auth: '', headers: { cookie } })).status).toBe(401);
  expect((await server.call('POST', '/login', { user: 'ina', password: 'a-new-password' }, none)).status).toBe(200);
  expect((await server.call('POST', '/login', { user: 'ina', password: 'inas-password' }, none)).status).toBe(401);
});

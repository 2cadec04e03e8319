/** A mail server of the test's own, that takes every mail. */
import { createServer, type Socket } from 'node:net';
import { eventually } from './eventually.ts';

export interface Mail {
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

export interface MailServer {
  readonly mails: readonly Mail[];
  /** `GF_SMTP_…` variables that lead to it. */
  readonly env: Readonly<Record<string, string>>;
  /** Waits for a mail to `to` in which the pattern is found; its first group, percent-decoded. */
  find(to: string, pattern: RegExp): Promise<string>;
  stop(): void;
}

export async function startMailServer(): Promise<MailServer> {
  const mails: Mail[] = [];
  const server = createServer((socket) => talk(socket, (mail) => mails.push(mail)));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    mails,
    env: { GF_SMTP_ENABLED: 'true', GF_SMTP_HOST: `127.0.0.1:${(server.address() as { port: number }).port}`, GF_SMTP_STARTTLS_POLICY: 'NoStartTLS' },
    async find(to, pattern) {
      const mail = await eventually(`a mail to ${to}`, () => mails.find((candidate) => candidate.to.includes(to) && pattern.test(candidate.text)), { withinMs: 30_000 });
      return decodeURIComponent(pattern.exec(mail.text)![1]!);
    },
    stop: () => void server.close(),
  };
}

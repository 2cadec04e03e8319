/** Mail by SMTP (config-and-operations §16). */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Transporter } from 'nodemailer';
import { Counter, type Registry } from 'prom-client';
import type { SmtpSettings } from '../../setting/smtp-settings.ts';

export interface MailMessage {
  readonly to: readonly string[];
  /** One mail for all of them; else each gets an own one. */
  readonly single: boolean;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

export interface Mailer {
  readonly enabled: boolean;
  /** Resolves once the server has taken all mails. */
  send(message: MailMessage): Promise<void>;
  close(): void;
}

const answerTimeoutMs = 30_000;

/** `[2001:db8::1]` as a host of a URL has it. */
const bare = (host: string) => (host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host);

export class MailNotSetUp extends Error {
  constructor() {
    super("SMTP not configured, check your grafana.ini config file's [smtp] section");
    this.name = 'MailNotSetUp';
  }
}

export function createMailer({ settings, metrics }: { settings: SmtpSettings; metrics: Registry }): Mailer {
  const sent = new Counter({ name: 'grafana_emails_sent_total', help: 'Number of emails sent by Grafana', registers: [metrics] });
  const failed = new Counter({ name: 'grafana_emails_sent_failed', help: 'Number of emails Grafana failed to send', registers: [metrics] });
  let opened: Promise<Transporter> | undefined;

  const open = async (): Promise<Transporter> => {
    const [{ createTransport }, cert, key] = await Promise.all([import('nodemailer'), fileOf(settings.certFile), fileOf(settings.keyFile)]);
    return createTransport({
      host: bare(settings.host), port: settings.port, secure: settings.port === 465, disableFileAccess: true, disableUrlAccess: true,
      ignoreTLS: settings.startTls === 'never', requireTLS: settings.startTls === 'mandatory', connectionTimeout: answerTimeoutMs, greetingTimeout: answerTimeoutMs, socketTimeout: answerTimeoutMs,
      ...(settings.ehloIdentity === '' ? {} : { name: settings.ehloIdentity }),
      ...(settings.user === '' ? {} : { auth: { user: settings.user, pass: settings.password.reveal() } }),
      tls: { rejectUnauthorized: !settings.skipVerify, ...(cert && key ? { cert, key } : {}) },
    });
  };

  return {
    enabled: settings.enabled,
    async send({ to, single, subject, html, text }) {
      if (!settings.enabled) throw new MailNotSetUp();
      opened ??= open();
      const transport = await opened.catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
      const bodies = { ...(settings.contentTypes.includes('text/html') ? { html } : {}), ...(settings.contentTypes.includes('text/plain') ? { text } : {}) };
      const problems: unknown[] = [];
      for (const recipients of single ? [to] : to.map((one) => [one])) {
        try {
          await transport.sendMail({
            from: { name: settings.fromName, address: settings.fromAddress }, to: [...recipients], subject, ...bodies, textEncoding: 'quoted-printable',
            messageId: `<${randomUUID()}@${settings.fromAddress.split('@')[1]}>`, headers: settings.staticHeaders.map(([headerKey, value]) => ({ key: headerKey, value })),
          });
          sent.inc();
        } catch (error) {
          failed.inc();
          problems.push(error);
        }
      }
      if (problems.length > 0) throw problems[0];
    },
    close() {
      void opened?.then((transport) => transport.close(), () => {});
    },
  };
}

const fileOf = async (path: string) => (path === '' ? undefined : readFile(path));

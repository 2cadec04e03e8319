/** Mails about accounts (config-and-operations §16). */
import { escapeHtml } from '@belvedere/go-template';
import type { Mailer } from '../../../infra/mail/mailer.ts';
import type { AccountMail } from './invite.ts';

interface Letter {
  readonly subject: string;
  readonly lines: readonly string[];
  readonly link?: { readonly text: string; readonly url: string };
}

type Data = (name: string) => string;

/** What each template says. */
function letters(rootUrl: string): Readonly<Record<string, (data: Data) => Letter>> {
  const invited = (d: Data) => `${d('InvitedBy')} has invited you to join the organization ${d('OrgName')}.`;
  const verify = (d: Data): Letter => ({
    subject: `Verify your email - ${d('Name')}`, lines: [`Hi ${d('Name')},`, `Please confirm your email address. The link is valid for ${d('VerificationEmailLifetimeHours')} hour(s).`],
    link: { text: 'Verify email', url: `${rootUrl}user/email/update?code=${encodeURIComponent(d('Code'))}` },
  });
  const signIn = (d: Data, subject: string, text: string, more: string): Letter => ({
    subject,
    lines: [`Somebody, you we hope, wants to sign in as ${d('Email')}.`, `Your confirmation code is ${d('ConfirmationCode')}. It holds for ${d('Expire')} minutes, and once. If it was not you, do nothing.`],
    link: { text, url: `${rootUrl}login?code=${encodeURIComponent(d('Code'))}&confirmationCode=${encodeURIComponent(d('ConfirmationCode'))}${more}` },
  });
  return {
    new_user_invite: (d) => ({ subject: `${d('InvitedBy')} has invited you to join Grafana`, lines: [`Hi ${d('NameOrEmail')},`, invited(d)], link: { text: 'Accept invitation', url: d('LinkUrl') } }),
    invited_to_org: (d) => ({ subject: `${d('InvitedBy')} has added you to the ${d('OrgName')} organization`, lines: [`Hi ${d('Name')},`, invited(d)], link: { text: 'Log in now', url: rootUrl } }),
    signup_started: (d) => ({ subject: 'Welcome to Grafana, please complete your sign up!', lines: [`Your confirmation code is ${d('Code')}.`], link: { text: 'Complete sign up', url: d('SignUpUrl') } }),
    welcome_on_signup: (d) => ({ subject: 'Welcome to Grafana', lines: [`Hi ${d('Name')},`, 'Your account is ready.'], link: { text: 'Log in now', url: rootUrl } }),
    reset_password: (d) => ({
      subject: `Reset your Grafana password - ${d('Name')}`, lines: [`Hi ${d('Name')},`, 'Please use the link to reset your password. It is valid for 2 hours.'],
      link: { text: 'Reset password', url: `${rootUrl}user/password/reset?code=${encodeURIComponent(d('Code'))}` },
    }),
    verify_email: verify,
    passwordless_verify_existing_user: (d) => signIn(d, 'Your sign-in link for Grafana', 'Sign in', ''),
    passwordless_verify_new_user: (d) => signIn(d, 'Welcome to Grafana, sign in to join', 'Join', `&username=${encodeURIComponent(d('Email'))}`),
    verify_email_update: verify,
  };
}

export function createAccountMail({ mailer, rootUrl }: { mailer: Mailer; rootUrl: string }): AccountMail {
  const known = letters(rootUrl);
  return {
    enabled: mailer.enabled,
    async send({ to, template, data }) {
      const write = known[template];
      if (!write) throw new Error(`no mail is called ${template}`);
      const { subject, lines, link } = write((name) => String(data[name] ?? ''));
      const html = [...lines.map((line) => `<p>${escapeHtml(line)}</p>`), ...(link ? [`<p><a href="${escapeHtml(link.url)}">${link.text}</a></p>`] : [])].join('\n');
      await mailer.send({
        to, single: false, subject: subject.replace(/[\r\n]+/g, ' '),
        html: `<!doctype html>\n<html><head><title>${escapeHtml(subject)}</title></head><body>\n${html}\n</body></html>\n`,
        text: `${[...lines, ...(link ? [`${link.text}: ${link.url}`] : [])].join('\n\n')}\n`,
      });
    },
  };
}

import type { Ini } from './ini.ts';
import { Secret } from '../util/secret.ts';

/** `[smtp]` and `[emails]` (config-and-operations §16). */
export interface SmtpSettings {
  readonly enabled: boolean;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: Secret;
  readonly certFile: string;
  readonly keyFile: string;
  readonly skipVerify: boolean;
  readonly fromAddress: string;
  readonly fromName: string;
  readonly ehloIdentity: string;
  readonly startTls: 'opportunistic' | 'mandatory' | 'never';
  readonly staticHeaders: readonly (readonly [name: string, value: string])[];
  /** In the order in which they are wanted. */
  readonly contentTypes: readonly ('text/html' | 'text/plain')[];
  readonly welcomeOnSignUp: boolean;
}

const canonicalHeader = /^[A-Z][a-z0-9]*(-[A-Z0-9][a-z0-9]*)*$/;
const policies = { '': 'opportunistic', OpportunisticStartTLS: 'opportunistic', MandatoryStartTLS: 'mandatory', NoStartTLS: 'never' } as const;

export function readSmtpSettings(ini: Ini): SmtpSettings {
  const smtp = ini.section('smtp');
  const host = smtp.string('host', 'localhost:25');
  const port = /:(\d+)$/.exec(host)?.[1];
  const fromAddress = smtp.string('from_address', 'admin@grafana.localhost');
  if (!/^[^\s@<>]+@[^\s@<>]+$/.test(fromAddress)) smtp.fail('from_address', 'invalid email address for SMTP from_address config');
  const headers = ini.section('smtp.static_headers');
  const staticHeaders = headers.keys().map((name) => {
    if (!canonicalHeader.test(name)) headers.fail(name, `header "${name}" is not a canonical MIME header name`);
    return [name, headers.string(name)] as const;
  });
  const emails = ini.section('emails');
  const contentTypes = emails.list('content_types', ['text/html']).map((type) => (type === 'text/html' || type === 'text/plain' ? type : emails.fail('content_types', `unsupported content type "${type}"`)));
  const policy = smtp.string('startTLS_policy');
  return {
    enabled: smtp.bool('enabled'), host: port ? host.slice(0, -port.length - 1) : host, port: Number(port ?? 25), user: smtp.string('user'), password: new Secret(smtp.string('password')),
    certFile: smtp.string('cert_file'), keyFile: smtp.string('key_file'), skipVerify: smtp.bool('skip_verify'), fromAddress, fromName: smtp.string('from_name', 'Grafana'), ehloIdentity: smtp.string('ehlo_identity'),
    startTls: policies[policy as keyof typeof policies] ?? 'opportunistic', staticHeaders, contentTypes, welcomeOnSignUp: emails.bool('welcome_email_on_sign_up'),
  };
}

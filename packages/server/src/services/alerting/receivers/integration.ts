/** One way to tell people: what the Alertmanager calls and what a notifier implements (alerting-notifications §8). */
import type { MailMessage } from '../../../infra/mail/mailer.ts';
import type { HeldAlert, NotificationData } from '../templates/notification-data.ts';
import type { NotificationTemplates } from '../templates/notification-templates.ts';

/** A notification that did not arrive. */
export class NotifyError extends Error {
  /** Worth another attempt within this flush. */
  readonly retryable: boolean;
  constructor(message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'NotifyError';
    this.retryable = options.retryable ?? false;
  }
}

/** Settings that cannot be. */
export class BadSettings extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BadSettings';
  }
}

export interface HttpCall {
  readonly url: string;
  readonly method?: 'POST' | 'PUT' | 'GET';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly basicAuth?: { readonly user: string; readonly password: string };
  readonly tls?: { readonly insecureSkipVerify?: boolean; readonly caCertificate?: string; readonly clientCertificate?: string; readonly clientKey?: string };
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** What the server offers to notifiers. */
export interface NotifierTools {
  readonly now: () => number;
  /** With a slash at the end. */
  readonly externalUrl: string;
  readonly appVersion: string;
  /** Rejects with NotifyError when nobody answers; any status is an answer. */
  http(call: HttpCall): Promise<HttpAnswer>;
  mail(message: MailMessage): Promise<void>;
  readonly hostName: string;
}

export interface Notification {
  readonly orgId: number;
  readonly groupKey: string;
  readonly alerts: readonly HeldAlert[];
  readonly data: NotificationData;
  readonly templates: NotificationTemplates;
  readonly signal: AbortSignal;
}

export type Notify = (notification: Notification) => Promise<void>;

export interface Integration {
  readonly uid: string;
  /** Type id. */
  readonly type: string;
  /** Position among the receiver's integrations of this type. */
  readonly index: number;
  readonly sendResolved: boolean;
  readonly notify: Notify;
}

export interface Receiver {
  readonly name: string;
  readonly integrations: readonly Integration[];
}

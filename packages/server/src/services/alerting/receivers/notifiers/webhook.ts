/** webhook and oncall (alerting-notifications §9): the whole notification as JSON. */
import { createHmac } from 'node:crypto';
import { dataObject, notificationData } from '../../templates/notification-data.ts';
import { demandOk } from '../http-sender.ts';
import { BadSettings, NotifyError } from '../integration.ts';
import { defaultMessage, defaultTitle, isFiring, rendererOf, type Notifier } from '../notifier.ts';
import type { SettingsReader } from '../settings-reader.ts';

/** Headers that belong to the transport. */
const restricted = new Set([
  'accept-charset', 'accept-encoding', 'authorization', 'connection', 'content-encoding', 'content-length', 'cookie', 'date', 'expect', 'forwarded', 'host', 'keep-alive', 'max-forwards',
  'origin', 'proxy-authenticate', 'proxy-authorization', 'referer', 'set-cookie', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'user-agent', 'via', 'x-forwarded-for',
  'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip',
]);

function authorization(settings: SettingsReader): { basicAuth?: { user: string; password: string }; header?: string } {
  const user = settings.text('username');
  const password = settings.text('password');
  const credentials = settings.text('authorization_credentials');
  if (user !== '' && password !== '' && credentials !== '') {
    throw new BadSettings('both HTTP Basic Authentication and Authorization Header are set, only 1 is permitted');
  }
  if (credentials !== '') return { header: `${settings.text('authorization_scheme', 'Bearer')} ${credentials}` };
  return user !== '' && password !== '' ? { basicAuth: { user, password } } : {};
}

const tlsOf = (settings: SettingsReader) => {
  const tls = settings.object('tlsConfig');
  return tls && { insecureSkipVerify: tls.bool('insecureSkipVerify'), caCertificate: tls.text('caCertificate'), clientCertificate: tls.text('clientCertificate'), clientKey: tls.text('clientKey') };
};

const make = (version: string, withVersion: boolean): Notifier => (settings, tools) => {
  const url = settings.text('url');
  if (url === '') throw new BadSettings("required field 'url' is not specified");
  const auth = authorization(settings);
  const headers = settings.map('headers');
  const refused = Object.keys(headers).filter((h) => restricted.has(h.toLowerCase()));
  if (refused.length > 0) throw new BadSettings(`custom headers [${refused.sort().map((h) => JSON.stringify(h)).join(' ')}] are not allowed`);
  const method = settings.text('httpMethod', 'POST').toUpperCase() === 'PUT' ? 'PUT' : 'POST';
  const alertsMax = settings.number('maxAlerts') ?? 0;
  const title = settings.text('title', defaultTitle);
  const message = settings.text('message', defaultMessage);
  const payload = settings.object('payload');
  const payloadTemplate = payload?.text('template') ?? '';
  const hmac = settings.object('hmacConfig');
  const oauth = settings.object('http_config')?.object('oauth2');
  const tls = tlsOf(settings);

  return async (n) => {
    const all = n.data.alerts;
    // What is cut off counts for nothing: not for the status, not for what is common.
    const kept = alertsMax > 0 ? n.alerts.slice(0, alertsMax) : n.alerts;
    const told = kept.length < n.alerts.length
      ? { ...notificationData(kept, { receiver: '', groupKey: n.groupKey, groupLabels: n.data.groupLabels, externalURL: n.data.externalURL, appVersion: n.data.appVersion, now: tools.now() }), receiver: n.data.receiver }
      : n.data;
    const data = { ...told, truncatedAlerts: all.length - kept.length };
    const vars = payload?.map('vars') ?? {};
    const render = rendererOf({ ...n, data }, vars);
    const address = render(url);
    if (render.error) throw new NotifyError(`failed to template the URL: ${render.error.message}`);
    if (address === 'grafana://noop') return;
    let body: string;
    if (payloadTemplate !== '') {
      body = render(payloadTemplate);
      if (render.error) throw new NotifyError(`failed to template the payload: ${(render.error as Error).message}`);
    } else {
      // Templates that fail leave their part empty: the alerts arrive all the same.
      const texts = rendererOf({ ...n, data });
      body = JSON.stringify({
        ...dataObject(data), ...(withVersion ? { version } : {}), groupKey: n.groupKey, truncatedAlerts: data.truncatedAlerts, orgId: n.orgId, title: texts(title),
        state: isFiring({ ...n, data }) ? 'alerting' : 'ok', message: texts(message),
      });
    }
    const own: Record<string, string> = { ...headers, ...(auth.header ? { Authorization: auth.header } : {}) };
    if (oauth) own['Authorization'] = `Bearer ${await accessToken(oauth, tools, n.signal)}`;
    if (hmac) {
      const secret = hmac.text('secret');
      if (secret === '') throw new NotifyError('HMAC signature is configured without a secret');
      const stampHeader = hmac.text('timestampHeader');
      const stamp = String(Math.floor(tools.now() / 1000));
      own[hmac.text('header', 'X-Grafana-Alerting-Signature')] = createHmac('sha256', secret).update(stampHeader === '' ? body : `${stamp}:${body}`).digest('hex');
      if (stampHeader !== '') own[stampHeader] = stamp;
    }
    demandOk(await tools.http({ url: address, method, headers: own, body, signal: n.signal, ...(auth.basicAuth ? { basicAuth: auth.basicAuth } : {}), ...(tls ? { tls } : {}) }));
  };
};

/** Client credentials grant. */
async function accessToken(oauth: SettingsReader, tools: Parameters<Notifier>[1], signal: AbortSignal): Promise<string> {
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: oauth.text('client_id'), client_secret: oauth.text('client_secret'), ...oauth.map('endpoint_params') });
  const scopes = oauth.list('scopes');
  if (scopes.length > 0) form.set('scope', scopes.join(' '));
  const answer = demandOk(await tools.http({ url: oauth.text('token_url'), headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: form.toString(), signal }), 'failed to get an OAuth2 token: ');
  try {
    const { access_token: token } = JSON.parse(answer.body) as { access_token?: unknown };
    if (typeof token === 'string') return token;
  } catch {
    // Told below.
  }
  throw new NotifyError('failed to get an OAuth2 token: the answer has none');
}

export const webhook: Notifier = make('1', true);
export const oncall: Notifier = make('1', true);

/** victorops, pushover, sensugo, threema: people who are woken up (alerting-notifications §9). */
import { randomUUID } from 'node:crypto';
import { demandOk } from '../http-sender.ts';
import { BadSettings, NotifyError } from '../integration.ts';
import { defaultMessage, defaultTitle, demandRendered, groupHashOf, isFiring, multipart, rendererOf, ruleUrl, truncate, type Notifier } from '../notifier.ts';

export const victorops: Notifier = (settings, tools) => {
  const url = settings.text('url');
  if (url === '') throw new BadSettings('could not find victorops url property in settings');
  const [type, title, description] = [settings.text('messageType', 'CRITICAL'), settings.text('title', defaultTitle), settings.text('description', defaultMessage)];
  return async (n) => {
    const render = rendererOf(n);
    const image = n.data.alerts.find((a) => a.imageURL !== '')?.imageURL;
    const body = {
      message_type: isFiring(n) ? render(type).toUpperCase() : 'RECOVERY', entity_id: groupHashOf(n), entity_display_name: render(title), timestamp: Math.floor(tools.now() / 1000),
      state_message: truncate(render(description), 20_480), monitoring_tool: `Grafana v${tools.appVersion}`, alert_url: ruleUrl(tools), ...(image ? { image_url: image } : {}),
    };
    const address = render(url);
    demandRendered(render);
    demandOk(await tools.http({ url: address, body: JSON.stringify(body), signal: n.signal }));
  };
};

export const pushover: Notifier = (settings, tools) => {
  const user = settings.text('userKey');
  if (user === '') throw new BadSettings('user key not found');
  const token = settings.text('apiToken');
  if (token === '') throw new BadSettings('API token not found');
  const priority = (key: string) => {
    const text = settings.text(key, '0');
    if (!/^-?\d+$/.test(text)) throw new BadSettings(`failed to convert ${key === 'priority' ? 'alerting' : 'OK'} priority to integer: strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
    return Number(text);
  };
  const [alerting, ok] = [priority('priority'), priority('okPriority')];
  const [title, message] = [settings.text('title', defaultTitle), settings.text('message', defaultMessage)];
  return async (n) => {
    const render = rendererOf(n);
    const firing = isFiring(n);
    const level = firing ? alerting : ok;
    const device = settings.text('device');
    const boundary = randomUUID().replaceAll('-', '');
    const fields: [string, string][] = [['user', render(user)], ['token', token], ['priority', String(level)]];
    if (level === 2) fields.push(['retry', settings.text('retry', '0')], ['expire', settings.text('expire', '0')]);
    if (device !== '') fields.push(['device', device]);
    fields.push(
      ['title', truncate(render(title), 250)], ['url', truncate(ruleUrl(tools), 512)], ['url_title', 'Show alert rule'], ['message', truncate(render(message), 1024).trim() || '(no details)'],
      ['sound', settings.text(firing ? 'sound' : 'okSound')], ['html', '1'],
    );
    demandRendered(render);
    demandOk(await tools.http({ url: 'https://api.pushover.net/1/messages.json', headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` }, body: multipart(fields, boundary), signal: n.signal }));
  };
};

export const sensugo: Notifier = (settings, tools) => {
  const url = settings.text('url');
  if (url === '') throw new BadSettings('could not find URL property in settings');
  const key = settings.text('apikey');
  if (key === '') throw new BadSettings('could not find the API key property in settings');
  const message = settings.text('message', defaultMessage);
  return async (n) => {
    const render = rendererOf(n);
    const text = (name: string) => render(settings.text(name)) || 'default';
    const handler = render(settings.text('handler'));
    const namespace = text('namespace');
    const link = ruleUrl(tools);
    const image = n.data.alerts.find((a) => a.imageURL !== '')?.imageURL;
    const body = {
      entity: { metadata: { name: text('entity'), namespace } },
      check: {
        metadata: { name: text('check'), labels: { ruleURL: link, ...(image ? { imageURL: image } : {}) } }, output: render(message), issued: Math.floor(tools.now() / 1000), interval: 86_400,
        status: isFiring(n) ? 2 : 0, handlers: handler === '' ? null : [handler],
      },
      ruleUrl: link,
    };
    demandRendered(render);
    demandOk(await tools.http({ url: `${url.replace(/\/+$/, '')}/api/core/v2/namespaces/${encodeURIComponent(namespace)}/events`, headers: { Authorization: `Key ${key}` }, body: JSON.stringify(body), signal: n.signal }));
  };
};

export const threema: Notifier = (settings, tools) => {
  const [gateway, recipient, secret] = [settings.text('gateway_id'), settings.text('recipient_id'), settings.text('api_secret')];
  if (gateway === '') throw new BadSettings('could not find Threema Gateway ID in settings');
  if (!gateway.startsWith('*')) throw new BadSettings('invalid Threema Gateway ID: Must start with a *');
  if (gateway.length !== 8) throw new BadSettings('invalid Threema Gateway ID: Must be 8 characters long');
  if (recipient === '') throw new BadSettings('could not find Threema Recipient ID in settings');
  if (recipient.length !== 8) throw new BadSettings('invalid Threema Recipient ID: Must be 8 characters long');
  if (secret === '') throw new BadSettings('could not find Threema API secret in settings');
  const [title, description] = [settings.text('title', defaultTitle), settings.text('description', defaultMessage)];
  return async (n) => {
    const render = rendererOf(n);
    // Compat: the address is joined as if it were a path.
    const link = ruleUrl(tools).replace('//', '/');
    const image = n.data.alerts.find((a) => a.imageURL !== '')?.imageURL;
    const text = `${isFiring(n) ? '⚠️' : '✅'} ${render(title)}\n\n*Message:*\n${render(description)}\n*URL:* ${link}\n${image ? `*Image:* ${image}\n` : ''}`;
    if (render.error) throw new NotifyError(`failed to template: ${render.error.message}`);
    demandOk(await tools.http({
      url: 'https://msgapi.threema.ch/send_simple', headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams({ from: gateway, secret, text, to: recipient }).toString(), signal: n.signal,
    }));
  };
};

/** slack (alerting-notifications §9): incoming webhooks, or a bot that posts. */
import { demandOk } from '../http-sender.ts';
import { BadSettings, NotifyError } from '../integration.ts';
import { colorOf, defaultMessage, defaultTitle, rendererOf, ruleUrl, truncate, type Notifier } from '../notifier.ts';

const api = 'https://slack.com/api/chat.postMessage';

export const slack: Notifier = (settings, tools) => {
  const hook = settings.text('url');
  const token = settings.text('token');
  const recipient = settings.text('recipient').trim();
  const address = hook || settings.text('endpointUrl', api);
  if (!URL.canParse(address)) throw new BadSettings(`invalid URL ${JSON.stringify(address)}`);
  if (hook === '') {
    if (recipient === '') throw new BadSettings('recipient must be specified when using the Slack chat API');
    if (token === '' && address === api) throw new BadSettings('token must be specified when using the Slack chat API');
  }
  const channel = settings.text('mentionChannel');
  if (channel !== '' && channel !== 'here' && channel !== 'channel') throw new BadSettings(`invalid value for mentionChannel: ${JSON.stringify(channel)}`);
  const groups = settings.list('mentionGroups');
  const users = settings.list('mentionUsers');
  const [title, text, username, color, footer] = [settings.text('title', defaultTitle), settings.text('text', defaultMessage), settings.text('username', 'Grafana'), settings.text('color'), settings.text('footer', '{{ template "slack.default.footer" . }}')];

  return async (n) => {
    const render = rendererOf(n);
    const shownTitle = truncate(render(title), 1024);
    const urls = new Set(n.data.alerts.map((a) => a.generatorURL).filter((u) => u !== ''));
    const mentions = [
      channel === '' ? '' : `<!${channel}|${channel}>`, groups.map((g) => `<!subteam^${render(g)}>`).join(''), users.map((u) => `<@${render(u)}>`).join(''),
    ].filter((m) => m !== '').join(' ');
    const emoji = render(settings.text('icon_emoji'));
    const icon = render(settings.text('icon_url'));
    const imageUrl = n.data.alerts.find((a) => a.imageURL !== '')?.imageURL;
    const body = {
      ...(hook === '' || recipient !== '' ? { channel: render(recipient) } : {}), username: render(username), ...(emoji === '' ? {} : { icon_emoji: emoji }), ...(icon === '' ? {} : { icon_url: icon }),
      attachments: [{
        title: shownTitle, title_link: urls.size === 1 ? [...urls][0] : ruleUrl(tools), text: render(text), ...(hook !== '' && imageUrl ? { image_url: imageUrl } : {}), fallback: shownTitle,
        footer: truncate(render(footer), 300), footer_icon: 'https://grafana.com/static/assets/img/fav32.png', color: color === '' ? colorOf(n) : render(color),
        ts: Math.floor(tools.now() / 1000), ...(mentions === '' ? {} : { pretext: mentions, mrkdwn_in: ['pretext'] }),
      }],
    };
    const answer = await tools.http({
      url: address, headers: { 'Content-Type': 'application/json; charset=utf-8', ...(token === '' ? {} : { Authorization: `Bearer ${token}` }) }, body: JSON.stringify(body), signal: n.signal,
    });
    if (answer.status < 200 || answer.status >= 300) throw new NotifyError(`failed to send Slack message: failed to send request: ${slackError(answer.body) ?? `unexpected status code ${answer.status}`}`);
    demandOk(answer);
    // Webhooks answer with the word ok, the API with JSON.
    if (answer.body.trim() === 'ok') return;
    const problem = slackError(answer.body);
    if (problem !== undefined) throw new NotifyError(`failed to send Slack message: failed to send request: ${problem}`);
  };
};

/** Undefined when the answer says ok. */
function slackError(body: string): string | undefined {
  try {
    const { ok, error } = JSON.parse(body) as { ok?: unknown; error?: unknown };
    if (ok === true) return undefined;
    return typeof error === 'string' ? error : 'unexpected answer';
  } catch {
    return body.trim() === 'ok' ? undefined : body.slice(0, 200);
  }
}

/** discord, teams, googlechat, webex, dingding, wecom and LINE: messages into rooms (alerting-notifications §9). */
import { formatGoTime } from '../../templates/notification-data.ts';
import { demandOk } from '../http-sender.ts';
import { BadSettings, NotifyError } from '../integration.ts';
import { colorOf, defaultMessage, defaultTitle, demandRendered, isFiring, rendererOf, ruleUrl, truncate, truncateBytes, type Notifier } from '../notifier.ts';

const icon = 'https://grafana.com/static/assets/img/fav32.png';

export const discord: Notifier = (settings, tools) => {
  const url = settings.text('url');
  if (url === '') throw new BadSettings('could not find webhook url property in settings');
  const [title, message, avatar] = [settings.text('title', defaultTitle), settings.text('message', defaultMessage), settings.text('avatar_url')];
  const own = settings.bool('use_discord_username');
  return async (n) => {
    const render = rendererOf(n);
    const color = Number.parseInt(colorOf(n).slice(1), 16);
    const images = n.data.alerts.filter((a) => a.imageURL !== '').slice(0, 9).map((a) => ({ title: a.labels['alertname'] ?? '', color, image: { url: a.imageURL } }));
    const avatarUrl = render(avatar);
    const body = {
      ...(own ? {} : { username: 'Grafana' }), content: truncate(render(message), 2000), ...(avatarUrl === '' ? {} : { avatar_url: avatarUrl }),
      embeds: [{ title: truncate(render(title), 256), type: 'rich', url: ruleUrl(tools), color, footer: { text: `Grafana v${tools.appVersion}`, icon_url: icon } }, ...images],
    };
    demandOk(await tools.http({ url, body: JSON.stringify(body), signal: n.signal }));
  };
};

export const teams: Notifier = (settings, tools) => {
  const url = settings.text('url');
  if (url === '') throw new BadSettings('could not find url property in settings');
  const [title, message] = [settings.text('title', defaultTitle), settings.text('message', '{{ template "teams.default.message" . }}')];
  return async (n) => {
    const render = rendererOf(n);
    const shown = render(title);
    const images = n.data.alerts.filter((a) => a.imageURL !== '').map((a) => ({ type: 'Image', url: a.imageURL }));
    const card = {
      body: [
        { type: 'TextBlock', text: shown, color: isFiring(n) ? 'attention' : 'good', size: 'large', weight: 'bolder', wrap: true }, { type: 'TextBlock', text: render(message), wrap: true },
        ...(images.length > 0 ? [{ type: 'ImageSet', imageSize: 'large', images }] : []), { type: 'ActionSet', actions: [{ type: 'Action.OpenUrl', title: 'View URL', url: ruleUrl(tools) }] },
      ],
      $schema: 'http://adaptivecards.io/schemas/adaptive-card.json', type: 'AdaptiveCard', version: '1.4', msTeams: { width: 'Full' },
    };
    const address = render(url);
    const answer = demandOk(await tools.http({ url: address, body: JSON.stringify({ attachments: [{ content: card, contentType: 'application/vnd.microsoft.card.adaptive' }], summary: shown, type: 'message' }), signal: n.signal }));
    // The older service answers 200 to everything and says 1 when it means it.
    if (new URL(address).hostname.endsWith('webhook.office.com') && answer.body.trim() !== '1') throw new NotifyError('send notification to Teams: request failed validation');
  };
};

export const googlechat: Notifier = (settings, tools) => {
  const url = settings.text('url');
  if (url === '') throw new BadSettings('could not find url property in settings');
  const [title, message] = [settings.text('title', defaultTitle), settings.text('message', defaultMessage)];
  const [hideButton, hideVersion] = [settings.bool('hide_open_button'), settings.bool('hide_version_info')];
  return async (n) => {
    const render = rendererOf(n);
    const shown = render(title);
    const text = render(message);
    const link = ruleUrl(tools);
    const widgets = [
      ...(text === '' ? [] : [{ textParagraph: { text } }]),
      ...(hideButton || !URL.canParse(link) ? [] : [{ buttons: [{ textButton: { text: 'OPEN IN GRAFANA', onClick: { openLink: { url: link } } } }] }]),
      ...(hideVersion ? [] : [{ textParagraph: { text: `Grafana v${tools.appVersion} | ${formatGoTime(new Date(tools.now()), '02 Jan 06 15:04 MST')}` } }]),
    ];
    const shots = n.data.alerts.filter((a) => a.imageURL !== '').map((a) => ({ widgets: [{ textParagraph: { text: `${a.status}: ${a.labels['alertname'] ?? ''}` } }, { image: { imageUrl: a.imageURL } }] }));
    const cards = [{ header: { title: shown }, sections: [{ widgets }] }, ...(shots.length > 0 ? [{ header: { title: 'Screenshots' }, sections: shots }] : [])];
    demandOk(await tools.http({ url: render(url), headers: { 'Content-Type': 'application/json; charset=UTF-8' }, body: JSON.stringify({ previewText: shown, fallbackText: shown, cards }), signal: n.signal }));
  };
};

export const webex: Notifier = (settings, tools) => {
  const url = settings.text('api_url', 'https://webexapis.com/v1/messages');
  if (!URL.canParse(url)) throw new BadSettings(`invalid URL ${JSON.stringify(url)}`);
  const [room, token, message] = [settings.text('room_id'), settings.text('bot_token'), settings.text('message', defaultMessage)];
  return async (n) => {
    const render = rendererOf(n);
    const markdown = truncateBytes(render(message), 4096);
    demandRendered(render);
    const file = n.data.alerts.find((a) => a.imageURL !== '')?.imageURL;
    demandOk(await tools.http({ url, headers: { Authorization: `Bearer ${token}` }, body: JSON.stringify({ roomId: room, markdown, ...(file ? { files: [file] } : {}) }), signal: n.signal }));
  };
};

export const dingding: Notifier = (settings, tools) => {
  const url = settings.text('url');
  if (url === '') throw new BadSettings('could not find url property in settings');
  const [type, title, message] = [settings.text('msgType', 'link'), settings.text('title', defaultTitle), settings.text('message', defaultMessage)];
  return async (n) => {
    const render = rendererOf(n);
    const link = `dingtalk://dingtalkclient/page/link?pc_slide=false&url=${encodeURIComponent(ruleUrl(tools))}`;
    const [text, shown] = [render(message), render(title)];
    const body = render(type) === 'actionCard'
      ? { actionCard: { singleTitle: 'More', singleURL: link, text, title: shown }, msgtype: 'actionCard' }
      : { link: { messageUrl: link, text, title: shown }, msgtype: 'link' };
    const address = render(url);
    demandRendered(render);
    demandOk(await tools.http({ url: address, body: JSON.stringify(body), signal: n.signal }));
  };
};

export const wecom: Notifier = (settings, tools) => {
  const url = settings.text('url');
  const secret = settings.text('secret');
  if (url === '' && secret === '') throw new BadSettings('either url or secret is required');
  const [agent, corp] = [settings.text('agent_id'), settings.text('corp_id')];
  if (url === '' && agent === '') throw new BadSettings("could not find AgentID in settings");
  if (url === '' && corp === '') throw new BadSettings("could not find CorpID in settings");
  const endpoint = settings.text('endpointUrl', 'https://qyapi.weixin.qq.com');
  const type = settings.text('msgtype', 'markdown') === 'text' ? 'text' : 'markdown';
  const [title, message, toUser] = [settings.text('title', defaultTitle), settings.text('message', defaultMessage), settings.text('touser', '@all')];
  return async (n) => {
    const render = rendererOf(n);
    const content = type === 'text' ? `${render(title)}\n${render(message)}` : `# ${render(title)}\n${render(message)}\n`;
    demandRendered(render);
    let address = url;
    if (url === '') {
      const answer = demandOk(await tools.http({ url: `${endpoint}/cgi-bin/gettoken?corpid=${encodeURIComponent(corp)}&corpsecret=${encodeURIComponent(secret)}`, signal: n.signal }));
      const { access_token: token } = parsed(answer.body) as { access_token?: unknown };
      if (typeof token !== 'string') throw new NotifyError('WeCom returned no access token');
      address = `${endpoint}/cgi-bin/message/send?access_token=${encodeURIComponent(token)}`;
    }
    const body = { msgtype: type, [type]: { content }, ...(url === '' ? { agentid: agent, touser: render(toUser) } : {}) };
    demandOk(await tools.http({ url: address, body: JSON.stringify(body), signal: n.signal }));
  };
};

function parsed(text: string): object {
  try {
    return Object(JSON.parse(text)) as object;
  } catch {
    return {};
  }
}

export const line: Notifier = (settings, tools) => {
  const token = settings.text('token');
  if (token === '') throw new BadSettings('could not find token in settings');
  const [title, description] = [settings.text('title', defaultTitle), settings.text('description', defaultMessage)];
  return async (n) => {
    const render = rendererOf(n);
    const message = truncate(`${render(title)}\n${render(description)}`, 1000);
    demandRendered(render);
    demandOk(await tools.http({
      url: 'https://notify-api.line.me/api/notify', headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/x-www-form-urlencoded;charset=UTF-8' },
      body: new URLSearchParams({ message }).toString(), signal: n.signal,
    }));
  };
};

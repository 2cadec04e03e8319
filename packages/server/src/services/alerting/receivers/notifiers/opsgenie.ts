/** opsgenie (alerting-notifications §9). */
import { demandOk } from '../http-sender.ts';
import { BadSettings } from '../integration.ts';
import { defaultMessage, defaultTitle, groupHashOf, isFiring, rendererOf, ruleUrl, truncate, type Notifier } from '../notifier.ts';

export const opsgenie: Notifier = (settings, tools) => {
  const key = settings.text('apiKey');
  if (key === '') throw new BadSettings('could not find api key property in settings');
  const api = settings.text('apiUrl', 'https://api.opsgenie.com/v2/alerts');
  const sendTagsAs = settings.text('sendTagsAs', 'tags');
  if (!['tags', 'details', 'both'].includes(sendTagsAs)) throw new BadSettings(`invalid value for sendTagsAs: ${JSON.stringify(sendTagsAs)}`);
  const responders = settings.objects('responders').map((r, i) => {
    const responder = { type: r.text('type'), id: r.text('id'), name: r.text('name'), username: r.text('username') };
    if (responder.id === '' && responder.name === '' && responder.username === '') throw new BadSettings(`responder at index [${i}] must have at least one of id, username or name specified`);
    if (responder.type === '') throw new BadSettings(`responder at index [${i}] must have type specified`);
    return responder;
  });
  const autoClose = settings.bool('autoClose', true);
  const overridePriority = settings.bool('overridePriority', true);
  const message = settings.text('message', defaultTitle);
  const description = settings.text('description');
  return async (n) => {
    const headers = { Authorization: `GenieKey ${key}` };
    const alias = groupHashOf(n);
    if (!isFiring(n)) {
      if (!autoClose) return;
      demandOk(await tools.http({ url: `${api}/${alias}/close?identifierType=alias`, headers, body: JSON.stringify({ source: 'Grafana' }), signal: n.signal }), 'send notification to Opsgenie: ');
      return;
    }
    const render = rendererOf(n);
    const url = ruleUrl(tools);
    const labels = n.data.commonLabels;
    const details: Record<string, string> = { url, ...(sendTagsAs === 'tags' ? {} : labels) };
    const tags = sendTagsAs === 'details' ? [] : Object.entries(labels).map(([k, v]) => `${k}:${v}`).sort();
    const priority = labels['og_priority'] ?? '';
    const all = responders.flatMap((r) => {
      const own = { type: render(r.type), id: render(r.id), name: render(r.name), username: render(r.username) };
      if (own.type !== 'teams') return [own];
      return own.name.split(',').map((name) => ({ type: 'team', id: own.id, name: name.trim(), username: own.username })).filter((t) => t.name !== '');
    }).map((r) => Object.fromEntries(Object.entries(r).filter(([, v]) => v !== '')));
    const body = {
      alias, message: truncate(render(message), 130), description: description === '' ? `${render(defaultTitle)}\n${url}\n\n${render(defaultMessage)}` : render(description), details, source: 'Grafana',
      ...(all.length > 0 ? { responders: all } : {}), tags, ...(overridePriority && /^P[1-5]$/.test(priority) ? { priority } : {}),
    };
    demandOk(await tools.http({ url: api, headers, body: JSON.stringify(body), signal: n.signal }), 'send notification to Opsgenie: ');
  };
};

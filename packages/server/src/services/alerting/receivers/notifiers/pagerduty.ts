/** pagerduty (alerting-notifications §9): Events API v2. */
import { demandOk } from '../http-sender.ts';
import { BadSettings } from '../integration.ts';
import { defaultTitle, demandRendered, groupHashOf, isFiring, rendererOf, truncate, type Notifier } from '../notifier.ts';

const severities = new Set(['critical', 'error', 'warning', 'info']);
const detailsBytesMax = 512_000;
const defaultDetails = {
  firing: '{{ template "__text_alert_list" .Alerts.Firing }}', resolved: '{{ template "__text_alert_list" .Alerts.Resolved }}', num_firing: '{{ .Alerts.Firing | len }}', num_resolved: '{{ .Alerts.Resolved | len }}',
};

export const pagerduty: Notifier = (settings, tools) => {
  const key = settings.text('integrationKey');
  if (key === '') throw new BadSettings('could not find integration key property in settings');
  const texts = {
    severity: settings.text('severity', 'critical'), class: settings.text('class', 'default'), component: settings.text('component', 'Grafana'), group: settings.text('group', 'default'),
    summary: settings.text('summary', defaultTitle), source: settings.text('source', tools.hostName || settings.text('client', 'Grafana')), client: settings.text('client', 'Grafana'),
    clientUrl: settings.text('client_url', '{{ .ExternalURL }}'),
  };
  const details = { ...defaultDetails, ...settings.map('details') };
  const url = settings.text('url', 'https://events.pagerduty.com/v2/enqueue');
  return async (n) => {
    const render = rendererOf(n);
    const severity = render(texts.severity).toLowerCase();
    let custom: Record<string, string> = Object.fromEntries(Object.keys(details).sort().map((k) => [k, render((details as Record<string, string>)[k]!)]));
    if (Buffer.byteLength(JSON.stringify(custom)) > detailsBytesMax) custom = { error: `Custom details have been removed because the original event exceeded the maximum size of ${detailsBytesMax / 1000}KB` };
    const images = n.data.alerts.filter((a) => a.imageURL !== '').map((a) => ({ src: a.imageURL }));
    const body = {
      routing_key: key, dedup_key: groupHashOf(n), event_action: isFiring(n) ? 'trigger' : 'resolve',
      payload: {
        summary: truncate(render(texts.summary), 1024), source: render(texts.source), severity: severities.has(severity) ? severity : 'critical', class: render(texts.class),
        component: render(texts.component), group: render(texts.group), custom_details: custom,
      },
      client: render(texts.client), client_url: render(texts.clientUrl), links: [{ href: tools.externalUrl, text: 'External URL' }], ...(images.length > 0 ? { images } : {}),
    };
    demandRendered(render);
    demandOk(await tools.http({ url, body: JSON.stringify(body), signal: n.signal }), 'send notification to Pagerduty: ');
  };
};

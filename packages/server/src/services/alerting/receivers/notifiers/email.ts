/** email (alerting-notifications §9): through the server's own SMTP. */
import { escapeHtml } from '@belvedere/go-template';
import { BadSettings } from '../integration.ts';
import { defaultTitle, rendererOf, ruleUrl, type Notifier } from '../notifier.ts';
import { kvText, type NotificationAlert } from '../../templates/notification-data.ts';

const sorted = (of: Readonly<Record<string, string>>) => Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1));
const pairs = (of: Readonly<Record<string, string>>, but: readonly string[] = []) => sorted(of).filter(([name]) => !but.includes(name)).map(([name, value]) => `<tr><td>${escapeHtml(name)}</td><td>${escapeHtml(value)}</td></tr>`).join('\n');
const link = (text: string, url: string) => `<a href="${escapeHtml(url)}">${text}</a>`;
const part = (title: string, html: string) => (html === '' ? '' : `<p><strong>${title}</strong></p>\n${html}\n`);
const paragraph = (text: string | undefined) => (text === undefined || text === '' ? '' : `<p style="white-space: pre-line">${escapeHtml(text)}</p>`);
const rows = (html: string) => (html === '' ? '' : `<table>\n${html}\n</table>`);

/** `5m10s`, as Go writes a duration, in whole seconds. */
function durationText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
  return h > 0 ? `${h}h${m}m${s}s` : m > 0 ? `${m}m${s}s` : `${s}s`;
}
const timeText = (ms: number) => new Date(ms).toISOString().replace('T', ' ').replace(/\.\d+Z$/, ' +0000 UTC');

const alertHtml = (a: NotificationAlert, now: number) => `<hr>
<h3>${a.status === 'firing' ? 'Firing' : 'Resolved'} ${escapeHtml(a.labels['alertname'] ?? '')}</h3>
<p>${link('View alert', a.generatorURL)}</p>
${part('Summary', paragraph(a.annotations['summary']))}${part('Description', paragraph(a.annotations['description']))}${part('Values', paragraph(Object.entries(a.values ?? {}).sort(([x], [y]) => (x < y ? -1 : 1)).map(([name, value]) => `${name}=${value}`).join(' ')))}${part('Labels', rows(pairs(a.labels)))}${part('Annotations', rows(pairs(a.annotations, ['summary', 'description'])))}<p>${[['Silence', a.silenceURL], ['View runbook', a.annotations['runbook_url'] ?? ''], ['View dashboard', a.dashboardURL], ['View panel', a.panelURL]].filter(([, url]) => url !== '').map(([text, url]) => link(text!, url!)).join('\n')}</p>
<p>Observed ${durationText(now - a.startsAt)} before this notification was delivered, at ${timeText(a.startsAt)}</p>
`;

const counted = (alerts: readonly NotificationAlert[], status: 'firing' | 'resolved') => {
  const n = alerts.filter((a) => a.status === status).length;
  return n === 0 ? [] : [`${n} ${status} alert instance${n === 1 ? '' : 's'}`];
};

function listingHtml(alerts: readonly NotificationAlert[], now: number): string {
  return (['firing', 'resolved'] as const).map((status) => {
    const some = alerts.filter((a) => a.status === status);
    return some.length === 0 ? '' : `<h2>${status === 'firing' ? '🔥' : '✅'} ${some.length} ${status} instances</h2>\n${some.map((a) => alertHtml(a, now)).join('')}`;
  }).join('');
}

const alertText = (a: NotificationAlert) => `${a.status === 'firing' ? 'Firing' : 'Resolved'}: ${a.labels['alertname'] ?? ''}
Labels: ${kvText(a.labels)}
Annotations: ${kvText(a.annotations)}
Source: ${a.generatorURL}
Silence: ${a.silenceURL}
`;

export const email: Notifier = (settings, tools) => {
  const to = settings.text('addresses').split(/[,;\n]/).map((a) => a.trim()).filter((a) => a !== '');
  if (to.length === 0) throw new BadSettings('could not find addresses in settings');
  const single = settings.bool('singleEmail');
  const subject = settings.text('subject', defaultTitle);
  const message = settings.text('message');
  return async (n) => {
    const render = rendererOf(n);
    // What cannot be rendered stays out: the mail goes all the same.
    const title = render(subject);
    const text = message === '' ? '' : render(message);
    const pageUrl = `${ruleUrl(tools)}?alertState=firing&view=state`;
    const { alerts, groupLabels } = n.data;
    const body = text === '' ? listingHtml(alerts, tools.now()) : paragraph(text);
    const plain = text === '' ? n.data.alerts.map(alertText).join('\n') : text;
    await tools.mail({
      to, single, subject: title.replace(/[\r\n]+/g, ' '),
      html: `<!doctype html>
<html><head><title>${escapeHtml(title)}</title></head><body>
<h1>${[...counted(alerts, 'firing'), ...counted(alerts, 'resolved')].join(' ')}</h1>
<p>📁 Grouped by ${sorted(groupLabels).map(([name, value]) => escapeHtml(`${name}=${value}`)).join(' ')}</p>
${body}
<p>© ${new Date(tools.now()).getUTCFullYear()} Grafana Labs. Sent by ${link(`Grafana v${escapeHtml(tools.appVersion)}`, tools.externalUrl)}.</p>
</body></html>
`,
      text: `${title}\n\n${plain}\n\nView your alerts: ${pageUrl}\n`,
    });
  };
};

/** email (alerting-notifications §9): through the server's own SMTP. */
import { escapeHtml } from '@belvedere/go-template';
import { BadSettings, NotifyError } from '../integration.ts';
import { defaultTitle, rendererOf, ruleUrl, type Notifier } from '../notifier.ts';
import { kvText, type NotificationAlert } from '../../templates/notification-data.ts';

const alertHtml = (a: NotificationAlert) => `<section>
<h3>${a.status === 'firing' ? 'Firing' : 'Resolved'}: ${escapeHtml(a.labels['alertname'] ?? '')}</h3>
${a.annotations['summary'] ? `<p><strong>Summary:</strong> ${escapeHtml(a.annotations['summary'])}</p>` : ''}
${a.annotations['description'] ? `<p><strong>Description:</strong> ${escapeHtml(a.annotations['description'])}</p>` : ''}
<p><strong>Values:</strong> ${escapeHtml(Object.entries(a.values ?? {}).map(([k, v]) => `${k}=${v}`).join(', ') || '[no value]')}</p>
<p><strong>Labels:</strong> ${escapeHtml(kvText(a.labels))}</p>
<p>${[['Silence', a.silenceURL], ['View dashboard', a.dashboardURL], ['View panel', a.panelURL], ['View alert', a.generatorURL]].filter(([, url]) => url !== '').map(([text, url]) => `<a href="${escapeHtml(url!)}">${text}</a>`).join(' | ')}</p>
</section>`;

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
    const title = render(subject);
    const text = message === '' ? '' : render(message);
    if (render.error) throw new NotifyError(`failed to template: ${render.error.message}`);
    const pageUrl = `${ruleUrl(tools)}?alertState=firing&view=state`;
    const body = text === '' ? n.data.alerts.map(alertHtml).join('\n') : `<div style="white-space: pre-line">${escapeHtml(text)}</div>`;
    const plain = text === '' ? n.data.alerts.map(alertText).join('\n') : text;
    await tools.mail({
      to, single, subject: title.replace(/[\r\n]+/g, ' '),
      html: `<!doctype html>\n<html><head><title>${escapeHtml(title)}</title></head><body>\n<h2>${escapeHtml(title)}</h2>\n${body}\n<p><a href="${escapeHtml(pageUrl)}">Alerts</a></p>\n<p>Sent by Grafana v${escapeHtml(tools.appVersion)}</p>\n</body></html>\n`,
      text: `${title}\n\n${plain}\n\nView your alerts: ${pageUrl}\n`,
    });
  };
};

/** telegram (alerting-notifications §9). */
import { randomUUID } from 'node:crypto';
import { demandOk } from '../http-sender.ts';
import { BadSettings } from '../integration.ts';
import { defaultMessage, demandRendered, multipart, rendererOf, truncate, type Notifier } from '../notifier.ts';

const modes = new Map([['none', ''], ['html', 'HTML'], ['markdown', 'Markdown'], ['markdownv2', 'MarkdownV2']]);

export const telegram: Notifier = (settings, tools) => {
  const token = settings.text('bottoken');
  if (token === '') throw new BadSettings('could not find Bot Token in settings');
  const chat = settings.text('chatid');
  if (chat === '') throw new BadSettings('could not find Chat Id in settings');
  const mode = modes.get(settings.text('parse_mode', 'HTML').toLowerCase());
  if (mode === undefined) throw new BadSettings('unknown parse_mode, must be Markdown, MarkdownV2, HTML or None');
  const thread = settings.text('message_thread_id');
  if (thread !== '' && (!/^-?\d+$/.test(thread) || Math.abs(Number(thread)) > 2_147_483_647)) throw new BadSettings('message thread id must be an integer');
  const message = settings.text('message', defaultMessage);
  // Files from elsewhere may have the plural.
  const silent = settings.bool('disable_notification') || settings.bool('disable_notifications');
  const flags = (['disable_notification', 'disable_web_page_preview', 'protect_content'] as const).filter((f) => (f === 'disable_notification' ? silent : settings.bool(f)));
  return async (n) => {
    const render = rendererOf(n);
    const text = truncate(render(message), 4096);
    demandRendered(render);
    const common: [string, string][] = [['chat_id', chat], ...(thread === '' ? [] : [['message_thread_id', thread] as [string, string]])];
    const call = async (method: string, fields: readonly [string, string][]) => {
      const boundary = randomUUID().replaceAll('-', '');
      demandOk(await tools.http({
        url: `https://api.telegram.org/bot${token}/${method}`, headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` }, body: multipart([...common, ...fields], boundary), signal: n.signal,
      }), 'failed to send telegram message: ');
    };
    await call('sendMessage', [['text', text], ...(mode === '' ? [] : [['parse_mode', mode] as [string, string]]), ...flags.map((f): [string, string] => [f, 'true'])]);
    for (const { imageURL } of n.data.alerts) if (imageURL !== '') await call('sendPhoto', [['photo', imageURL], ...flags.filter((f) => f === 'disable_notification').map((f): [string, string] => [f, 'true'])]);
  };
};

import type { declaredErrors } from '../packages/server/src/web/errors.ts';

/** docs/errors.md: every error that a domain declares. */
export function errorManual(errors: ReturnType<typeof declaredErrors>): string {
  const lines = [
    '# Errors', '',
    'Every error that a domain declares with `defineErrors`, written by `npm run api`; a test holds this page to the code. An error with a message id is',
    'answered as `{"statusCode", "messageId", "message"}`, one without as `{"message"}` (`web/error-reply.ts`).',
  ];
  for (const [domain, rows] of Map.groupBy(errors, ({ domain }) => domain)) {
    lines.push('', `## ${domain}`, '', '| Name | Status | Message | Message id |', '| --- | --- | --- | --- |');
    for (const { name, status, message, messageId } of rows) lines.push(`| ${name} | ${status} | ${message.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ')} | ${messageId === '' ? '' : `\`${messageId}\``} |`);
  }
  return `${lines.join('\n')}\n`;
}

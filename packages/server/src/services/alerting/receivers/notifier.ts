/** What a notifier is made of, and the little things that all of them share (alerting-notifications §8, §9). */
import { createHash } from 'node:crypto';
import type { GoStruct } from '@belvedere/go-template';
import { dataStruct } from '../templates/notification-data.ts';
import type { Notification, NotifierTools, Notify } from './integration.ts';
import { NotifyError } from './integration.ts';
import type { SettingsReader } from './settings-reader.ts';

/** Reads the settings (throws BadSettings) and returns what tells people. */
export type Notifier = (settings: SettingsReader, tools: NotifierTools) => Notify;

export const defaultTitle = '{{ template "default.title" . }}';
export const defaultMessage = '{{ template "default.message" . }}';
export const firingColor = '#D63232';
export const resolvedColor = '#36a64f';

export const isFiring = (n: Notification) => n.data.status === 'firing';
export const ruleUrl = (tools: NotifierTools) => `${tools.externalUrl.replace(/\/+$/, '')}/alerting/list`;
export const groupHashOf = (n: Notification) => createHash('sha256').update(n.groupKey).digest('hex');
export const colorOf = (n: Notification) => (isFiring(n) ? firingColor : resolvedColor);

/** Renders texts on one notification. A text that fails renders as nothing; the first failure is remembered. */
export interface Renderer {
  (text: string): string;
  readonly error: Error | undefined;
  readonly data: GoStruct;
}

export function rendererOf(n: Notification, vars?: Readonly<Record<string, string>>): Renderer {
  const data = dataStruct(n.data, vars);
  let failure: Error | undefined;
  const render = (text: string): string => {
    if (failure) return '';
    try {
      return n.templates.expand(text, data);
    } catch (error) {
      failure = error as Error;
      return '';
    }
  };
  return Object.defineProperties(render, { error: { get: () => failure }, data: { value: data } }) as Renderer;
}

/** As `rendererOf`, for notifiers that fail when a template does. */
export function demandRendered(render: Renderer): void {
  if (render.error) throw new NotifyError(`failed to template: ${render.error.message}`, { cause: render.error });
}

/** Cut to a number of characters, the last being an ellipsis. */
export function truncate(text: string, max: number): string {
  const letters = [...text];
  return letters.length <= max ? text : `${letters.slice(0, max - 1).join('')}…`;
}

export function truncateBytes(text: string, max: number): string {
  if (Buffer.byteLength(text) <= max) return text;
  const cut = Buffer.from(text).subarray(0, max - 3).toString('utf8').replace(/\ufffd$/, '');
  return `${cut}…`;
}

/** multipart/form-data. */
export function multipart(fields: readonly (readonly [name: string, value: string | { readonly fileName: string; readonly content: Buffer }])[], boundary: string): Buffer {
  const parts: Buffer[] = [];
  for (const [name, value] of fields) {
    const file = typeof value === 'string' ? '' : `; filename="${value.fileName}"`;
    const type = typeof value === 'string' ? '' : 'Content-Type: application/octet-stream\r\n';
    parts.push(Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n${type}\r\n`), typeof value === 'string' ? Buffer.from(value) : value.content, Buffer.from('\r\n'));
  }
  parts.push(Buffer.from(`--${boundary}--\r\n`));
  return Buffer.concat(parts);
}

/** Go's JSON escapes these in texts; receivers see the same characters either way. */
export const jsonBody = (value: unknown) => JSON.stringify(value);

/** Every kind of notifier by type id. */
import { BadSettings, type NotifierTools, type Notify } from './integration.ts';
import type { Notifier } from './notifier.ts';
import { email } from './notifiers/email.ts';
import { oncall, webhook } from './notifiers/webhook.ts';
import { settingsReader } from './settings-reader.ts';

const notifiers: Readonly<Record<string, Notifier>> = { email, webhook, oncall };

/** Throws BadSettings. */
export function makeNotify(type: string, settings: Readonly<Record<string, unknown>>, tools: NotifierTools): Notify {
  const notifier = notifiers[type.toLowerCase()];
  if (!notifier) throw new BadSettings(`unknown integration type: ${type}`);
  return notifier(settingsReader(settings), tools);
}

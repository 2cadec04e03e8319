/** Every kind of notifier by type id. */
import { BadSettings, type NotifierTools, type Notify } from './integration.ts';
import type { Notifier } from './notifier.ts';
import { dingding, discord, googlechat, line, teams, webex, wecom } from './notifiers/chat.ts';
import { email } from './notifiers/email.ts';
import { mqtt } from './notifiers/mqtt.ts';
import { opsgenie } from './notifiers/opsgenie.ts';
import { pagerduty } from './notifiers/pagerduty.ts';
import { pushover, sensugo, threema, victorops } from './notifiers/paging.ts';
import { slack } from './notifiers/slack.ts';
import { jira, kafka, prometheusAlertmanager, sns } from './notifiers/systems.ts';
import { telegram } from './notifiers/telegram.ts';
import { oncall, webhook } from './notifiers/webhook.ts';
import { settingsReader } from './settings-reader.ts';

const notifiers: Readonly<Record<string, Notifier>> = {
  dingding, discord, email, googlechat, jira, kafka, line, mqtt, oncall, opsgenie, pagerduty, 'prometheus-alertmanager': prometheusAlertmanager, pushover, sensugo, slack, sns, teams, telegram, threema,
  victorops, webex, webhook, wecom,
};

/** Throws BadSettings. */
export function makeNotify(type: string, settings: Readonly<Record<string, unknown>>, tools: NotifierTools): Notify {
  const id = type.toLowerCase();
  const notifier = Object.hasOwn(notifiers, id) ? notifiers[id] : undefined;
  if (!notifier) throw new BadSettings(id === 'wechat' ? 'notifier wechat is not supported' : `unknown integration type: ${type}`);
  return notifier(settingsReader(settings), tools);
}

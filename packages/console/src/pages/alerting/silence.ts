/** Silences and alerts as the Alertmanager tells of them (alerting-notifications §4, §5). */
import { api } from '../../api/client.ts';
import type { SilenceMatcher } from './matchers.ts';
import type { Labels } from './rule.ts';

export interface Silence {
  readonly id: string;
  readonly status: { readonly state: 'active' | 'pending' | 'expired' };
  readonly comment: string;
  readonly createdBy: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly matchers: readonly SilenceMatcher[];
  readonly metadata?: { readonly rule_uid?: string; readonly rule_title?: string };
  readonly accessControl?: { readonly write?: boolean };
}

export interface AmAlert {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: string;
  readonly status: { readonly state: string; readonly silencedBy: readonly string[] };
  readonly generatorURL?: string;
}

const am = '/api/alertmanager/grafana/api/v2';

export const silences = () => api.get<readonly Silence[]>(`${am}/silences`, { ruleMetadata: true, accesscontrol: true });
export const amAlerts = (params: Record<string, unknown> = {}) => api.get<readonly AmAlert[]>(`${am}/alerts`, params);
export const saveSilence = (silence: object) => api.post<{ readonly silenceID: string }>(`${am}/silences`, silence);

/** A date and time for an input of the browser's own, in the browser's zone; and back. */
export function localInput(time: Date): string {
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
export const fromLocalInput = (text: string): Date => new Date(text);

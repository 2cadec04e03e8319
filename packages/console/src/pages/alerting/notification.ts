/** Contact points, policies, templates and time intervals: the resources of `notifications.alerting.grafana.app` (alerting-notifications §6.2). */
import { config } from '@grafana/runtime';
import { api, NotThere } from '../../api/client.ts';
import type { Labels } from './rule.ts';

export interface Resource<S> {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion?: string; readonly annotations?: Labels };
  readonly spec: S;
}

export interface Integration {
  readonly uid?: string;
  readonly type: string;
  readonly version: string;
  readonly disableResolveMessage?: boolean;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secureFields?: Readonly<Record<string, boolean>>;
}

export interface ReceiverSpec { readonly title: string; readonly integrations: readonly Integration[] }
export interface RouteMatcher { readonly type: string; readonly label: string; readonly value: string }

export interface Timing {
  readonly group_by?: readonly string[];
  readonly group_wait?: string;
  readonly group_interval?: string;
  readonly repeat_interval?: string;
}

export interface Policy extends Timing {
  readonly receiver?: string;
  readonly matchers?: readonly RouteMatcher[];
  readonly continue: boolean;
  readonly mute_time_intervals?: readonly string[];
  readonly active_time_intervals?: readonly string[];
  readonly routes?: readonly Policy[];
}

export interface RoutingTreeSpec { readonly defaults: Timing & { readonly receiver: string }; readonly routes: readonly Policy[] }
export interface TemplateSpec { readonly title: string; readonly content: string; readonly kind: string }

export interface Interval {
  readonly times?: readonly { readonly start_time: string; readonly end_time: string }[];
  readonly weekdays?: readonly string[];
  readonly days_of_month?: readonly string[];
  readonly months?: readonly string[];
  readonly years?: readonly string[];
  readonly location?: string;
}
export interface TimeIntervalSpec { readonly name: string; readonly time_intervals: readonly Interval[] }

const base = (plural: string) => `/apis/notifications.alerting.grafana.app/v0alpha1/namespaces/${config.namespace}/${plural}`;
const kinds = { receivers: 'Receiver', routingtrees: 'RoutingTree', templategroups: 'TemplateGroup', timeintervals: 'TimeInterval' } as const;
type Plural = keyof typeof kinds;
const words: Readonly<Record<Plural, string>> = { receivers: 'contact point', routingtrees: 'tree of policies', templategroups: 'template', timeintervals: 'time interval' };

export const listOf = async <S>(plural: Plural): Promise<readonly Resource<S>[]> => (await api.get<{ readonly items: readonly Resource<S>[] }>(base(plural))).items;
export const oneOf = <S>(plural: Plural, name: string) => api.get<Resource<S>>(`${base(plural)}/${encodeURIComponent(name)}`);

/** By its id, or by the title that older addresses hold. */
export async function named<S>(plural: Plural, name: string, titleOf: (spec: S) => string): Promise<Resource<S>> {
  const found = (await listOf<S>(plural)).find(({ metadata, spec }) => metadata.name === name || titleOf(spec) === name);
  if (!found) throw new NotThere(`There is no ${words[plural]} ${name}`);
  return found;
}

/** Creates what has no version yet, else replaces it; of two who write at once the later hears that it changed meanwhile. */
export function put<S>(plural: Plural, { metadata, spec }: Resource<S>): Promise<Resource<S>> {
  const body = { apiVersion: 'notifications.alerting.grafana.app/v0alpha1', kind: kinds[plural], metadata: metadata.resourceVersion === undefined ? {} : metadata, spec };
  return metadata.resourceVersion === undefined ? api.post(base(plural), body) : api.put(`${base(plural)}/${encodeURIComponent(metadata.name)}`, body);
}

export const remove = (plural: Plural, name: string) => api.delete(`${base(plural)}/${encodeURIComponent(name)}`);

export const fresh = <S>(spec: S): Resource<S> => ({ metadata: { name: '' }, spec });
export const noted = ({ metadata }: Resource<unknown>, key: string): string => metadata.annotations?.[`grafana.com/${key}`] ?? '';
export const isProvisioned = (resource: Resource<unknown>): boolean => !['', 'none'].includes(noted(resource, 'provenance'));

export const receivers = () => listOf<ReceiverSpec>('receivers');
export const receiverChoices = async () => (await receivers()).map(({ spec }) => ({ value: spec.title, description: spec.integrations.map(({ type }) => type).join(', ') || 'Sends nothing' }));
export const intervalNames = async () => (await listOf<TimeIntervalSpec>('timeintervals')).map(({ spec }) => ({ value: spec.name }));

/** What the kinds of `notifications.alerting.grafana.app` have in common (apiserver-and-storage §6.8). */
import { stableUid, type ApiObject, type ObjectMeta } from '../../apiserver/api-object.ts';
import type { Authorizer, Caller } from '../../apiserver/kind.ts';
import type { Identity } from '../../web/identity.ts';

export const group = 'notifications.alerting.grafana.app';
export const version = 'v0alpha1';
export const apiVersion = `${group}/${version}`;

interface Described {
  readonly kind: string;
  readonly name: string;
  readonly resourceVersion?: string;
  readonly provenance: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec: object;
}

export function notificationObject(caller: Caller, { kind, name, resourceVersion, provenance, annotations, spec }: Described): ApiObject {
  const metadata: ObjectMeta = {
    name, namespace: caller.namespace, uid: stableUid(group, kind, caller.namespace, name), resourceVersion,
    annotations: { ...annotations, 'grafana.com/provenance': provenance || 'none' },
  };
  return { kind, apiVersion, metadata, spec };
}

/** Any of these rights. */
export const hasAny = (identity: Identity, actions: readonly string[]) => actions.some((action) => identity.permissions.has(action));

/** Read, write and delete by rights; a refusal says no more. */
export function byRights(rights: { readonly read: readonly string[]; readonly write: readonly string[]; readonly delete?: readonly string[] }): Authorizer {
  return ({ verb }, identity) => {
    const wanted = verb === 'get' || verb === 'list' || verb === 'watch' ? rights.read : verb === 'delete' ? (rights.delete ?? rights.write) : rights.write;
    return hasAny(identity, wanted) ? 'allow' : { deny: '' };
  };
}

export const everything = { read: 'alert.notifications:read', write: 'alert.notifications:write' } as const;

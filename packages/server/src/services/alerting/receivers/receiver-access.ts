/** Who may see and change contact points (alerting-notifications §6.2, §6.3). */
import type { Identity } from '../../../web/identity.ts';

/** A receiver's or interval's uid: its name in unpadded URL-safe base64. */
export const uidOfName = (name: string) => Buffer.from(name).toString('base64url');
export const nameOfUid = (uid: string) => Buffer.from(uid, 'base64url').toString();
export const receiverScope = (name: string) => `receivers:uid:${uidOfName(name)}`;

export function mayReadReceiver(identity: Identity, name: string): boolean {
  const { permissions } = identity;
  return permissions.has('alert.notifications:read') || permissions.has('alert.notifications.receivers:read', receiverScope(name)) || permissions.has('alert.notifications.receivers.secrets:read', receiverScope(name));
}

export const mayReadSecrets = (identity: Identity) => identity.permissions.has('alert.provisioning.secrets:read') || identity.permissions.has('alert.notifications.receivers.secrets:read');

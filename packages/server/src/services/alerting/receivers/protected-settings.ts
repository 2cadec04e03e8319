/**
 * Addresses of an integration that is stored are changed only by those with `alert.notifications.receivers.protected:write`: whoever could
 * point it elsewhere would be sent its secrets (alerting-notifications §6.2).
 */
import { ApiError } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';
import { receiverScope } from './receiver-access.ts';
import { getDotted, protectedKeys } from './settings-reader.ts';

export interface Addressed {
  readonly type: string;
  /** With its secrets, in the clear. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Dotted keys of the protected settings that differ. */
export function protectedChanges(before: Addressed, after: Addressed): string[] {
  const keys = new Set([...protectedKeys(before.type), ...protectedKeys(after.type)]);
  const said = ({ settings }: Addressed, key: string) => JSON.stringify(getDotted(settings, key) ?? '');
  return [...keys].filter((key) => said(before, key) !== said(after, key));
}

export function demandProtected(identity: Identity, receiver: string, before: Addressed, after: Addressed): void {
  if (identity.permissions.has('alert.notifications.receivers.protected:write', receiverScope(receiver))) return;
  const changed = protectedChanges(before, after);
  if (changed.length === 0) return;
  throw new ApiError(403, `user is not authorized to update protected fields of the receiver: ${changed.join(', ')}`, { messageId: 'alerting.unauthorized', extra: { changed_protected_fields: changed } });
}

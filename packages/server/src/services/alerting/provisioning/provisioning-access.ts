/** Who may read and write what is provisioned (alerting-rules §8, §18; alerting-notifications §6.1). */
import { allOf, anyOf, may, rbac } from '../../../web/access.ts';
import type { Identity } from '../../../web/identity.ts';

export const provisioningReaders = ['alert.provisioning:read', 'alert.rules.provisioning:read', 'alert.provisioning.secrets:read'];
export const provisioningWriters = ['alert.provisioning:write', 'alert.rules.provisioning:write'];
export const onFolder = 'folders:uid:{FolderUID}';

export const readRules = rbac(anyOf(...provisioningReaders.map((a) => may(a)), allOf(may('alert.rules:read'), may('folders:read'))));
export const readFolderRules = rbac(anyOf(...provisioningReaders.map((a) => may(a)), allOf(may('alert.rules:read', onFolder), may('folders:read', onFolder))));
export const readNotifications = rbac(anyOf(may('alert.provisioning:read'), may('alert.notifications.provisioning:read'), may('alert.provisioning.secrets:read'), may('alert.notifications:read')));

/** The same, in the order in which a refusal names them. */
export const readNotificationsExport = rbac(anyOf(may('alert.notifications:read'), may('alert.provisioning:read'), may('alert.notifications.provisioning:read'), may('alert.provisioning.secrets:read')));

/** Whether the provisioning permission holds by itself, whatever folders say. */
export const trusted = (identity: Identity, writing: boolean) => (writing ? provisioningWriters : [...provisioningReaders, ...provisioningWriters]).some((a) => identity.permissions.has(a));

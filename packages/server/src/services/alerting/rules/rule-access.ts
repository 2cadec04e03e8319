/** Who may see the rules of a folder, said in the ruler API's words (alerting-rules §4). */
import { ApiError } from '../../../web/errors.ts';
import type { Identity } from '../../../web/identity.ts';
import { mayReadRules, type AlertFolder, type AlertFolders } from '../folders/alert-folders.ts';
import { unauthorized } from './alert-rule.ts';

export const folderDenied = () => new ApiError(403, 'Access denied');

/** The folder that a path names; 403 whether it is missing or not to be seen. */
export async function visibleFolder(folders: AlertFolders, identity: Identity, uid: string): Promise<AlertFolder> {
  const folder = await folders.get(identity.orgId, uid);
  if (!folder || !identity.permissions.has('folders:read', ...folder.scopes)) throw folderDenied();
  return folder;
}

export function demandRuleAccess(identity: Identity, folder: AlertFolder | undefined, uid: string): void {
  if (folder && mayReadRules(identity, folder)) return;
  const scope = `folders:uid:${uid}`;
  throw unauthorized(`access rules in folder '${uid}'`, `all(action:alert.rules:read scopes:${scope} action:folders:read scopes:${scope})`);
}

/** Permission lists of dashboards and folders in their classic form (dashboards-and-content §3.7, §6.7). */
import { Type, type Static } from '../../web/schema.ts';
import type { ContentEntry } from '../../storage/search/content-entry.ts';
import type { ContentIndex } from '../../storage/search/content-index.ts';
import { namespaceOf } from '../../util/namespace.ts';
import { rfc3339Seconds } from '../../util/rfc3339.ts';
import { slugify } from '../../util/slug.ts';
import { permission } from '../../web/access.ts';
import { defineErrors } from '../../web/errors.ts';
import { note } from '../../web/reply.ts';
import type { Routes } from '../../web/route.ts';
import type { LevelAssignment, ResourcePermissionEntry, ResourcePermissions } from '../identity/accesscontrol/accesscontrol.ts';
import { dashboardErrors } from './dashboards/dashboard.ts';
import { folderErrors } from './folders/folder.ts';

export interface PermissionListDeps {
  readonly index: ContentIndex;
  readonly dashboardPermissions: Pick<ResourcePermissions, 'listManaged' | 'set'>;
  readonly folderPermissions: Pick<ResourcePermissions, 'listManaged' | 'set'>;
  readonly subPath: string;
  /** `[users] hidden_users`: their entries are neither shown nor taken away. */
  readonly hiddenUsers: ReadonlySet<string>;
}

const Item = Type.Object({ userId: Type.Integer(), teamId: Type.Integer(), role: Type.String(), permission: Type.Integer() });
const Items = Type.Object({ items: Type.Array(Item) });

const permissionListErrors = defineErrors('permission-list', {
  // Compat: the two texts are the wrong way round.
  withRole: [400, 'permissions cannot have both a user and team'],
  teamAndUser: [400, 'team and user permissions cannot have an associated role'],
  repositoryFolder: [403, 'Cannot update permissions for folders managed by provisioning.'],
});

const levels = new Map([[1, 'View'], [2, 'Edit'], [4, 'Admin']]);
const numberOf = (level: string) => [...levels].find(([, name]) => name === level)?.[0] ?? 0;

export function permissionListRoutes(routes: Routes, deps: PermissionListDeps): void {
  const { index, subPath, hiddenUsers } = deps;

  list('dashboard', '/api/dashboards/uid/:uid/permissions', 'dashboards', deps.dashboardPermissions);
  list('folder', '/api/folders/:uid/permissions', 'folders', deps.folderPermissions);

  function list(kind: ContentEntry['kind'], path: string, resource: 'dashboards' | 'folders', permissions: PermissionListDeps['dashboardPermissions']): void {
    const demand = async (orgId: number, uid: string): Promise<ContentEntry> => {
      await index.ready();
      const found = kind === 'dashboard' ? index.dashboard(namespaceOf(orgId), uid) : index.folder(namespaceOf(orgId), uid);
      if (!found) throw kind === 'dashboard' ? dashboardErrors.notFound() : folderErrors.notFound();
      return found;
    };
    const on = (verb: 'read' | 'write') => permission(`${resource}.permissions:${verb}`, `${resource}:uid:{uid}`);
    const tag = kind === 'dashboard' ? 'dashboard_permissions' : 'folder_permissions';
    const name = kind === 'dashboard' ? 'DashboardPermissionsListByUID' : 'FolderPermissionList';

    routes.get(path, { access: on('read'), name: `get${name}`, tag }, async ({ identity, params }) => {
      const entry = await demand(identity.orgId, params['uid'] ?? '');
      const managed = await permissions.listManaged(identity.orgId, entry.name);
      return managed.filter(({ userLogin }) => !userLogin || !hiddenUsers.has(userLogin)).map((row) => line(entry, row));
    });

    routes.post(path, { access: on('write'), name: `update${name}`, tag, body: Items }, async ({ identity, params, body }) => {
      const { orgId } = identity;
      for (const { userId, teamId, role } of body.items) {
        if ((userId > 0 || teamId > 0) && role !== '') throw permissionListErrors.withRole();
        if (userId > 0 && teamId > 0) throw permissionListErrors.teamAndUser();
      }
      const entry = await demand(orgId, params['uid'] ?? '');
      if (kind === 'folder' && entry.manager?.kind === 'repo') throw permissionListErrors.repositoryFolder();
      const managed = await permissions.listManaged(orgId, entry.name);
      await permissions.set(orgId, entry.name, replacement(managed, body.items));
      return note(kind === 'dashboard' ? 'Dashboard permissions updated' : 'Folder permissions updated');
    });
  }

  /** The new set, and an end to every entry that it does not name. */
  function replacement(managed: readonly ResourcePermissionEntry[], items: readonly Static<typeof Item>[]): LevelAssignment[] {
    const wanted = new Map<string, LevelAssignment>();
    for (const row of managed) {
      if (row.userLogin && hiddenUsers.has(row.userLogin)) continue;
      const assignee = assigneeOf({ userId: row.userId ?? 0, teamId: row.teamId ?? 0, role: row.builtInRole ?? '' });
      if (assignee) wanted.set(JSON.stringify(assignee), { assignee, level: '' });
    }
    for (const item of items) {
      const assignee = assigneeOf(item);
      const level = levels.get(item.permission);
      if (assignee && level) wanted.set(JSON.stringify(assignee), { assignee, level });
    }
    return [...wanted.values()];
  }

  function line(entry: ContentEntry, row: ResourcePermissionEntry): object {
    const folder = entry.kind === 'folder';
    const slug = slugify(entry.title);
    return {
      ...(folder ? { folderId: entry.legacyId } : { dashboardId: entry.legacyId }), created: rfc3339Seconds(row.created), updated: rfc3339Seconds(row.updated),
      // Compat: uids are filled in for folders only.
      userId: row.userId ?? 0, userUid: folder ? (row.userUid ?? '') : '', userLogin: row.userLogin ?? '', userEmail: row.userEmail ?? '', userAvatarUrl: row.userAvatarUrl ?? '',
      teamId: row.teamId ?? 0, teamUid: folder ? (row.teamUid ?? '') : '', teamEmail: row.teamEmail ?? '', teamAvatarUrl: row.teamAvatarUrl ?? '', team: row.team ?? '',
      ...(row.builtInRole ? { role: row.builtInRole } : {}), permission: numberOf(row.permission), permissionName: row.permission, uid: entry.name, title: entry.title,
      slug: folder ? '' : slug, isFolder: folder, url: folder ? `${subPath}/dashboards/f/${entry.name}/${slug}` : `${subPath}/d/${entry.name}/${slug}`, inherited: row.isInherited,
    };
  }
}

function assigneeOf({ userId, teamId, role }: Pick<Static<typeof Item>, 'userId' | 'teamId' | 'role'>): LevelAssignment['assignee'] | undefined {
  if (userId > 0) return { kind: 'user', id: userId };
  if (teamId > 0) return { kind: 'team', id: teamId };
  return role === '' ? undefined : { kind: 'builtin', role };
}

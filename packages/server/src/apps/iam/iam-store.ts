/** What `iam.grafana.app` shows, read from the identity tables. Nothing is written here. */
import type { Database } from '../../infra/db/database.ts';

export interface IamUser {
  readonly id: number;
  readonly uid: string;
  readonly login: string;
  readonly email: string;
  readonly name: string;
  readonly isAdmin: boolean;
  readonly isDisabled: boolean;
  readonly isProvisioned: boolean;
  readonly emailVerified: boolean;
  readonly role: string;
  /** Milliseconds since the epoch, as all times here. */
  readonly lastSeenAt: number;
  readonly created: number;
  readonly updated: number;
}

export interface IamTeam {
  readonly id: number;
  readonly uid: string;
  readonly name: string;
  readonly email: string;
  readonly externalUid: string;
  readonly isProvisioned: boolean;
  readonly created: number;
  readonly updated: number;
}

export interface IamTeamBinding {
  readonly uid: string;
  readonly userUid: string;
  readonly teamUid: string;
  readonly teamId: number;
  readonly isAdmin: boolean;
  readonly external: boolean;
  readonly created: number;
  readonly updated: number;
}

export interface Named {
  readonly id: number;
  readonly uid: string;
  readonly login: string;
  readonly email: string;
  readonly name: string;
  readonly isServiceAccount: boolean;
}

export interface IamStore {
  users(orgId: number, kind: 'user' | 'service-account', uid?: string): Promise<readonly IamUser[]>;
  teams(orgId: number, uid?: string): Promise<readonly IamTeam[]>;
  teamBindings(orgId: number, uid?: string): Promise<readonly IamTeamBinding[]>;
  /** By uid or by id, of any organization: for display names. */
  named(uids: readonly string[], ids: readonly number[]): Promise<readonly Named[]>;
}

interface Tables {
  user: {
    id: number; uid: string; login: string; email: string; name: string; is_admin: boolean; is_disabled: boolean; is_provisioned: boolean;
    email_verified: boolean; is_service_account: boolean; last_seen_at: number; created: number; updated: number;
  };
  org_user: { org_id: number; user_id: number; role: string };
  team: { id: number; uid: string; org_id: number; name: string; email: string; external_uid: string; is_provisioned: boolean; created: number; updated: number };
  team_member: { uid: string; org_id: number; team_id: number; user_id: number; external: boolean; permission: number; created: number; updated: number };
}

const adminPermission = 4;

export function createIamStore(db: Database): IamStore {
  const q = () => db.tables<Tables>();
  return {
    async users(orgId, kind, uid) {
      let query = q().selectFrom('user as u').innerJoin('org_user as o', 'o.user_id', 'u.id').where('o.org_id', '=', orgId)
        .where('u.is_service_account', '=', kind === 'service-account')
        .select(['u.id', 'u.uid', 'u.login', 'u.email', 'u.name', 'u.is_admin', 'u.is_disabled', 'u.is_provisioned', 'u.email_verified', 'u.last_seen_at', 'u.created', 'u.updated', 'o.role'])
        .orderBy('u.id');
      if (uid !== undefined) query = query.where('u.uid', '=', uid);
      return (await query.execute()).map((row) => ({
        id: row.id, uid: row.uid, login: row.login, email: row.email, name: row.name, isAdmin: row.is_admin, isDisabled: row.is_disabled, isProvisioned: row.is_provisioned,
        emailVerified: row.email_verified, role: row.role, lastSeenAt: row.last_seen_at, created: row.created, updated: row.updated,
      }));
    },
    async teams(orgId, uid) {
      let query = q().selectFrom('team').selectAll().where('org_id', '=', orgId).orderBy('id');
      if (uid !== undefined) query = query.where('uid', '=', uid);
      return (await query.execute()).map((row) => ({
        id: row.id, uid: row.uid, name: row.name, email: row.email, externalUid: row.external_uid, isProvisioned: row.is_provisioned, created: row.created, updated: row.updated,
      }));
    },
    async teamBindings(orgId, uid) {
      let query = q().selectFrom('team_member as m').innerJoin('team as t', 't.id', 'm.team_id').innerJoin('user as u', 'u.id', 'm.user_id').where('m.org_id', '=', orgId)
        .select(['m.uid', 'u.uid as user_uid', 't.uid as team_uid', 'm.team_id', 'm.permission', 'm.external', 'm.created', 'm.updated']).orderBy('m.team_id').orderBy('m.user_id');
      if (uid !== undefined) query = query.where('m.uid', '=', uid);
      return (await query.execute()).map((row) => ({
        uid: row.uid, userUid: row.user_uid, teamUid: row.team_uid, teamId: row.team_id, isAdmin: row.permission === adminPermission, external: row.external, created: row.created, updated: row.updated,
      }));
    },
    async named(uids, ids) {
      if (uids.length === 0 && ids.length === 0) return [];
      const rows = await q().selectFrom('user').select(['id', 'uid', 'login', 'email', 'name', 'is_service_account'])
        .where((e) => e.or([...(uids.length > 0 ? [e('uid', 'in', [...uids])] : []), ...(ids.length > 0 ? [e('id', 'in', [...ids])] : [])])).orderBy('id').execute();
      return rows.map((row) => ({ id: row.id, uid: row.uid, login: row.login, email: row.email, name: row.name, isServiceAccount: row.is_service_account }));
    },
  };
}

import type { Clock } from '../../../infra/clock.ts';
import type { Database } from '../../../infra/db/database.ts';
import type { OrgRole } from '../../../web/identity.ts';
import { randomAlphanumerics } from '../../identity/users/password.ts';
import type { Invite, InviteStatus, InviteStore } from './invite.ts';

interface Tables {
  temp_user: {
    id: number; org_id: number; version: number; email: string; name: string; role: string; code: string; status: string; invited_by_user_id: number;
    email_sent: boolean; email_sent_on: number; remote_addr: string; created: number; updated: number;
  };
  user: { id: number; login: string; email: string; name: string };
}

export function createInviteStore({ db, clock }: { db: Database; clock: Clock }): InviteStore {
  const rows = () => db.tables<Tables>();
  const invites = () => rows().selectFrom('temp_user').leftJoin('user', 'user.id', 'temp_user.invited_by_user_id').selectAll('temp_user')
    .select(['user.login as byLogin', 'user.email as byEmail', 'user.name as byName']);
  const byCode = async (code: string): Promise<Invite | undefined> => {
    const row = await invites().where('temp_user.code', '=', code).executeTakeFirst();
    return row && toInvite(row);
  };
  return {
    byCode,
    async create(invite) {
      const now = clock.now();
      const code = randomAlphanumerics(30);
      await db.insertReturningId('temp_user', {
        org_id: invite.orgId, version: 0, email: invite.email.toLowerCase(), name: invite.name, role: invite.role, code, status: invite.status,
        invited_by_user_id: invite.invitedById, email_sent: false, email_sent_on: now, remote_addr: invite.remoteAddress, created: now, updated: now,
      });
      return (await byCode(code))!;
    },
    pending: async (orgId) => (await invites().where('temp_user.org_id', '=', orgId).where('temp_user.status', '=', 'InvitePending').orderBy('temp_user.id').execute()).map(toInvite),
    pendingFor: async (email, status) =>
      (await invites().where('temp_user.email', '=', email.toLowerCase()).where('temp_user.status', '=', status).orderBy('temp_user.id').execute()).map(toInvite),
    async setStatus(id, status) {
      await rows().updateTable('temp_user').set({ status, updated: clock.now() }).where('id', '=', id).execute();
    },
    async markSent(id) {
      await rows().updateTable('temp_user').set({ email_sent: true, email_sent_on: clock.now() }).where('id', '=', id).execute();
    },
    async expire(inviteLifetimeMs, verificationLifetimeMs) {
      const now = clock.now();
      const end = (status: InviteStatus, to: InviteStatus, olderThan: number) =>
        rows().updateTable('temp_user').set({ status: to, updated: now }).where('status', '=', status).where('created', '<', olderThan).execute();
      await end('InvitePending', 'Expired', now - inviteLifetimeMs);
      await end('SignUpStarted', 'Expired', now - inviteLifetimeMs);
      await end('EmailUpdateStarted', 'EmailUpdateExpired', now - verificationLifetimeMs);
    },
  };
}

function toInvite(row: Tables['temp_user'] & { byLogin: string | null; byEmail: string | null; byName: string | null }): Invite {
  return {
    id: Number(row.id), orgId: Number(row.org_id), email: row.email, name: row.name, role: row.role as OrgRole | '', code: row.code, status: row.status as InviteStatus,
    invitedById: Number(row.invited_by_user_id), invitedByLogin: row.byLogin ?? '', invitedByEmail: row.byEmail ?? '', invitedByName: row.byName ?? '',
    emailSent: Boolean(row.email_sent), emailSentOn: Number(row.email_sent_on), created: Number(row.created),
  };
}

import { ApiError } from '../../../web/errors.ts';
import type { OrgService } from '../orgs/org.ts';
import type { Invitations, InviteStore } from './invite.ts';

export function createInvitations({ invites, orgs }: { invites: Pick<InviteStore, 'pendingFor' | 'setStatus'>; orgs: Pick<OrgService, 'addMember' | 'use'> }): Invitations {
  const accept: Invitations['accept'] = async (user, accepted) => {
    for (const invite of accepted) {
      try {
        await orgs.addMember(invite.orgId, user.id, invite.role === '' ? 'Viewer' : invite.role);
      } catch (error) {
        if (!(error instanceof ApiError && error.status === 409)) throw error;
      }
      await invites.setStatus(invite.id, 'Completed');
    }
    if (accepted[0]) await orgs.use(user.id, accepted[0].orgId);
  };
  return {
    accept,
    async acceptAll(user) {
      const pending = await invites.pendingFor(user.email, 'InvitePending');
      await accept(user, pending);
      return pending.length;
    },
  };
}

import type { Identity, OrgRole } from '../../../web/identity.ts';
import type { Identities } from '../identities.ts';
import type { IdentityEpoch } from '../identity-epoch.ts';
import type { AnonymousDevices } from '../anonymous/anonymous.ts';
import type { AuthClient } from './auth-client.ts';
import { authFailures } from './auth-failure.ts';

export function createAnonymousClient({ identities, epoch, devices, orgByName, orgName, orgRole }: {
  identities: Identities; epoch: IdentityEpoch; devices: AnonymousDevices; orgName: string; orgRole: OrgRole;
  orgByName: (name: string) => Promise<{ readonly id: number; readonly name: string } | undefined>;
}): AuthClient {
  let known: Identity | undefined;
  epoch.onChange(() => {
    known = undefined;
  });
  async function build(): Promise<Identity> {
    const org = await orgByName(orgName);
    if (!org) throw authFailures.orgMissing();
    known = await identities.anonymous(org, orgRole);
    return known;
  }
  return {
    name: 'anonymous', priority: 100,
    recognises: () => true,
    async authenticate(request) {
      const identity = known ?? (await build());
      const device = request.headers['x-grafana-device-id'];
      if (typeof device === 'string' && device !== '') await devices.tag(device, request.ip, String(request.headers['user-agent'] ?? ''));
      return identity;
    },
  };
}

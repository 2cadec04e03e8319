import type { Identity } from '../../../../web/identity.ts';
import type { Identities } from '../../identities.ts';
import { AuthFailure } from '../auth-failure.ts';
import type { AuthClient } from '../auth-client.ts';
import type { IdentityLoader } from '../identity-loader.ts';
import type { RenderKeys, RenderPerson } from './render-keys.ts';

export interface RenderClientDeps {
  readonly keys: Pick<RenderKeys, 'find'>;
  readonly loader: IdentityLoader;
  readonly identities: Pick<Identities, 'anonymous'>;
  readonly orgById: (id: number) => Promise<{ readonly id: number; readonly name: string } | undefined>;
}

const cookieName = 'renderKey';
const invalid = () => new AuthFailure(401, 'render-auth.invalid-key', 'Invalid Render Key');

/** A renderer that opens a page (identity-and-access §3.10): as the person who wants the image, or as nobody with a role. */
export function createRenderClient({ keys, loader, identities, orgById }: RenderClientDeps): AuthClient {
  async function nobodyIn({ orgId, orgRole }: RenderPerson): Promise<Identity> {
    const org = await orgById(orgId);
    if (!org) throw invalid();
    const identity = await identities.anonymous(org, orgRole);
    return orgRole === 'Admin' ? { ...identity, kind: 'render', authenticatedBy: 'render' } : identity;
  }
  return {
    name: 'render', priority: 10,
    recognises: (request) => (request.cookies[cookieName] ?? '') !== '',
    async authenticate(request) {
      const person = await keys.find(request.cookies[cookieName]!);
      if (!person) throw invalid();
      return person.userId > 0 ? loader.load(person.userId, person.orgId, 'render') : nobodyIn(person);
    },
  };
}

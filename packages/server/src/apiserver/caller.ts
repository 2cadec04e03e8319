import type { Identity } from '../web/identity.ts';

/** How an identity is written down as author (apiserver-and-storage §3.2). */
export function authorOf(identity: Identity): string {
  switch (identity.kind) {
    case 'service-account': return `service-account:${identity.uid}`;
    case 'user': return `user:${identity.uid}`;
    case 'api-key': return `api-key:${identity.uid || identity.id}`;
    case 'access-policy': return `access-policy:${identity.uid}`;
    default: return `${identity.kind === 'render' ? 'render' : 'anonymous'}:0`;
  }
}

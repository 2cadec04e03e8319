/** Which org a request asks for (identity-and-access §1.6): namespace under `/apis`, `targetOrgId`, header; 0 for none of them. */
import type { AuthRequest } from '../../../middleware/auth.ts';
import { orgIdOf } from '../../../util/namespace.ts';

export function requestedOrg(request: Pick<AuthRequest, 'path' | 'url' | 'headers' | 'search'>): number {
  if (request.path.startsWith('/apis/')) {
    const namespace = /^\/apis\/[^/]+\/[^/]+\/namespaces\/([^/]+)/.exec(request.path)?.[1];
    const orgId = namespace === undefined ? undefined : orgIdOf(namespace);
    if (orgId !== undefined) return orgId;
  }
  if (request.url.includes('targetOrgId=')) {
    const orgId = positive(request.search.get('targetOrgId'));
    if (orgId > 0) return orgId;
  }
  const header = request.headers['x-grafana-org-id'];
  return header === undefined ? 0 : positive(String(header));
}

function positive(text: string | null): number {
  const n = text !== null && /^\d{1,15}$/.test(text) ? Number(text) : 0;
  return n;
}

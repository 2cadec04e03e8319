/** Who may reach an endpoint (apiserver-and-storage §2.2): the first definite answer of a chain. */
import type { Identity } from '../web/identity.ts';
import { namedBy } from '../services/identity/accesscontrol/token-permissions.ts';
import { orgIdOf } from '../util/namespace.ts';
import type { Attributes, Authorizer, Decision } from './kind.ts';
import { badRequest, StatusError } from './status.ts';

const viewerVerbs = new Set(['get', 'list', 'watch']);
const editorVerbs = new Set(['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'put', 'post']);
/** Compat: what even people without a role may read. */
const openGroups = new Set(['playlist.grafana.app', 'productactivation.ext.grafana.com']);

export async function authorize(attributes: Attributes, identity: Identity, own: Authorizer | undefined): Promise<void> {
  const decision = namespaceDecision(attributes, identity) ?? (await own?.(attributes, identity)) ?? roleDecision(attributes, identity);
  if (decision !== 'allow') throw forbidden(attributes, identity, decision.deny);
}

/** Told as authentication tells its refusals, not as a Status. */
export class InvalidNamespaceError extends Error {}

/** Throws where the namespace is none at all. */
function namespaceDecision({ namespace, resource }: Attributes, identity: Identity): Decision {
  if (resource === '' || namespace === '') return undefined;
  if (/^stacks-\d+$/.test(namespace)) throw new InvalidNamespaceError('invalid namespace');
  if (identity.isGrafanaAdmin || identity.kind === 'anonymous' || identity.kind === 'nobody') return undefined;
  if (namespace === 'org-1') throw badRequest('use default rather than org-1');
  if (/^org-/.test(namespace) && orgIdOf(namespace) === undefined) throw badRequest('invalid org id');
  return orgIdOf(namespace) === identity.orgId ? undefined : { deny: 'invalid org' };
}

function roleDecision(attributes: Attributes, identity: Identity): 'allow' | { deny: string } {
  const { verb, group, resource, path } = attributes;
  // A service has no role; its token names what it may.
  if (identity.kind === 'access-policy' && resource !== '' && namedBy(identity.permissions, attributes)) return 'allow';
  // Compat: being a server admin opens every namespace, not every verb: that is the org role's to say.
  const role = identity.orgRole;
  const allowed = role === 'Admin'
    || (role === 'Editor' && editorVerbs.has(verb))
    || (role === 'Viewer' && viewerVerbs.has(verb))
    || (role === 'None' && resource !== '' && openGroups.has(group) && viewerVerbs.has(verb));
  return allowed ? 'allow' : { deny: `Grafana org role (${role}) didn't allow ${verb} access on requested resource=${resource}, path=${path}` };
}

export function forbidden(attributes: Attributes, identity: Identity, why: string): StatusError {
  const { verb, group, resource, subresource, name, namespace, path } = attributes;
  const who = `User ${JSON.stringify(identity.name || identity.login)}`;
  const reason = why === '' ? '' : `: ${why}`;
  if (resource === '') return new StatusError(403, 'Forbidden', `forbidden: ${who} cannot ${verb} path ${JSON.stringify(path)}${reason}`, {});
  const what = subresource === '' ? resource : `${resource}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const subject = name === '' ? `${resource}.${group} is` : `${resource}.${group} ${JSON.stringify(name)} is`;
  return new StatusError(
    403, 'Forbidden', `${subject} forbidden: ${who} cannot ${verb} resource "${what}" in API group "${group}" ${where}${reason}`,
    { ...(name ? { name } : {}), group, kind: resource },
  );
}

const serviceAccountPattern = /^system:serviceaccount:([^:]+):([^:]+)$/;

export function impersonation(user: string, identity: Identity): StatusError {
  const account = serviceAccountPattern.exec(user);
  const [resource, name, where] = account ? ['serviceaccounts', account[2]!, `in the namespace "${account[1]}"`] : ['users', user, 'at the cluster scope'];
  return new StatusError(
    403, 'Forbidden',
    `${resource} ${JSON.stringify(name)} is forbidden: User ${JSON.stringify(identity.name || identity.login)} cannot impersonate resource "${resource}" in API group "" ${where}: user impersonation is not supported`,
    { name, kind: resource },
  );
}

/** What storage refuses itself has neither message nor reason. */
export const bareForbidden = () => new StatusError(403, '', '');

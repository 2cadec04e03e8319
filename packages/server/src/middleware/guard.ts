/** Decides on a route's access rule and words the refusal (identity-and-access §1.4, §1.5). */
import { accessDeniedBody, type AccessControl } from '../services/identity/accesscontrol/accesscontrol.ts';
import { injectParams, type Access, type Evaluator, type UidOf } from '../web/access.ts';
import type { AuthResult } from '../web/auth-result.ts';
import { ApiError } from '../web/errors.ts';
import { isSignedIn, type Identity } from '../web/identity.ts';
import { pipelineJson, redirect, type Reply } from '../web/reply.ts';
import type { AuthRequest, Guard } from './auth.ts';

export interface GuardDeps {
  readonly access: Pick<AccessControl, 'evaluate' | 'identityIn'>;
  readonly subUrl: string;
  /** The cookie that keeps where somebody wanted to go; undefined where the address of the login page says it (toggle `useSessionStorageForRedirection`). */
  readonly targetCookie?: (target: string) => string;
  /** The numeric id behind a uid, as text; undefined for none. */
  readonly idOfUid: (kind: UidOf, orgId: number, uid: string) => Promise<string | undefined>;
}

type GuardRequest = Parameters<Guard>[2];

export function createGuard({ access: accessControl, subUrl, idOfUid, targetCookie }: GuardDeps): Guard {
  return (access, result, request) => (access.uids ? guardWithUids(access, result, request) : decide(access, result, request));

  async function guardWithUids(access: Access, result: AuthResult, request: GuardRequest): Promise<Reply | undefined> {
    for (const [name, kind] of Object.entries(access.uids ?? {})) {
      const value = request.params[name];
      if (value === undefined || /^\d+$/.test(value)) continue;
      // Compat: service accounts are looked up even for those without credentials.
      if (kind !== 'service-account') {
        const refused = requireSignedIn(result, request, true);
        if (refused) return refused;
      }
      const id = await idOfUid(kind, result.identity.orgId, value);
      if (id === undefined) return pipelineJson({ message: kind.startsWith('user') ? 'User not found' : 'Not found' }, 404);
      request.params[name] = id;
    }
    return decide(access, result, request);
  }

  function decide(access: Access, result: AuthResult, request: GuardRequest): Reply | undefined | Promise<Reply | undefined> {
    const { identity } = result;
    switch (access.kind) {
      case 'anyone': return undefined;
      case 'signed-in': return requireSignedIn(result, request, access.anonymous);
      case 'not-signed-in':
        return isSignedIn(identity) && identity.kind !== 'anonymous' ? redirect(`${subUrl}/`) : undefined;
      case 'grafana-admin':
        return requireSignedIn(result, request, true) ?? (identity.isGrafanaAdmin ? undefined : roleRefused(request));
      case 'org-admin':
        return adminPageRefused(result, request) ?? requireSignedIn(result, request, true) ?? (identity.orgRole === 'Admin' ? undefined : roleRefused(request));
      case 'rbac': {
        const evaluator = injectParams(access.evaluator, request.params);
        // Compat: pages about other orgs send those without credentials home, not to the login page.
        if (access.in !== 'current' && strangerOnPage(result, request)) return denied(evaluator, request);
        const refused = requireSignedIn(result, request, true);
        if (refused) return refused;
        if (access.in !== 'current') return decideElsewhere(access.in, evaluator, identity, request);
        return answerTo(identity, evaluator, request);
      }
      default: return access satisfies never;
    }
  }

  function answerTo(identity: Identity, evaluator: Evaluator, request: GuardRequest): Reply | undefined | Promise<Reply | undefined> {
    const allowed = accessControl.evaluate(identity, evaluator);
    if (allowed === true) return undefined;
    if (allowed === false) return denied(evaluator, request);
    return allowed.then((yes) => (yes ? undefined : denied(evaluator, request)), (error: unknown) => {
      if (error instanceof ApiError && error.status === 404 && isApi(request)) return pipelineJson({ title: 'Not found', message: error.message }, 404);
      if (error instanceof ApiError) return denied(evaluator, request);
      throw error;
    });
  }

  async function decideElsewhere(where: 'global' | 'org', evaluator: Evaluator, identity: Identity, request: GuardRequest): Promise<Reply | undefined> {
    if (where === 'global') return answerTo(await accessControl.identityIn(identity, 0), evaluator, request);
    const text = request.params['orgId'] ?? '';
    const orgId = /^\d{1,15}$/.test(text) ? Number(text) : 0;
    if (orgId === 0) return denied(undefined, request);
    return answerTo(await accessControl.identityIn(identity, orgId), evaluator, request);
  }

  function requireSignedIn(result: AuthResult, request: GuardRequest, anonymous: boolean): Reply | undefined {
    const { identity } = result;
    if (!isSignedIn(identity)) return unauthorized(result, request);
    if (identity.kind === 'anonymous' && (!anonymous || wantsLogin(identity, request))) return unauthorized(result, request, true);
    return undefined;
  }

  function unauthorized({ failure }: AuthResult, request: GuardRequest, anonymousRefused = false): Reply {
    if (!isApi(request)) {
      return failure?.kind === 'needs-rotation' ? redirect(`${subUrl}/user/auth-tokens/rotate${redirectTo(request)}`) : awayTo('/login', request);
    }
    if (anonymousRefused) return pipelineJson({ message: 'Unauthorized' }, 401);
    if (!failure) return pipelineJson({ extra: null, message: 'Unauthorized', messageId: 'auth.unauthorized', statusCode: 401, traceID: '' }, 401);
    if (failure.kind === 'revoked') return pipelineJson({ error: { id: 'ERR_TOKEN_REVOKED', maxConcurrentSessions: 0 }, message: 'Token revoked' }, 401);
    if (failure.messageId === 'org.notFound') return pipelineJson({ message: failure.message, messageId: failure.messageId, statusCode: 404, traceID: '', extra: null }, 404);
    if (failure.messageId === '') return pipelineJson({ message: 'Unauthorized', traceID: '' }, 401);
    return pipelineJson({ extra: null, message: failure.message, messageId: failure.messageId, statusCode: failure.status, traceID: '' }, failure.status);
  }

  /** '/' for home, which nobody needs to be led back to. */
  function targetOf(request: GuardRequest): string {
    const asked = request.originalUrl ?? request.url;
    // Compat: whatever begins like the sub-path loses as much, also what only begins like it; the sub-path alone leaves nothing.
    const target = (subUrl !== '' && asked.startsWith(subUrl) ? asked.slice(subUrl.length) : asked).replace('forceLogin=true', '');
    return target === '/?' ? '/' : target;
  }

  function redirectTo(request: GuardRequest): string {
    const target = targetOf(request);
    return target === '/' ? '' : `?redirectTo=${goQueryEscape(target)}`;
  }

  /** To a page that leads back, once one has signed in. */
  function awayTo(page: string, request: GuardRequest): Reply {
    if (!targetCookie) return redirect(`${subUrl}${page}${redirectTo(request)}`);
    const target = targetOf(request);
    return target === '/' || target === '' ? redirect(`${subUrl}${page}`) : redirect(`${subUrl}${page}`).with({ 'set-cookie': targetCookie(`${subUrl}${target}`) });
  }

  function denied(evaluator: Evaluator | undefined, request: GuardRequest): Reply {
    return isApi(request) ? pipelineJson(accessDeniedBody(evaluator), 403) : awayTo('/', request);
  }

  function strangerOnPage({ identity, failure }: AuthResult, request: GuardRequest): boolean {
    return !isSignedIn(identity) && !isApi(request) && failure?.kind !== 'needs-rotation';
  }

  /** Compat: pages of org administrators send those without credentials home, not to the login page. */
  function adminPageRefused(result: AuthResult, request: GuardRequest): Reply | undefined {
    return strangerOnPage(result, request) ? redirect(`${subUrl}/`) : undefined;
  }

  function roleRefused(request: GuardRequest): Reply {
    return isApi(request) ? pipelineJson({ message: 'Permission denied' }, 403) : redirect(`${subUrl}/`);
  }
}

const isApi = (request: Pick<AuthRequest, 'path'>) => request.path.startsWith('/api');

/** Visitors who ask to sign in, or for an org that is not the public one. */
function wantsLogin(identity: Identity, request: GuardRequest): boolean {
  if (!request.url.includes('?')) return false;
  if (request.url.includes('forceLogin=true') && request.search.get('forceLogin') === 'true') return true;
  const orgId = request.url.includes('orgId=') ? Number(request.search.get('orgId')) : 0;
  return Number.isSafeInteger(orgId) && orgId > 0 && orgId !== identity.orgId;
}

/** As Go escapes query values. */
export const goQueryEscape = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`).replace(/%20/g, '+');

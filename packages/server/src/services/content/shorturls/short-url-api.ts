/** `/api/short-urls` and `/goto` (dashboards-and-content §12). */
import { Type } from '../../../web/schema.ts';
import { bindJsonRequest, BindError } from '../../../web/bind.ts';
import { signedIn } from '../../../web/access.ts';
import { Reply } from '../../../web/reply.ts';
import type { RequestContext, Routes } from '../../../web/route.ts';
import { namespaceOf } from '../../../util/namespace.ts';
import { objectionToUid } from '../../../util/short-uid.ts';
import { shortUrlErrors, type ShortUrlService } from './short-url.ts';

export interface ShortUrlRoutesDeps {
  readonly shortUrls: ShortUrlService;
  /** With its trailing slash. */
  readonly rootUrl: string;
  /** Links say the organization as `/apis` does: short links are resources there. */
  readonly namespaced?: boolean;
}

const CreateBody = Type.Object({ uid: Type.String(), path: Type.String() });

export function shortUrlRoutes(routes: Routes, { shortUrls, rootUrl, namespaced }: ShortUrlRoutesDeps): void {
  routes.post('/api/short-urls', { access: signedIn, name: 'createShortURL', tag: 'short_urls', rawBody: true }, async (ctx) => {
    const { identity } = ctx;
    const { uid } = await shortUrls.create(identity, bound(ctx));
    return { uid, url: `${rootUrl}goto/${uid}?orgId=${namespaced ? namespaceOf(identity.orgId) : identity.orgId}` };
  });

  routes.get('/api/short-urls/:uid', { access: signedIn, name: 'getShortURL', tag: 'short_urls' }, async ({ identity, params }) => {
    const link = await shortUrls.find(identity.orgId, params['uid'] ?? '');
    if (!link) throw shortUrlErrors.notFound();
    return { uid: link.uid, path: link.path, lastSeenAt: Math.floor(link.lastSeenAt / 1000) };
  });
}

/** Where short links lead. What can be none is the frontend's affair: `page` answers. */
export function gotoRoute(routes: Routes, { shortUrls, rootUrl, page }: ShortUrlRoutesDeps & { readonly page: (ctx: RequestContext) => Promise<Reply> }): void {
  routes.get('/goto/:uid', { access: signedIn, name: 'redirectFromShortURL', tag: 'short_urls' }, async (ctx) => {
    const uid = ctx.params['uid'] ?? '';
    if (objectionToUid(uid) === 'illegal') return page(ctx);
    const link = await shortUrls.follow(ctx.identity.orgId, uid);
    return link ? moved(302, rootUrl + asHeader(link.path)) : moved(308, rootUrl);
  });
}

function bound(request: Pick<RequestContext, 'headers' | 'rawBody'>): { uid: string; path: string } {
  try {
    return bindJsonRequest(CreateBody, request);
  } catch (error) {
    if (error instanceof BindError) throw shortUrlErrors.badRequest({ cause: error });
    throw error;
  }
}

/** What a header cannot carry is percent-encoded; the rest stays as it was written. */
const asHeader = (path: string) => path.replace(/[^\x21-\x7e]/gu, (char) => encodeURIComponent(char.isWellFormed() ? char : '\ufffd'));

const moved = (status: number, location: string) =>
  new Reply(status, `<a href="${location.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;')}">${status === 302 ? 'Found' : 'Permanent Redirect'}</a>.\n`, {
    location, 'content-type': 'text/html; charset=utf-8',
  });

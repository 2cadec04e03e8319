import { Type } from '../../web/schema.ts';
import { anyone, orgAdmin, signedIn } from '../../web/access.ts';
import { ApiError, badRequest, notFound } from '../../web/errors.ts';
import type { HttpServer } from '../../web/http-server.ts';
import { empty, jsonText, text } from '../../web/reply.ts';
import type { RequestContext, Routes } from '../../web/route.ts';
import { LineProtocolError } from './line-protocol.ts';
import { parseLineFormat } from './line-frames.ts';
import type { Live } from './live-service.ts';

const PublishBody = Type.Object({ channel: Type.String(), data: Type.Unknown() });

/** HTTP companions of the socket (live §2). */
export function liveRoutes(routes: Routes, { live }: { live: Live }): void {
  const noHandshake = ({ raw }: Pick<RequestContext, 'raw'>) => {
    // As Go answers: HTTP/1.1 keeps a connection without being told.
    raw.res.removeHeader('connection');
    return text('Bad Request\n', 400);
  };
  routes.get('/api/live/ws', { access: signedIn, name: 'liveSocket', tag: 'live', slo: 'none' }, noHandshake);
  routes.get('/api/live/push/:streamId', { access: orgAdmin, name: 'livePushSocket', tag: 'live', slo: 'none' }, noHandshake);
  routes.get('/api/live/pipeline/push/*', { access: orgAdmin, name: 'livePipelinePushSocket', tag: 'live', slo: 'none' }, noHandshake);

  routes.post('/api/live/publish', { access: signedIn, name: 'livePublish', tag: 'live', body: PublishBody }, async ({ identity, body }) => {
    const outcome = await live.publishAs(identity, body.channel, body.data === undefined ? 'null' : JSON.stringify(body.data));
    if (outcome === 'invalid') throw badRequest('invalid channel ID');
    // A channel that leads nowhere and a message that its handler does not take are the caller's, not the server's.
    if (outcome === 'unknown') throw badRequest('unknown channel');
    if (outcome === 'unacceptable') throw badRequest('the channel does not take this message');
    switch (outcome.status) {
      case 'ok': return {};
      case 'not-found': throw notFound('Not Found');
      case 'permission-denied': throw new ApiError(403, 'Forbidden');
      case 'failed': throw new ApiError(500, 'Internal Server Error');
      default: return outcome.status satisfies never;
    }
  });

  routes.post('/api/live/push/:streamId', { access: signedIn, name: 'livePush', tag: 'live', rawBody: true }, async ({ identity, params, search, rawBody }) => {
    const format = parseLineFormat(search.get('gf_live_frame_format'));
    if (!format) return empty(400);
    try {
      await live.push(identity, params['streamId']!, rawBody.toString('utf8'), format);
    } catch (error) {
      if (error instanceof LineProtocolError) throw badRequest(error.message, error);
      throw error;
    }
    return empty(200);
  });

  routes.get('/api/live/list', { access: signedIn, name: 'liveList', tag: 'live' }, async ({ identity }) => {
    const rows = (await live.list(identity)).map(({ channel, minute_rate, data }) => `{"channel":${JSON.stringify(channel)},"minute_rate":${minute_rate},"data":${data}}`);
    return jsonText(`{"channels":[${rows.join(',')}]}`);
  });

  routes.get('/api/live/info/*', { access: signedIn, name: 'liveInfo', tag: 'live' }, ({ params }) => {
    throw notFound(params['*'] === '' ? 'Not found' : 'Info is not supported for this channel');
  });
}

/** The upgrades themselves (live §2.3, §4.1). */
export function liveUpgrades(server: Pick<HttpServer, 'onUpgrade'>, { live }: { live: Live }): void {
  type Upgrade = Parameters<Parameters<HttpServer['onUpgrade']>[2]>;
  const request = ([ctx, socket, head]: Upgrade) => ({ req: ctx.raw.req, socket, head, identity: ctx.identity, search: ctx.search });
  server.onUpgrade('/api/live/ws', signedIn, (...upgrade) => live.handleUpgrade(request(upgrade)));
  // Compat: refused alike with and without credentials, so the role is asked for here and not by the guard.
  const forAdmins = anyone('the org role is checked by the handler');
  const onPush = (path: string, accept: (...upgrade: Upgrade) => void) =>
    server.onUpgrade(path, forAdmins, (...upgrade) => {
      const [{ identity }, socket] = upgrade;
      if (identity.orgRole === 'Admin') return accept(...upgrade);
      const body = '{"message":"Permission denied"}\n';
      socket.end(`HTTP/1.1 403 Forbidden\r\nContent-Type: application/json; charset=UTF-8\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    });
  onPush('/api/live/push/*', (...upgrade) => {
    const [ctx] = upgrade;
    live.handlePushUpgrade(request(upgrade), decodeURIComponent(ctx.path.slice('/api/live/push/'.length)), parseLineFormat(ctx.search.get('gf_live_frame_format')));
  });
  onPush('/api/live/pipeline/push/*', (...upgrade) => live.handlePushUpgrade(request(upgrade), undefined, undefined));
}

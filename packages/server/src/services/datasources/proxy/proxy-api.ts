import { STATUS_CODES } from 'node:http';
import { permission } from '../../../web/access.ts';
import { ApiError } from '../../../web/errors.ts';
import type { HttpServer } from '../../../web/http-server.ts';
import { pipelineJson, type Reply } from '../../../web/reply.ts';
import type { RequestContext, Routes } from '../../../web/route.ts';
import type { DataSourceService } from '../records/data-source.ts';
import { dataSourceErrors } from '../records/data-source.ts';
import { parseId } from '../records/data-source-id.ts';
import { anyMethod } from '../../../web/route.ts';
import { proxyErrors, type DataSourceProxy } from './proxy.ts';

export interface ProxyApiDeps {
  readonly dataSources: Pick<DataSourceService, 'resolve'>;
  readonly proxy: DataSourceProxy;
}

/** queries-and-frames §7 */
export function proxyRoutes(routes: Routes, { dataSources, proxy }: ProxyApiDeps): void {
  const handle = async (ctx: RequestContext): Promise<Reply> => {
    try {
      const source = await dataSources.resolve(ctx.identity.orgId, referenceOf(ctx.params), { fresh: ctx.headers['x-grafana-nocache'] === 'true' });
      if (!source) throw proxyErrors.notFound({ extra: { traceID: '' } });
      const mark = ctx.url.indexOf('?');
      return await proxy.forward(source, {
        method: ctx.method, path: remainder(ctx.path), query: mark < 0 ? '' : ctx.url.slice(mark + 1), headers: ctx.headers, body: ctx.raw.req,
        remoteAddress: ctx.raw.req.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '', identity: ctx.identity, signal: ctx.signal,
      });
    } catch (error) {
      // Refusals are written as the reference's proxy writes them: newline-terminated, charset in capitals.
      if (error instanceof ApiError) return pipelineJson({ message: error.message, ...error.extra }, error.status);
      throw error;
    }
  };
  const access = permission('datasources:query');
  for (const [where, name] of [['uid/:uid', 'datasourceProxyByUID'], [':id', 'datasourceProxyByID']] as const) {
    const options = { access, name, tag: 'datasources', streamBody: true, slo: 'low' } as const;
    routes.on(anyMethod, `/api/datasources/proxy/${where}`, options, handle);
    routes.on(anyMethod, `/api/datasources/proxy/${where}/*`, options, handle);
  }
}

/** WebSockets to data sources (tsdb-backends §3.7: Loki's live tail). */
export function proxyUpgrades(server: Pick<HttpServer, 'onUpgrade'>, { dataSources, proxy }: ProxyApiDeps): void {
  server.onUpgrade('/api/datasources/proxy/*', permission('datasources:query'), (ctx, socket, head) => {
    const open = async (): Promise<void> => {
      const [, uid, id] = /^\/api\/datasources\/proxy\/(?:uid\/([^/]*)|([^/]*))/.exec(ctx.path) ?? [];
      const source = await dataSources.resolve(ctx.identity.orgId, referenceOf(uid === undefined ? { id: id ?? '' } : { uid: decodeURIComponent(uid) }));
      if (!source) throw proxyErrors.notFound();
      const mark = ctx.url.indexOf('?');
      const gone = new AbortController();
      socket.once('close', () => gone.abort());
      await proxy.upgrade(source, {
        method: 'GET', path: remainder(ctx.path), query: mark < 0 ? '' : ctx.url.slice(mark + 1), headers: ctx.headers, body: ctx.raw.req,
        remoteAddress: ctx.raw.req.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '', identity: ctx.identity, signal: gone.signal,
      }, socket, head);
    };
    open().catch((error: unknown) => {
      const status = error instanceof ApiError ? error.status : error instanceof URIError ? 400 : 500;
      const body = `${JSON.stringify({ message: error instanceof ApiError ? error.message : 'Bad request' })}\n`;
      socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: application/json; charset=UTF-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
    });
  });
}

function referenceOf({ uid, id }: Readonly<Record<string, string>>): { readonly uid: string } | { readonly id: number } {
  if (uid !== undefined) {
    if (!/^[A-Za-z0-9_-]*$/.test(uid)) throw proxyErrors.uidInvalid();
    return { uid };
  }
  try {
    return { id: parseId(id ?? '') };
  } catch (cause) {
    throw dataSourceErrors.idInvalid({ extra: { traceID: '' }, cause });
  }
}

/** What stands behind the source's uid or id, as it came. */
function remainder(path: string): string {
  return /^\/api\/datasources\/proxy\/(?:uid\/[^/]*|[^/]*)\/?(.*)$/s.exec(path)?.[1] ?? '';
}

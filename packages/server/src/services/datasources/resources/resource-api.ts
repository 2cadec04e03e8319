/** Health and resources of data sources (queries-and-frames §6). */
import { anyMethod } from '../../../web/route.ts';
import { Readable } from 'node:stream';
import type { CallResourceResponse, CheckHealthResult } from '@belvedere/plugin-sdk';
import { resourceHeaders } from '../../../plugins/client/forwarded-headers.ts';
import type { PluginCatalog, PluginClient } from '../../../plugins/client/plugin-client.ts';
import { permission } from '../../../web/access.ts';
import { defineErrors } from '../../../web/errors.ts';
import { json, Reply } from '../../../web/reply.ts';
import type { RequestContext, Routes } from '../../../web/route.ts';
import type { DataSourceService, ResolvedDataSource } from '../records/data-source.ts';
import { parseId } from '../records/data-source-id.ts';

export interface ResourceApiDeps {
  readonly dataSources: Pick<DataSourceService, 'resolve'>;
  readonly plugins: PluginClient;
  readonly catalog: PluginCatalog;
}


/** The reference answers 500 where a data source is unknown; who asks for what is not there is told so. */
const resourceErrors = defineErrors('data source resource', {
  uidInvalid: [400, 'UID is invalid'],
  unknownForHealth: [404, 'Unable to load datasource metadata'],
  unknownForResource: [404, 'Unable to load datasource meta data'],
  pluginUnknown: [404, 'Unable to find datasource plugin'],
});

type Ctx = Pick<RequestContext, 'identity' | 'params' | 'headers' | 'signal' | 'raw'>;

export function resourceRoutes(routes: Routes, { dataSources, plugins, catalog }: ResourceApiDeps): void {
  const find = async ({ identity, params, headers }: Ctx): Promise<ResolvedDataSource | undefined> => {
    const fresh = headers['x-grafana-nocache'] === 'true';
    return dataSources.resolve(identity.orgId, referenceOf(params), { fresh });
  };
  const target = ({ settings, record }: ResolvedDataSource) => ({ pluginId: settings.type, orgId: record.orgId, dataSource: settings });

  const health = async (ctx: Ctx): Promise<Reply> => {
    const found = await find(ctx);
    if (!found) throw resourceErrors.unknownForHealth();
    return healthReply(await plugins.checkHealth(target(found), { identity: ctx.identity, headers: ctx.headers }, ctx.signal));
  };

  const resource = async (ctx: Ctx & Pick<RequestContext, 'rawBody' | 'method' | 'url'>): Promise<Reply> => {
    const found = await find(ctx);
    if (!found) throw resourceErrors.unknownForResource({ extra: { traceID: '' } });
    if (!catalog.find(found.settings.type)) throw resourceErrors.pluginUnknown();
    const path = (ctx.params['*'] ?? '').replace(/\/$/, '');
    const mark = ctx.url.indexOf('?');
    const answer = await plugins.callResource(target(found), { identity: ctx.identity, headers: ctx.headers }, {
      path, method: ctx.method, url: encodeURI(path).replace(/[?#]/g, encodeURIComponent) + (mark < 0 ? '' : ctx.url.slice(mark)),
      headers: resourceHeaders(ctx.raw.req), body: ctx.rawBody,
    }, ctx.signal);
    return resourceReply(answer);
  };

  const access = permission('datasources:query');
  routes.on(anyMethod, '/api/datasources/uid/:uid/health', { access, name: 'checkDatasourceHealthWithUID', tag: 'datasources' }, health);
  routes.on(anyMethod, '/api/datasources/:id/health', { access, name: 'checkDatasourceHealthByID', tag: 'datasources' }, health);
  for (const [where, name] of [['uid/:uid', 'callDatasourceResourceWithUID'], [':id', 'callDatasourceResourceByID']] as const) {
    routes.on(anyMethod, `/api/datasources/${where}/resources`, { access, name, tag: 'datasources', rawBody: true, slo: 'low' }, resource);
    routes.on(anyMethod, `/api/datasources/${where}/resources/*`, { access, name, tag: 'datasources', rawBody: true, slo: 'low' }, resource);
  }
}

function referenceOf(params: Readonly<Record<string, string>>): { readonly uid: string } | { readonly id: number } {
  const { uid, id } = params;
  if (uid === undefined) return { id: parseId(id ?? '') };
  if (!/^[A-Za-z0-9_-]*$/.test(uid)) throw resourceErrors.uidInvalid();
  return { uid };
}

/** 200 for OK, 400 for anything else. */
export const healthReply = ({ status, message, details }: CheckHealthResult): Reply => json({ status, message, ...(details && { details }) }, status === 'OK' ? 200 : 400);

/** What a plugin answered, as the client gets it; streams go out part by part. */
export function resourceReply({ status, headers, body }: CallResourceResponse): Reply {
  const out: Record<string, string | string[]> = {};
  for (const [name, values] of Object.entries(headers)) {
    if (name.toLowerCase() !== 'content-length') out[name.toLowerCase()] = values.length === 1 ? values[0]! : [...values];
  }
  const bytes = body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : Readable.from(body, { objectMode: false });
  return new Reply(status, status === 204 || status === 304 ? null : bytes, out);
}

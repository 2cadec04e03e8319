/** Files of plugins for the browser (plugins §6.2). */
import { posix } from 'node:path';
import type { PluginFile, PluginStore } from '../../plugins/plugin.ts';
import { contentType } from '../../util/content-type.ts';
import { anyone } from '../../web/access.ts';
import { pipelineJson, redirect, Reply } from '../../web/reply.ts';
import type { Routes } from '../../web/route.ts';

export interface PluginAssetDeps {
  readonly store: PluginStore;
  readonly development: boolean;
  /** Where a plugin's files are on a content network; undefined: here. */
  readonly cdnUrl: (pluginId: string) => string | undefined;
}

export function pluginAssetRoutes(routes: Routes, { store, development, cdnUrl }: PluginAssetDeps): void {
  const cacheControl = development ? 'max-age=0, must-revalidate, no-cache' : 'public, max-age=3600';
  routes.get('/public/plugins/:id/*', { access: anyone('plugin files are code and pictures that every visitor loads'), bypassAuth: true, withPolicy: true, name: 'getPluginAssets', metricsName: 'plugin-assets', tag: 'plugins', slo: 'low' }, async (ctx) => {
    const plugin = store.get(ctx.params['id']!);
    if (!plugin) return refuse('Plugin not found');
    const path = ctx.params['*'] ?? '';
    if (path.split(/[/\\]/).includes('..') || path.includes('\0')) return refuse('Plugin file not found');
    const clean = posix.normalize(path).replace(/^\//, '');
    const base = cdnUrl(plugin.id);
    if (base) return redirect(`${base}/${plugin.id}/${plugin.json.info.version}/public/plugins/${plugin.id}/${clean}`, 307);
    const file = await plugin.files.read(clean);
    if (!file) return refuse('Plugin file not found');
    return fileReply(file, clean, ctx.headers, { 'cache-control': cacheControl });
  });
}

/** By name, and by its first bytes where the name says nothing. */
function typeOf(file: PluginFile, path: string): string {
  if (file.contentType !== undefined) return file.contentType;
  const byName = contentType(path);
  const head = file.bytes.subarray(0, 512);
  const isText = head.every((byte) => byte >= 32 || (byte >= 9 && byte <= 13) || byte === 27);
  return byName === 'application/octet-stream' && isText ? 'text/plain; charset=utf-8' : byName;
}

const refuse = (message: string) => pipelineJson({ message }, 404);

/** A file with what caches ask for: conditional and single-range requests. */
export function fileReply(file: PluginFile, path: string, asked: { readonly range?: string | undefined; readonly 'if-modified-since'?: string | undefined }, headers: Record<string, string>): Reply {
  const modified = Math.floor(file.modified / 1000) * 1000;
  const common = { ...headers, 'last-modified': new Date(modified).toUTCString(), 'accept-ranges': 'bytes', 'content-type': typeOf(file, path) };
  const since = asked['if-modified-since'] === undefined ? Number.NaN : Date.parse(asked['if-modified-since']);
  if (modified <= since) return new Reply(304, null, { ...headers, 'last-modified': common['last-modified'] });
  const range = /^bytes=(\d*)-(\d*)$/.exec(asked.range ?? '');
  if (!range || (range[1] === '' && range[2] === '')) return new Reply(200, file.bytes, common);
  const size = file.bytes.length;
  const start = range[1] === '' ? Math.max(0, size - Number(range[2])) : Number(range[1]);
  const end = range[1] === '' || range[2] === '' ? size - 1 : Math.min(Number(range[2]), size - 1);
  if (start >= size || start > end) return new Reply(416, null, { ...common, 'content-range': `bytes */${size}` });
  return new Reply(206, file.bytes.subarray(start, end + 1), { ...common, 'content-range': `bytes ${start}-${end}/${size}` });
}

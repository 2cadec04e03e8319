/** GET /render/*: a page as a picture (config-and-operations §15.2). */
import { readFile } from 'node:fs/promises';
import { signedIn } from '../../../web/access.ts';
import { html, pipelineJson, Reply } from '../../../web/reply.ts';
import type { RequestContext, Routes } from '../../../web/route.ts';
import type { RenderingService } from './rendering.ts';

export interface RenderingApiDeps {
  readonly rendering: RenderingService;
  readonly defaults: { readonly width: number; readonly height: number; readonly scale: number };
  /** File of a picture that stands for one that could not be made. */
  readonly picture: (name: string) => string;
  readonly errorPage: (title: string) => string;
}

const numbers = { width: /^\d{1,5}$/, height: /^(?:-1|\d{1,5})$/, timeout: /^\d{1,4}$/, scale: /^\d{1,2}(?:\.\d{1,6})?$/ };
const themes = ['light', 'dark'];

export function renderingRoutes(routes: Routes, { rendering, defaults, picture, errorPage }: RenderingApiDeps): void {
  const placeholder = async (name: string) => new Reply(200, await readFile(picture(`${name}.png`)), { 'content-type': 'image/png' });
  const page = (status: number, title: string) => html(errorPage(title), status);

  routes.get('/render/*', { access: signedIn, name: 'render', slo: 'high-slow' }, async (ctx: RequestContext) => {
    const { search, identity } = ctx;
    const wrong = (Object.keys(numbers) as (keyof typeof numbers)[]).find((name) => search.get(name) && !numbers[name].test(search.get(name)!));
    if (wrong) return page(400, 'Render parameters error');
    const theme = search.get('theme') || 'dark';
    if (!themes.includes(theme)) return page(400, 'Render parameters error');
    const number = (name: keyof typeof numbers, otherwise: number) => Number(search.get(name) || otherwise);
    const encoding = search.get('encoding') === 'pdf' ? 'pdf' : 'png';
    const mark = ctx.url.indexOf('?');
    const path = `${ctx.path.slice('/render/'.length)}?${mark < 0 ? '' : ctx.url.slice(mark + 1)}`;
    const isUser = identity.kind === 'user' || identity.kind === 'service-account';
    const made = await rendering.render({
      path, encoding, width: number('width', defaults.width), height: number('height', defaults.height), scale: number('scale', defaults.scale), timeoutMs: number('timeout', 60) * 1000,
      timezone: search.get('tz') ?? '', acceptLanguage: ctx.headers['accept-language'] ?? '',
      person: { orgId: identity.orgId, userId: isUser ? identity.id : 0, orgRole: identity.orgRole || 'Viewer' },
    }, ctx.signal).catch((error: unknown) => {
      if (ctx.signal.aborted) return undefined;
      throw error;
    });
    // Nobody waits for it any more.
    if (!made) return new Reply(499, null, {});
    switch (made.kind) {
      case 'done': return new Reply(200, made.body, { 'content-type': encoding === 'pdf' ? 'application/pdf' : 'image/png', 'cache-control': 'private' });
      case 'missing': return placeholder('rendering_plugin_not_installed');
      case 'limit': return placeholder(`rendering_limit_${theme}`);
      case 'busy': return pipelineJson({ message: 'Too many rendering requests' }, 429);
      case 'timeout': return page(500, 'timeout error - you can set timeout in seconds with &timeout url parameter');
      case 'failed': return page(500, 'Rendering failed.');
      default: return made satisfies never;
    }
  });
}

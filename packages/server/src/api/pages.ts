/** Makes the HTML pages: index with boot data, login page, not found (frontend-contract §2.1, §6). */
import { createHash } from 'node:crypto';
import type { Logger } from '../infra/log/log.ts';
import type { FeatureToggles } from '../setting/feature-toggles.ts';
import type { PluginStore } from '../plugins/plugin.ts';
import { buildCommit, grafanaVersion } from '../util/version.ts';
import { bytes, html, json, jsonText, type Reply } from '../web/reply.ts';
import type { RequestContext } from '../web/route.ts';
import type { BootData, BootDataService } from './boot-data.ts';
import { scriptJson } from './escaped-json.ts';
import type { AssetsSource, FrontendAssets } from './frontend-assets.ts';
import type { FrontendSettingsOptions } from './frontend-settings.ts';
import { renderErrorPage, renderIndex, renderPlainPage, renderSwagger, type IndexPageOptions } from './index-page.ts';

type PageContext = Pick<RequestContext, 'identity' | 'search' | 'headers' | 'nonce'>;

export interface PagesDeps {
  readonly bootData: BootDataService;
  readonly assets: AssetsSource;
  readonly store: PluginStore;
  readonly toggles: FeatureToggles;
  readonly serveFromSubPath: boolean;
  readonly page: IndexPageOptions;
  readonly log: Logger;
}

export interface Pages {
  index(ctx: PageContext, status?: number, options?: FrontendSettingsOptions): Promise<Reply>;
  login(ctx: PageContext, options: { readonly loginError: string }): Promise<Reply>;
  notFound(ctx: PageContext): Promise<Reply>;
  bootData(ctx: PageContext, options?: FrontendSettingsOptions): Promise<Reply>;
  /** A page that shows the description of the API with the frontend's own viewer. */
  swagger(ctx: PageContext): Reply;
  /** `GET /api/frontend/assets`: digests that change when a browser should load the page anew. */
  digests(): Reply;
}

export function createPages({ bootData, assets, store, toggles, serveFromSubPath, page, log }: PagesDeps): Pages {
  const assetTexts = new WeakMap<FrontendAssets, string>();
  const noAssets = scriptJson({ jsFiles: [], cssFiles: [], dark: '', light: '', swagger: [], swaggerCssFiles: [] });
  const assetsText = (of: FrontendAssets): string => {
    let text = assetTexts.get(of);
    if (text === undefined) assetTexts.set(of, (text = scriptJson(of)));
    return text;
  };

  const boot = (ctx: PageContext, options: FrontendSettingsOptions | undefined): Promise<BootData> =>
    bootData.of(ctx.identity, { search: ctx.search, acceptLanguage: ctx.headers['accept-language'] }, {
      ...options, ...(ctx.identity.kind === 'render' && !serveFromSubPath ? { forRenderer: true } : {}),
    });

  async function index(ctx: PageContext, status = 200, options?: FrontendSettingsOptions): Promise<Reply> {
    const { nonce } = ctx;
    try {
      const data = await boot(ctx, options);
      const mounted = assets.read();
      return bytes(mounted ? renderIndex(data, mounted, assetsText(mounted), nonce, page) : Buffer.from(renderPlainPage(data, nonce, page, assets.building())), 'text/html; charset=UTF-8', status);
    } catch (error) {
      log.error('A page could not be made', { error });
      return html(renderErrorPage(page.subPath), 500);
    }
  }

  return {
    index,
    login: (ctx, { loginError }) => index(ctx, 200, loginError === '' ? {} : { loginError }),
    notFound: (ctx) => index(ctx, 404),
    swagger: (ctx) => html(renderSwagger(assets.read(), ctx.nonce, page)),
    async bootData(ctx, options) {
      const { user, settings, navTree } = await boot(ctx, options);
      const mounted = assets.read();
      const tail = `,"navTree":${navTree},"assets":${mounted ? assetsText(mounted) : noAssets}}`;
      return jsonText(Buffer.concat([Buffer.from(`{"user":${user},"settings":`), settings, Buffer.from(tail)]));
    },
    digests() {
      const digest = (parts: readonly string[]) => createHash('sha256').update(parts.join('')).digest('hex');
      const mounted = assets.read();
      const files = mounted ? [...mounted.jsFiles, ...mounted.cssFiles].map(({ filePath, integrity }) => filePath + integrity).concat(mounted.dark, mounted.light) : [];
      return json({
        version: digest([grafanaVersion, buildCommit]), plugins: digest(store.list().map(({ json: { name, info } }) => `${name}@${info.version}`).sort()),
        flags: digest([...toggles.enabled].sort()), assets: digest(files),
      });
    },
  };
}
